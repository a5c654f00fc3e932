//! `schema`: the forms of the JSON files.

use std::process::ExitCode;

use super::{Outcome, print_plain};
use crate::schema;

/// Print the JSON Schema of a file that this tool reads, writes or prints.
///
/// The `$id` ends with the version of the form. Files and results state it as `schemaVersion`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  prosody-stability schema inventory")]
pub struct Args {
    /// The form to describe.
    #[arg(value_enum)]
    form: schema::JsonForm,
}

pub fn run(args: &Args) -> Outcome {
    print_plain(args.form.schema())?;
    Ok(ExitCode::SUCCESS)
}
