//! `completions`: what makes a shell ask this program, and the answers.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap_complete::Shell;
use clap_complete::env::{EnvCompleter, Shells};

use super::candidates::with_values;
use super::safe_writer::SafeWriter;
use super::{Failure, Outcome, command, print_plain};
use crate::diagnostic::Diagnostic;

/// The variable that a shell asks with; its value is the shell.
const VARIABLE: &str = "PROSODY_STABILITY_COMPLETE";

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability completions bash > /etc/bash_completion.d/prosody-stability\n  \
    prosody-stability completions fish > ~/.config/fish/completions/prosody-stability.fish\n\n\
    The script runs the program, which must be in PATH. Print the script again after an update.")]
pub struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &Args) -> Outcome {
    let shell = args.shell.to_string();
    print_plain(&match args.shell {
        // The one of clap_complete takes no `--option=value`, and divides the answers where we may not.
        Shell::Bash => include_str!("completions.bash").to_owned(),
        // A completion that is loaded from a directory is run once more: that first time is a
        // question, too.
        Shell::Zsh => {
            script(&shell)?
                + "\nif [[ \"${funcstack[1]}\" == _prosody-stability ]]; then\n    \
                   _clap_dynamic_completer_prosody_stability \"$@\"\nfi\n"
        }
        _ => script(&shell)?,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn script(shell: &str) -> Result<String, Failure> {
    let name = command().get_name().to_owned();
    let mut script = Vec::new();
    completer_for(shell)?.write_registration(VARIABLE, &name, &name, &name, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Whether a shell asks what may come next.
pub fn is_asked() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Answers it: one candidate a line, in the form of the shell.
pub fn answer() -> Outcome {
    let shell = std::env::var(VARIABLE).unwrap_or_default();
    // The words come behind `--`.
    let words: Vec<OsString> = std::env::args_os().skip(2).collect();
    if words.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = command().mut_subcommands(|command| command.mut_args(with_values));
    let folder = std::env::current_dir().ok();
    let mut answer = Vec::new();
    let answered =
        completer_for(&shell)?.write_complete(&mut command, words, folder.as_deref(), &mut answer);
    if answered.is_err() {
        // There is nothing to complete.
        return Ok(ExitCode::SUCCESS);
    }
    // A file may have any name; one that could control a terminal is not a candidate.
    let answer = String::from_utf8_lossy(&answer);
    let is_harmless = |line: &&str| {
        SafeWriter::new(io::sink())
            .write_all(line.as_bytes())
            .is_ok()
    };
    let lines: Vec<&str> = answer.lines().filter(is_harmless).collect();
    print_plain(&lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn completer_for(shell: &str) -> Result<&'static dyn EnvCompleter, Failure> {
    let shells = Shells::builtins();
    let mut all = shells.0.iter().copied();
    all.find(|known| known.is(shell)).ok_or_else(|| {
        let names: Vec<_> = shells.names().collect();
        let error = Diagnostic::error(format!("{VARIABLE} names the unknown shell `{shell}`"));
        Failure::Input(Box::new(
            error.help(format!("the supported shells are: {}", names.join(", "))),
        ))
    })
}
