//! `man`: the manual pages, rendered when a package is built.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap_mangen::Man;

use super::{Failure, Outcome, command, print_plain};
use crate::diagnostic::Diagnostic;

/// Print the manual page, or write the pages of all subcommands to a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  prosody-stability man | man -l -\n  \
    prosody-stability man --dir /usr/local/share/man/man1")]
pub struct Args {
    /// Write one page per subcommand to this directory, which must exist.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Outcome {
    match &args.dir {
        None => {
            let mut page = Vec::new();
            Man::new(command()).render(&mut page)?;
            print_plain(&String::from_utf8_lossy(&page))?;
        }
        Some(dir) => {
            clap_mangen::generate_to(command(), dir).map_err(|error| cannot(dir, &error))?
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn cannot(dir: &std::path::Path, error: &io::Error) -> Failure {
    Failure::Input(Box::new(
        Diagnostic::error(format!(
            "cannot write manual pages into {}: {error}",
            dir.display()
        ))
        .help("the directory must exist and be writable"),
    ))
}
