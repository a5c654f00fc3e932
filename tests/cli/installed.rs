//! The release of a server whose configuration stands where its Prosody is installed.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::text;

const CONFIG: &str = "modules_enabled = { \"carbons\" }\nVirtualHost \"example.org\"\n";

/// A file system with a configuration and an installed Prosody of this version.
fn installed(code: &str, version: &str) -> TempDir {
    let folder = scratch();
    for directory in ["etc/prosody", code] {
        fs::create_dir_all(folder.path().join(directory)).unwrap();
    }
    write(folder.path(), "etc/prosody/prosody.cfg.lua", CONFIG);
    write(folder.path(), &format!("{code}/prosody.version"), version);
    folder
}

fn check(file: &Path, arguments: &[&str]) -> CommandOutput {
    let file = file.to_str().unwrap();
    run(&mut tool(
        &[&["check", "--format", "json", "--config", file], arguments].concat(),
    ))
}

#[test]
fn the_installed_release_is_the_one_that_counts() {
    for (code, version, release) in [
        ("usr/lib/prosody", "0.12.3\n", "0.12"),
        ("usr/lib/prosody", "13.0.2\n", "13.0"),
        ("lib/prosody", "0.11.9", "0.11"),
    ] {
        let folder = installed(code, version);
        let said = check(&folder.path().join("etc/prosody/prosody.cfg.lua"), &[]);
        assert_eq!(
            text(&said.json()["sides"][0]["release"]),
            release,
            "{said:?}"
        );
        let expected = format!(
            "note: using Prosody {release}: {} is installed\n",
            version.trim()
        );
        assert!(said.stderr.starts_with(&expected), "{said:?}");
    }
}

#[test]
fn a_release_that_is_named_wins_and_elsewhere_it_is_the_newest() {
    let folder = installed("usr/lib/prosody", "0.12.3\n");
    let file = folder.path().join("etc/prosody/prosody.cfg.lua");
    let said = check(&file, &["--release", "13.0"]);
    assert_eq!(text(&said.json()["sides"][0]["release"]), "13.0");
    assert_eq!(said.stderr, "");
    // A copy in somebody's repository says nothing of what is installed here.
    let copy = write(folder.path(), "prosody.cfg.lua", CONFIG);
    let said = check(Path::new(&copy), &[]);
    assert_eq!(text(&said.json()["sides"][0]["release"]), "13.0");
    assert_eq!(said.stderr, "");
}

#[test]
fn an_installed_prosody_of_unknown_version_passes_no_check() {
    for version in ["hg:0123456789ab\n", "", "13.0\n13.0\n", &"1".repeat(1000)] {
        let folder = installed("usr/lib/prosody", version);
        let file = folder.path().join("etc/prosody/prosody.cfg.lua");
        let said = check(&file, &[]);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert_eq!(said.stdout, "");
        let expected = "/usr/lib/prosody/prosody.version contains no version\n";
        assert!(said.stderr.contains(expected), "{said:?}");
        assert!(
            said.stderr
                .contains("help: pass its release with --release"),
            "{said:?}"
        );
        let said = check(&file, &["--release", "0.12"]);
        assert_eq!(text(&said.json()["sides"][0]["release"]), "0.12");
    }
}

#[test]
fn a_release_that_is_newer_than_all_known_ones_is_an_error() {
    let folder = installed("usr/lib/prosody", "14.0.0\n");
    let file = folder.path().join("etc/prosody/prosody.cfg.lua");
    let said = check(&file, &[]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("14.0.0"), "{said:?}");
    assert_eq!(check(&file, &["--assume-newest"]).code(), Some(0));
}

#[test]
fn what_is_installed_counts_for_resolve_and_migrate_as_well() {
    let folder = installed("usr/lib/prosody", "0.12.3\n");
    let file = folder.path().join("etc/prosody/prosody.cfg.lua");
    let file = file.to_str().unwrap();
    let said = run(&mut tool(&[
        "resolve", "--format", "json", "--config", file,
    ]))
    .success();
    assert_eq!(text(&said.json()["hosts"][0]["release"]), "0.12");
    let said = run(&mut tool(&["migrate", file])).success();
    assert!(
        said.stderr
            .contains("using Prosody 0.12: 0.12.3 is installed"),
        "{said:?}"
    );
}
