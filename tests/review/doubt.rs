//! Doubt is not green: no command with a check passes on an input that it could not read,
//! understand and look at.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::command::TOOL;
use crate::support::folder;

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(TOOL)
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let place = folder::scratch();
    for (name, text) in files {
        folder::write(place.path(), name, text);
    }
    place
}

/// Every command that takes an environment file and can be a check.
const WITH_ENV_FILE: [&[&str]; 4] = [
    &[
        "diff",
        "--release",
        "0.12..13.0",
        "--fail-on",
        "breaking",
        "--env-file",
    ],
    &["check", "--fail-on", "error", "--env-file"],
    &["status", "--listing", "listing", "--env-file"],
    &["resolve", "--env-file"],
];

const REVIEW: [&str; 6] = [
    "diff",
    "--release",
    "0.12..13.0",
    "--fail-on",
    "breaking",
    "--config",
];

const LISTING: &str = "prosody\n";

/// Name, text, and what the error says.
const NO_ENV_FILES: [(&str, &str, &str); 22] = [
    (
        "prosody.cfg.lua",
        "admins = { }\nmodules_enabled = {\n  \"roster\";\n}\nVirtualHost \"example.org\"\n",
        "a prosody.cfg.lua",
    ),
    (
        "assignments.lua",
        "daemonize = false\nlog = \"*syslog\"\n",
        "a prosody.cfg.lua",
    ),
    (
        "docker-compose.yml",
        "services:\n  xmpp:\n    environment:\n      - PROSODY_ENABLE_HTTP=true\n",
        "`prosody-stability migrate docker-compose.yml > settings.nix`",
    ),
    (
        "map.yaml",
        "environment:\n  PROSODY_ENABLE_HTTP: true\n",
        "a compose file",
    ),
    ("list", "- PROSODY_ENABLE_HTTP=true\n", "a compose file"),
    (
        "configuration.nix",
        "{ services.prosody-stability.beta = false; }\n",
        "`prosody-stability diff --config configuration.nix`",
    ),
    (
        "without-end",
        "{ lib, ... }:\n{\n  services.prosody-stability.beta = lib.mkForce false;\n}\n",
        "a NixOS configuration",
    ),
    (
        "prosody.service",
        "[Service]\nEnvironment=PROSODY_ENABLE_BETA=false\n",
        "a systemd unit",
    ),
    (
        "override.conf",
        "[Service]\nEnvironment=\"PROSODY_ENABLE_BETA=false\"\n",
        "`prosody-stability migrate override.conf > settings.nix`",
    ),
    (
        "settings.json",
        "{\"beta\": false, \"alpha\": false}\n",
        "`prosody-stability diff --config settings.json`",
    ),
    ("mine.json", "{\"schemaVersion\": 1}\n", "an inventory"),
    ("some.json", "[1, 2]\n", "it looks like JSON"),
    (
        "guide.md",
        "# Guide\n\n| Module | Purpose |\n|---|---|\n",
        "a Markdown document",
    ),
    (
        "run.sh",
        "#!/bin/sh\nset -e\nexport PROSODY_ENABLE_BETA=false\n",
        "a shell script",
    ),
    ("empty", "", "an empty file"),
    (
        "comments",
        "# PROSODY_ENABLE_BETA=false\n\n",
        "an empty file",
    ),
    (
        "others.env",
        "DOMAIN=example.org\n",
        "sets no PROSODY_ENABLE_* flag",
    ),
    (
        "unset.env",
        "PROSODY_ENABLE_BETA=\n",
        "sets no PROSODY_ENABLE_* flag",
    ),
    (
        "unknown.env",
        "PROSODY_ENABLE_FRIDGE_MAGNET=true\n",
        "sets no PROSODY_ENABLE_* flag",
    ),
    (
        "half.env",
        "PROSODY_ENABLE_BETA=false\nPROSODY_ENABLE_ALPHA\n",
        "half.env:2:1",
    ),
    (
        "misspelt.env",
        "PROSODY_ENABLE_HTTP=true\nPROSODY_ENABLE_BTEA=false\n",
        "did you mean `PROSODY_ENABLE_BETA`?",
    ),
    (
        "open.env",
        "PROSODY_ENABLE_HTTP=true\nX=\"open\nPROSODY_ENABLE_BETA=false\n",
        "never closed",
    ),
];

#[test]
fn a_file_that_is_no_environment_file_passes_no_check() {
    for (name, text, part) in NO_ENV_FILES {
        let folder = folder_of(&[(name, text), ("listing", LISTING)]);
        for command in WITH_ENV_FILE {
            let output = run_in(folder.path(), &[command, &[name]].concat());
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command:?} {name}: {error}");
            assert_eq!(output.stdout, b"", "{command:?} {name}");
            assert!(error.contains(part), "{name}: {part} in {error}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_and_an_environment_without_flags_pass_no_check() {
    let folder = folder_of(&[("listing", LISTING)]);
    for command in WITH_ENV_FILE {
        let missing = run_in(folder.path(), &[command, &["missing.env"]].concat());
        assert_eq!(missing.status.code(), Some(2), "{command:?}");
        let command = &command[..command.len() - 1];
        let none = run_in(folder.path(), &[command, &["--from-env"]].concat());
        let error = String::from_utf8_lossy(&none.stderr).into_owned();
        assert_eq!(none.status.code(), Some(2), "{command:?}: {error}");
        assert!(error.contains("sets no PROSODY_ENABLE_* flag"), "{error}");
    }
    let missing = run_in(folder.path(), &[&REVIEW[..], &["missing.nix"]].concat());
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn an_environment_file_with_other_variables_is_taken() {
    let text = "# compose\nDOMAIN=example.org\nPROSODY_ENABLE_BETA=false # why\nexport DB_PASSWORD='a b'\nX.Y-Z=\n";
    let folder = folder_of(&[(".env", text)]);
    let output = run_in(folder.path(), &["resolve", "--env-file", ".env"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

const CHECK: [&str; 4] = ["check", "--fail-on", "error", "--config"];

/// Name, text, and what is undecided about it, with its place.
const NO_SETTINGS: [(&str, &str, &str); 36] = [
    ("empty.nix", "{ }\n", "nothing is set"),
    (
        "others.nix",
        "{ services.postgresql.enable = true; }\n",
        "nothing is set",
    ),
    ("empty.json", "{ }\n", "nothing is set"),
    (
        "other.json",
        "{\"services\": {\"postgresql\": {\"enable\": true}}}\n",
        "nothing is set",
    ),
    (
        "half.json",
        "{\"enable\": true, \"profile\": null, \"beta\": false}\n",
        "services.prosody-stability.security (half.json:1:1)",
    ),
    (
        "if.nix",
        "{ config, lib, ... }:\n{ services.prosody-stability = lib.mkIf config.x.y { beta = false; }; }\n",
        "services.prosody-stability.beta (if.nix:2:61): it depends on a condition",
    ),
    (
        "above.nix",
        "{ config, lib, ... }:\n{ config = lib.mkIf config.x.y { services.prosody-stability.beta = false; }; }\n",
        "services.prosody-stability.beta (above.nix:2:68): it depends on a condition",
    ),
    (
        "else.nix",
        "{ config, ... }: { services.prosody-stability.beta = if config.x then true else false; }\n",
        "it depends on a condition",
    ),
    (
        "computed.nix",
        "{ lib, ... }: { services.prosody-stability.beta = lib.elem 1 [ 1 ]; }\n",
        "its value is the result of a function",
    ),
    (
        "argument.nix",
        "{ beta, ... }: { services.prosody-stability.beta = beta; }\n",
        "its value is the variable `beta`",
    ),
    (
        "inherited.nix",
        "{ beta, ... }: { services.prosody-stability = { inherit beta; }; }\n",
        "it is inherited",
    ),
    (
        "name.nix",
        "{ name, ... }: { services.prosody-stability.${name} = true; }\n",
        "the name is computed",
    ),
    (
        "missing-import.nix",
        "{ imports = [ ./missing.nix ]; services.prosody-stability.beta = false; }\n",
        "missing.nix does not exist",
    ),
    (
        "only-import.nix",
        "{ imports = [ ./missing.nix ]; }\n",
        "missing.nix does not exist",
    ),
    (
        "broken-import.nix",
        "{ imports = [ ./broken.nix ]; services.prosody-stability.beta = false; }\n",
        "broken.nix:2 is not Nix",
    ),
    (
        "channel.nix",
        "{ imports = [ <my-channel/xmpp.nix> ]; services.prosody-stability.beta = false; }\n",
        "the path `<my-channel/xmpp.nix>`",
    ),
    (
        "input.nix",
        "{ inputs, ... }: { imports = [ inputs.company.nixosModules.xmpp ]; services.prosody-stability.beta = false; }\n",
        "the variable `inputs.company.nixosModules.xmpp`",
    ),
    (
        "all-files.nix",
        "{ lib, ... }: { imports = lib.filesystem.listFilesRecursive ./.; services.prosody-stability.beta = false; }\n",
        "its import is the result of a function",
    ),
    (
        "maybe-import.nix",
        "{ lib, x, ... }: { imports = lib.optionals x [ ./stability.nix ]; }\n",
        "its import depends on a condition",
    ),
    (
        "updated.nix",
        "{ x, ... }: { services.prosody-stability = { beta = false; } // x; }\n",
        "`//` may replace it",
    ),
    (
        "generated.nix",
        "{ services = import ./missing.nix; }\n",
        "services (generated.nix:1:14)",
    ),
    (
        "flake.nix",
        "{ outputs = { self, nixpkgs }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./missing.nix ]; }; }; }\n",
        "missing.nix does not exist",
    ),
    (
        "far/flake.nix",
        "{ outputs = inputs: { nixosConfigurations.a = inputs.company.lib.mkServer \"a\"; }; }\n",
        "the machine is defined elsewhere",
    ),
    (
        "none/flake.nix",
        "{ outputs = inputs: { packages = { }; }; }\n",
        "nothing is set",
    ),
    (
        "library/flake.nix",
        "{ outputs = inputs: { nixosModules.default = { services.prosody-stability.beta = false; }; }; }\n",
        "nothing is set",
    ),
    (
        "two/flake.nix",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations = {\n  a = nixpkgs.lib.nixosSystem { modules = [ { services.prosody-stability.beta = false; } ]; };\n  b = nixpkgs.lib.nixosSystem { modules = [ { services.prosody-stability.beta = true; } ]; };\n}; }; }\n",
        "these machines have different settings: a, b",
    ),
    (
        "host-and-container.nix",
        "{ services.prosody-stability.beta = false; containers.x.config.services.prosody-stability.beta = true; }\n",
        "these machines have different settings: the configuration itself, containers.x",
    ),
    (
        "hive.nix",
        "{ meta.nixpkgs = <nixpkgs>; a = { services.prosody-stability.beta = false; }; b.services.prosody-stability.beta = true; }\n",
        "these machines have different settings: a, b",
    ),
    (
        "endless.nix",
        "let a = b; b = a; in { services.prosody-stability.beta = a; }\n",
        "its value is the variable",
    ),
    (
        "growing.nix",
        "let a = b ++ b; b = c ++ c; c = a ++ a; in { imports = a; services.prosody-stability.beta = false; }\n",
        "too deep or too long",
    ),
    (
        "set.nix",
        "let a = { x = b; y = b; }; b = { x = a; y = a; }; in { services.prosody-stability.modules = a; }\n",
        "services.prosody-stability.modules.x (set.nix:1:15): its value is a set",
    ),
    (
        "endless-path.nix",
        "let a = b + \"x\"; b = a + \"y\"; in { imports = [ a ]; }\n",
        "the module is the result of an operation",
    ),
    (
        "endless-inherit.nix",
        "let x = { inherit (y) a; }; y = { inherit (x) a; }; inherit (z) b; z = { inherit b; }; in { services.prosody-stability = { inherit (x) a; inherit b; }; }\n",
        "it is inherited",
    ),
    (
        "endless-function.nix",
        "let f = x: f (x ++ x); in { services.prosody-stability.beta = f [ ]; imports = f [ ]; }\n",
        "its value is the result of a function",
    ),
    (
        "endless-text.nix",
        "let a = \"${b}${b}\"; b = \"${a}${a}\"; in { services.prosody-stability.profile = a; }\n",
        "its value is a string with an interpolation",
    ),
    (
        "weak.nix",
        "{ lib, x, ... }: { services.prosody-stability.beta = lib.mkMerge [ (lib.mkDefault true) x ]; }\n",
        "its value is the variable `x`",
    ),
];

/// Files that some of them import.
const BESIDE: [(&str, &str); 2] = [
    ("broken.nix", "{ services = \n"),
    (
        "stability.nix",
        "{ services.prosody-stability.beta = false; }\n",
    ),
];

#[test]
fn settings_that_are_not_decided_pass_no_check_and_stand_in_every_format() {
    for (name, text, part) in NO_SETTINGS {
        let folder = folder_of(&[&BESIDE[..], &[(name, text)]].concat());
        for format in ["text", "markdown", "json", "github"] {
            let arguments = [&REVIEW[..], &[name, "--format", format]].concat();
            let output = run_in(folder.path(), &arguments);
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
            if format == "json" {
                let review: Value = serde_json::from_str(&shown).unwrap();
                let findings = review["findings"].as_array().unwrap();
                let has = |finding: &Value| {
                    let message = finding["message"].as_str().unwrap();
                    finding["code"] == "undecided" && message.contains(part)
                };
                assert!(findings.iter().any(has), "{name}: {part} in {findings:?}");
            } else {
                let option = part.split([' ', '`']).next().unwrap();
                assert!(shown.contains(option), "{name} in {format}: {shown}");
            }
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(message.contains("nix eval --json"), "{name}: {message}");
        }
        let output = run_in(folder.path(), &[&CHECK[..], &[name]].concat());
        assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
    }
}

#[test]
fn settings_that_are_invalid_pass_no_check() {
    for (name, text, part) in [
        (
            "a.nix",
            "{ services.prosody-stability = ",
            "not a Nix expression",
        ),
        ("a.nix", "", "not a Nix expression"),
        (
            "a.nix",
            "{ services.prosody-stability.beta = \"yes\"; }",
            "expected true, false or a list",
        ),
        (
            "a.nix",
            "{ services.prosody-stability = { beta = true; }; imports = [ { services.prosody-stability.beta = false; } ]; }",
            "a.nix:1 sets it to another value",
        ),
        (
            "a.nix",
            "{ services.prosody-stability = { alpha = true; enterprise = false; }; }",
            "sets it to another value",
        ),
        ("a.json", "{\"beta\": 1}", "invalid value for"),
        (
            "a.json",
            "{\"modules\": 1, \"beta\": true}",
            "not a JSON object",
        ),
        (
            ".env",
            "PROSODY_ENABLE_BETA=false\n",
            "not a Nix expression",
        ),
        (
            "docker-compose.yml",
            "services:\n  a:\n    image: x\n",
            "not a Nix expression",
        ),
    ] {
        let folder = folder_of(&[(name, text)]);
        let output = run_in(folder.path(), &[&REVIEW[..], &[name]].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name} {text}: {error}");
        assert_eq!(output.stdout, b"", "{name} {text}");
        assert!(error.contains(part), "{text}: {part} in {error}");
        let output = run_in(folder.path(), &[&CHECK[..], &[name]].concat());
        assert_eq!(output.status.code(), Some(2), "{name} {text}: {output:?}");
    }
}

#[test]
fn a_server_without_a_host_passes_no_check() {
    let folder = folder_of(&[("prosody.cfg.lua", "modules_enabled = { \"tls\"; }\n")]);
    for command in [&REVIEW[..], &CHECK[..]] {
        let output = run_in(folder.path(), &[command, &["prosody.cfg.lua"]].concat());
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {output:?}");
        assert!(shown.contains("defines no active host"), "{shown}");
    }
}

#[test]
fn without_a_check_an_undecided_configuration_is_shown_all_the_same() {
    let folder = folder_of(&[(
        "c.nix",
        "{ x, ... }: { services.prosody-stability.beta = x; }",
    )]);
    let arguments = ["diff", "--release", "0.12..13.0", "--config", "c.nix"];
    let output = run_in(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("c.nix:1:49"), "{shown}");
}

/// Plans of a machine `a` on both sides that leave something unknown, and what is said of it. Nothing is known to
/// be wrong with any of them.
const UNKNOWN_PLANS: [(&str, &str, &str); 13] = [
    (
        SERVER,
        r#"{"a": {"failed": "attribute 'x' missing"}}"#,
        "cannot determine what runs on the new side: attribute 'x' missing (a)",
    ),
    (
        r#"{"a": {"failed": "its evaluation fails"}}"#,
        SERVER,
        "cannot determine what runs on the old side: its evaluation fails (a)",
    ),
    (
        r#"{"a": {"failed": "no"}}"#,
        "{}",
        "cannot determine what runs on the old side: no (a)",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "13.0.7", "configuration": null}}}"#,
        "cannot determine the configuration on the new side",
    ),
    (
        r#"{"a": {"prosody": {"version": "13.0.7"}}}"#,
        SERVER,
        "cannot determine the configuration on the old side",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "14.0.1", "configuration": "VirtualHost \"a.example\""}}}"#,
        "cannot determine what Prosody 14.0.1 loads",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "", "configuration": "VirtualHost \"a.example\""}}}"#,
        "cannot determine what Prosody  loads",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "13.0.7", "configuration": "VirtualHost ("}}}"#,
        "cannot determine what is configured",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "13.0.7", "configuration": "admins = { }"}}}"#,
        "defines no active host",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "13.0.7", "configuration": "VirtualHost \"a.example\"\nmodules_enabled = io.open(\"x\")"}}}"#,
        "cannot determine modules_enabled",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "13.0.7", "configuration": "VirtualHost \"a.example\"\nInclude \"conf.d/*.cfg.lua\""}}}"#,
        "cannot determine the content of an included file",
    ),
    (
        SERVER,
        r#"{"a": {"prosody": {"version": "13.0.7", "configuration": "pidfile = \"/run/prosody/prosody.pid\"\nmodules_enabled = { \"$WHICH\" }\nVirtualHost \"a.example\""}}}"#,
        "cannot determine modules_enabled",
    ),
    (
        r#"{"a": {"prosody": null}}"#,
        "{}",
        "no machine runs Prosody",
    ),
];

const SERVER: &str =
    r#"{"a": {"prosody": {"version": "13.0.7", "configuration": "VirtualHost \"a.example\""}}}"#;

#[test]
fn machines_of_which_something_is_unknown_pass_no_check_and_stand_in_every_format() {
    for (old, new, part) in UNKNOWN_PLANS {
        let plans = |machines: &str| {
            format!("{{\"kind\": \"plans\", \"schemaVersion\": 1, \"machines\": {machines}}}")
        };
        let folder = folder_of(&[("old.json", &plans(old)), ("new.json", &plans(new))]);
        for format in ["text", "markdown", "json", "github"] {
            let arguments = ["diff", "old.json", "new.json", "--fail-on", "breaking"];
            let more = ["--format", format, "--show-fingerprints"];
            let arguments = [&arguments[..], &more].concat();
            let output = run_in(folder.path(), &arguments);
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(2), "{new}: {output:?}");
            if format == "text" {
                assert!(shown.contains(part), "{part} in {shown}");
            }
            let code = if part.starts_with("cannot") {
                "undecided"
            } else {
                "no-host"
            };
            assert!(shown.contains(code), "{part} in {format}: {shown}");
        }
    }
}

#[test]
fn a_file_that_is_nearly_plans_passes_no_check() {
    let good = format!("{{\"kind\": \"plans\", \"schemaVersion\": 1, \"machines\": {SERVER}}}");
    for (bad, part) in [
        (
            good.replacen("plans", "plan", 1),
            "invalid plans in new.json",
        ),
        (good.replacen(": 1", ": 2", 1), "unknown schemaVersion 2"),
        (
            good.replacen("prosody", "prosdoy", 1),
            "unknown field `prosdoy`",
        ),
        (
            good.replacen("version\"", "vers\"", 1),
            "unknown field `vers`",
        ),
        (
            good.replacen("\"version\": \"13.0.7\",", "", 1),
            "missing field `version`",
        ),
        (
            good.replacen("machines", "hosts", 1),
            "unknown field `hosts`",
        ),
        (good.trim_end_matches('}').to_owned(), "new.json"),
        ("{}".to_owned(), "new.json"),
    ] {
        let folder = folder_of(&[("old.json", &good), ("new.json", &bad)]);
        let arguments = ["diff", "old.json", "new.json", "--fail-on", "breaking"];
        let output = run_in(folder.path(), &arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{bad}: {error}");
        assert_eq!(output.stdout, b"", "{bad}");
        assert!(error.contains(part), "{part} in {error}");
    }
}

/// Every command that can be a check, and every place of it that takes a file: FILE stands for the file.
const PLACES: [&str; 15] = [
    "diff FILE plans.json --fail-on breaking",
    "diff FILE 13.0 --fail-on breaking",
    "diff 13.0 FILE --fail-on breaking",
    "diff --release 0.12..13.0 --inventory FILE --fail-on breaking",
    "diff --release 0.12..13.0 --allow FILE --fail-on breaking",
    "check --inventory FILE --fail-on error",
    "check --release FILE --fail-on error",
    "status --listing listing --inventory FILE",
    "status --listing listing --release FILE",
    "status --listing FILE",
    "emit --check --output out.nix --inventory FILE",
    "emit --check --output FILE",
    "resolve --inventory FILE",
    "resolve --release FILE",
    "import FILE",
];

/// Files that are nearly what these places take.
const NEARLY: [(&str, &str); 12] = [
    ("null.json", "null\n"),
    ("list.json", "[]\n"),
    ("object.json", "{}\n"),
    ("version.json", "{\"schemaVersion\": 1}\n"),
    ("newer.json", "{\"schemaVersion\": 99, \"allow\": []}\n"),
    (
        "release.json",
        "{\"schemaVersion\": 1, \"version\": \"13.0\", \"revision\": \"x\"}\n",
    ),
    (
        "date.json",
        "{\"schemaVersion\": 1, \"allow\": [{\"fingerprint\": \"0\", \"reason\": \"\", \"until\": \"soon\"}]}\n",
    ),
    ("set.nix", "{ modules = { }; }\n"),
    ("blank", " \n\n"),
    ("words", "Nothing is loaded here.\n"),
    ("names", "mam\ncarbons\n"),
    ("bytes", "\u{1}\u{2}\u{3}"),
];

#[test]
fn a_file_of_another_kind_passes_no_check_in_any_place() {
    let files: Vec<(&str, &str)> = NO_ENV_FILES
        .iter()
        .map(|(name, text, _)| (*name, *text))
        .chain(NO_SETTINGS.iter().map(|(name, text, _)| (*name, *text)))
        .chain(NEARLY)
        .collect();
    let different: std::collections::BTreeSet<&str> = files.iter().map(|(_, text)| *text).collect();
    assert!(different.len() >= 40, "{}", different.len());
    let check = |(name, text): &(&str, &str)| -> Vec<String> {
        let plans =
            format!("{{\"kind\": \"plans\", \"schemaVersion\": 1, \"machines\": {SERVER}}}");
        let beside = [("listing", LISTING), ("plans.json", &plans)];
        let folder = folder_of(&[&[(*name, *text)][..], &beside].concat());
        let mut green = Vec::new();
        for place in PLACES {
            let arguments: Vec<&str> = place
                .split(' ')
                .map(|word| if word == "FILE" { *name } else { word })
                .collect();
            let output = run_in(folder.path(), &arguments);
            // Only a file that was read can be out of date.
            let expected = match output.status.code() {
                Some(1) if place.starts_with("emit --check") => true,
                code => code == Some(2),
            };
            if !expected {
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                green.push(format!(
                    "{place} with {name}: {:?} {error}",
                    output.status.code()
                ));
            }
        }
        green
    };
    let (first, second) = files.split_at(files.len() / 2);
    let green = std::thread::scope(|scope| {
        let first = scope.spawn(|| first.iter().flat_map(check).collect::<Vec<_>>());
        let mut green: Vec<_> = second.iter().flat_map(check).collect();
        green.extend(first.join().unwrap());
        green
    });
    assert!(green.is_empty(), "{}:\n{}", green.len(), green.join("\n"));
}

#[test]
fn what_is_no_file_or_not_there_passes_no_check_in_any_place() {
    let folder = folder_of(&[("listing", LISTING), ("folder/x", "")]);
    for name in ["missing", "folder", "missing/x", ""] {
        for place in PLACES
            .into_iter()
            .filter(|place| !place.contains("--output FILE"))
        {
            let arguments: Vec<&str> = place
                .split(' ')
                .map(|word| if word == "FILE" { name } else { word })
                .collect();
            let output = run_in(folder.path(), &arguments);
            assert_eq!(
                output.status.code(),
                Some(2),
                "{place} with `{name}`: {output:?}"
            );
        }
    }
}
