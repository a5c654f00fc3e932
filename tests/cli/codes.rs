//! The table of codes: each is found by some test, and here are those that no other area finds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prosody_stability::report::Code;
use serde_json::Value;

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::root;

/// Severity, code and subject of what a command finds.
fn found(arguments: &[&str]) -> Vec<String> {
    let report = run(&mut tool(arguments)).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    findings
        .map(|f| {
            ["severity", "code", "subject"]
                .map(|field| text(&f[field]))
                .join(" ")
        })
        .collect()
}

#[test]
fn a_selection_against_best_practice_is_a_warning() {
    let json = ["check", "--format", "json"];
    let with = |more: &[&str]| found(&[&json, more].concat());
    let usual = with(&[]);
    for (option, expected) in [
        (&["--security=false"][..], "warning security-off -"),
        (&["--alpha=true"], "warning alpha-on -"),
        (&["--disable", "tls"], "warning core-disabled tls"),
    ] {
        assert!(!usual.contains(&expected.to_owned()), "{usual:?}");
        let found = with(option);
        assert!(
            found.contains(&expected.to_owned()),
            "{expected}: {found:?}"
        );
    }
    // A profile may be chosen for that.
    let meant = with(&["--profile", "development"]);
    assert!(
        !meant.contains(&"warning alpha-on -".to_owned()),
        "{meant:?}"
    );
}

#[test]
fn a_configuration_is_compared_option_by_option_and_read_by_both_versions() {
    let folder = scratch();
    let file = |name: &str, text: &str| write(folder.path(), name, text);
    let old = file("old.cfg.lua", "VirtualHost 'a'\nmax_users = 1\n");
    let new = file("new.cfg.lua", "VirtualHost 'a'\nmax_users = 2\n");
    let found_there = found(&["diff", &old, &new, "--all", "--format", "json"]);
    assert_eq!(found_there, ["info option-changed max_users"]);
    // For 0.12 an option has no value where the file itself reads it, and for 13.0 a list has one.
    let only_old = file(
        "only_old.cfg.lua",
        "VirtualHost 'a'\na = { 'x' }\nb = a and a.x.y\n",
    );
    let arguments = [
        "check",
        "--config",
        &only_old,
        "--release",
        "0.12",
        "--format",
        "json",
    ];
    let found = found(&arguments);
    assert!(
        found.iter().any(|text| text.contains("needs-older")),
        "{found:?}"
    );
}

fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else if let Ok(more) = fs::read_to_string(&path) {
            text.push_str(&more);
        }
    }
}

#[test]
fn each_code_is_named_by_a_test() {
    let mut text = String::new();
    read_all(&root().join("tests"), &mut text);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words: BTreeSet<&str> = text.split(|c| !is_part(c)).collect();
    // In tests of the library a code goes by the name of its variant.
    let is_named =
        |code: &Code| words.contains(code.name()) || words.contains(&*format!("{code:?}"));
    let unnamed: Vec<_> = Code::ALL.iter().filter(|code| !is_named(code)).collect();
    assert_eq!(unnamed, [&Code::Breaks; 0]);
}
