//! `explain`: one module, whole.

use std::process::ExitCode;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{Outcome, print, print_json};
use crate::explain::Explanation;
use crate::terminal;

/// Explain one module: what it does, how mature it is, which flags it needs, and whether it loads.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability explain http_file_share\n  \
    prosody-stability explain cloud_notify --profile enterprise")]
pub struct Args {
    /// The module, by its name in the guide.
    module: String,
    /// How to show it: text for people, JSON for machines.
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
    Text,
    Json,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let release = args.release.load()?;
    let selection = args.selection.load(&inventory)?;
    let explanation = Explanation::of(&inventory, &release, &selection, &args.module)?;
    match args.format {
        Format::Text => print(&explanation.render(terminal::width()))?,
        Format::Json => return print_json(&explanation),
    }
    Ok(ExitCode::SUCCESS)
}
