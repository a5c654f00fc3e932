//! `list`: the modules of the inventory.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;

use super::inventory::InventoryArgs;
use super::{Outcome, print, print_json, say};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Category, Stability};
use crate::list;
use crate::terminal;

/// List the modules of the inventory, all or those that match.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability list --stability beta\n  \
    prosody-stability list --category http --category admin\n  \
    prosody-stability list invit")]
pub struct Args {
    /// Only modules with this text in name, purpose, notes or specifications, in any case.
    text: Option<String>,
    /// Only modules of this category (may be repeated).
    #[arg(long, value_name = "CATEGORY",
          value_parser = PossibleValuesParser::new(Category::ALL.map(Category::name)))]
    category: Vec<String>,
    /// Only modules of this stability (may be repeated).
    #[arg(long, value_name = "STABILITY",
          value_parser = PossibleValuesParser::new(Stability::ALL.map(Stability::name)))]
    stability: Vec<String>,
    /// How to show them: a table for people, or a JSON object of modules by name.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    inventory: InventoryArgs,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let filter = list::Filter {
        text: args.text.as_deref().unwrap_or_default(),
        categories: &args.category,
        stabilities: &args.stability,
    };
    let modules = filter.modules(&inventory);
    match args.format {
        Format::Json => return print_json(&modules),
        Format::Table if modules.is_empty() => say(&Diagnostic::note("no module matches")
            .maybe_help(
                inventory
                    .nearest_module(filter.text)
                    .map(|near| format!("did you mean `{near}`?")),
            )),
        Format::Table => print(&list::table(&modules, terminal::width()))?,
    }
    Ok(ExitCode::SUCCESS)
}
