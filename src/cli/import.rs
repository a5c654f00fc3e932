//! `import`: a guide in Markdown becomes inventory JSON.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Outcome, print_message, print_plain};
use crate::emit;
use crate::guide;
use crate::inventory::Inventory;
use crate::source::Source;

/// Convert a Markdown guide to inventory JSON and report its errors.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    prosody-stability import GUIDE.md > mine.json")]
pub struct Args {
    /// The guide (`-` for standard input).
    #[arg(value_name = "GUIDE.md")]
    guide: PathBuf,
}

pub fn run(args: &Args) -> Outcome {
    let source = Source::read(&args.guide)?;
    let (inventory, messages) = guide::import(&source, &Inventory::builtin())?;
    messages.iter().for_each(print_message);
    print_plain(&emit::json_source(&inventory)?)?;
    Ok(ExitCode::SUCCESS)
}
