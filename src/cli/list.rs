//! `list`: the modules of the inventory.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use indexmap::IndexMap;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::table_format::TableFormat;
use super::{Outcome, print, print_json, say};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Category, Module, Stability};
use crate::list;
use crate::release::ReleaseModule;
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
    /// How to show them: a human-readable table, or a JSON object of modules by name.
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

/// With `--all`: the modules of the inventory, and those of the release outside it.
#[derive(serde::Serialize)]
struct All<'a> {
    inventory: &'a IndexMap<&'a str, &'a Module<'a>>,
    outside: &'a IndexMap<&'a str, &'a ReleaseModule>,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let filter = list::Filter {
        text: args.text.as_deref().unwrap_or_default(),
        categories: &args.category,
        stabilities: &args.stability,
    };
    let modules = filter.modules(&inventory);
    let release = args.release.load()?;
    let outside = match args.all {
        true => filter.outside(&inventory, &release),
        false => IndexMap::new(),
    };
    match args.format {
        TableFormat::Json if args.all => {
            return print_json(&All {
                inventory: &modules,
                outside: &outside,
            });
        }
        TableFormat::Json => return print_json(&modules),
        TableFormat::Table if modules.is_empty() && outside.is_empty() => {
            say(&Diagnostic::note("no module matches").maybe_help(
                inventory
                    .nearest_module(filter.text)
                    .map(|near| format!("did you mean `{near}`?")),
            ))
        }
        TableFormat::Table => {
            let width = terminal::width();
            let mut text = String::new();
            if !modules.is_empty() {
                text.push_str(&list::table(&modules, width));
            }
            if !outside.is_empty() {
                text.push_str(&list::outside(&outside, width));
            }
            print(&text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
