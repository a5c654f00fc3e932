//! `scripts/release` in a scratch repository. Stand-ins take the place of the checks and builds, which take minutes.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::{CommandOutput, run};
use crate::support::folder::{read, scratch, write, write_script};
use crate::support::root;

const CHANGES: &str = "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-11-30\n\n### Added\n\n- Something.\n\n\
    ## 0.1.0 - 2026-01-01\n\n- The first one.\n";

/// A repository that can be released as 0.2.0.
fn repository() -> TempDir {
    let folder = scratch();
    let package = "name = \"prosody-stability\"\nversion = \"0.2.0\"\n";
    write(
        folder.path(),
        "Cargo.toml",
        &format!("[package]\n{package}"),
    );
    write(
        folder.path(),
        "Cargo.lock",
        &format!("[[package]]\n{package}"),
    );
    write(folder.path(), "CHANGELOG.md", CHANGES);
    write(folder.path(), ".gitignore", "target\nbin\nsaid\n");
    fs::create_dir_all(folder.path().join("scripts")).unwrap();
    fs::copy(
        root().join("scripts/release"),
        folder.path().join("scripts/release"),
    )
    .unwrap();
    for name in [".ci/run", "bin/cargo", "scripts/package-debian"] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        let builds = match name {
            "bin/cargo" => {
                "[ \"$1\" != package ] || { mkdir -p target/package; echo crate >target/package/prosody-stability-0.2.0.crate; }"
            }
            "scripts/package-debian" => "echo deb >\"$DIST/p.deb\"; echo tgz >\"$DIST/p.tar.gz\"",
            _ => "",
        };
        let text = format!(
            "#!/bin/sh\necho {name} \"$@\" >>said\n{builds}\n[ \"${{FAILS-}}\" != {name} ]\n"
        );
        write_script(folder.path(), name, &text);
    }
    git(folder.path(), &["init", "--quiet", "-b", "main"]);
    commit(folder.path());
    folder
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
    ];
    let mut command = Command::new("git");
    command.args(identity).args(arguments).current_dir(folder);
    run(&mut command).success().stdout
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(
        folder,
        &["commit", "--quiet", "--message", "Change something"],
    );
}

fn release(folder: &Path, arguments: &[&str], fails: &str) -> CommandOutput {
    let path = format!(
        "{}:{}",
        folder.join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new("scripts/release");
    command
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path)
        .env("FAILS", fails);
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "A")
            .env(format!("GIT_{role}_EMAIL"), "a@example.org");
    }
    run(&mut command)
}

#[test]
fn what_can_be_released_is_checked_built_collected_and_tagged_last() {
    let folder = repository();
    let said = release(folder.path(), &["--check", "0.2.0"], "");
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert_eq!(git(folder.path(), &["tag"]), "");

    let said = release(folder.path(), &["0.2.0"], "");
    assert_eq!(said.code(), Some(0), "{said:?}");
    let steps = read(folder.path(), "said");
    let steps: Vec<&str> = steps.lines().collect();
    let expected = [
        ".ci/run",
        "bin/cargo doc --locked --no-deps",
        "bin/cargo package --locked",
        "scripts/package-debian",
    ];
    let steps: Vec<&str> = steps.into_iter().map(str::trim_end).collect();
    assert_eq!(steps, expected);
    assert_eq!(git(folder.path(), &["cat-file", "-t", "v0.2.0"]), "tag\n");
    let files = folder.path().join("target/dist/0.2.0");
    assert_eq!(read(&files, "NOTES.md").trim(), "### Added\n\n- Something.");
    let mut sums = Command::new("sha256sum");
    let sums = run(sums.args(["--check", "SHA256SUMS"]).current_dir(&files)).success();
    assert_eq!(
        sums.stdout,
        "p.tar.gz: OK\np.deb: OK\nprosody-stability-0.2.0.crate: OK\n"
    );
}

/// The workflow that drafts the release has the tag already.
#[test]
fn notes_are_printed_of_what_is_tagged_too() {
    let folder = repository();
    git(folder.path(), &["tag", "v0.2.0"]);
    let said = release(folder.path(), &["--notes", "0.2.0"], "").success();
    assert_eq!(said.stdout.trim(), "### Added\n\n- Something.");
    assert_eq!(
        release(folder.path(), &["--notes", "0.1.0"], "").code(),
        Some(2)
    );
}

#[test]
fn a_step_that_fails_leaves_no_tag() {
    for fails in [".ci/run", "bin/cargo", "scripts/package-debian"] {
        let folder = repository();
        let said = release(folder.path(), &["0.2.0"], fails);
        assert_eq!(said.code(), Some(1), "{fails}: {said:?}");
        assert!(said.stderr.contains("release: failed: "), "{said:?}");
        assert_eq!(git(folder.path(), &["tag"]), "", "{fails}");
    }
}

#[test]
fn what_cannot_be_released_is_refused_before_anything_is_built() {
    type Spoil = (&'static str, fn(&Path));
    let spoil: [Spoil; 5] = [
        ("Cargo.toml has version 0.3.0, not 0.2.0", |folder| {
            write(
                folder,
                "Cargo.toml",
                "[package]\nname = \"prosody-stability\"\nversion = \"0.3.0\"\n",
            );
            commit(folder);
        }),
        ("Cargo.lock has another version", |folder| {
            write(
                folder,
                "Cargo.lock",
                "[[package]]\nname = \"prosody-stability\"\nversion = \"0.1.0\"\n",
            );
            commit(folder);
        }),
        ("CHANGELOG.md has no section", |folder| {
            write(
                folder,
                "CHANGELOG.md",
                "# Changelog\n\n## Unreleased\n\n- Something.\n",
            );
            commit(folder);
        }),
        ("there are uncommitted changes", |folder| {
            write(folder, "new", "");
        }),
        ("the tag v0.2.0 exists", |folder| {
            git(folder, &["tag", "v0.2.0"]);
        }),
    ];
    for (message, spoil) in spoil {
        let folder = repository();
        spoil(folder.path());
        let said = release(folder.path(), &["0.2.0"], "");
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(
            said.stderr.contains(message) && said.stderr.contains("release: help: "),
            "{said:?}"
        );
        assert!(!folder.path().join("said").exists(), "{message}");
    }
    let said = release(repository().path(), &[], "");
    assert_eq!(said.code(), Some(2), "{said:?}");
}
