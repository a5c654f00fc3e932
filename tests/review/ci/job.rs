//! A job of GitHub Actions that reviews a pull request.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command::{Said, TOOL, run};
use crate::support::folder::{read, scratch, write, write_script};
use crate::support::root;

/// A repository with a server's inventory on `main`, a branch `change`, and what the runner of the job has.
pub struct Job {
    pub folder: TempDir,
    /// As in a pull request from a fork.
    pub read_only: bool,
}

impl Job {
    pub fn new() -> Self {
        let folder = scratch();
        write_script(folder.path(), "bin/gh", include_str!("gh"));
        symlink(TOOL, folder.path().join("bin/prosody-stability")).unwrap();
        fs::create_dir_all(folder.path().join("gh/own")).unwrap();
        let server = folder.path().join("server");
        write(
            &server,
            "configuration.nix",
            "{ services.prosody-stability.security = true; }\n",
        );
        write(&server, "inventory.json", &inventory_without(&[]));
        // As the second checkout of the workflow does it.
        symlink(root(), server.join(".prosody-stability")).unwrap();
        write(&server, ".gitignore", ".prosody-stability\n");
        let job = Self {
            folder,
            read_only: false,
        };
        job.git(&["init", "-q", "-b", "main"]);
        job.commit();
        job.git(&["branch", "change"]);
        job
    }

    pub fn server(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    pub fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(["-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(self.server());
        run(&mut git).success();
    }

    pub fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "-q", "-m", "change"]);
    }

    /// A commit to a branch, then what GitHub checks out: the merge of the pull request into the base.
    pub fn push(&self, branch: &str, file: &str, text: &str) {
        self.git(&["checkout", "-q", branch]);
        write(&self.server(), file, text);
        self.commit();
        self.git(&["checkout", "-q", "--detach", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
    }

    /// Runs lines as GitHub Actions runs them.
    pub fn run(&self, lines: &str) -> Said {
        let path = format!(
            "{}:{}",
            self.folder.path().join("bin").display(),
            env::var("PATH").unwrap()
        );
        let mut shell = Command::new("bash");
        shell
            .args(["-e", "-c", lines])
            .current_dir(self.server())
            .env("PATH", path)
            .env("GH_STATE", self.folder.path().join("gh"))
            .env("PULL_REQUEST", "7")
            .env("GITHUB_REPOSITORY", "owner/server")
            .env("GITHUB_STEP_SUMMARY", self.folder.path().join("summary.md"))
            .env_remove("REVIEW_NAME")
            .env_remove("READ_ONLY");
        if self.read_only {
            shell.env("READ_ONLY", "1");
        }
        run(&mut shell)
    }

    /// Runs the documented step on a fresh job summary.
    pub fn review(&self) -> Said {
        let _ = fs::remove_file(self.folder.path().join("summary.md"));
        self.run(&documented_lines())
    }

    pub fn summary(&self) -> String {
        read(self.folder.path(), "summary.md")
    }

    /// The comments that the job wrote.
    pub fn comments(&self) -> Vec<String> {
        let own = self.folder.path().join("gh/own");
        let mut names: Vec<_> = fs::read_dir(&own)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        names
            .iter()
            .map(|name| fs::read_to_string(name).unwrap())
            .collect()
    }

    /// The methods with which the job wrote.
    pub fn written(&self) -> Vec<String> {
        let calls = read(self.folder.path(), "gh/calls");
        calls
            .lines()
            .filter_map(|line| line.strip_prefix("api --method "))
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    }
}

/// The built-in inventory without some modules.
pub fn inventory_without(modules: &[&str]) -> String {
    let mut inventory: Value =
        serde_json::from_str(&read(root(), "inventory/prosody.json")).unwrap();
    for module in modules {
        let removed = inventory["modules"]
            .as_object_mut()
            .unwrap()
            .shift_remove(*module);
        assert!(removed.is_some(), "{module}");
    }
    serde_json::to_string_pretty(&inventory).unwrap()
}

/// The shell lines of the step in the documentation that reviews.
pub fn documented_lines() -> String {
    let page = read(root(), "docs/upgrade-review.md");
    let (_, step) = page.split_once("- name: Review\n").unwrap();
    let (_, lines) = step.split_once("run: |\n").unwrap();
    lines.split_once("```").unwrap().0.to_owned()
}
