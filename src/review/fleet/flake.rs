//! The plans of a flake: evaluated by the user's own Nix, a few machines at a time, so that memory
//! does not grow with their number and one that fails keeps no other from being evaluated.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use indexmap::IndexMap;

use crate::configuration::nixos::plans::{Machine, Plans, function};
use crate::diagnostic::{Diagnostic, Result, did_you_mean};
use crate::nix::print;
use crate::run::{Limits, Output, Termination, run};
use crate::source::Source;

/// How many machines are evaluated by one process: each takes some 300 MB.
const BATCH: usize = 8;
/// The most that Nix may say, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;
/// How many lines of what Nix says last are shown.
const SHOWN: usize = 5;

/// How a flake is evaluated.
#[derive(Clone, Debug)]
pub struct Evaluation<'a> {
    /// The attribute that holds the machines.
    pub attribute: &'a str,
    /// The machines to look at; all of them if empty.
    pub machines: &'a [String],
    /// How long one process may take.
    pub timeout: Duration,
}

impl Evaluation<'_> {
    /// The names of the machines of a flake.
    pub fn names(&self, reference: &str) -> Result<Vec<String>> {
        if reference.starts_with('-') || reference.contains('#') {
            return Err(Box::new(
                Diagnostic::error(format!("invalid flake reference `{reference}`")).help(
                    "expected a reference such as `.`, `git+file:.?rev=REVISION` or \
                    `github:OWNER/REPOSITORY`. Pass the attribute with --attribute",
                ),
            ));
        }
        let output = self.nix(reference, "builtins.attrNames")?;
        let names = match output.end {
            Termination::Exited(status) if status.success() => {
                serde_json::from_str(&output.stdout).ok()
            }
            _ => None,
        };
        names.ok_or_else(|| Box::new(self.failed(reference, &output)))
    }

    /// The plans of those machines of a flake that are named; `progress` gets how many of how many
    /// are evaluated.
    pub fn plans(
        &self,
        reference: &str,
        mut names: Vec<String>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Plans> {
        if !self.machines.is_empty() {
            let is_wanted = |name: &String| self.machines.iter().any(|m| belongs_to(m, name));
            names.retain(is_wanted);
        }
        let mut machines = IndexMap::new();
        for (index, batch) in names.chunks(BATCH).enumerate() {
            progress(index * BATCH, names.len());
            machines.extend(self.batch(reference, batch)?);
        }
        machines.sort_keys();
        Ok(Plans::of(machines))
    }

    /// The plans of some machines; of one that cannot be evaluated, why.
    fn batch(&self, reference: &str, names: &[String]) -> Result<IndexMap<String, Machine>> {
        let chosen: BTreeMap<&String, bool> = names.iter().map(|name| (name, true)).collect();
        let chosen = print::to_string(&chosen).map_err(|error| {
            Box::new(Diagnostic::error(format!(
                "cannot name the machines of {reference}: {error}"
            )))
        })?;
        let function = format!(
            "configurations: ({}) (builtins.intersectAttrs ({chosen}) configurations)",
            function()
        );
        let output = self.nix(reference, &function)?;
        match output.end {
            Termination::Exited(status) if status.success() => {
                let name = format!("the plans of {reference}");
                return Plans::read(&Source::new(name, output.stdout)).map(|plans| plans.machines);
            }
            Termination::Exited(_) if names.len() > 1 => {}
            end => {
                let reason = match end {
                    Termination::Exited(_) => last_error(&output.stderr),
                    Termination::TimedOut => {
                        format!("timed out after {} s", self.timeout.as_secs())
                    }
                    Termination::TooMuchOutput => too_much_output(),
                };
                let failed = names.iter();
                let failed = failed.map(|name| (name.clone(), Machine::failed(&*reason)));
                return Ok(failed.collect());
            }
        }
        // One of them fails, and Nix says no more than that.
        let mut machines = IndexMap::new();
        for name in names {
            machines.extend(self.batch(reference, std::slice::from_ref(name))?);
        }
        Ok(machines)
    }

    fn nix(&self, reference: &str, function: &str) -> Result<Output> {
        let mut command = Command::new("nix");
        command
            .args(["--extra-experimental-features", "nix-command flakes"])
            // What is evaluated from the result of a build would be built.
            .args(["--option", "allow-import-from-derivation", "false"])
            .args(["eval", "--json", "--no-write-lock-file"])
            .arg(format!("{reference}#{}", self.attribute))
            .args(["--apply", function])
            // Nobody is there to answer.
            .env("GIT_TERMINAL_PROMPT", "0");
        if std::env::var_os("GIT_SSH_COMMAND").is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        let limits = Limits {
            time: self.timeout,
            output: LIMIT,
            is_interactive: false,
        };
        run(&mut command, limits).map_err(|error| {
            Box::new(
                Diagnostic::error(format!("cannot run `nix`: {error}"))
                    .help("install Nix, or pass two files of plans, which need no Nix here"),
            )
        })
    }

    fn failed(&self, reference: &str, output: &Output) -> Diagnostic {
        let attribute = self.attribute;
        let title = format!("cannot evaluate {reference}#{attribute}");
        match output.end {
            Termination::TimedOut => Diagnostic::error(title)
                .help(format!(
                    "`nix` timed out after {} s",
                    self.timeout.as_secs()
                ))
                .help("allow more time with --timeout"),
            Termination::TooMuchOutput => Diagnostic::error(title).help(too_much_output()),
            Termination::Exited(status) if status.success() => Diagnostic::error(title).help(
                "it contains no machines by name: pass the attribute that does with \
                --attribute",
            ),
            Termination::Exited(_) => {
                let lines: Vec<&str> = output.stderr.lines().collect();
                let lines = lines.iter().filter(|line| !line.trim().is_empty());
                let lines: Vec<_> = lines.collect();
                let last = lines[lines.len().saturating_sub(SHOWN)..].iter();
                let diagnostic = last.fold(Diagnostic::error(title), |diagnostic, line| {
                    diagnostic.help(format!("nix printed: {}", line.trim()))
                });
                diagnostic.help(format!(
                    "check that `nix eval {reference}#{attribute} --apply builtins.attrNames` \
                    works, or pass another attribute with --attribute"
                ))
            }
        }
    }
}

/// Leaves the wanted machines in the plans of both sides; one that neither has is an error.
pub fn limit(plans: &mut [Plans; 2], wanted: &[String]) -> Result<()> {
    let all = plans.iter().flat_map(|plans| plans.machines.keys());
    let all: Vec<&str> = all.map(String::as_str).collect();
    check_known(wanted.iter().map(String::as_str), &all)?;
    for plans in plans.iter_mut().filter(|_| !wanted.is_empty()) {
        let is_wanted = |known: &str| wanted.iter().any(|name| belongs_to(known, name));
        plans.machines.retain(|known, _| is_wanted(known));
    }
    Ok(())
}

/// An error for a wanted machine that is not among these.
pub fn check_known<'a>(mut wanted: impl Iterator<Item = &'a str>, known: &[&str]) -> Result<()> {
    let is_known = |name: &str| known.iter().any(|known| belongs_to(known, name));
    let Some(unknown) = wanted.find(|name| !is_known(name)) else {
        return Ok(());
    };
    let error = Diagnostic::error(format!("no machine `{unknown}` on either side"));
    let near = did_you_mean(unknown, known.iter().copied());
    Err(Box::new(error.maybe_help(near)))
}

/// Whether a name is that of this machine, or of a container on it.
fn belongs_to(name: &str, machine: &str) -> bool {
    let rest = name.strip_prefix(machine);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What Nix says last of an error.
fn last_error(stderr: &str) -> String {
    let lines = stderr.lines().rev();
    let errors = lines.filter_map(|line| line.trim().strip_prefix("error:"));
    let mut errors = errors.map(str::trim).filter(|error| !error.is_empty());
    errors.next().unwrap_or("Nix gives no reason").to_owned()
}

fn too_much_output() -> String {
    format!(
        "`nix` printed more than {} MiB and was stopped",
        LIMIT / 1024 / 1024
    )
}
