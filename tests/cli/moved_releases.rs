//! `scripts/moved-releases`, as the weekly workflow runs it: in clones of a repository of its own, with stand-ins for what
//! makes the files and for `gh`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::{CommandOutput, run};
use crate::support::folder::{read, scratch, write, write_script};
use crate::support::root;

/// Writes what upstream has.
const RELEASES: &str =
    "#!/bin/sh\ncp \"$UPSTREAM\" inventory/releases/13.0.json\necho x >>scripts/test\n";
const CARGO: &str = "#!/bin/sh\ncp inventory/releases/13.0.json nixos-module/inventory.nix\n";
const GH: &str = "#!/bin/sh\nset -eu\ncd \"$GH_STATE\"\necho \"$1 $2 $3 $4\" >>calls\ncase \"$1 $2\" in\n\
    \"pr list\") [ ! -e open ] || echo 1 ;;\n\"pr create\") : >open ;;\nesac\n";

struct Project {
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self { folder: scratch() };
        let folder = project.folder.path();
        let work = folder.join("work");
        for (name, text) in [
            ("inventory/releases/13.0.json", "1\n"),
            ("inventory/distributions/debian-13.json", "1\n"),
            ("nixos-module/inventory.nix", "1\n"),
            ("docs/guide.md", "1\n"),
            ("scripts/test", "x\n"),
        ] {
            write(&work, name, text);
        }
        write_script(&work, "scripts/releases", RELEASES);
        let script = read(root(), "scripts/moved-releases");
        write_script(&work, "scripts/moved-releases", &script);
        write_script(folder, "bin/cargo", CARGO);
        write_script(folder, "bin/gh", GH);
        write(folder, "upstream", "1\n");
        project.git("work", &["init", "-q", "-b", "main"]);
        project.git("work", &["add", "."]);
        project.git("work", &["commit", "-q", "-m", "Start"]);
        project.git(".", &["clone", "-q", "--bare", "work", "origin"]);
        project
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(["-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.folder.path().join(folder));
        run(&mut git).success().stdout.trim().to_owned()
    }

    /// A job: a new checkout, and the script in it.
    fn job(&self, arguments: &[&str]) -> CommandOutput {
        let folder = self.folder.path();
        let _ = fs::remove_dir_all(folder.join("checkout"));
        self.git(".", &["clone", "-q", "origin", "checkout"]);
        let path = format!(
            "{}:{}",
            folder.join("bin").display(),
            env::var("PATH").unwrap()
        );
        let mut script = Command::new("bash");
        script
            .arg("scripts/moved-releases")
            .args(arguments)
            .current_dir(folder.join("checkout"))
            .env("PATH", path)
            .env("UPSTREAM", folder.join("upstream"))
            .env("GH_STATE", folder);
        run(&mut script)
    }

    /// A week later.
    fn week(&self) -> String {
        let patch = self.folder.path().join("patch");
        let patch = patch.display().to_string();
        self.job(&["--make", &patch]).success();
        self.job(&["--propose", &patch]).success().stderr
    }

    fn calls(&self) -> String {
        fs::read_to_string(Path::new(self.folder.path()).join("calls")).unwrap_or_default()
    }
}

#[test]
fn one_change_is_proposed_as_long_as_upstream_is_ahead() {
    let project = Project::new();
    assert!(project.week().contains("nothing has moved"));
    assert_eq!(project.calls(), "");

    write(project.folder.path(), "upstream", "2\n");
    project.week();
    let create = "pr create --head release-data\n";
    assert_eq!(
        project.calls(),
        format!("pr list --head release-data\n{create}")
    );
    let changed = ["diff", "--name-only", "main", "release-data"];
    // Nothing else that the making changed.
    let files = "inventory/releases/13.0.json\nnixos-module/inventory.nix";
    assert_eq!(project.git("origin", &changed), files);

    write(project.folder.path(), "upstream", "3\n");
    project.week();
    assert_eq!(project.calls().matches(create).count(), 1);
    let file = "release-data:inventory/releases/13.0.json";
    assert_eq!(project.git("origin", &["show", file]), "3");
    let count = ["rev-list", "--count", "main..release-data"];
    assert_eq!(project.git("origin", &count), "1");
}

#[test]
fn a_patch_reaches_no_other_file() {
    let project = Project::new();
    let patch = "diff --git a/scripts/test b/scripts/test\n--- a/scripts/test\n+++ b/scripts/test\n@@ -1 +1 @@\n-x\n+y\n\
                 diff --git a/docs/guide.md b/docs/guide.md\n--- a/docs/guide.md\n+++ b/docs/guide.md\n@@ -1 +1 @@\n-1\n+2\n";
    let patch = write(project.folder.path(), "patch", patch);
    project.job(&["--propose", &patch]).success();
    let changed = ["diff", "--name-only", "main", "release-data"];
    assert_eq!(project.git("origin", &changed), "docs/guide.md");
}
