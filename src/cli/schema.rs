//! `schema`: the forms of the JSON files.

use std::process::ExitCode;

use super::{Outcome, print_plain};
use crate::schema;

/// Print the JSON Schema of a file that this tool reads or writes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  prosody-stability schema inventory")]
pub struct Args {
    /// The inventory (`--inventory`, `emit --format json`), a release (`--release`, `snapshot`), or
    /// what `resolve` (resolution), `options` (options) and `check`, `diff` and `status` (report) print
    /// with `--format json`.
    #[arg(value_enum)]
    form: Form,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    Inventory,
    Release,
    Resolution,
    Options,
    Report,
    /// What all machines of a flake run, as `lib.plans` returns it: `diff OLD NEW`.
    Plans,
    /// The allow file: `diff --allow FILE`.
    Allow,
    /// What an upgrade changes beyond modules and options: `inventory/changes/`.
    Changes,
    /// What a distribution packages: `--packaged-by FILE`.
    Distribution,
}

pub fn run(args: &Args) -> Outcome {
    print_plain(&match args.form {
        Form::Inventory => schema::inventory(),
        Form::Release => schema::release(),
        Form::Resolution => schema::resolution(),
        Form::Options => schema::options(),
        Form::Report => schema::report(),
        Form::Plans => schema::plans(),
        Form::Allow => schema::allow(),
        Form::Changes => schema::changes(),
        Form::Distribution => schema::distribution(),
    })?;
    Ok(ExitCode::SUCCESS)
}
