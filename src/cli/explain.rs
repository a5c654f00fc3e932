//! `explain`: one module, whole.

use std::process::ExitCode;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{Outcome, print, print_json, print_plain};
use crate::explain::Explanation;
use crate::report::code::{self, Code};
use crate::report::text;
use crate::schema::JsonForm;
use crate::terminal;

/// Explain a module (purpose, stability, flags, whether it loads) or a code.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability explain http_file_share\n  \
    prosody-stability explain cloud_notify --profile enterprise\n  \
    prosody-stability explain pulled-in")]
pub struct Args {
    /// A module, by its name in the guide, or a code that `check`, `diff` or `status` reports.
    #[arg(value_name = "MODULE|CODE", required_unless_present = "codes")]
    name: Option<String>,
    /// Print the meaning of every code as a Markdown table.
    #[arg(long, conflicts_with = "name")]
    codes: bool,
    /// How to show it: human-readable text, or JSON.
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
    let Some(name) = &args.name else {
        print_plain(&code::table())?;
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == name) {
        print(&text::code(*code))?;
        return Ok(ExitCode::SUCCESS);
    }
    let inventory = args.inventory.load()?;
    let release = args.release.load()?;
    let selection = args.selection.load(&inventory, &release)?;
    let explanation = Explanation::of(&inventory, &release, &selection, name)?;
    match args.format {
        Format::Text => print(&explanation.render(terminal::width()))?,
        Format::Json => return print_json(JsonForm::Explanation, &explanation),
    }
    Ok(ExitCode::SUCCESS)
}
