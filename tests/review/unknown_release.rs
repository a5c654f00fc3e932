//! A release that nobody knows: no command takes it for one that is known, unless it is told to.

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write, write_script};

const LISTING: &str = "example.org:\n    message\n    presence\n    roster\n";

/// Every command that takes a release, with a newer one.
const COMMANDS: [&[&str]; 11] = [
    &["resolve", "--release", "14.0"],
    &["resolve", "--format", "lua", "--release", "13.1.2"],
    &["resolve", "--format", "nix", "--release", "14.0"],
    &["check", "--release", "14.0"],
    &["explain", "roster", "--release", "14.0"],
    &["diff", "--release", "13.0..14.0"],
    &["diff", "--release", "14.0..13.0", "--fail-on", "breaking"],
    &["diff", "--release", "14.0"],
    &["diff", "13.0", "14.0"],
    &["diff", "--release", "0.12..14.0", "--format", "json"],
    &["diff", "--release", "14.0..15.0", "--profile", "personal"],
];

fn said(arguments: &[&str]) -> CommandOutput {
    run(&mut tool(arguments))
}

#[test]
fn a_newer_release_is_an_error_that_says_what_to_do() {
    for command in COMMANDS {
        let said = said(command);
        assert_eq!(said.code(), Some(2), "{command:?}: {said:?}");
        assert_eq!(said.stdout, "", "{command:?}");
        let parts = [
            "unknown release",
            "the built-in releases are: 0.11, 0.12, 13.0",
            "`prosody-stability snapshot`",
            "use --assume-newest to treat it as 13.0",
        ];
        for part in parts {
            assert!(said.stderr.contains(part), "{command:?}: {part}: {said:?}");
        }
    }
}

#[test]
fn on_request_a_newer_release_is_the_newest_known_one_and_a_warning() {
    for command in COMMANDS {
        let said = said(&[command, &["--assume-newest"]].concat());
        let warning = "is newer than any built-in release, using 13.0";
        assert!(said.stderr.contains(warning), "{command:?}: {said:?}");
        assert_ne!(said.code(), Some(2), "{command:?}: {said:?}");
        assert_ne!(said.stdout, "", "{command:?}");
    }
    for release in ["0.10", "0.13", "trunk"] {
        let said = said(&["check", "--assume-newest", "--release", release]);
        assert_eq!(said.code(), Some(2), "{release}: {said:?}");
    }
}

#[test]
fn the_version_that_a_server_reports_counts_as_well() {
    // What the server answers, and what is said about it.
    let rows = [
        ("OK: 14.0.1", "unknown release `14.0.1`", "Prosody 14.0.1"),
        (
            "OK: trunk nightly build 2001",
            "the server reports no version",
            "the server reports no version, using 13.0",
        ),
    ];
    for (answer, refused, taken) in rows {
        let folder = scratch();
        let text = format!(
            "#!/bin/sh\ncase \"$*\" in\n  *version*) echo '{answer}' ;;\n  *'module list'*) printf '{}' ;;\nesac\n",
            LISTING.replace('\n', "\\n")
        );
        let script = write_script(folder.path(), "prosodyctl", &text);
        let status = ["status", "--prosodyctl", &script];

        let error = said(&status);
        assert_eq!(error.code(), Some(2), "{error:?}");
        assert_eq!(error.stdout, "");
        assert!(error.stderr.contains(refused), "{error:?}");

        let assumed = said(&[&status[..], &["--assume-newest"]].concat());
        assert_eq!(assumed.code(), Some(1), "modules are missing: {assumed:?}");
        assert!(assumed.stderr.contains(taken), "{assumed:?}");

        let named = said(&[&status[..], &["--release", "13.0"]].concat());
        assert_eq!(named.code(), Some(1), "{named:?}");
        assert_eq!(named.stderr, "");
    }
    let folder = scratch();
    let listing = write(folder.path(), "listing", LISTING);
    let said = said(&["status", "--listing", &listing, "--release", "14.0"]);
    assert_eq!(said.code(), Some(2), "{said:?}");
}
