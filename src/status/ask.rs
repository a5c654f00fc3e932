//! Asking a running server through `prosodyctl shell`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Result};
use crate::lua;
use crate::plan::PLUGIN;
use crate::run::{Limits, Output, Termination, run};
use crate::source::Source;

/// The most that the server may say, in bytes. One with 1,000 hosts says less than a tenth.
const LIMIT: u64 = 16 * 1024 * 1024;
/// How many lines of what a failed command output are shown.
const SHOWN: usize = 5;

/// How to run `prosodyctl`.
#[derive(Clone, Debug)]
pub struct Prosodyctl {
    /// The program and its arguments before `--config`, split at blanks.
    pub command: String,
    /// The server's configuration, when it is not where the program looks for it.
    pub config: Option<PathBuf>,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Prosodyctl {
    /// What is loaded, per host, which of the hosts are components, and the plan of the plugin where it
    /// is loaded.
    pub fn listing(&self) -> Result<Source> {
        let modules = self.shell(&["module", "list"])?;
        let has_plugin = modules.lines().any(|line| line.trim() == PLUGIN);
        let hosts = self.shell(&["host", "list"])?;
        // One that is older has no such command, and without a plan the listing says so.
        let plan = has_plugin.then(|| self.shell(&["stability", "plan"]));
        let plan = plan.and_then(Result::ok).unwrap_or_default();
        let answer = format!("{modules}\n{hosts}\n{plan}");
        Ok(Source::new("the answer of `prosodyctl`", answer))
    }

    /// The version of the server; `None` when its answer has none.
    pub fn version(&self) -> Result<Option<String>> {
        let answer = self.shell(&["server:version()"])?;
        let is_version = |word: &&str| {
            word.contains('.') && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        };
        Ok(answer
            .split_whitespace()
            .find(is_version)
            .map(str::to_owned))
    }

    /// The files that modules were loaded from.
    pub fn paths(&self, modules: &[&str]) -> Result<Vec<PathBuf>> {
        let questions: Vec<String> = modules
            .iter()
            .map(|name| format!("module:info({})", lua::quote(name)))
            .collect();
        let answer = self.shell(&[&questions.join("; ")])?;
        let paths = answer
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("path: "));
        Ok(paths.map(PathBuf::from).collect())
    }

    fn shell(&self, words: &[&str]) -> Result<String> {
        let mut parts = self.command.split_whitespace();
        let Some(program) = parts.next() else {
            return Err(Box::new(Diagnostic::error("--prosodyctl names no program")));
        };
        let mut command = Command::new(program);
        command.args(parts);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        command.arg("shell").args(words);
        let limits = Limits {
            time: self.timeout,
            output: LIMIT,
            is_interactive: true,
        };
        let output = run(&mut command, limits).map_err(|error| {
            Box::new(
                Diagnostic::error(format!("cannot run `{}`: {error}", self.command)).help(
                    "pass the command with --prosodyctl, such as \"sudo -u prosody \
                    prosodyctl\"",
                ),
            )
        })?;
        match output.end {
            Termination::Exited(status) if status.success() => Ok(output.stdout),
            Termination::Exited(_) => Err(Box::new(self.failed(&output))),
            Termination::TooMuchOutput => Err(Box::new(
                Diagnostic::error(format!(
                    "`{}` printed more than {} MiB and was stopped",
                    self.command,
                    LIMIT / 1024 / 1024
                ))
                .help("check that the command runs `prosodyctl`"),
            )),
            Termination::TimedOut => Err(Box::new(
                Diagnostic::error(format!(
                    "`{}` timed out after {} s",
                    self.command,
                    self.timeout.as_secs_f64()
                ))
                .help("check whether the server is busy, or the command asks for a password")
                .help("allow more time with --timeout"),
            )),
        }
    }

    fn failed(&self, output: &Output) -> Diagnostic {
        let text = format!("{}{}", output.stdout, output.stderr);
        let lines: Vec<_> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(SHOWN)
            .map(|line| format!("{} printed: {line}", self.command))
            .collect();
        let diagnostic = if text.contains("Unable to connect") {
            Diagnostic::error("cannot query the server: not running, or `admin_shell` not loaded")
                .help("start it, and check its log if it stops immediately")
                .help("load `admin_shell`: enable the admin flag, or the module itself")
                .help("run it as Prosody's user: --prosodyctl \"sudo -u prosody prosodyctl\"")
        } else {
            Diagnostic::error(format!("`{}` failed", self.command))
        };
        lines
            .into_iter()
            .fold(diagnostic, |diagnostic, line| diagnostic.help(line))
    }
}
