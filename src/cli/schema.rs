//! `schema`: the forms of the JSON files.

use std::process::ExitCode;

use super::{Outcome, print_plain};
use crate::schema;

/// Print the JSON Schema of a file that this tool reads or writes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  prosody-stability schema inventory")]
pub struct Args {
    /// Which one.
    #[arg(value_enum)]
    form: Form,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// The inventory: `--inventory FILE`, `emit --format json`.
    Inventory,
    /// A release: `--release FILE`, what `snapshot` writes.
    Release,
    /// What `resolve --format json` prints.
    Resolution,
    /// What `check --format json` prints.
    Findings,
    /// What `status --format json` prints.
    Status,
}

pub fn run(args: &Args) -> Outcome {
    print_plain(&match args.form {
        Form::Inventory => schema::inventory(),
        Form::Release => schema::release(),
        Form::Resolution => schema::resolution(),
        Form::Findings => schema::findings(),
        Form::Status => schema::status(),
    })?;
    Ok(ExitCode::SUCCESS)
}
