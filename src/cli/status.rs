//! `status`: a running server against the selection.

use std::path::PathBuf;

use std::time::Duration;

use super::configuration::ConfigurationArgs;
use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::report::{Extent, Format, OutputArgs, exit_code, show};
use super::selection::SelectionArgs;
use super::{Outcome, print_message};
use crate::configuration::{Dialect, Server};
use crate::inventory::Inventory;
use crate::plan::Plan;
use crate::release::Release;
use crate::report::Report;
use crate::report::Severity;
use crate::resolve::resolve;
use crate::selection::Selection;
use crate::selection::value;
use crate::source::Source;
use crate::status::ask::Prosodyctl;
use crate::status::listing::Listing;
use crate::status::{shadowable, status, status_of_configuration};

/// Compare a running server with its configuration, or with your selection.
///
/// With --config alone, the plan is what the configuration enables on each host. With a profile or
/// flags, the plan is what these allow.
///
/// Queries the server with `prosodyctl shell`: run it as Prosody's user, with admin_shell loaded.
/// If mod_stability_profile is loaded, its plan is compared with your selection. Exits with 1 if
/// an expected module is missing or does not work, or the plan or the counts differ, and with 2 if
/// the kind of a host is unknown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability status --config /etc/prosody/prosody.cfg.lua\n  \
    prosody-stability status --profile community\n  \
    prosody-stability status --env-file .env --prosodyctl \"sudo -u prosody prosodyctl\"\n  \
    (prosodyctl shell module list; prosodyctl shell host list; prosodyctl shell stability plan) |\n    \
    prosody-stability status --listing -")]
pub struct Args {
    /// How to show it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: OutputArgs,
    /// Exit with 1 on findings of this severity or higher.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: Severity,
    /// Read the saved output of `prosodyctl shell module list` instead of querying a server (`-`
    /// for standard input). Append the output of `prosodyctl shell host list` and `prosodyctl
    /// shell stability plan` if possible.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prosodyctl", "timeout"])]
    listing: Option<PathBuf>,
    /// Command that queries the server, split on spaces.
    #[arg(long, value_name = "COMMAND", default_value = "prosodyctl")]
    prosodyctl: String,
    /// Maximum time for an answer.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    timeout: Duration,
    /// Expect the server to keep out optional dependencies whose flags are off, using
    /// `modules_disabled`, as the Lua fragment and the NixOS module do.
    #[arg(long, value_name = "BOOL", value_parser = value::switch,
          num_args = 0..=1, require_equals = true, default_value = "true",
          default_missing_value = "true")]
    enforce: bool,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    #[command(flatten)]
    selection: SelectionArgs,
}

/// A number of seconds, with a fraction if need be.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected a number of seconds greater than 0".to_owned())
}

pub fn run(args: &Args) -> Outcome {
    args.output.check(args.format == Format::Html)?;
    let inventory = args.inventory.load()?;
    let configured = args.configuration.server()?;
    if configured.is_none() || !args.selection.without_env_file().is_empty() {
        args.selection.check_flags(&inventory)?;
    }
    // Prosody reads the same file that the plan is taken from.
    let config = match &configured {
        Some(Server::Prosody(_)) => args.configuration.config.clone(),
        _ => None,
    };
    let server = Prosodyctl {
        command: args.prosodyctl.clone(),
        config: config.clone(),
        timeout: args.timeout,
    };
    let (release, listing, paths) = match &args.listing {
        Some(file) => {
            let release = args.release.load()?;
            (release, Listing::parse(&Source::read(file)?)?, Vec::new())
        }
        None => {
            let listing = Listing::parse(&server.listing()?)?;
            let release = args.release.load_of_server(|| server.version())?;
            let names: Vec<_> = shadowable(&release, &listing).into_iter().collect();
            let paths = match names.as_slice() {
                [] => Vec::new(),
                names => server.paths(names)?,
            };
            (release, listing, paths)
        }
    };
    let name = args.inventory.name();
    let report = match configured {
        Some(Server::Prosody(main)) if args.selection.without_env_file().is_empty() => {
            let dialect = Dialect::of(&release.version);
            let reading = &args.configuration.reading;
            let configuration = reading.read(&main, dialect, args.selection.env_file())?;
            let inventory = (name.as_str(), &inventory);
            status_of_configuration(inventory, &release, &configuration, &listing, &paths)
        }
        Some(Server::NixOs(settings)) => {
            settings.messages.iter().for_each(print_message);
            let reading = &args.configuration.reading;
            let machine = reading.machine(&settings, &inventory, &release, None)?;
            let mut report = match machine {
                Some(machine) => {
                    let inventory = (name.as_str(), &inventory);
                    let configuration = &machine.configuration;
                    status_of_configuration(inventory, &release, configuration, &listing, &paths)
                }
                None => {
                    let selection = settings.selection(&inventory, &inventory)?;
                    of_selection(args, &inventory, &release, &selection, &listing, &paths)
                }
            };
            report.add_undecided(settings.undecided());
            report
        }
        Some(Server::Prosody(_)) | None => {
            let selection = args.selection.load(&inventory, &release)?;
            of_selection(args, &inventory, &release, &selection, &listing, &paths)
        }
    };
    let extent = Extent {
        all: true,
        codes: true,
        ..Extent::default()
    };
    show(&report, args.format, extent, &args.output, |_| None)?;
    // Nothing that it finds is worse than an error, so no choice may let one pass.
    let fail_on = args.fail_on.min(Severity::Error);
    Ok(exit_code(&report, Some(fail_on)))
}

fn of_selection(
    args: &Args,
    inventory: &Inventory,
    release: &Release,
    selection: &Selection,
    listing: &Listing,
    paths: &[PathBuf],
) -> Report {
    let resolution = resolve(inventory, release, selection, args.enforce);
    let plan = Plan::new(inventory, release, &resolution);
    let name = args.inventory.name();
    status(&name, release, &resolution, &plan, listing, paths)
}
