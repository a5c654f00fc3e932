//! Workflows, the action, scripts and the Containerfile, as their linters see them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::command::{CommandOutput, run};
use crate::support::folder::{read, scratch, write};
use crate::support::root;
use crate::support::skip::skip_or_fail;

/// A program that `scripts/test` installs, in the version that it names.
pub fn program(name: &str) -> Option<PathBuf> {
    let program = root().join("target/linters/bin").join(name);
    if program.exists() {
        return Some(program);
    }
    skip_or_fail(&format!("{name} is missing: scripts/test installs it"));
    None
}

/// The files of this repository that are or will be committed.
fn files() -> Vec<String> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(root());
    let listed = run(&mut git).success().stdout;
    let names = listed.split_terminator('\0').map(str::to_owned);
    names.filter(|name| root().join(name).is_file()).collect()
}

fn lint(program: &Path, arguments: &[&str], folder: &Path) -> CommandOutput {
    run(Command::new(program).args(arguments).current_dir(folder))
}

/// The workflow that the documentation tells people to write, with the action at this address.
fn documented(folder: &Path, address: &str) -> String {
    let page = read(root(), "docs/ci.md");
    let (_, workflow) = page.split_once("```yaml\n").unwrap();
    let workflow = workflow.split_once("```").unwrap().0;
    let action = "OWNER/prosody-stability@REVISION";
    assert!(workflow.contains(action), "{workflow}");
    let workflow = workflow.replace(action, address);
    fs::create_dir(folder.join(".git")).unwrap();
    fs::copy(root().join("action.yml"), folder.join("action.yml")).unwrap();
    write(folder, ".github/workflows/prosody.yml", &workflow);
    workflow
}

#[test]
fn workflows_are_clean() {
    let (Some(actionlint), Some(shellcheck)) = (program("actionlint"), program("shellcheck"))
    else {
        return;
    };
    let shellcheck = shellcheck.display().to_string();
    let arguments = ["-no-color", "-shellcheck", &shellcheck];
    let said = lint(&actionlint, &arguments, root());
    assert!(said.status.success(), "{}{}", said.stdout, said.stderr);

    let folder = scratch();
    let workflow = documented(folder.path(), "./");
    let said = lint(&actionlint, &arguments, folder.path());
    assert!(said.status.success(), "{}{}", said.stdout, said.stderr);
    // It does look at the inputs of the action.
    let misspelt = workflow.replace("dockerfile:", "dockerfiel:");
    write(folder.path(), ".github/workflows/prosody.yml", &misspelt);
    let said = lint(&actionlint, &arguments, folder.path());
    assert!(
        said.stdout.contains("input \"dockerfiel\" is not defined"),
        "{said:?}"
    );
}

/// Rights, pins, and what an attacker may write into a script.
#[test]
fn workflows_and_the_action_are_safe() {
    let Some(zizmor) = program("zizmor") else {
        return;
    };
    let arguments = [
        "--offline",
        "--no-progress",
        "--collect=all",
        "--strict-collection",
        ".",
    ];
    let folder = scratch();
    documented(folder.path(), &format!("owner/name@{}", "0".repeat(40)));
    for place in [root(), folder.path()] {
        let said = lint(&zizmor, &arguments, place);
        assert!(said.status.success(), "{}{}", said.stdout, said.stderr);
    }
}

#[test]
fn shell_scripts_are_clean() {
    let Some(shellcheck) = program("shellcheck") else {
        return;
    };
    let is_script = |name: &String| {
        let text = fs::read(root().join(name)).unwrap();
        let first = text.split(|byte| *byte == b'\n').next().unwrap();
        name.ends_with(".sh") || first.starts_with(b"#!") && first.ends_with(b"sh")
    };
    let scripts: Vec<_> = files().into_iter().filter(is_script).collect();
    for some in [
        "scripts/test",
        "action/install",
        "packaging/debian/prosody-stability-review-upgrade",
    ] {
        assert!(scripts.iter().any(|script| script == some), "{some}");
    }
    let mut arguments = vec!["--external-sources", "--color=never"];
    arguments.extend(scripts.iter().map(String::as_str));
    let said = lint(&shellcheck, &arguments, root());
    assert!(said.status.success(), "{}{}", said.stdout, said.stderr);
}

#[test]
fn the_containerfile_is_clean() {
    let Some(hadolint) = program("hadolint") else {
        return;
    };
    let said = lint(&hadolint, &["--no-color", "Containerfile"], root());
    assert!(said.status.success(), "{}{}", said.stdout, said.stderr);
}
