//! `list`: the modules of the inventory.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::table_format::TableFormat;
use super::{Outcome, print, print_json, print_message};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Category, Stability};
use crate::list;
use crate::schema::JsonForm;
use crate::terminal;

/// List modules, optionally filtered.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability list --stability beta\n  \
    prosody-stability list --category http --category admin\n  \
    prosody-stability list invit\n  \
    prosody-stability list --all muc")]
pub struct Args {
    /// Only modules with this text in name, purpose, notes or specifications, ignoring case.
    text: Option<String>,
    /// Only modules of this category (may be repeated).
    #[arg(long, value_name = "CATEGORY",
          value_parser = PossibleValuesParser::new(Category::ALL.map(Category::name)))]
    category: Vec<String>,
    /// Only modules of this stability (may be repeated).
    #[arg(long, value_name = "STABILITY",
          value_parser = PossibleValuesParser::new(Stability::ALL.map(Stability::name)))]
    stability: Vec<String>,
    /// How to show them: a human-readable table, or JSON (`schema modules`).
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
    /// Also list the modules of the release that are not in the inventory.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let filter = list::Filter {
        text: args.text.as_deref().unwrap_or_default(),
        categories: &args.category,
        stabilities: &args.stability,
    };
    let release = args.release.load()?;
    let outside = args.all.then(|| filter.outside(&inventory, &release));
    let modules = list::Modules {
        inventory: filter.modules(&inventory),
        outside,
    };
    match args.format {
        TableFormat::Json => return print_json(JsonForm::Modules, &modules),
        TableFormat::Table if modules.is_empty() => print_message(
            &Diagnostic::note("no module matches").maybe_help(
                inventory
                    .nearest_module(filter.text)
                    .map(|near| format!("did you mean `{near}`?")),
            ),
        ),
        TableFormat::Table => {
            let width = terminal::width();
            let mut text = String::new();
            if !modules.inventory.is_empty() {
                text.push_str(&list::table(&modules.inventory, width));
            }
            if let Some(outside) = modules.outside.filter(|outside| !outside.is_empty()) {
                text.push_str(&list::outside(&outside, width));
            }
            print(&text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
