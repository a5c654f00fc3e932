//! A review of many machines by two files of plans: what is told once, on which machines, and what is accepted.

use std::collections::BTreeMap;
use std::path::Path;

use prosody_stability::configuration::nixos::plans::{Machine, Plans, Prosody};
use prosody_stability::inventory::Inventory;
use prosody_stability::report::{Code, Finding};
use prosody_stability::review::fleet::{Request, Reviewed, review};
use serde_json::{Value, json};

use crate::support::command::{Said, run, tool};
use crate::support::folder::{scratch, write, write_script};
use crate::support::json::{list, names};
use crate::support::schema::violations;

/// A configuration of a virtual host that loads these modules besides the usual ones.
fn text(host: &str, modules: &[&str]) -> String {
    let usual = ["roster", "saslauth", "tls", "disco"];
    let all: Vec<String> = usual
        .iter()
        .chain(modules)
        .map(|name| format!("{name:?}"))
        .collect();
    let all = all.join("; ");
    format!("modules_enabled = {{ {all} }}\nVirtualHost {host:?}\n")
}

fn machine(version: &str, text: &str) -> Machine {
    Machine {
        prosody: Some(Prosody {
            version: version.to_owned(),
            configuration: Some(text.to_owned()),
            ..Prosody::default()
        }),
        ..Machine::default()
    }
}

fn plans(machines: impl IntoIterator<Item = (String, Machine)>) -> Plans {
    Plans::of(machines.into_iter().collect())
}

fn reviewed(old: &Plans, new: &Plans) -> Reviewed {
    review(&Request {
        names: ["old.json", "new.json"],
        plans: [old, new],
        inventory: &Inventory::builtin(),
        inventory_name: "built-in",
        assume_newest: false,
        variables: &BTreeMap::new(),
    })
}

/// So many machines with so many distinct texts, before and after an upgrade.
fn fleet(machines: usize, texts: usize) -> [Plans; 2] {
    ["0.12.4", "13.0.7"].map(|version| {
        plans((0..machines).map(|number| {
            let host = format!("chat{}.example", number % texts);
            let text = text(&host, &["http_upload"]);
            (format!("m{number:04}"), machine(version, &text))
        }))
    })
}

fn with_code(reviewed: &Reviewed, code: Code) -> Vec<&Finding> {
    let findings = reviewed.report.findings.iter();
    findings.filter(|finding| finding.code == code).collect()
}

#[test]
fn each_distinct_pair_of_texts_is_reviewed_once() {
    let [old, new] = fleet(1000, 5);
    let reviewed = reviewed(&old, &new);
    assert_eq!(reviewed.reviews, 5);
    let [breaks] = with_code(&reviewed, Code::Breaks)[..] else {
        panic!("{:?}", reviewed.report.findings);
    };
    assert_eq!(breaks.selections.len(), 1000);
    assert_eq!(breaks.hosts["m0007"], ["chat2.example"]);
    assert_eq!(reviewed.report.scopes.len(), 1000);
}

#[test]
fn what_differs_in_nothing_but_the_host_is_told_once() {
    let [old, new] = fleet(20, 20);
    let reviewed = reviewed(&old, &new);
    assert_eq!(reviewed.reviews, 20);
    let told: Vec<&str> = reviewed
        .report
        .findings
        .iter()
        .map(|f| &*f.message)
        .collect();
    let mut distinct = told.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(told.len(), distinct.len(), "{told:#?}");
    assert!(
        reviewed
            .report
            .findings
            .iter()
            .all(|f| f.selections.len() == 20)
    );
}

#[test]
fn one_machine_says_what_a_review_of_its_server_says() {
    let folder = scratch();
    let text = text("a.example", &["http_upload", "cloud_notify", "mam"]);
    let file = write(folder.path(), "prosody.cfg.lua", &text);
    let of_one = run(&mut tool(&[
        "diff",
        "--release",
        "0.12..13.0",
        "--config",
        &file,
        "--format",
        "json",
    ]));
    let one: Value = of_one.success().json();
    let sides =
        ["0.12.4", "13.0.7"].map(|version| plans([("a".to_owned(), machine(version, &text))]));
    let many = reviewed(&sides[0], &sides[1]);
    let told = |findings: &[Value]| -> Vec<(String, String, String)> {
        let text =
            |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let mut told: Vec<_> = findings
            .iter()
            .filter(|finding| finding["message"] != "Prosody is updated from 0.12.4 to 13.0.7")
            .map(|f| (text(f, "code"), text(f, "severity"), text(f, "fingerprint")))
            .collect();
        told.sort();
        told
    };
    let many = serde_json::to_value(&many.report).unwrap();
    assert_eq!(told(list(&one["findings"])), told(list(&many["findings"])));
    assert!(told(list(&one["findings"])).len() > 20);
}

fn write_plans(folder: &Path, [old, new]: &[Plans; 2]) {
    for (name, plans) in [("old.json", old), ("new.json", new)] {
        write(folder, name, &serde_json::to_string(plans).unwrap());
    }
}

fn diff(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = tool(&["diff", "old.json", "new.json"]);
    run(command.args(arguments).current_dir(folder))
}

/// Five machines: three lose file upload, one of them an alias; one changes a setting; one comes, one goes.
fn mixed() -> [Plans; 2] {
    let upload = |host: &str| text(host, &["http_upload"]);
    let quiet = text("quiet.example", &[]);
    let router = Machine::default();
    let old = [
        ("a", machine("0.12.4", &upload("a.example"))),
        ("b", machine("0.12.4", &upload("b.example"))),
        ("c", machine("0.12.4", &upload("c.example"))),
        ("d", machine("0.12.4", &upload("d.example"))),
        ("gone", machine("13.0.7", &quiet)),
        ("quiet", machine("13.0.7", &quiet)),
        ("router", router.clone()),
    ];
    let new = [
        ("a", machine("13.0.7", &upload("a.example"))),
        ("b", machine("13.0.7", &upload("b.example"))),
        ("c", machine("13.0.7", &upload("c.example"))),
        ("d", machine("13.0.7", &upload("d.example"))),
        ("fresh", machine("13.0.7", &quiet)),
        ("quiet", machine("13.0.7", &quiet)),
        ("router", router),
    ];
    [
        plans(old.map(|(name, machine)| (name.to_owned(), machine))),
        plans(new.map(|(name, machine)| (name.to_owned(), machine))),
    ]
}

#[test]
fn every_format_names_machines_and_counts_the_rest() {
    let folder = scratch();
    write_plans(folder.path(), &mixed());
    let said = diff(folder.path(), &["--show-fingerprints"]).success();
    assert_eq!(said.stderr, "");
    for line in [
        "Prosody 0.12.4, 13.0.7 → 13.0.7, 6 of 7 machines of old.json → 6 of 7 machines of new.json: 1 breaking",
        "\n  a, b and 2 more  1 breaking",
        "\n  fresh            0 breaking, 0 warnings, 1 info\n",
        "\n  quiet            nothing changes;",
        "(a, b and 2 more) at prosody.cfg.lua:1 [breaks ",
        "warning   gone is gone (gone) [server-removed ",
        "info      fresh is new (fresh) [server-added ",
    ] {
        assert!(said.stdout.contains(line), "{line} in {}", said.stdout);
    }
    let markdown = diff(folder.path(), &["--format", "markdown"])
        .success()
        .stdout;
    assert!(markdown.contains("| `a, b and 2 more` | 1 |"), "{markdown}");
    let github = diff(folder.path(), &["--format", "github"])
        .success()
        .stdout;
    // The place is the file that was given, not the text of a machine.
    assert!(
        github.starts_with("::error file=new.json,line=1,title=breaks::"),
        "{github}"
    );
    let page = diff(folder.path(), &["--format", "html"]).success().stdout;
    for part in [
        "one thing breaks on four of seven machines",
        "<legend>Machine</legend>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let report = diff(folder.path(), &["--format", "json"]).success().json();
    let findings = list(&report["findings"]);
    let breaks = findings
        .iter()
        .find(|finding| finding["code"] == "breaks")
        .unwrap();
    assert_eq!(names(&breaks["selections"]), ["a", "b", "c", "d"]);
    assert_eq!(breaks["hosts"]["c"], json!(["c.example"]));
    let schema = run(&mut tool(&["schema", "report"])).success().json();
    assert_eq!(violations(&schema, &report), [""; 0]);
}

#[test]
fn the_same_plans_are_nothing_to_compare() {
    let folder = scratch();
    let [_, new] = mixed();
    write_plans(folder.path(), &[new.clone(), new]);
    let said = diff(folder.path(), &["--fail-on", "info"]).success();
    assert!(said.stdout.contains("nothing changes"), "{}", said.stdout);
}

#[test]
fn a_change_is_accepted_on_all_machines_or_on_those_that_are_named() {
    let folder = scratch();
    write_plans(folder.path(), &mixed());
    let gate = ["--fail-on", "breaking", "--allow", "allow.json"];
    let with = |more: &[&str]| diff(folder.path(), &[&gate[..], more].concat());
    // Of two machines only: the other two still break.
    let canary = ["--machine", "a", "--machine", "b", "--allow-write"];
    assert_eq!(with(&canary).code(), Some(0));
    let allowed = crate::support::folder::read(folder.path(), "allow.json");
    let allowed: Value = serde_json::from_str(&allowed).unwrap();
    assert_eq!(allowed["allow"][0]["machines"], json!(["a", "b"]));
    let rest = with(&[]);
    assert_eq!(rest.code(), Some(1), "{}", rest.stdout);
    assert!(rest.stdout.contains("(c, d) at"), "{}", rest.stdout);
    let report = with(&["--format", "json"]).json();
    let findings = list(&report["findings"]);
    let breaks = |accepted: bool| {
        let mut all = findings
            .iter()
            .filter(|finding| finding["code"] == "breaks");
        let found = all.find(|finding| finding.get("accepted").is_some() == accepted);
        found.unwrap()
    };
    assert_eq!(names(&breaks(false)["selections"]), ["c", "d"]);
    assert_eq!(names(&breaks(true)["selections"]), ["a", "b"]);
    let hosts = json!({"a": ["a.example"], "b": ["b.example"]});
    assert_eq!(breaks(true)["hosts"], hosts);
    let scopes = list(&report["scopes"]);
    assert_eq!(scopes[0]["counts"]["breaking"], 0);
    assert_eq!(scopes[2]["counts"]["breaking"], 1);
    // Of all, with another entry beside the first.
    assert_eq!(with(&["--allow-write"]).code(), Some(0));
    assert_eq!(with(&[]).code(), Some(0));
    // An entry for a machine that does not have the change accepts nothing.
    let mut other = allowed;
    other["allow"][0]["machines"] = json!(["quiet"]);
    write(folder.path(), "allow.json", &other.to_string());
    let stale = with(&[]);
    assert_eq!(stale.code(), Some(1));
    assert!(
        stale.stdout.contains("is stale: no such change"),
        "{}",
        stale.stdout
    );
    let pruned = with(&["--prune"]);
    assert!(pruned.stderr.contains("removed "), "{}", pruned.stderr);
}

#[test]
fn a_server_that_is_gone_is_accepted_of_these_machines() {
    let folder = scratch();
    let [old, mut new] = mixed();
    write_plans(folder.path(), &[old.clone(), new.clone()]);
    let gate = ["--fail-on", "warning", "--allow", "allow.json"];
    let with = |more: &[&str]| diff(folder.path(), &[&gate[..], more].concat());
    assert_eq!(with(&["--allow-write"]).code(), Some(0));
    new.machines.shift_remove("quiet");
    write_plans(folder.path(), &[old, new]);
    let said = with(&[]);
    assert_eq!(said.code(), Some(1), "{}", said.stdout);
    assert!(
        said.stdout.contains("2 servers are gone (gone, quiet)"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_review_of_one_server_takes_no_entry_for_machines() {
    let folder = scratch();
    let allow = r#"{"schemaVersion": 1, "allow": [
      {"fingerprint": "a55fde7d3e9ed788", "reason": "", "machines": ["community"]}
    ]}"#;
    write(folder.path(), "allow.json", allow);
    let mut command = tool(&["diff", "--release", "0.12..13.0", "--allow", "allow.json"]);
    let said = run(command
        .args(["--fail-on", "breaking"])
        .current_dir(folder.path()));
    assert_eq!(said.code(), Some(1));
    assert!(said.stdout.contains("is stale"), "{}", said.stdout);
}

#[test]
fn what_describes_another_server_does_not_go_with_machines() {
    let folder = scratch();
    write_plans(folder.path(), &mixed());
    write(folder.path(), "prosody.cfg.lua", "VirtualHost \"a\"\n");
    for (arguments, part) in [
        (&["--config", "prosody.cfg.lua"][..], "--config"),
        (&["--release", "0.12..13.0"], "--release"),
        (&["--root", "."], "--root"),
        (&["--profile", "community"], "a selection"),
        (&["--format", "patch"], "--format patch"),
        (&["--flake", ".", "."], "cannot be used with"),
        (&["--attribute", "machines"], "--flake"),
    ] {
        let said = diff(folder.path(), arguments);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(said.stderr.contains(part), "{part} in {}", said.stderr);
    }
    let mut alone = tool(&["diff", "old.json", "--machine", "a"]);
    let said = run(alone.current_dir(folder.path()));
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("pass the plans of both sides"),
        "{}",
        said.stderr
    );
    let mut none = tool(&["diff", "--release", "0.12..13.0", "--machine", "a"]);
    let said = run(none.current_dir(folder.path()));
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("this review is not of machines"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_flags_of_a_machine_are_told_with_what_they_do() {
    let with = |stability: Value, modules: &[&str]| {
        let machine = json!({"prosody": {
            "version": "13.0.7",
            "configuration": text("a.example", modules),
            "stability": stability,
        }});
        plans([("a".to_owned(), serde_json::from_value(machine).unwrap())])
    };
    let old = with(
        json!({"profile": "community", "flags": {"beta": true}, "modules": {"limits": true}}),
        &["limits", "vcard4"],
    );
    let new = with(
        json!({"flags": {"beta": false}, "modules": {}, "virtualHosts": {"a.example": {"http": true}}}),
        &["limits"],
    );
    let reviewed = reviewed(&old, &new);
    let told: Vec<&str> = with_code(&reviewed, Code::FlagChanged)
        .iter()
        .map(|finding| &*finding.message)
        .collect();
    let path = "services.prosody-stability";
    assert_eq!(
        told,
        [
            format!("{path}.profile changes from community to unset"),
            format!("{path}.beta changes from true to false"),
            format!("{path}.modules.limits changes from true to unset"),
            format!("{path}.virtualHosts.a.example changes from unset to another set"),
        ]
    );
    let off = with(json!(null), &["limits"]);
    let only = reviewed_codes(&new, &off);
    assert_eq!(only, [format!("{path}.enable changes from true to false")]);
}

fn reviewed_codes(old: &Plans, new: &Plans) -> Vec<String> {
    let reviewed = reviewed(old, new);
    let told = with_code(&reviewed, Code::FlagChanged);
    told.iter().map(|finding| finding.message.clone()).collect()
}

#[test]
fn a_community_module_that_the_package_no_longer_installs_breaks() {
    let of = |installed: Value, text: &str| {
        let machine = json!({"prosody": {
            "version": "13.0.7", "configuration": text, "communityModules": installed,
        }});
        plans([("a".to_owned(), serde_json::from_value(machine).unwrap())])
    };
    let asks = text("a.example", &["firewall", "mam"]);
    let told = |old: &Plans, new: &Plans| -> Vec<String> {
        let reviewed = reviewed(old, new);
        let found = [Code::Uninstalled, Code::Installed].map(|code| with_code(&reviewed, code));
        let found = found.concat();
        let told = found
            .iter()
            .map(|f| format!("{}: {}", f.severity, f.sentence()));
        told.collect()
    };
    // What Prosody brings needs no copy.
    let both = of(json!(["firewall", "mam"]), &asks);
    let lost = "firewall will no longer be installed";
    assert_eq!(
        told(&both, &of(json!([]), &asks)),
        [format!("breaking: {lost}")]
    );
    assert_eq!(
        told(&of(json!([]), &asks), &both),
        ["info: firewall will be installed"]
    );
    // Nobody asks for it, nothing is known of the package, and it was never there.
    assert_eq!(
        told(&both, &of(json!([]), &text("a.example", &["mam"]))),
        [""; 0]
    );
    assert_eq!(told(&both, &of(json!(null), &asks)), [""; 0]);
    assert_eq!(told(&of(json!([]), &asks), &of(json!([]), &asks)), [""; 0]);
    let paths = format!("plugin_paths = {{ \"/srv/modules\" }}\n{asks}");
    let elsewhere = told(&of(json!(["firewall"]), &paths), &of(json!([]), &paths));
    let may = "only a directory of plugin_paths may contain it";
    assert_eq!(elsewhere, [format!("warning: {lost}: {may}")]);
}

/// Of an assertion that fails on one side only.
#[test]
fn an_assertion_breaks_a_machine_and_no_longer_does() {
    let of = |assertions: &[&str]| {
        let mut broken = machine("13.0.7", &text("a.example", &[]));
        broken.assertions = assertions.iter().map(|text| (*text).to_owned()).collect();
        plans([("a".to_owned(), broken)])
    };
    let told = |old: &[&str], new: &[&str]| -> Vec<String> {
        let reviewed = reviewed(&of(old), &of(new));
        let codes = [Code::AssertionFails, Code::AssertionHolds];
        let found = codes.map(|code| with_code(&reviewed, code)).concat();
        let told = found
            .iter()
            .map(|f| format!("{}: {}", f.severity, f.sentence()));
        told.collect()
    };
    assert_eq!(
        told(&[], &["no disk"]),
        ["breaking: the machine cannot be built: no disk"]
    );
    assert_eq!(
        told(&["no disk"], &[]),
        ["info: an assertion no longer fails: no disk"]
    );
    assert_eq!(
        told(&["no disk"], &["no disk"]),
        ["warning: the machine could not be built and still cannot: no disk"]
    );
}

#[test]
fn names_that_nix_prints_before_it_fails_are_not_taken_for_all() {
    let folder = scratch();
    for (status, problem) in [
        (1, "nix printed: error: a machine is broken"),
        (0, "it contains no machines by name"),
    ] {
        let names = if status == 0 { "7" } else { "[\"a\"]" };
        let script = format!(
            "#!/bin/sh\necho '{names}'\necho 'error: a machine is broken' >&2\nexit {status}\n"
        );
        write_script(folder.path(), "nix", &script);
        let mut command = tool(&["diff", "--flake", ".", "."]);
        let said = run(command.env("PATH", folder.path()));
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(said.stderr.contains(problem), "{problem}: {said:?}");
    }
}
