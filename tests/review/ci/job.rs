//! A job of GitHub Actions that reviews a pull request.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::action::{Context, steps};
use crate::support::command::{CommandOutput, TOOL, run};
use crate::support::folder::{read, scratch, write, write_script};
use crate::support::root;

/// A repository with a server's files on `main`, a branch of a pull request, and what the runner of the job has.
pub struct Job {
    pub folder: TempDir,
    /// As in a pull request from a fork.
    pub read_only: bool,
    /// Not as in a push to a branch.
    pub is_pull_request: bool,
    /// Not as in the repository of the action itself.
    pub is_elsewhere: bool,
    /// The branch of the pull request.
    pub branch: &'static str,
}

impl Job {
    pub fn new() -> Self {
        Self::with(&[
            (
                "configuration.nix",
                "{ services.prosody-stability.security = true; }\n",
            ),
            ("inventory.json", &inventory_without(&[])),
        ])
    }

    /// With these files on `main`.
    pub fn with(files: &[(&str, &str)]) -> Self {
        Self::on_branch("change", files)
    }

    pub fn on_branch(branch: &'static str, files: &[(&str, &str)]) -> Self {
        let folder = scratch();
        write_script(folder.path(), "bin/gh", include_str!("gh"));
        write_script(folder.path(), "bin/docker", include_str!("docker"));
        symlink(TOOL, folder.path().join("bin/prosody-stability")).unwrap();
        for made in ["gh/own", "_temp"] {
            fs::create_dir_all(folder.path().join(made)).unwrap();
        }
        let job = Self {
            folder,
            read_only: false,
            is_pull_request: true,
            is_elsewhere: true,
            branch,
        };
        fs::create_dir_all(job.server()).unwrap();
        job.git(&["init", "-q", "-b", "main"]);
        for (name, text) in files {
            write(&job.server(), name, text);
        }
        job.commit();
        job.git(&["branch", "--", branch]);
        job
    }

    pub fn server(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    pub fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(["-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(self.server());
        run(&mut git).success().stdout.trim().to_owned()
    }

    pub fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "change"]);
    }

    /// A commit to a branch, then what GitHub checks out: the merge of the pull request into the base.
    pub fn push(&self, branch: &str, file: &str, text: &str) {
        self.git(&["checkout", "-q", branch, "--"]);
        write(&self.server(), file, text);
        self.commit();
        self.git(&["checkout", "-q", "--detach", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "merge", self.branch]);
    }

    /// A command on the runner, as a step starts it.
    pub fn command(&self, program: &str) -> Command {
        let folder = self.folder.path();
        let path = format!(
            "{}:{}",
            folder.join("bin").display(),
            env::var("PATH").unwrap()
        );
        let mut command = Command::new(program);
        command
            .current_dir(self.server())
            .env("PATH", path)
            .env("GH_STATE", folder.join("gh"))
            .env("DOCKER_STATE", folder.join("docker"))
            .env("NIX_CONFIG", "build-users-group =\nsubstituters =\n")
            .env_remove("READ_ONLY");
        for (name, _) in env::vars().filter(|(name, _)| is_of_a_job(name)) {
            command.env_remove(name);
        }
        if self.read_only {
            command.env("READ_ONLY", "1");
        }
        command
    }

    /// Runs the steps of the action, as GitHub does, on a fresh job summary: until one fails, and that is the result.
    pub fn review(&self, inputs: &[(&str, &str)]) -> CommandOutput {
        let folder = self.folder.path();
        let _ = fs::remove_file(folder.join("summary.md"));
        let _ = fs::remove_file(folder.join("path"));
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut context = Context {
            inputs: inputs.iter().map(owned).collect(),
            pull_request: if self.is_pull_request { "7" } else { "" }.to_owned(),
            repository: if self.is_elsewhere {
                "owner/prosody-stability"
            } else {
                ""
            }
            .to_owned(),
            outputs: BTreeMap::new(),
        };
        let mut all: Option<CommandOutput> = None;
        for step in steps() {
            let script = write(folder, "_temp/step.sh", &step.run);
            let output = folder.join("output");
            fs::write(&output, "").unwrap();
            let mut shell = self.command("bash");
            if let Ok(added) = fs::read_to_string(folder.join("path")) {
                let added: Vec<_> = added.lines().collect();
                let path = format!(
                    "{}:{}:{}",
                    added.join(":"),
                    folder.join("bin").display(),
                    env::var("PATH").unwrap()
                );
                shell.env("PATH", path);
            }
            shell
                .args(["--noprofile", "--norc", "-eo", "pipefail", &script])
                .env("GITHUB_ACTIONS", "true")
                .env("GITHUB_ACTION_PATH", root())
                .env("GITHUB_HEAD_REF", self.branch)
                .env("GITHUB_OUTPUT", &output)
                .env("GITHUB_PATH", folder.join("path"))
                .env("GITHUB_REPOSITORY", "owner/server")
                .env("GITHUB_SHA", self.git(&["rev-parse", "HEAD"]))
                .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
                .env("RUNNER_TEMP", folder.join("_temp"))
                .env("TMPDIR", folder.join("_temp"))
                .envs(step.env(&context));
            let said = run(&mut shell);
            for line in fs::read_to_string(&output).unwrap().lines() {
                let (name, value) = line.split_once('=').unwrap();
                let name = format!("{}.{name}", step.id);
                context.outputs.insert(name, value.to_owned());
            }
            let failed = !said.status.success();
            all = Some(match all {
                None => said,
                Some(before) => CommandOutput {
                    status: said.status,
                    stdout: before.stdout + &said.stdout,
                    stderr: before.stderr + &said.stderr,
                },
            });
            if failed {
                break;
            }
        }
        all.unwrap()
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

/// Variables that a job sets, which may be set where the tests run.
fn is_of_a_job(name: &str) -> bool {
    ["GITHUB_", "REVIEW_", "RUNNER_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
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
