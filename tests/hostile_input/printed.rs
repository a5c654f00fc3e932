//! Nothing that is printed controls a terminal or a GitHub workflow, whatever arguments, files and
//! servers say.

use std::fs;

use serde_json::json;

use super::harmless::{HOSTILE, ONE_LINE, report, say};
use crate::support::command::{run, run_with, tool};
use crate::support::folder::{scratch, write, write_script};

#[test]
fn of_arguments() {
    for arguments in [
        &[HOSTILE][..],
        &["list", "--category", HOSTILE],
        &["list", "--format", HOSTILE],
        &["list", HOSTILE],
        &["explain", HOSTILE],
        &["options", HOSTILE],
        &["options", "--release", HOSTILE],
        &["options", "muc", "--format", HOSTILE],
        &["resolve", "--profile", HOSTILE],
        &["resolve", "--beta", HOSTILE],
        &["resolve", "--enable", HOSTILE],
        &["resolve", "--release", HOSTILE],
        &["resolve", "--env-file", HOSTILE],
        &["resolve", "--format", "lua", "--plugins", HOSTILE],
        &["check", "--inventory", HOSTILE],
        &["diff", HOSTILE, "13.0"],
        &["diff", "--release", HOSTILE],
        &["diff", "--config", HOSTILE],
        &["diff", "--allow", HOSTILE],
        &[
            "snapshot",
            "--prosody",
            HOSTILE,
            "--version",
            "1",
            "--revision",
            "x",
        ],
        &[
            "snapshot",
            "--prosody",
            "tests/release",
            "--version",
            HOSTILE,
            "--revision",
            HOSTILE,
        ],
        &[
            "snapshot",
            "--prosody",
            "tests/release",
            "--version",
            HOSTILE,
            "--revision",
            "x",
            "--require",
            HOSTILE,
        ],
        &[
            "snapshot",
            "--prosody",
            "tests/release",
            "--version",
            "1",
            "--sources",
            HOSTILE,
        ],
        &["status", "--prosodyctl", HOSTILE],
        &["status", "--prosodyctl", HOSTILE, "--timeout", HOSTILE],
        &["status", "--listing", HOSTILE],
        &["migrate", HOSTILE],
        &["import", HOSTILE],
        &["schema", HOSTILE],
        &["completions", HOSTILE],
        &["emit", "--output", "nowhere/\u{1b}[31m\n::error::x"],
        &["emit", "--check", "--output", HOSTILE],
    ] {
        say(arguments);
    }
    // This one succeeds: the directory is made.
    let folder = scratch();
    let directory = folder.path().join(HOSTILE).display().to_string();
    say(&["man", "--dir", &directory]);
}

#[test]
fn of_files_and_their_names() {
    let folder = scratch();
    let file = |name: &str, text: &str| {
        write(
            folder.path(),
            &format!("{HOSTILE}.d/{ONE_LINE}{name}"),
            text,
        )
    };
    let env = file(
        ".env",
        &format!(
            "PROSODY_ENABLE_BETA=true\nPROSODY_ENABLE_{ONE_LINE}=true\nPROSODY_ENABLE_HTTP={ONE_LINE}\n{HOSTILE}\n"
        ),
    );
    let good = file(
        "good.env",
        "PROSODY_ENABLE_BETA=true\nPROSODY_ENABLE_ENTERPRISE=true\n",
    );
    let guide = file(
        "GUIDE.md",
        &format!(
            "# Guide\n\n## Security (Stable)\n\n| Module | Purpose |\n|---|---|\n| mam {ONE_LINE} | {ONE_LINE} |\n| mam | {ONE_LINE} |\n\n## {ONE_LINE}\n\n{HOSTILE}\n"
        ),
    );
    let config = format!(
        "{{ services.prosody-stability = {{ enable = true; enterprise = true; # {ONE_LINE}\n profile = \"{ONE_LINE}\";\n modules.\"{ONE_LINE}\" = true; }}; }}\n# \u{202e}{ONE_LINE}\n"
    );
    let nix = file("configuration.nix", &config);
    let undecided = file(
        "undecided.nix",
        &format!(
            "{{ x, ... }}: {{ services.prosody-stability = {{ enable = x.\"{ONE_LINE}\"; modules.\"{ONE_LINE}\" = x; profile = \"personal\"; }}; }}\n"
        ),
    );
    let compose = file(
        "compose.yml",
        &format!(
            "services:\n  xmpp:\n    environment:\n      PROSODY_ENABLE_BETA: {}\n      PROSODY_ENABLE_X: {}\n",
            json!(HOSTILE),
            json!(HOSTILE)
        ),
    );
    let unit = file(
        "x.service",
        &format!("[Service]\nEnvironment=\"PROSODY_ENABLE_BETA={ONE_LINE}\"\n{ONE_LINE}\n"),
    );
    let listing = file(
        "listing",
        &format!(
            "{ONE_LINE}:\n    {ONE_LINE}\n    mam ({ONE_LINE})\nlocalhost:\n    {ONE_LINE}\n    roster\n{HOSTILE}\n"
        ),
    );
    let clean_listing = file("clean", "::error::x:\n    mam\n    ##[error]\n* \n");
    let generated = file("generated.nix", &format!("# @generated\n{HOSTILE}\n"));
    let allow = file(
        "allow.json",
        &json!({ "schemaVersion": 1, "allow": [{ "fingerprint": HOSTILE, "change": HOSTILE, "reason": HOSTILE }, { "fingerprint": format!("{HOSTILE}2"), "reason": "" }] }).to_string(),
    );
    for file in [&env, &good] {
        say(&["resolve", "--env-file", file]);
        say(&["migrate", file]);
    }
    say(&["import", &guide]);
    for format in ["nix", "json", "markdown"] {
        say(&["emit", "--format", format, "--inventory", &guide]);
        say(&[
            "emit",
            "--format",
            format,
            "--inventory",
            &guide,
            "--check",
            "--output",
            &generated,
        ]);
    }
    let evaluated = file(
        "evaluated.json",
        &json!({ "enable": true, "profile": HOSTILE, "modules": { HOSTILE: true, "mam": HOSTILE }, HOSTILE: HOSTILE }).to_string(),
    );
    for file in [&nix, &undecided, &evaluated] {
        say(&["migrate", file]);
        report(&["diff", "--config", file, "--release", "0.12..13.0"]);
        report(&["check", "--config", file]);
        report(&["status", "--config", file, "--listing", &listing]);
        say(&["resolve", "--config", file]);
        say(&["resolve", "--config", file, "--format", "json"]);
    }
    let said = say(&["migrate", &nix]);
    assert!(
        said.stderr.contains("`patch` cannot apply this diff"),
        "{said:?}"
    );
    say(&["migrate", &nix, "--write"]);
    assert_eq!(
        fs::read_to_string(&nix).unwrap(),
        config.replace("enterprise", "alpha")
    );
    for file in [&compose, &unit, &listing, &allow, &generated] {
        for kind in ["env", "compose", "systemd", "nix"] {
            say(&["migrate", "--kind", kind, file]);
        }
        say(&["list", "--inventory", file]);
        say(&["resolve", "--release", file]);
        say(&["diff", file, "13.0"]);
        say(&["emit", "--output", file]);
    }
    for file in [&listing, &clean_listing] {
        report(&["status", "--release", "13.0", "--listing", file]);
    }
    report(&["diff", "--release", "0.12..13.0", "--allow", &allow]);
    say(&[
        "diff",
        "--release",
        "0.12..13.0",
        "--allow",
        &allow,
        "--prune",
    ]);
    say(&[
        "diff",
        "--release",
        "0.12..13.0",
        "--allow",
        &allow,
        "--allow-write",
    ]);
}

#[test]
fn of_plugins() {
    let folder = scratch();
    let plugins = |name: &str, text: &str| {
        write(
            folder.path(),
            &format!("{HOSTILE}/plugins/mod_{name}.lua"),
            text,
        );
    };
    plugins("plain", "module:depends(\"http\")\n");
    plugins(ONE_LINE, "module:depends(\"http\")\n");
    plugins("needs", &format!("module:depends({})\n", json!(ONE_LINE)));
    plugins("broken", &format!("{ONE_LINE} = = (\n"));
    plugins(
        "option",
        &format!("module:get_option_string(\"{ONE_LINE}\"); module:provides(\"{ONE_LINE}\")\n"),
    );
    let root = folder.path().join(HOSTILE).join("plugins");
    let root = root.to_str().unwrap();
    let snapshot = [
        "snapshot",
        "--all-notes",
        "--prosody",
        root,
        "--version",
        HOSTILE,
        "--revision",
        HOSTILE,
    ];
    let said = say(&snapshot);
    let release = write(folder.path(), "release.json", &said.stdout);
    say(&["resolve", "--release", &release]);
    say(&["options", "--release", &release]);
    say(&["options", "option", "--release", &release]);
    report(&["diff", "13.0", root]);
    say(&["diff", "13.0", root, "--format", "patch"]);
}

#[test]
fn of_a_server() {
    let folder = scratch();
    for (name, text) in [
        ("fails", "cat \"$0.txt\"; cat \"$0.txt\" >&2; exit 1\n"),
        ("succeeds", "cat \"$0.txt\"\n"),
    ] {
        let script = write_script(folder.path(), name, &format!("#!/bin/sh\n{text}"));
        write(
            folder.path(),
            &format!("{name}.txt"),
            &format!(
                "{ONE_LINE}:\n    {ONE_LINE}\n    mam\nError: Unable to connect {HOSTILE}\n13.0.1\n"
            ),
        );
        report(&["status", "--prosodyctl", &script]);
    }
}

#[test]
fn a_diff_for_patch_is_shown_as_it_is_where_it_can_be() {
    let folder = scratch();
    let text = "{\n\tservices.prosody-stability.enterprise = true;\r\n}\n";
    let file = write(folder.path(), "configuration.nix", text);
    let said = run(&mut tool(&["migrate", &file]));
    assert!(!said.stderr.contains("cannot apply"), "{said:?}");
    let mut patch = std::process::Command::new("patch");
    patch.args(["-p0", "--binary", &file]);
    run_with(&mut patch, said.stdout.as_bytes()).success();
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        text.replace("enterprise", "alpha")
    );
}
