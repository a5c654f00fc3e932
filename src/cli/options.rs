//! `options`: the options that Prosody and its modules read.

use std::process::ExitCode;

use super::release::ReleaseArgs;
use super::table_format::TableFormat;
use super::{Outcome, print, print_json};
use crate::options::catalogue::{Catalogue, Shape};
use crate::schema::JsonForm;
use crate::terminal;

/// List the options that Prosody and its modules read, or explain one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability options muc\n  \
    prosody-stability options http_file_share_size_limit\n  \
    prosody-stability options tombstone\n  \
    prosody-stability options --release 0.12 --format json")]
pub struct Args {
    /// An option, a module whose options to list, or a text in the names of options.
    #[arg(value_name = "NAME|MODULE")]
    name: Option<String>,
    /// How to show them: a human-readable table, or JSON (`schema options`).
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
    #[command(flatten)]
    release: ReleaseArgs,
}

pub fn run(args: &Args) -> Outcome {
    let release = args.release.load()?;
    let all = Catalogue::of(&release)?;
    let (options, shape) = match &args.name {
        Some(name) => all.only(&release, name)?,
        None => (all, Shape::List),
    };
    match args.format {
        TableFormat::Table => print(&options.render(shape, terminal::width()))?,
        TableFormat::Json => return print_json(JsonForm::Options, &options),
    }
    Ok(ExitCode::SUCCESS)
}
