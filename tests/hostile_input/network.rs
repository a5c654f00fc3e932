//! What is read is read here: nothing is fetched.

use std::path::Path;
use std::process::Command;

use super::support::command::{run, tool};
use super::support::folder::{scratch, write};

fn git(folder: &Path, arguments: &[&str]) {
    let said = run(Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments));
    said.success();
}

/// Git fetches by itself what a partial clone lacks, from wherever it was cloned.
#[test]
fn a_partial_clone_is_not_completed() {
    let folder = scratch();
    let origin = folder.path().join("origin");
    let inventory = include_str!("../../inventory/prosody.json");
    write(&origin, "inventory.json", inventory);
    git(&origin, &["init", "-q"]);
    git(&origin, &["config", "uploadpack.allowFilter", "true"]);
    git(&origin, &["add", "."]);
    git(&origin, &["commit", "-qm", "one"]);
    let from = format!("file://{}", origin.display());
    let clone = ["clone", "-q", "--no-checkout", "--filter=blob:none"];
    git(folder.path(), &[&clone[..], &[&from, "partial"]].concat());

    let reviewed = |repository: &str| {
        let mut diff = tool(&["diff", "HEAD:inventory.json", "HEAD:inventory.json"]);
        run(diff.current_dir(folder.path().join(repository)))
    };
    reviewed("origin").success();
    let said = reviewed("partial");
    assert_eq!(said.code(), Some(2), "{}", said.stdout);
    assert!(
        said.stderr
            .contains("cannot find `HEAD:inventory.json` in git"),
        "{}",
        said.stderr
    );
}
