//! Nothing that plans of machines, flakes or Nix say controls a terminal or a GitHub workflow.

use serde_json::{Value, json};

use super::harmless::{HOSTILE, ONE_LINE, harmless, report, say};
use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write, write_script};

fn plans(machines: &[(&str, Value)]) -> String {
    let machines: serde_json::Map<String, Value> = machines
        .iter()
        .map(|(name, machine)| ((*name).to_owned(), machine.clone()))
        .collect();
    json!({"kind": "plans", "schemaVersion": 1, "machines": machines}).to_string()
}

/// A machine on which everything is hostile that may be a text.
fn machine(version: &str, text: &str, value: &Value) -> Value {
    json!({
        "prosody": {
            "version": version,
            "configuration": text,
            "communityModules": [HOSTILE],
            "stability": {
                "profile": HOSTILE,
                "flags": {HOSTILE: value, "beta": HOSTILE},
                "modules": {HOSTILE: value},
                "virtualHosts": {HOSTILE: {HOSTILE: value}},
                "profileLine": HOSTILE,
                "findings": [{"code": HOSTILE, "text": HOSTILE}],
            },
        },
        "assertions": [HOSTILE],
        "warnings": [HOSTILE],
    })
}

#[test]
fn of_plans() {
    let folder = scratch();
    // As a text of Lua, where NUL alone would be refused.
    let quoted = format!("{ONE_LINE:?}").replace("\\u{", "\\u{0");
    let text = |module: &str| {
        format!(
            "modules_enabled = {{ {quoted}, {module:?} }}\nVirtualHost {quoted}\nComponent \"a\" {quoted}\n"
        )
    };
    let broken = format!("x = {HOSTILE}\n");
    let old = [
        (
            HOSTILE,
            machine("0.12.4", &text("http_upload"), &json!(true)),
        ),
        ("other", machine("0.12.4", &text("mam"), &json!(HOSTILE))),
        (
            "gone\u{1b}[m",
            machine("13.0.7", &text("mam"), &json!(null)),
        ),
        (
            "broken\n::error::x",
            machine("13.0.7", &text("mam"), &json!(1)),
        ),
        (ONE_LINE, machine("13.0.7", &text("mam"), &json!([HOSTILE]))),
    ];
    let new = [
        (
            HOSTILE,
            machine("13.0.7", &text("http_upload"), &json!([HOSTILE])),
        ),
        ("other", machine(HOSTILE, &text("mam"), &json!(false))),
        ("broken\n::error::x", machine("13.0.7", &broken, &json!(1))),
        (ONE_LINE, json!({"failed": HOSTILE})),
        ("new\u{9b}31m", machine("13.0.7", "", &json!(true))),
    ];
    let old = write(folder.path(), "old.json", &plans(&old));
    let new = write(folder.path(), "new.json", &plans(&new));
    for arguments in [
        &["diff", &old, &new][..],
        &["diff", &old, &new, "--all"],
        &["diff", &new, &old, "--machine", HOSTILE],
    ] {
        report(arguments);
    }
    say(&["diff", &old, &new, "--machine", "::error::nobody\u{1b}[m"]);
    let allow = folder.path().join("allow.json").display().to_string();
    let write_allow = ["--allow", &allow, "--allow-write", "--machine", HOSTILE];
    say(&[&["diff", &old, &new][..], &write_allow].concat());
    report(&["diff", &old, &new, "--allow", &allow]);
    let odd = write(
        folder.path(),
        "odd.json",
        &plans(&[]).replacen("plans", "plans\\u001b[m", 1),
    );
    say(&["diff", &odd, &new]);
}

#[test]
fn of_flakes_and_nix() {
    say(&["diff", "--flake", HOSTILE, HOSTILE]);
    say(&["diff", "--flake", ".", ".", "--attribute", ONE_LINE]);
    let folder = scratch();
    let names = json!([HOSTILE, ONE_LINE, "${x}\"\\"]).to_string();
    let said = write(
        folder.path(),
        "said",
        &format!("{HOSTILE}\nerror: {ONE_LINE}\n"),
    );
    let names = write(folder.path(), "names", &names);
    // It names the machines, and fails on each of them.
    let script = format!(
        "#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\ncase \"$1\" in\n\
         builtins.attrNames) /bin/cat '{names}' ;;\n*) /bin/cat '{said}' >&2; exit 1 ;;\nesac\n"
    );
    write_script(folder.path(), "nix", &script);
    for format in ["text", "markdown", "json", "github"] {
        let arguments = [
            "diff",
            "--flake",
            "a",
            "b",
            "--show-fingerprints",
            "--format",
            format,
        ];
        let said = run(tool(&arguments).env("PATH", folder.path()));
        harmless(&said, &arguments);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert!(said.stdout.contains("undecided"), "{said:?}");
    }
    write_script(
        folder.path(),
        "nix",
        &format!("#!/bin/sh\n/bin/cat '{said}' >&2\nexit 1\n"),
    );
    let arguments = ["diff", "--flake", "a", "b"];
    let said = run(tool(&arguments).env("PATH", folder.path()));
    harmless(&said, &arguments);
    assert_eq!(said.code(), Some(2), "{said:?}");
}
