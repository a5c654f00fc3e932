//! `schema`: the forms of the JSON files.

use std::process::ExitCode;

use super::{Outcome, print_plain};
use crate::schema;

/// Print the JSON Schema of a file that this tool reads or writes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  prosody-stability schema inventory")]
pub struct Args {
    /// The inventory (`--inventory`, `emit --format json`) or what `resolve --format json` prints.
    #[arg(value_enum)]
    form: Form,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    Inventory,
    Resolution,
}

pub fn run(args: &Args) -> Outcome {
    print_plain(&match args.form {
        Form::Inventory => schema::inventory(),
        Form::Resolution => schema::resolution(),
    })?;
    Ok(ExitCode::SUCCESS)
}
