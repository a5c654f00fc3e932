//! What a release makes of a selection: what is missing, what comes along, and what to know of it.

use std::sync::LazyLock;

use prosody_stability::check::{self, check};
use prosody_stability::configuration::Dialect;
use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::inventory::Inventory;
use prosody_stability::release::{Origin, Release, Stage, builtin};
use prosody_stability::report::{Code, Finding, Severity};
use prosody_stability::resolve::table::{self, View};
use prosody_stability::resolve::{
    Edge, Request, Resolution, ResolvedModule, State, loads_in_state, resolve,
};
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;

use crate::support::selection_of;

fn release(version: &str) -> Release {
    builtin::find(version, false).unwrap().0.into_owned()
}

/// Resolves a profile with modules switched on (`name`) or off (`-name`).
fn resolved(version: &str, profile: &str, modules: &[&str]) -> Resolution<'static> {
    let inventory = builtin();
    let mut selection = selection_of(inventory, profile);
    for module in modules {
        let (name, on) = module
            .strip_prefix('-')
            .map_or((*module, true), |name| (name, false));
        selection.set_module(inventory, name, on).unwrap();
    }
    let release = Box::leak(Box::new(release(version)));
    resolve(inventory, release, Box::leak(Box::new(selection)), false)
}

/// A resolution borrows what it is made of: kept until the test program ends.
fn builtin() -> &'static Inventory<'static> {
    static BUILTIN: LazyLock<Inventory<'static>> = LazyLock::new(Inventory::builtin);
    &BUILTIN
}

/// What a check finds about a selection.
fn findings(resolution: &Resolution) -> Vec<Finding> {
    check::selection::findings(builtin(), resolution)
}

fn module<'a>(resolution: &'a Resolution, name: &str) -> &'a ResolvedModule<'a> {
    resolution
        .modules
        .iter()
        .find(|module| module.name == name)
        .unwrap()
}

fn finding<'a>(findings: &'a [Finding], code: Code, module: Option<&str>) -> Option<&'a Finding> {
    findings
        .iter()
        .find(|f| f.code == code && f.subject.as_deref() == module)
}

#[test]
fn what_a_release_does_not_have_is_unavailable_with_its_replacement() {
    let rows = [
        ("13.0", "push", None),
        ("13.0", "compliance_policy", None),
        ("13.0", "http_upload", Some("http_file_share")),
        ("0.12", "push", None),
        ("0.12", "compliance_policy", None),
    ];
    for (version, name, replacement) in rows {
        let resolution = resolved(version, "development", &[]);
        let module = module(&resolution, name);
        assert_eq!(module.state, State::Unavailable, "{name} in {version}");
        assert_eq!(module.replaced_by, replacement, "{name} in {version}");
        let findings = findings(&resolution);
        let said = finding(&findings, Code::Unavailable, Some(name));
        // Nobody can do anything about a module that exists nowhere.
        let expected = replacement.map(|_| Severity::Warning);
        assert_eq!(said.map(|finding| finding.severity), expected, "{name}");
    }
    for release in builtin::current() {
        let version = release.version.as_str();
        let missing = resolved(version, "development", &[]);
        let missing = missing
            .modules
            .iter()
            .filter(|m| m.state == State::Unavailable);
        let known = rows.iter().filter(|(v, ..)| *v == version);
        assert_eq!(missing.count(), known.count(), "{version}");
    }
}

#[test]
fn a_module_with_another_real_name_loads_under_that_name() {
    let resolution = resolved("13.0", "development", &[]);
    for (name, real) in [
        ("json_logs", "log_json"),
        ("measure_message_e2e", "measure_message_e2ee"),
    ] {
        assert_eq!(module(&resolution, name).state, State::Load);
        assert_eq!(module(&resolution, name).real_name(), real);
        assert!(resolution.community.contains(&real));
        assert!(!resolution.community.contains(&name));
    }
}

#[test]
fn a_replacement_that_the_release_does_not_have_is_not_advised() {
    let inventory = Inventory::builtin();
    let mut release = release("13.0");
    release.modules.shift_remove("log_json");
    let selection = selection_of(&inventory, "development");
    let resolution = resolve(&inventory, &release, &selection, false);
    let json_logs = module(&resolution, "json_logs");
    assert_eq!(json_logs.state, State::Unavailable);
    assert_eq!(json_logs.replaced_by, None);
}

#[test]
fn a_module_whose_dependency_is_missing_is_unavailable_too() {
    let inventory = Inventory::builtin();
    let mut release = release("13.0");
    release.modules.shift_remove("password_policy");
    let defaults = Selection::defaults(&inventory);
    let resolution = resolve(&inventory, &release, &defaults, false);
    for name in ["invites_register_web", "password_reset"] {
        let module = module(&resolution, name);
        assert_eq!(module.state, State::Unavailable, "{name}");
        assert!(
            module.reason.to_string().contains("password_policy"),
            "{}",
            module.reason
        );
    }
}

#[test]
fn what_upstream_calls_broken_is_left_out_by_flags_and_loads_when_it_is_enabled_explicitly() {
    let by_flags = resolved("13.0", "development", &[]);
    let statistics = module(&by_flags, "statistics");
    assert_eq!(statistics.state, State::Off);
    assert_eq!(
        statistics.reason.to_string(),
        "upstream stage broken in 13.0, so flags do not enable it"
    );
    let found = findings(&by_flags);
    let left_out = finding(&found, Code::BrokenUpstream, Some("statistics")).unwrap();
    assert_eq!(left_out.severity, Severity::Info);

    let explicit = resolved("13.0", "development", &["statistics"]);
    assert_eq!(module(&explicit, "statistics").state, State::Load);
    let found = findings(&explicit);
    let loads = finding(&found, Code::BrokenUpstream, Some("statistics")).unwrap();
    assert_eq!(loads.severity, Severity::Warning);

    // Its label is new in 13.0.
    let before = resolved("0.12", "development", &[]);
    assert_eq!(module(&before, "statistics").state, State::Load);
}

#[test]
fn what_modules_disabled_keeps_out_is_off_and_says_so() {
    let inventory = builtin();
    let selection = selection_of(inventory, "enterprise");
    let release = release("13.0");
    let free = resolve(inventory, &release, &selection, false);
    let enforced = resolve(inventory, &release, &selection, true);
    assert_eq!(module(&free, "http_altconnect").state, State::PulledIn);
    let kept_out = module(&enforced, "http_altconnect");
    assert_eq!(kept_out.state, State::Off);
    assert_eq!(
        kept_out.reason.to_string(),
        "beta is off (profile enterprise); kept out by modules_disabled, optional dependency of \
         bosh, websocket"
    );
    assert_eq!(enforced.modules_disabled, ["http_altconnect"]);
    assert_eq!(free.profile_line.0[2], enforced.profile_line.0[2] + 1);
}

#[test]
fn what_prosody_always_loads_loads_its_dependencies_too() {
    let resolution = resolved("13.0", "enterprise", &[]);
    let tokenauth = resolution
        .dependencies
        .iter()
        .find(|d| d.name == "tokenauth")
        .unwrap();
    assert_eq!(tokenauth.by, ["auth_internal_hashed"]);
}

#[test]
fn what_is_pulled_in_says_by_whom_and_past_which_flag() {
    let resolution = resolved("13.0", "enterprise", &[]);
    let altconnect = module(&resolution, "http_altconnect");
    assert_eq!(altconnect.state, State::PulledIn);
    let pulled = altconnect.pulled_in.as_ref().unwrap();
    assert_eq!(pulled.by, ["bosh", "websocket"]);
    assert_eq!(pulled.edge, Edge::Soft);
    assert_eq!(
        pulled.despite.iter().map(|f| f.name()).collect::<Vec<_>>(),
        ["beta"]
    );
    assert_eq!(resolution.modules_disabled, ["http_altconnect"]);
    let said = finding(
        &findings(&resolution),
        Code::PulledIn,
        Some("http_altconnect"),
    )
    .unwrap()
    .clone();
    assert!(
        said.help.as_ref().unwrap().contains("modules_disabled"),
        "{said:?}"
    );

    // 0.12 does not have it yet, so nothing is pulled in.
    let resolution = resolved("0.12", "enterprise", &[]);
    assert_eq!(module(&resolution, "http_altconnect").state, State::Off);
    assert!(resolution.modules_disabled.is_empty());
}

#[test]
fn what_is_needed_cannot_be_kept_out_by_modules_disabled() {
    let resolution = resolved("13.0", "personal", &["-blocklist"]);
    let blocklist = module(&resolution, "blocklist");
    assert_eq!(blocklist.state, State::PulledIn);
    assert_eq!(blocklist.pulled_in.as_ref().unwrap().edge, Edge::Hard);
    assert!(resolution.modules_disabled.is_empty());
    let said = finding(&findings(&resolution), Code::PulledIn, Some("blocklist"))
        .unwrap()
        .clone();
    assert!(
        said.help.as_ref().unwrap().contains("spam_reporting"),
        "{said:?}"
    );
}

#[test]
fn community_modules_are_closed_under_dependencies_and_never_bundled() {
    let old = resolved("0.12", "community", &[]).community;
    let new = resolved("13.0", "community", &[]).community;
    for name in [
        "cloud_notify_encrypted",
        "cloud_notify_filters",
        "cloud_notify_priority_tag",
    ] {
        assert!(old.contains(&name) && new.contains(&name), "{name}");
    }
    for name in [
        "invites_page",
        "password_policy",
        "register_apps",
        "firewall",
    ] {
        assert!(old.contains(&name) && new.contains(&name), "{name}");
    }
    // Bundled since 13.0: a copy would take the place of the bundled module.
    for name in ["cloud_notify", "http_altconnect"] {
        assert!(old.contains(&name), "{name}");
        assert!(!new.contains(&name), "{name}");
    }
    for name in [
        "smacks",
        "invites",
        "invites_adhoc",
        "invites_register",
        "blocklist",
        "http",
    ] {
        assert!(!old.contains(&name) && !new.contains(&name), "{name}");
    }
}

#[test]
fn an_open_http_port_is_found_where_http_is_off() {
    for version in builtin::VERSIONS {
        let resolution = resolved(version, "personal", &[]);
        let said = finding(&findings(&resolution), Code::HttpPortOpen, Some("http"))
            .unwrap()
            .clone();
        assert!(said.sentence().contains("invites_register_web"), "{said:?}");
        let without = [
            "-invites_register_web",
            "-password_reset",
            "-http_altconnect",
        ];
        let resolution = resolved(version, "personal", &without);
        assert_eq!(
            finding(&findings(&resolution), Code::HttpPortOpen, Some("http")),
            None
        );
        let resolution = resolved(version, "community", &[]);
        assert_eq!(
            finding(&findings(&resolution), Code::HttpPortOpen, Some("http")),
            None
        );
    }
}

#[test]
fn an_open_http_port_is_found_with_what_loads_it_through_others() {
    let inventory = builtin();
    let mut release = release("13.0");
    // Two ways of two steps: through a module that the inventory does not know, and through one
    // that it knows and that is off.
    let outside = release.modules["http_errors"].clone();
    release.modules.insert("outside".to_owned(), outside);
    let mut add = |name: &str, dependency: &str| {
        let depends = &mut release.modules.get_mut(name).unwrap().depends;
        depends.always.push(dependency.to_owned());
    };
    add("outside", "http");
    add("carbons", "outside");
    add("csi_simple", "bosh");
    let mut selection = selection_of(inventory, "personal");
    let without = ["invites_register_web", "password_reset", "http_altconnect"];
    for name in without {
        selection.set_module(inventory, name, false).unwrap();
    }
    let resolution = resolve(inventory, &release, &selection, false);
    let found = findings(&resolution);
    let said = finding(&found, Code::HttpPortOpen, Some("http")).unwrap();
    assert_eq!(
        said.reason.as_deref(),
        Some("mod_http is required by carbons, csi_simple")
    );
}

#[test]
fn what_nothing_keeps_out_is_installed_as_it_loads() {
    let inventory = builtin();
    let mut release = release("13.0");
    release.modules["http_altconnect"].origin = Origin::Community;
    let selection = selection_of(inventory, "enterprise");
    let free = resolve(inventory, &release, &selection, false);
    assert!(free.loads("http_altconnect"));
    assert!(free.community.contains(&"http_altconnect"));
    let enforced = resolve(inventory, &release, &selection, true);
    assert!(!enforced.loads("http_altconnect"));
    assert!(!enforced.community.contains(&"http_altconnect"));
}

#[test]
fn a_profile_is_judged_by_its_flags_and_not_by_its_name() {
    let text = include_str!("../../inventory/prosody.json")
        .replace("\"development\": {", "\"laboratory\": {")
        .replace(
            "\"flags\": { \"security\": true, \"modern\": true, \"beta\": true, \"alpha\": false, \"http\": false",
            "\"flags\": { \"security\": false, \"modern\": true, \"beta\": true, \"alpha\": true, \"http\": false",
        );
    let source = prosody_stability::source::Source::new("mine.json", text);
    let other = prosody_stability::inventory::json::read(&source).unwrap();
    let risks = |inventory: &Inventory| -> Vec<(Severity, String)> {
        let defaults = Selection::defaults(inventory);
        let report = check(inventory, "", &release("13.0"), &defaults, None);
        let findings = report.findings.into_iter();
        findings
            .filter(|finding| finding.code == Code::ProfileRisk)
            .map(|finding| (finding.severity, finding.message))
            .collect()
    };
    let expected = |rows: &[(Severity, &str)]| -> Vec<(Severity, String)> {
        let rows = rows.iter();
        rows.map(|(severity, text)| (*severity, (*text).to_owned()))
            .collect()
    };
    let on = |name: &str| format!("profile {name} enables alpha");
    assert_eq!(
        risks(builtin()),
        expected(&[(Severity::Info, &on("development"))])
    );
    assert_eq!(
        risks(&other),
        expected(&[
            (Severity::Warning, "profile personal disables security"),
            (Severity::Info, &on("personal")),
            (Severity::Info, &on("laboratory")),
        ])
    );
}

#[test]
fn the_other_hazards_are_found() {
    let personal = findings(&resolved("13.0", "personal", &[]));
    assert!(finding(&personal, Code::AdminShellLost, Some("admin_shell")).is_some());
    assert!(finding(&personal, Code::Clash, Some("vcard")).is_some());
    for name in ["limits", "firewall", "pubsub_serverinfo"] {
        assert!(
            finding(&personal, Code::NeedsConfiguration, Some(name)).is_some(),
            "{name}"
        );
    }
    let community = findings(&resolved("13.0", "community", &[]));
    assert_eq!(
        finding(&community, Code::AdminShellLost, Some("admin_shell")),
        None
    );
    assert!(finding(&community, Code::Clash, Some("prometheus")).is_some());
    assert!(finding(&community, Code::Superseded, Some("prometheus")).is_some());
}

#[test]
fn what_fails_until_it_is_set_up_loads_only_when_it_is_enabled_by_name() {
    let name = "pubsub_serverinfo";
    let off = resolved("13.0", "personal", &[]);
    assert_eq!(module(&off, name).state, State::Off);
    assert_eq!(
        module(&off, name).reason.to_string(),
        "does not work until pubsub_serverinfo_service is set, so flags do not enable it"
    );
    assert!(!off.loads("pubsub") && !off.loads("server_info"));
    let said = findings(&off);
    let said = finding(&said, Code::NeedsConfiguration, Some(name)).unwrap();
    let help = said.help.as_deref().unwrap();
    assert!(help.contains("set `pubsub_serverinfo_service` to it"));
    assert!(help.ends_with("then enable pubsub_serverinfo explicitly"));

    // What it loads once it is set up loads as well: its component, and what it asks for then.
    let on = resolved("13.0", "personal", &[name]);
    for other in [name, "pubsub", "server_info"] {
        assert!(on.loads(other), "{other}");
    }
    assert!(!on.loads("measure_active_users"));
    assert_eq!(on.profile_line.0[2], off.profile_line.0[2] + 1);

    // Where the release does not have it, nobody misses it who did not ask for it.
    let off = resolved("0.12", "personal", &[]);
    assert_eq!(module(&off, name).state, State::Off);
    let said = findings(&off);
    assert!(
        said.iter()
            .all(|said| said.subject.as_deref() != Some(name))
    );
    let on = resolved("0.12", "personal", &[name]);
    assert_eq!(module(&on, name).state, State::Unavailable);
}

#[test]
fn a_module_asked_for_by_name_and_missing_is_an_error() {
    let findings = findings(&resolved("13.0", "personal", &["push"]));
    let said = finding(&findings, Code::Unavailable, Some("push")).unwrap();
    assert_eq!(said.severity, Severity::Error);
}

#[test]
fn the_built_in_inventory_passes_the_check_and_names_where_upstream_disagrees() {
    let inventory = Inventory::builtin();
    // The inventory's levels are about what is still supported.
    for supported in builtin::current() {
        let version = supported.version.as_str();
        let report = check(
            &inventory,
            "built-in",
            &release(version),
            &Selection::defaults(&inventory),
            None,
        );
        assert!(!report.reaches(Severity::Error), "{report:?}");
        assert!(report.reaches(Severity::Warning));
        let about = |code, module| finding(&report.findings, code, Some(module));
        for name in ["firewall", "spam_reporting", "password_reset"] {
            assert!(about(Code::LevelAboveStage, name).is_some(), "{name}");
        }
        for name in ["mimicking", "vcard4", "invites_register", "http_file_share"] {
            assert!(about(Code::LevelBelowStage, name).is_some(), "{name}");
        }
        assert_eq!(
            about(Code::UnknownName, "push").unwrap().severity,
            Severity::Info
        );
    }
}

#[test]
fn a_module_that_is_missing_is_reported_once_whatever_the_profile() {
    let inventory = Inventory::builtin();
    for version in builtin::VERSIONS {
        for profile in inventory.profiles.keys() {
            let selection = selection_of(&inventory, profile);
            let report = check(&inventory, "built-in", &release(version), &selection, None);
            let about = |name: &str| -> Vec<(Code, Severity)> {
                let findings = report.findings.iter();
                let about = findings.filter(|finding| finding.subject.as_deref() == Some(name));
                let known = [Code::Unavailable, Code::UnknownName];
                about
                    .map(|finding| (finding.code, finding.severity))
                    .filter(|(code, _)| known.contains(code))
                    .collect()
            };
            for name in ["push", "compliance_policy"] {
                let once = [(Code::UnknownName, Severity::Info)];
                assert_eq!(about(name), once, "{name} {profile} {version}");
            }
        }
    }
    let selection = selection_of(&inventory, "development");
    let report = check(&inventory, "built-in", &release("13.0"), &selection, None);
    let said = report.findings.iter().filter(|finding| {
        finding.code == Code::Unavailable && finding.subject.as_deref() == Some("http_upload")
    });
    let said: Vec<_> = said.map(|finding| finding.severity).collect();
    assert_eq!(said, [Severity::Warning]);
}

#[test]
fn the_check_finds_what_is_wrong_with_an_inventory() {
    let text = include_str!("../../inventory/prosody.json")
        .replace("\"XEP-0313\"", "\"XEP-313\"")
        .replace("\"carbons\": {", "\"carbon\": {")
        .replace("\"purpose\": \"Stream Management\"", "\"purpose\": \" \"");
    let source = prosody_stability::source::Source::new("mine.json", text);
    let inventory = prosody_stability::inventory::json::read(&source).unwrap();
    let report = check(
        &inventory,
        "mine.json",
        &release("13.0"),
        &Selection::defaults(&inventory),
        None,
    );
    let about = |code, module| finding(&report.findings, code, Some(module)).unwrap();
    assert_eq!(about(Code::SpecForm, "mam").severity, Severity::Error);
    assert!(
        about(Code::UnknownName, "carbon")
            .help
            .as_ref()
            .unwrap()
            .contains("`carbons`")
    );
    assert_eq!(about(Code::NoPurpose, "smacks").severity, Severity::Warning);
}

#[test]
fn versions_are_taken_by_their_branch_and_newer_ones_as_the_newest_on_request_only() {
    assert_eq!(builtin::find("0.12.4", false).unwrap().0.version, "0.12");
    assert_eq!(builtin::find("13.0.7", false).unwrap().0.version, "13.0");
    for newer in ["13.1", "14.0", "14", "13.10.2"] {
        let error = builtin::find(newer, false).unwrap_err();
        assert!(error.title().contains(newer), "{error:?}");
        let help = format!("{error:?}");
        for said in ["0.11, 0.12, 13.0", "snapshot", "--assume-newest"] {
            assert!(help.contains(said), "{newer}: {help}");
        }
        let (release, warning) = builtin::find(newer, true).unwrap();
        assert_eq!(release.version, "13.0");
        assert!(warning.unwrap().title().contains(newer));
    }
    for assume_newest in [false, true] {
        assert!(builtin::find("0.10", assume_newest).is_err());
        assert!(builtin::find("12.0", assume_newest).is_err());
        assert!(builtin::find("trunk", assume_newest).is_err());
        // Twelve is not one hundred and twenty.
        assert!(builtin::find("0.120", assume_newest).is_err());
    }
    let error = builtin::find("0.10", false).unwrap_err();
    assert!(!format!("{error:?}").contains("--assume-newest"));
}

#[test]
fn a_configuration_names_modules_as_prosody_does() {
    use prosody_stability::configuration::Dialect;
    use prosody_stability::configuration::prosody::{ReadOptions, read};
    use prosody_stability::resolve::Request;
    use prosody_stability::source::Source;

    // The inventory's name of log_json, which no Prosody finds.
    let text = "modules_enabled = { 'json_logs' }\nVirtualHost 'a'\nVirtualHost 'b'\n\
                modules_enabled = { 'log_json' }";
    let source = Source::new("/etc/prosody/prosody.cfg.lua", text);
    let configuration = read(&source, &ReadOptions::new(Dialect::V13)).unwrap();
    let (inventory, release) = (Inventory::builtin(), builtin::newest());
    for (host, loads) in [("a", false), ("b", true)] {
        let request = Request::of_host(&inventory, release, &configuration, host).unwrap();
        let resolution = request.resolve(&inventory, release);
        assert_eq!(resolution.loads("log_json"), loads, "{host}");
        let mut modules = resolution.modules.iter();
        let asked = modules.find(|module| module.name == "json_logs").unwrap();
        assert_eq!(asked.state, State::Unavailable);
        assert_eq!(asked.replaced_by, Some("log_json"));
    }
}

#[test]
fn what_only_other_releases_have_is_said_although_nothing_asks_for_it() {
    let inventory = Inventory::builtin();
    let mut release = release("13.0");
    release.modules.shift_remove("audit");
    let selection = selection_of(&inventory, "personal");
    let report = check(&inventory, "built-in", &release, &selection, None);
    let audit = finding(&report.findings, Code::Unavailable, Some("audit")).unwrap();
    assert_eq!(audit.severity, Severity::Info);
    let reason = "not in Prosody 13.0 or prosody-modules";
    assert_eq!(audit.reason.as_deref(), Some(reason));
    // That no release has a module is said of the inventory, and once.
    let push = |code| finding(&report.findings, code, Some("push"));
    assert!(push(Code::Unavailable).is_none());
    assert!(push(Code::UnknownName).is_some());
}

#[test]
fn a_component_is_what_it_is_made_of_and_hosts_load_the_rest() {
    let text = "modules_enabled = { 'carbons', 'tls' }\nVirtualHost 'a'\nmodules_enabled = { 'vcard', 'vcard_legacy' }\nmodules_disabled = { 'version', 'tls' }\n\
                Component 'b' 'muc'\nmodules_enabled = { 'muc_mam' }\n";
    let source = Source::new("/etc/prosody/prosody.cfg.lua", text);
    let configuration = read(&source, &ReadOptions::new(Dialect::V13)).unwrap();
    let release = release("13.0");
    let on = |host: &str| -> Vec<(String, State, bool)> {
        let request = Request::of_host(builtin(), &release, &configuration, host).unwrap();
        let resolution = request.resolve(builtin(), &release);
        let asked = resolution.modules.iter().filter(|module| {
            ["muc", "muc_mam", "carbons", "tls", "version", "vcard"].contains(&module.name)
        });
        asked
            .map(|module| (module.name.to_owned(), module.state, module.explicit))
            .collect()
    };
    let row = |name: &str, state, explicit| (name.to_owned(), state, explicit);
    assert_eq!(
        on("b"),
        [
            row("muc", State::Component, true),
            row("muc_mam", State::Load, true),
            row("tls", State::Load, true),
        ]
    );
    assert_eq!(
        on("a"),
        [
            row("carbons", State::Load, true),
            row("vcard", State::Off, false),
            row("tls", State::Off, false),
            row("version", State::Off, false),
        ]
    );
    assert!(Request::of_host(builtin(), &release, &configuration, "c").is_none());
}

#[test]
fn a_component_of_a_selection_loads_what_it_is_made_of_and_what_it_inherits() {
    let inventory = builtin();
    let mut selection = selection_of(inventory, "personal");
    selection.override_module("http_file_share", false);
    for (name, made_of) in [
        ("upload.example", "http_file_share"),
        ("rooms.example", "muc"),
    ] {
        let component = selection.host(name, Some(made_of));
        component.reset_module("http_file_share");
        component.override_module("muc_moderation", true);
        component.override_module("server_contact_info", false);
    }
    let off = selection.host("off.example", Some("http_file_share"));
    off.override_module("http_file_share", false);
    let release = release("13.0");
    let resolution = resolve(inventory, &release, &selection, false);
    let of = |host: &str, name: &str| {
        let mut hosts = resolution.hosts.iter();
        let host = hosts.find(|own| own.host == Some(host)).unwrap();
        let named = host.modules.iter().filter(|module| module.name == name);
        let brief: Vec<_> = named
            .map(|module| (module.state, module.reason.to_string()))
            .collect();
        assert!(brief.len() < 2, "{name} is there twice: {brief:?}");
        brief.into_iter().next()
    };
    let is_component = (State::Load, "the component is made of it".to_owned());
    let is_not_inherited = (State::Off, "components do not inherit it".to_owned());
    let is_enabled = (State::Load, "enabled explicitly".to_owned());
    let is_disabled = (State::Off, "disabled explicitly".to_owned());
    assert_eq!(
        of("upload.example", "http_file_share"),
        Some(is_component.clone())
    );
    assert_eq!(of("upload.example", "muc"), None);
    assert_eq!(of("rooms.example", "muc"), Some(is_component));
    assert_eq!(
        of("rooms.example", "http_file_share"),
        Some(is_not_inherited.clone())
    );
    assert_eq!(
        of("off.example", "http_file_share"),
        Some(is_disabled.clone())
    );
    for host in ["upload.example", "rooms.example"] {
        assert_eq!(of(host, "carbons"), Some(is_not_inherited.clone()));
        assert_eq!(of(host, "muc_moderation"), Some(is_enabled.clone()));
        assert_eq!(of(host, "server_contact_info"), Some(is_disabled.clone()));
        assert_eq!(
            of(host, "tls"),
            Some((State::Load, "core modules are always on".to_owned()))
        );
    }
}

#[test]
fn a_level_is_compared_with_the_stage_that_upstream_trusts_least() {
    use Code::{LevelAboveStage as Above, LevelBelowStage as Below};
    type Row<'a> = (&'a str, &'a [Stage], Option<(Code, &'a str)>);
    let rows: [Row<'_>; 11] = [
        // Stable, beta and alpha in the inventory.
        ("firewall", &[Stage::Stable], None),
        ("firewall", &[Stage::Beta], Some((Above, "beta upstream"))),
        (
            "firewall",
            &[Stage::Stable, Stage::Obsolete],
            Some((Above, "obsolete upstream")),
        ),
        ("firewall", &[], None),
        (
            "firewall",
            &[Stage::Merged, Stage::Other("odd".to_owned())],
            None,
        ),
        (
            "mimicking",
            &[Stage::Stable],
            Some((Below, "stable upstream")),
        ),
        ("mimicking", &[Stage::Beta], None),
        (
            "mimicking",
            &[Stage::Experimental],
            Some((Above, "experimental upstream")),
        ),
        ("audit", &[Stage::Beta], Some((Below, "beta upstream"))),
        ("audit", &[Stage::Deprecated], None),
        ("audit", &[Stage::Broken], None),
    ];
    let inventory = Inventory::builtin();
    let selection = selection_of(&inventory, "personal");
    let check =
        |release: &Release| check(&inventory, "built-in", release, &selection, None).findings;
    for (name, stage, expected) in rows {
        let mut release = release("13.0");
        let module = &mut release.modules[name];
        (module.origin, module.stage) = (Origin::Community, stage.to_vec());
        let findings = check(&release);
        let found = [Above, Below].map(|code| finding(&findings, code, Some(name)));
        let found = found.into_iter().flatten().next();
        let found = found.map(|finding| (finding.code, finding.message.clone()));
        let level = inventory.modules[name].stability();
        let expected = expected
            .map(|(code, label)| (code, format!("{name} is {level} here, but {label} in 13.0")));
        assert_eq!(found, expected, "{name} {stage:?}");
    }
    // What Prosody brings is as good as stable.
    let findings = check(&release("13.0"));
    let vcard4 = finding(&findings, Below, Some("vcard4")).unwrap();
    assert_eq!(
        vcard4.message,
        "vcard4 is beta here, but part of Prosody in 13.0"
    );
}

#[test]
fn the_table_of_a_host_names_the_host_and_counts_what_loads_on_it() {
    let inventory = builtin();
    let mut selection = selection_of(inventory, "personal");
    selection
        .host("a.example", None)
        .override_module("carbons", false);
    let release = release("13.0");
    let resolution = resolve(inventory, &release, &selection, false);
    let view = View {
        width: None,
        all: false,
    };
    let head = |resolution: &Resolution| {
        let text = table::render(inventory, resolution, &[], view);
        let text = anstream::adapter::strip_str(&text).to_string();
        text.lines().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let [line, sentence] = head(&resolution).try_into().unwrap();
    assert!(
        line.starts_with("Module stability profile: Core="),
        "{line}"
    );
    let loading = "34 of 51 modules load with profile personal on Prosody 13.0.";
    assert_eq!(sentence, loading);
    let [line, sentence] = head(&resolution.hosts[0]).try_into().unwrap();
    let host = "a.example: Module stability profile: Core=";
    assert!(line.starts_with(host), "{line}");
    assert_eq!(sentence, loading.replace("34", "33"));
}

#[test]
fn the_word_of_a_state_says_whether_a_module_loads() {
    for (word, loads) in [
        ("load", Some(true)),
        ("component", Some(true)),
        ("pulled-in", Some(true)),
        ("dependency", Some(true)),
        ("unavailable", Some(false)),
        ("off", Some(false)),
        ("absent", Some(false)),
        ("on", None),
    ] {
        assert_eq!(loads_in_state(word), loads, "{word}");
    }
}
