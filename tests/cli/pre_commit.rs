//! The hooks for pre-commit, run by pre-commit. It takes the command under test in place of one that it builds.

use std::env;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::linters::program;
use crate::support::command::{CommandOutput, TOOL, printed, run};
use crate::support::folder::{read, scratch, write};
use crate::support::root;

const SERVER: &str = "modules_enabled = { \"mam\" }\nVirtualHost \"example.org\"\n";

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder);
    run(&mut git).success().stdout.trim().to_owned()
}

/// This repository as far as pre-commit needs it, and beside it one that uses its hooks.
fn user(configuration: impl Fn(&str) -> String) -> TempDir {
    let folder = scratch();
    let hooks = folder.path().join("hooks");
    write(
        &hooks,
        ".pre-commit-hooks.yaml",
        &read(root(), ".pre-commit-hooks.yaml"),
    );
    git(&hooks, &["init", "-q"]);
    git(&hooks, &["add", "."]);
    git(&hooks, &["commit", "-q", "-m", "Hooks"]);
    let revision = git(&hooks, &["rev-parse", "HEAD"]);
    let user = folder.path().join("user");
    write(&user, ".pre-commit-config.yaml", &configuration(&revision));
    write(&user, "prosody.cfg.lua", SERVER);
    write(
        &user,
        "inventory.json",
        &read(root(), "inventory/prosody.json"),
    );
    write(
        &user,
        "inventory.nix",
        &printed("emit --inventory inventory/prosody.json"),
    );
    git(&user, &["init", "-q"]);
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    symlink(TOOL, folder.path().join("bin/prosody-stability")).unwrap();
    folder
}

fn pre_commit(program: &Path, folder: &TempDir) -> CommandOutput {
    let user = folder.path().join("user");
    git(&user, &["add", "."]);
    let path = format!(
        "{}:{}",
        folder.path().join("bin").display(),
        env::var("PATH").unwrap()
    );
    let mut command = Command::new(program);
    command
        .args(["run", "--all-files", "--color=never"])
        .current_dir(user)
        .env("PATH", path)
        .env("PRE_COMMIT_HOME", folder.path().join("home"));
    run(&mut command)
}

/// The documented configuration, with the command under test.
fn documented(revision: &str) -> String {
    let page = read(root(), "docs/ci.md");
    let (_, text) = page.split_once("`.pre-commit-config.yaml`").unwrap();
    let (_, text) = text.split_once("```yaml\n").unwrap();
    let text = text.split_once("```").unwrap().0;
    let mut changed = String::new();
    for line in text.lines() {
        let line = line
            .replace("https://FORGE/OWNER/prosody-stability", "../hooks")
            .replace("REVISION", revision);
        changed.push_str(&line);
        changed.push('\n');
        if line.contains("- id:") {
            changed.push_str("        language: system\n");
        }
    }
    assert!(
        changed.contains("../hooks") && changed.contains(revision),
        "{changed}"
    );
    changed
}

#[test]
fn the_hooks_pass_and_fail_as_their_commands_do() {
    let Some(program) = program("pre-commit") else {
        return;
    };
    let folder = user(documented);
    let said = pre_commit(&program, &folder);
    assert!(said.status.success(), "{said:?}");
    assert_eq!(said.stdout.matches("Passed").count(), 2, "{said:?}");

    let user = folder.path().join("user");
    let inventory = read(&user, "inventory.nix");
    write(
        &user,
        "inventory.nix",
        &inventory.replace("mam = {", "mum = {"),
    );
    let withdrawn = SERVER.replace("mam", "http_upload");
    write(&user, "prosody.cfg.lua", &withdrawn);
    let said = pre_commit(&program, &folder);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert_eq!(
        said.stdout.matches("- exit code: 1\n").count(),
        2,
        "{said:?}"
    );
    assert!(
        said.stdout.contains("+++ inventory.nix (as generated)"),
        "{said:?}"
    );
    assert!(said.stdout.contains("http_upload cannot load"), "{said:?}");
}
