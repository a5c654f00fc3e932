//! `resolve`: what loads under a selection, and why.

use std::process::ExitCode;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{Outcome, print, print_json, print_plain};
use crate::check;
use crate::fragment::{self, Request};
use crate::resolve::{resolve, table};
use crate::selection::{nixos_module, value};
use crate::terminal;

/// Show which modules load under a profile and flags, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability resolve\n  \
    prosody-stability resolve --profile enterprise --enable carbons\n  \
    prosody-stability resolve --env-file .env --format json\n  \
    prosody-stability resolve --profile personal --format lua --plugins /usr/local/lib/prosody")]
pub struct Args {
    /// How to show it: a table for people, or JSON for machines (see `schema resolution`).
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Keep out optional dependencies whose flags are off, using `modules_disabled`. On for
    /// --format lua, off for tables. NixOS has its own option.
    #[arg(long, value_name = "BOOL", value_parser = value::switch,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enforce: Option<bool>,
    /// For --format lua: the folder on the server with mod_stability_profile.lua and community
    /// modules, which becomes `plugin_paths`.
    #[arg(long, value_name = "FOLDER")]
    plugins: Option<String>,
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
    /// A fragment of prosody.cfg.lua.
    Lua,
    /// Settings of the NixOS module.
    Nix,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let release = args.release.load()?;
    let selection = args.selection.load(&inventory)?;
    if let Format::Nix = args.format {
        print_plain(&nixos_module::write(&inventory, &selection, args.enforce)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let enforce = args.enforce.unwrap_or(matches!(args.format, Format::Lua));
    let resolution = resolve(&inventory, &release, &selection, enforce);
    let findings = check::selection::findings(&inventory, &resolution);
    match args.format {
        Format::Table => {
            let width = terminal::width();
            print(&table::render(&inventory, &resolution, &findings, width))?;
        }
        Format::Json => return print_json(&resolution),
        Format::Lua => {
            let plugins = args.plugins.as_deref();
            let request = Request {
                plugins,
                findings: &findings,
            };
            print_plain(&fragment::lua(&inventory, &release, &resolution, request))?;
        }
        Format::Nix => {}
    }
    Ok(ExitCode::SUCCESS)
}
