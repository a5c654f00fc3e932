//! `resolve`: what loads under a selection, and why.

use std::process::ExitCode;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{Outcome, print, print_json};
use crate::resolve::{resolve, table};
use crate::terminal;

/// Show which modules load under a profile and flags, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability resolve\n  \
    prosody-stability resolve --profile enterprise --enable carbons\n  \
    prosody-stability resolve --env-file .env --format json")]
pub struct Args {
    /// How to show it: a table for people, or JSON for machines (see `schema resolution`).
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let release = args.release.load()?;
    let selection = args.selection.load(&inventory)?;
    let resolution = resolve(&inventory, &release, &selection);
    match args.format {
        Format::Table => print(&table::render(&inventory, &resolution, terminal::width()))?,
        Format::Json => return print_json(&resolution),
    }
    Ok(ExitCode::SUCCESS)
}
