//! `completions`: for the shells.

use std::process::ExitCode;

use clap_complete::Shell;

use super::{Outcome, command, print_plain};

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  prosody-stability completions fish > \
    ~/.config/fish/completions/prosody-stability.fish")]
pub struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    let mut command = command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print_plain(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
