//! Nothing that is printed controls a terminal or a GitHub workflow, whatever the input says.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::support::command::{Said, run, run_with, tool};
use crate::support::folder::{scratch, write, write_script};

/// Everything at once: line ends, workflow commands, C0, C1, directions, separators.
const HOSTILE: &str = "::error::a\n::error::b\r \u{1b}]0;t\u{7}\u{1b}[31m \u{9b}31m\u{90} \u{202e}\u{202a}\
    \u{2066}\u{2069}\u{2028}\u{2029} ##[error]c ##[debug] \u{7f}\t::warning::d\r\n\t::notice::e";
/// The same for places that take a single line.
const ONE_LINE: &str = "::error::a \u{1b}]0;t\u{7}\u{1b}[31m \u{9b}31m\u{90} \u{202e}\u{202a}\u{2066}\u{2069} \
    ##[error]c \u{7f} ::notice::e";

const REPORTS: [&str; 4] = ["text", "markdown", "json", "github"];

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a line is an annotation that the tool itself writes: with a title.
fn is_annotation(line: &str) -> bool {
    let rest = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once(' '));
    rest.is_some_and(|(command, properties)| {
        ["error", "warning", "notice"].contains(&command)
            && (properties.starts_with("title=") || properties.starts_with("file="))
    })
}

/// What is wrong with a text as it is printed.
fn wrong(text: &str, arguments: &str) -> Option<String> {
    let format = |name: &str| arguments.contains(&format!("--format {name}"));
    for line in text.split('\n') {
        // Lua is indented with tabs.
        let line = if format("lua") {
            line.trim_start_matches('\t')
        } else {
            line
        };
        // And people indent with them what `migrate` shows, and end lines as on Windows.
        let is_migration = arguments.starts_with("migrate");
        let line = match line.strip_suffix('\r').unwrap_or(line) {
            shown if is_migration => shown.replace('\t', " "),
            _ => line.to_owned(),
        };
        let line = line.as_str();
        let control = line.chars().find(|&c| c.is_control() || is_bidi(c));
        let is_command =
            line.trim_start().starts_with("::") && !(format("github") && is_annotation(line));
        if control.is_some() || is_command || line.contains("##[") {
            let start: String = line.chars().take(300).collect();
            return Some(format!("{control:?} in {start:?}"));
        }
    }
    None
}

fn harmless(said: &Said, arguments: &[&str]) {
    let line = arguments.join(" ");
    assert!(matches!(said.code(), Some(0..=2)), "{line:?}: {said:?}");
    for text in [&said.stdout, &said.stderr] {
        assert!(!text.contains("panicked"), "{line:?}: {text}");
        if let Some(wrong) = wrong(text, &line) {
            panic!("{line:?}: {wrong}");
        }
    }
}

/// Runs a command and looks at what it prints.
fn say(arguments: &[&str]) -> Said {
    let said = run(&mut tool(arguments));
    harmless(&said, arguments);
    said
}

/// The same in every format of reports.
fn report(arguments: &[&str]) {
    for format in REPORTS {
        say(&[arguments, &["--format", format]].concat());
    }
}

/// The keys on the way to every string of a document, with `*` for names and places of a list.
fn kinds(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::String(_) if !into.iter().any(|kind| kind == path) => into.push(path.to_owned()),
        Value::Array(values) => values
            .iter()
            .for_each(|value| kinds(value, &format!("{path}/*"), into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                kinds(value, &format!("{path}/{}", step(path, name)), into);
            }
        }
        _ => {}
    }
}

/// The step below a path: names that people choose count as one.
fn step<'a>(path: &str, name: &'a str) -> &'a str {
    match path {
        "/modules" | "/profiles" | "/renamedFlags" => "*",
        _ => name,
    }
}

/// Adds the hostile text to every string of a kind; to every name, for kinds that end in `/`.
fn spoil(value: &mut Value, path: &str, kind: &str) {
    match value {
        Value::String(text) if path == kind => text.push_str(HOSTILE),
        Value::Array(values) => {
            values
                .iter_mut()
                .for_each(|value| spoil(value, &format!("{path}/*"), kind));
        }
        Value::Object(fields) => {
            if kind.strip_suffix('/') == Some(path) {
                // The first half stays, so that there is something to compare.
                let half = fields.len() / 2;
                let renamed = |(index, (name, value)): (usize, (String, Value))| {
                    (
                        if index < half {
                            name
                        } else {
                            HOSTILE.to_owned() + &name
                        },
                        value,
                    )
                };
                let all = std::mem::take(fields).into_iter();
                *fields = all.enumerate().map(renamed).collect::<Map<_, _>>();
            }
            for (name, value) in fields.iter_mut() {
                spoil(value, &format!("{path}/{}", step(path, name)), kind);
            }
        }
        _ => {}
    }
}

/// A document in which everything is hostile that may be, by `accepts`; what may not is refused in
/// harmless words.
fn spoilt(document: &str, names: &[&str], accepts: impl Fn(&str) -> Said) -> String {
    let document: Value = serde_json::from_str(document).unwrap();
    let mut all = Vec::new();
    kinds(&document, "", &mut all);
    all.extend(names.iter().map(|&name| name.to_owned()));
    let mut spoilt = document.clone();
    let mut accepted = 0;
    for kind in &all {
        let mut one = document.clone();
        spoil(&mut one, "", kind);
        assert_ne!(one, document, "{kind}");
        if accepts(&one.to_string()).code() == Some(0) {
            spoil(&mut spoilt, "", kind);
            accepted += 1;
        }
    }
    eprintln!("{accepted} of {} kinds of text may be anything", all.len());
    assert!(accepted > 3, "{all:?}");
    spoilt.to_string()
}

fn hostile_inventory(folder: &Path) -> String {
    let text = spoilt(
        include_str!("../../inventory/prosody.json"),
        &["/modules/", "/profiles/", "/renamedFlags/"],
        |text| {
            say(&[
                "list",
                "--format",
                "json",
                "--inventory",
                &write(folder, "one.json", text),
            ])
        },
    );
    write(folder, &format!("i{ONE_LINE}.json"), &text)
}

fn hostile_release(folder: &Path) -> String {
    let text = spoilt(
        include_str!("../../inventory/releases/13.0.json"),
        &["/modules/"],
        |text| {
            say(&[
                "resolve",
                "--format",
                "json",
                "--release",
                &write(folder, "one.json", text),
            ])
        },
    );
    write(folder, &format!("r{ONE_LINE}.json"), &text)
}

#[test]
fn of_an_inventory() {
    let folder = scratch();
    let file = hostile_inventory(folder.path());
    let inventory: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let last = |of: &str| {
        let mut names = inventory[of].as_object().unwrap().keys();
        names.next_back().unwrap().clone()
    };
    let (module, profile) = (last("modules"), last("profiles"));
    assert!(module.contains('\u{9b}') && profile.contains('\u{9b}'));
    let with = ["--inventory", &file];
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", &module],
        &["explain", &module],
        &["explain", &module, "--format", "json"],
        &["explain", "nothing"],
        &["emit"],
        &["emit", "--format", "json"],
        &["emit", "--format", "markdown"],
        &["resolve"],
        &["resolve", "--color", "never"],
        &["resolve", "--profile", &profile],
        &["resolve", "--profile", "nothing"],
        &["resolve", "--format", "json"],
        &["resolve", "--format", "lua"],
        &[
            "resolve",
            "--format",
            "lua",
            "--plugins",
            HOSTILE,
            "--profile",
            &profile,
        ],
        &["resolve", "--format", "nix", "--profile", &profile],
        &["resolve", "--format", "nix", "--enable", &module],
        &["resolve", "--enable", &module, "--alpha", "true"],
    ] {
        say(&[arguments, &with].concat());
    }
    report(&[&["check", "--profile", &profile][..], &with].concat());
    let builtin = "inventory/prosody.json";
    for sides in [[&*file, builtin], [builtin, &*file]] {
        report(&["diff", "--all", sides[0], sides[1]]);
        say(&["diff", "--format", "patch", sides[0], sides[1]]);
    }
    // JSON can say everything, and says the same.
    let emitted = say(&["emit", "--format", "json", "--inventory", &file]).json();
    let purpose = |value: &Value| value["modules"][&module]["purpose"].clone();
    assert_eq!(purpose(&emitted), purpose(&inventory));
    assert!(purpose(&emitted).as_str().unwrap().contains(HOSTILE));
}

#[test]
fn of_a_release() {
    let folder = scratch();
    let file = hostile_release(folder.path());
    let with = ["--release", &file];
    say(&[&["resolve"][..], &with].concat());
    for format in ["json", "lua"] {
        say(&[
            &["resolve", "--alpha", "true", "--format", format][..],
            &with,
        ]
        .concat());
    }
    for format in ["text", "json"] {
        say(&[&["explain", "carbons", "--format", format][..], &with].concat());
    }
    report(&[&["check"][..], &with].concat());
    for sides in [format!("{file}..13.0"), format!("13.0..{file}")] {
        report(&["diff", "--all", "--release", &sides]);
    }
    for sides in [["13.0", &file], [&file, "13.0"]] {
        report(&["diff", "--all", sides[0], sides[1]]);
        say(&["diff", "--format", "patch", sides[0], sides[1]]);
    }
}

#[test]
fn of_arguments() {
    for arguments in [
        &[HOSTILE][..],
        &["list", "--category", HOSTILE],
        &["list", "--format", HOSTILE],
        &["list", HOSTILE],
        &["explain", HOSTILE],
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
        &["status", "--prosodyctl", HOSTILE],
        &["status", "--prosodyctl", HOSTILE, "--timeout", HOSTILE],
        &["status", "--listing", HOSTILE],
        &["migrate", HOSTILE],
        &["import", HOSTILE],
        &["schema", HOSTILE],
        &["completions", HOSTILE],
        &["man", "--dir", HOSTILE],
        &["emit", "--output", "nowhere/\u{1b}[31m\n::error::x"],
        &["emit", "--check", "--output", HOSTILE],
    ] {
        say(arguments);
    }
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
    for file in [&nix, &undecided] {
        say(&["migrate", file]);
        report(&["diff", "--config", file, "--release", "0.12..13.0"]);
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
fn with_colours() {
    let folder = scratch();
    let inventory = hostile_inventory(folder.path());
    for arguments in [
        &["list", "--inventory", &*inventory][..],
        &["resolve", "--inventory", &inventory],
        &["check", "--inventory", &inventory],
        &["diff", "--all", "inventory/prosody.json", &inventory],
        &["resolve", "--profile", HOSTILE],
    ] {
        let arguments = [arguments, &["--color", "always"]].concat();
        let mut said = run(&mut tool(&arguments));
        assert!(
            said.stdout.contains("\u{1b}[") || said.stderr.contains("\u{1b}["),
            "{said:?}"
        );
        // All that is left without the codes for colours and the like.
        for text in [&mut said.stdout, &mut said.stderr] {
            let parts = text.split("\u{1b}[");
            let strip = |(index, part): (usize, &str)| match part.find('m') {
                Some(end)
                    if index > 0
                        && part[..end].bytes().all(|b| b.is_ascii_digit() || b == b';') =>
                {
                    // None of the input's: it asks for red alone, and we for a bright or a bold one.
                    assert_ne!(&part[..end], "31m");
                    part[end + 1..].to_owned()
                }
                _ => {
                    if index > 0 {
                        format!("\u{1b}[{part}")
                    } else {
                        part.to_owned()
                    }
                }
            };
            *text = parts.enumerate().map(strip).collect();
        }
        harmless(&said, &arguments);
    }
}

#[test]
fn nothing_long() {
    const LONG: usize = 1024 * 1024;
    let folder = scratch();
    let inventory = include_str!("../../inventory/prosody.json");
    let mut value: Value = serde_json::from_str(inventory).unwrap();
    for module in value["modules"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .take(3)
    {
        module["purpose"] = "x ".repeat(LONG / 2).into();
    }
    let file = write(folder.path(), "long.json", &value.to_string());
    let name = "x".repeat(LONG);
    let release = json!({ "schemaVersion": 1, "version": name, "revision": "x", "modules": {} });
    let release = write(folder.path(), "release.json", &release.to_string());
    for arguments in [
        &["list", "--inventory", &*file][..],
        &["explain", "mam", "--inventory", &file],
        &["resolve", "--release", &release],
        &[
            "diff",
            "--all",
            "--format",
            "text",
            "inventory/prosody.json",
            &file,
        ],
        &[
            "diff",
            "--all",
            "--format",
            "markdown",
            "inventory/prosody.json",
            &file,
        ],
        &[
            "diff",
            "--all",
            "--format",
            "github",
            "inventory/prosody.json",
            &file,
        ],
        &["check", "--format", "github", "--release", &release],
        &[
            "diff",
            "--format",
            "text",
            "--release",
            &format!("{release}..13.0"),
        ],
        &[
            "diff",
            "--format",
            "github",
            "--release",
            &format!("{release}..13.0"),
        ],
    ] {
        let said = say(arguments);
        assert!(
            said.stderr.len() < 100_000,
            "{arguments:?}: {}",
            said.stderr.len()
        );
        assert!(
            said.stdout.len() < 200_000,
            "{arguments:?}: {}",
            said.stdout.len()
        );
    }
    for arguments in [
        &["migrate", "-"][..],
        &["import", "-"],
        &["resolve", "--env-file", "-"],
    ] {
        let said = run_with(
            &mut tool(arguments),
            format!("PROSODY_ENABLE_BETA={name}\n").as_bytes(),
        );
        assert!(said.stderr.len() < 100_000, "{arguments:?}");
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
