//! `status`: a running server against the selection.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{GATE, Outcome, print, print_json};
use crate::resolve::resolve;
use crate::source::Source;
use crate::status::ask::Prosodyctl;
use crate::status::listing::Listing;
use crate::status::{Status, shadowable, table};
use crate::terminal;

/// Compare a running server with what the flags allow.
///
/// Asks the server through `prosodyctl shell`, so it needs admin_shell and the rights of the
/// server's user. Exits with 1 when a module that is expected is missing or does not work.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability status --profile community\n  \
    prosody-stability status --env-file .env --prosodyctl \"sudo -u prosody prosodyctl\"\n  \
    prosodyctl shell module list | prosody-stability status --listing -")]
pub struct Args {
    /// How to show it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Read what `prosodyctl shell module list` printed (`-` for standard input) instead of
    /// asking a server.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prosodyctl", "config", "timeout"])]
    listing: Option<PathBuf>,
    /// The command that asks the server, split at blanks.
    #[arg(long, value_name = "COMMAND", default_value = "prosodyctl")]
    prosodyctl: String,
    /// The server's configuration, for `prosodyctl --config`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How long an answer may take.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    timeout: Duration,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// A table for people.
    #[default]
    Table,
    /// JSON for machines; its form is printed by `schema status`.
    Json,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected a number of seconds greater than 0".to_owned())
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let selection = args.selection.load(&inventory)?;
    let server = Prosodyctl {
        command: args.prosodyctl.clone(),
        config: args.config.clone(),
        timeout: args.timeout,
    };
    let (release, listing, paths) = match &args.listing {
        Some(file) => {
            let release = args.release.load()?;
            (release, Listing::parse(&Source::read(file)?)?, Vec::new())
        }
        None => {
            let listing = Listing::parse(&server.module_list()?)?;
            let release = args.release.load_or(|| server.version())?;
            let names: Vec<_> = shadowable(&release, &listing).into_iter().collect();
            let paths = match names.as_slice() {
                [] => Vec::new(),
                names => server.paths(names)?,
            };
            (release, listing, paths)
        }
    };
    let resolution = resolve(&inventory, &release, &selection);
    let status = Status::new(&inventory, &release, &resolution, &listing, &paths);
    match args.format {
        Format::Table => {
            let width = terminal::width();
            print(&table::render(&inventory, &resolution, &status, width))?;
        }
        Format::Json => {
            print_json(&status)?;
        }
    }
    Ok(if status.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(GATE)
    })
}
