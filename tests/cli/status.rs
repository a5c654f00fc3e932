//! `status` of listings that were saved: what a server lacks, what it runs besides, and what its
//! hosts are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::inventory::Inventory;
use prosody_stability::plan::Plan;
use prosody_stability::release::{Release, builtin};
use prosody_stability::report::{Code, Finding, Report};
use prosody_stability::resolve::{Resolution, resolve};
use prosody_stability::source::Source;
use prosody_stability::status::listing::Listing;
use prosody_stability::status::{status, status_of_configuration};

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write, write_script};
use crate::support::selection_of;

/// A server that runs what the profile `community` plans for Prosody 13.0.
struct Server {
    global: BTreeSet<String>,
    host: BTreeSet<String>,
    component: BTreeSet<String>,
    /// What stands behind the listing.
    more: String,
}

/// What is compared with it.
struct Planned {
    inventory: Inventory<'static>,
    release: &'static Release,
    profile: &'static str,
    enforce: bool,
}

fn release() -> &'static Release {
    let mut releases = builtin::all().into_iter();
    releases.find(|release| release.version == "13.0").unwrap()
}

const HOSTS: &str = "localhost\nupload.localhost (http_file_share component)\n";

impl Planned {
    fn community() -> Self {
        Self {
            inventory: Inventory::builtin(),
            release: release(),
            profile: "community",
            enforce: true,
        }
    }

    fn with<T>(&self, run: impl FnOnce(&Resolution, &Plan) -> T) -> T {
        let selection = selection_of(&self.inventory, self.profile);
        let resolution = resolve(&self.inventory, self.release, &selection, self.enforce);
        let plan = Plan::new(&self.inventory, self.release, &resolution);
        run(&resolution, &plan)
    }

    fn server(&self) -> Server {
        self.with(|_, plan| Server {
            global: BTreeSet::new(),
            host: plan
                .on_every_host
                .iter()
                .chain(&plan.pulled_in)
                .chain(&plan.automatic)
                .cloned()
                .collect(),
            component: plan
                .components
                .iter()
                .chain(&plan.automatic_on_components)
                .cloned()
                .collect(),
            more: HOSTS.to_owned(),
        })
    }

    fn status_with(&self, server: &Server, paths: &[PathBuf]) -> Report {
        let listing = Listing::parse(&Source::new("listing", server.listing())).unwrap();
        self.with(|resolution, plan| {
            status("built-in", self.release, resolution, plan, &listing, paths)
        })
    }

    fn status(&self, server: &Server) -> Report {
        self.status_with(server, &[])
    }
}

impl Server {
    fn listing(&self) -> String {
        let mut text = String::new();
        let sections = [
            ("Global", &self.global),
            ("localhost", &self.host),
            ("upload.localhost", &self.component),
        ];
        for (name, modules) in sections {
            text.push_str(&format!("{name}:\n"));
            for module in modules {
                text.push_str(&format!("    {module}\n"));
            }
        }
        text + &self.more
    }
}

/// Severity, code, subject and host of a finding.
fn brief(finding: &Finding) -> String {
    let subject = finding.subject.as_deref().unwrap_or("-");
    let host = finding.host.as_deref().unwrap_or("-");
    format!("{} {} {subject} {host}", finding.severity, finding.code)
}

/// All findings but the informational ones, in brief.
fn to_act_on(report: &Report) -> Vec<String> {
    let findings = report.findings.iter().map(brief);
    findings.filter(|text| !text.starts_with("info")).collect()
}

fn find<'a>(report: &'a Report, text: &str) -> &'a Finding {
    let mut findings = report.findings.iter();
    findings
        .find(|finding| brief(finding) == text)
        .unwrap_or_else(|| {
            let all: Vec<_> = report.findings.iter().map(brief).collect();
            panic!("no `{text}` in {all:#?}")
        })
}

#[test]
fn nothing_is_to_do_where_everything_runs_as_planned() {
    let planned = Planned::community();
    let report = planned.status(&planned.server());
    assert_eq!(to_act_on(&report), [""; 0]);
    let lines = report.profile_lines.as_ref().unwrap();
    assert_eq!(lines.running, lines.planned);
    let scopes: Vec<_> = report.scopes.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(scopes, ["*", "localhost", "upload.localhost"]);
}

#[test]
fn what_loads_because_others_depend_on_it_is_said_and_is_no_fault() {
    let planned = Planned {
        profile: "enterprise",
        enforce: false,
        ..Planned::community()
    };
    let report = planned.status(&planned.server());
    assert_eq!(to_act_on(&report), [""; 0]);
    let pulled_in = find(&report, "info pulled-in http_altconnect localhost");
    let reason = pulled_in.reason.as_deref().unwrap();
    assert!(
        reason.starts_with("optional dependency of bosh, websocket"),
        "{reason}"
    );
}

#[test]
fn a_module_that_is_missing_explains_counts_that_differ() {
    let planned = Planned::community();
    let mut server = planned.server();
    assert!(server.host.remove("carbons"));
    let report = planned.status(&server);
    assert_eq!(to_act_on(&report), ["error missing carbons localhost"]);
    let missing = find(&report, "error missing carbons localhost");
    let reason = "modern is on (profile community)";
    assert_eq!(missing.reason.as_deref(), Some(reason));
    // What all hosts share may stand in the global section.
    server.global.insert("carbons".to_owned());
    assert_eq!(to_act_on(&planned.status(&server)), [""; 0]);
}

#[test]
fn counts_that_nothing_explains_are_an_error() {
    let planned = Planned::community();
    let mut server = planned.server();
    server.host.insert("statistics".to_owned());
    let report = planned.status(&server);
    assert_eq!(
        to_act_on(&report),
        [
            "error counts-differ - -",
            "warning unexpected statistics localhost"
        ]
    );
    let unexpected = find(&report, "warning unexpected statistics localhost");
    assert_eq!(
        unexpected.message,
        "statistics is loaded but not in the plan"
    );
    // One outside of the inventory counts nowhere.
    server.host.remove("statistics");
    server.host.insert("by_hand".to_owned());
    let report = planned.status(&server);
    let unexpected = "warning unexpected by_hand localhost";
    assert_eq!(to_act_on(&report), [unexpected]);
    let reason = find(&report, unexpected).reason.as_deref();
    assert_eq!(reason, Some("not in the inventory"));
}

#[test]
fn a_module_that_does_not_work_is_an_error_where_it_is_planned() {
    let planned = Planned::community();
    let mut server = planned.server();
    server.host.remove("carbons");
    let remark = "carbons (error: Error during load (see log))".to_owned();
    server.host.insert(remark);
    let report = planned.status(&server);
    assert_eq!(to_act_on(&report), ["error failed carbons localhost"]);
    let failed = find(&report, "error failed carbons localhost");
    let reason = "error: Error during load (see log)";
    assert_eq!(failed.reason.as_deref(), Some(reason));
    // It does not count as running, even where it works on another host.
    let lines = report.profile_lines.as_ref().unwrap();
    assert_ne!(lines.running, lines.planned);
    server.component.insert("carbons".to_owned());
    let report = planned.status(&server);
    assert_ne!(report.profile_lines.unwrap().running, lines.planned);

    let mut server = planned.server();
    server.host.insert("by_hand (warn: x)".to_owned());
    let report = planned.status(&server);
    assert_eq!(to_act_on(&report), ["warning failed by_hand localhost"]);
}

#[test]
fn a_component_that_is_missing_is_asked_for_by_its_section() {
    let planned = Planned::community();
    let mut server = planned.server();
    assert!(server.component.remove("http_file_share"));
    let report = planned.status(&server);
    let missing = find(&report, "error missing http_file_share -");
    assert_eq!(missing.reason.as_deref(), Some("no component loads it"));
    assert_eq!(missing.help.as_deref(), Some("add its `Component` section"));
}

#[test]
fn what_prosody_loads_by_itself_is_missed_unless_it_is_kept_out() {
    let planned = Planned::community();
    let mut server = planned.server();
    // Another module of the same kind may do its work.
    assert!(server.host.remove("auth_internal_hashed"));
    server.host.insert("auth_ldap".to_owned());
    assert!(server.host.remove("s2s"));
    assert!(server.component.remove("s2s"));
    let report = planned.status(&server);
    assert_eq!(
        to_act_on(&report),
        [
            "error missing s2s localhost",
            "error missing s2s upload.localhost",
        ]
    );
    let reason = |text: &str| find(&report, text).reason.clone().unwrap();
    assert_eq!(
        reason("error missing s2s localhost"),
        "Prosody always loads it"
    );
    server.host.remove("auth_ldap");
    server
        .more
        .push_str("Planned on every host: x\nPlanned on some host:\nKept out: s2s\n");
    let report = planned.status(&server);
    let missing = find(&report, "error missing auth_internal_hashed localhost");
    let reason = "Prosody always loads one of auth_*";
    assert_eq!(missing.reason.as_deref(), Some(reason));
    let kept_out = find(&report, "info missing s2s localhost");
    let reason = "modules_disabled keeps it out";
    assert_eq!(kept_out.reason.as_deref(), Some(reason));
}

#[test]
fn without_a_list_of_hosts_their_modules_tell_what_they_are() {
    let planned = Planned::community();
    let mut server = planned.server();
    server.more.clear();
    assert_eq!(to_act_on(&planned.status(&server)), [""; 0]);
    // A host that has what only a virtual host loads is one, and lacks the rest.
    server.host = ["c2s", "iq"].map(str::to_owned).into();
    let report = planned.status(&server);
    find(&report, "error missing carbons localhost");
    // `iq` loads on both.
    server.host.remove("c2s");
    let report = planned.status(&server);
    let unknown = find(&report, "error unknown-host - localhost");
    assert!(unknown.is_doubt_within());
    assert!(!to_act_on(&report).contains(&"error missing carbons localhost".to_owned()));
    // A component that is not in the inventory is one all the same.
    server.host.insert("component".to_owned());
    let report = planned.status(&server);
    find(&report, "warning unexpected component localhost");
    assert!(!report.is_in_doubt(), "{report:#?}");
    // The list of hosts counts more than what is loaded.
    server.more = "localhost\nupload.localhost (http_file_share component)\n".to_owned();
    let report = planned.status(&server);
    find(&report, "error missing carbons localhost");
}

#[test]
fn the_plan_on_the_server_is_compared_by_names() {
    let planned = Planned::community();
    let expected = planned.with(|_, plan| {
        let names: BTreeSet<&str> = plan.expected().map(String::as_str).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    });
    let mut server = planned.server();
    let plan = |expected: &str| {
        format!("{HOSTS}Planned on every host: {expected}\nPlanned on some host:\nKept out:\n")
    };
    server.more = plan(&expected);
    assert_eq!(to_act_on(&planned.status(&server)), [""; 0]);
    server.more = plan(&expected.replace("carbons, ", "by_hand, "));
    let report = planned.status(&server);
    let differs = find(&report, "error plan-differs - -");
    let reason = "only on the server: by_hand; only in your selection: carbons";
    assert_eq!(differs.reason.as_deref(), Some(reason));
    // The plugin runs and says nothing.
    server.more = HOSTS.to_owned();
    server.global.insert("stability_profile".to_owned());
    let report = planned.status(&server);
    assert_eq!(to_act_on(&report), ["warning plan-differs - -"]);
}

#[test]
fn a_copy_is_told_by_the_directory_it_stands_in() {
    let planned = Planned::community();
    let server = planned.server();
    let with = |path: &str| {
        let report = planned.status_with(&server, &[PathBuf::from(path)]);
        to_act_on(&report)
    };
    let copy = "warning shadowing invites -";
    for (path, expected) in [
        ("/m/mod_invites/mod_invites.lua", Some(copy)),
        ("/m/invites/mod_invites.lua", Some(copy)),
        ("/usr/lib/prosody/modules/mod_invites.lua", None),
        ("/m/mod_carbons/mod_carbons.lua", None),
        ("/m/mod_invites/other.lua", None),
    ] {
        assert_eq!(with(path), Vec::from_iter(expected), "{path}");
    }
}

/// A configuration as it would stand in `/etc/prosody`.
fn configured(text: &str) -> Configuration {
    let source = Source::new("/etc/prosody/prosody.cfg.lua", text);
    read(&source, &ReadOptions::new(Dialect::V13)).unwrap()
}

fn status_configured(text: &str, listing: &str) -> Report {
    let inventory = Inventory::builtin();
    let listing = Listing::parse(&Source::new("listing", listing)).unwrap();
    let configuration = configured(text);
    status_of_configuration(
        ("built-in", &inventory),
        release(),
        &configuration,
        &listing,
        &[],
    )
}

#[test]
fn each_configured_host_is_compared_with_what_runs_there() {
    let configuration = "modules_enabled = { 'carbons', 'not_there' }\n\
         VirtualHost 'a.example'\nVirtualHost 'b.example'\nComponent 'c.example' 'muc'\n";
    let listing = "Global:\n    s2s\n    by_hand\na.example:\n    roster\n    proxy65\n\
         c.example:\n    muc\nother.example:\n    iq\n";
    let report = status_configured(configuration, listing);
    let all = to_act_on(&report);
    for expected in [
        "error missing carbons a.example",
        "error missing not_there a.example",
        "error host-missing - b.example",
        "warning host-unexpected - other.example",
        "warning unexpected proxy65 a.example",
        "warning unexpected by_hand *",
    ] {
        assert!(all.contains(&expected.to_owned()), "{expected}: {all:#?}");
    }
    // Nothing is missed on a host that does not run, and nothing is compared where none is configured.
    assert!(
        !all.iter()
            .any(|text| text.ends_with("missing carbons b.example"))
    );
    let missing = find(&report, "error missing not_there a.example");
    assert_eq!(missing.place.as_ref().unwrap().line, 1);
    assert!(missing.sentence().contains("cannot load"), "{missing:?}");
    // Each once.
    let missed: Vec<_> = all.iter().filter(|t| t.contains("not_there")).collect();
    assert_eq!(missed.len(), 1, "{missed:?}");
    let kinds: Vec<_> = report
        .scopes
        .iter()
        .map(|s| (s.name.as_str(), s.modules))
        .collect();
    assert_eq!(
        kinds,
        [
            ("*", 2),
            ("a.example", 2),
            ("c.example", 1),
            ("other.example", 1)
        ]
    );
}

#[test]
fn what_is_undecided_in_a_configuration_is_said_and_nothing_else_that_was_noticed() {
    let configuration =
        "modules_enabled = FileLines 'x'\nRunScript 'x.lua'\nVirtualHost 'a.example'\n";
    let report = status_configured(configuration, "a.example:\n    roster\n");
    let noticed = |code: Code| report.findings.iter().filter(|f| f.code == code).count();
    assert_eq!(noticed(Code::Undecided), 1, "{report:#?}");
    assert_eq!(noticed(Code::NotRun), 0, "{report:#?}");
    assert!(report.is_in_doubt());
}

#[test]
fn a_configuration_without_a_host_passes_no_check() {
    let report = status_configured("modules_enabled = { 'carbons' }", "Global:\n    s2s\n");
    assert_eq!(to_act_on(&report), ["error no-host - -"]);
    assert!(report.is_in_doubt());
}

#[test]
fn a_server_is_asked_for_its_plan_only_where_the_plugin_runs() {
    let planned = Planned::community();
    let folder = scratch();
    let script = write_script(
        folder.path(),
        "prosodyctl",
        r#"#!/bin/sh
cd "$(dirname "$0")" && echo "$*" >>asked
case "$*" in
"shell module list") cat modules ;;
"shell host list") cat hosts ;;
"shell stability plan") printf 'Planned on every host: by_hand\nPlanned on some host:\nKept out:\n' ;;
"shell server:version()") echo "| OK: 13.0.2 (by hand)" ;;
"shell module:info("*) printf '| other: x\n|   path: /m/mod_invites/mod_invites.lua\n' | sed 's/^| //' ;;
*) exit 1 ;;
esac
"#,
    );
    write(folder.path(), "hosts", HOSTS);
    let mut server = planned.server();
    server.more.clear();
    let status = |server: &Server| -> (Option<i32>, Vec<String>, String) {
        write(folder.path(), "modules", &server.listing());
        write(folder.path(), "asked", "");
        let arguments = ["status", "--prosodyctl", &script, "--profile", "community"];
        let said = run(tool(&arguments).args(["--format", "json"]));
        let report = said.json();
        let findings = report["findings"].as_array().unwrap().iter();
        let codes = findings.filter(|finding| finding["severity"] != "info");
        let codes = codes.map(|finding| finding["code"].as_str().unwrap().to_owned());
        let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
        (said.code(), codes.collect(), asked)
    };
    let (code, findings, asked) = status(&server);
    assert_eq!((code, findings), (Some(0), vec!["shadowing".to_owned()]));
    assert!(!asked.contains("stability plan"), "{asked}");
    assert!(asked.contains(r#"module:info("invites")"#), "{asked}");
    server.global.insert("stability_profile".to_owned());
    let (code, findings, asked) = status(&server);
    let expected = ["plan-differs", "shadowing"].map(str::to_owned);
    assert_eq!((code, findings), (Some(1), expected.to_vec()));
    assert!(asked.contains("stability plan"), "{asked}");
}

#[test]
fn the_version_in_the_answer_of_a_server_decides_its_release() {
    let planned = Planned::community();
    let folder = scratch();
    let listing = planned.server().listing();
    write(folder.path(), "modules", &listing);
    for (answer, release) in [
        ("| OK: 13.0.2 (by hand)", "13.0"),
        ("Prosody 0.12.3", "0.12"),
        // Neither a number nor an address with a point is one.
        ("42 sessions on a.example, Prosody 0.12.4", "0.12"),
    ] {
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in\n\"shell server:version()\") echo '{answer}' ;;\n*) cat \"$(dirname \"$0\")/modules\" ;;\nesac\n"
        );
        let script = write_script(folder.path(), "prosodyctl", &script);
        let arguments = ["status", "--prosodyctl", &script, "--format", "json"];
        let report = run(&mut tool(&arguments)).json();
        assert_eq!(report["sides"][0]["release"], release, "{answer}");
    }
}

/// The status of a server whose profile holds everywhere but on a.example, which lacks carbons, and on
/// rooms.example, which moderates.
fn status_of_own_hosts(listing: &str) -> Report {
    let inventory = Inventory::builtin();
    let mut selection = selection_of(&inventory, "community");
    selection
        .host("a.example", None)
        .override_module("carbons", false);
    let rooms = selection.host("rooms.example", Some("muc"));
    rooms.override_module("muc_moderation", true);
    let resolution = resolve(&inventory, release(), &selection, true);
    let plan = Plan::new(&inventory, release(), &resolution);
    let listing = Listing::parse(&Source::new("listing", listing)).unwrap();
    status("built-in", release(), &resolution, &plan, &listing, &[])
}

#[test]
fn a_host_with_settings_of_its_own_is_compared_with_its_own_plan() {
    let about = |report: &Report, module: &str| {
        let findings = to_act_on(report).into_iter();
        let about: Vec<_> = findings.filter(|text| text.contains(module)).collect();
        about
    };
    let both = "a.example:\n    ping\nb.example:\n    ping\nrooms.example:\n    muc\n\
                a.example\nb.example\nrooms.example (muc component)\n";
    let report = status_of_own_hosts(both);
    assert_eq!(
        about(&report, " carbons "),
        ["error missing carbons b.example"]
    );
    assert_eq!(
        about(&report, "muc_moderation"),
        ["error missing muc_moderation rooms.example"]
    );
    let runs = both.replace("b.example:\n", "b.example:\n    carbons\n");
    assert_eq!(about(&status_of_own_hosts(&runs), "carbons"), [""; 0]);
    let runs = both.replace("a.example:\n", "a.example:\n    carbons\n");
    assert_eq!(
        about(&status_of_own_hosts(&runs), "carbons"),
        [
            "error missing carbons b.example",
            "warning unexpected carbons a.example"
        ]
    );
}

#[test]
fn what_only_the_server_selects_is_not_planned_where_each_host_has_settings_of_its_own() {
    let planned = |listing: &str| {
        let planned = status_of_own_hosts(listing).profile_lines.unwrap().planned;
        let numbers = planned.split(|c: char| !c.is_ascii_digit());
        numbers
            .filter_map(|n| n.parse::<usize>().ok())
            .sum::<usize>()
    };
    let own = "a.example:\n    ping\na.example\n";
    let component = "upload.example:\n    http_file_share\n\
                     upload.example (http_file_share component)\n";
    let other = "b.example:\n    ping\nb.example\n";
    let all = planned(other);
    assert_eq!(planned(&format!("{own}{component}")) + 1, all);
    assert_eq!(planned(own) + 1, all);
    assert_eq!(planned(&format!("{own}{other}")), all);
    assert_eq!(planned("Global:\n    s2s\n"), all);
}
