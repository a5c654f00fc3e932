//! `check`: findings about an inventory, a release and a selection, as a gate.

use std::process::ExitCode;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{GATE, Outcome, print, print_json, print_plain};
use crate::check::{check, render};
use crate::finding::Severity;
use crate::terminal;

/// Check an inventory, how it fits a release, and what a selection makes of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability check\n  \
    prosody-stability check --inventory mine.json --fail-on warning\n  \
    prosody-stability check --profile community --release 13.0.1 --format github")]
pub struct Args {
    /// How to show the findings: text for people, JSON for machines (see `schema findings`), or
    /// annotations of a GitHub workflow.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 1 when there is a finding of this severity or above.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: Severity,
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
    Github,
}

pub fn run(args: &Args) -> Outcome {
    let (inventory, source) = args.inventory.load_with_source()?;
    let release = args.release.load()?;
    let selection = args.selection.load(&inventory)?;
    let report = check(&inventory, &release, &selection);
    match args.format {
        Format::Text => print(&render::text(&report, terminal::width()))?,
        Format::Json => {
            print_json(&report)?;
        }
        Format::Github => print_plain(&render::github(&report, source.as_ref()))?,
    }
    let hit = report.reaches(args.fail_on);
    Ok(if hit {
        ExitCode::from(GATE)
    } else {
        ExitCode::SUCCESS
    })
}
