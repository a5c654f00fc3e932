//! `check`: findings about an inventory, a release and a selection, as a gate.

use super::configuration::{ConfigurationArgs, settings_and_flags};
use super::inventory::InventoryArgs;
use super::packaged::PackagedArgs;
use super::release::ReleaseArgs;
use super::report::{Extent, Format, OutputArgs, exit_code, show};
use super::selection::SelectionArgs;
use super::{Failure, Outcome, print_message};
use crate::check::{check, check_server};
use crate::configuration::{Dialect, Server};
use crate::report::{Finding, Place, Severity};
use crate::source::Source;

/// Check your server, or an inventory, a release and a selection, for problems.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability check\n  \
    prosody-stability check --config /etc/prosody/prosody.cfg.lua\n  \
    prosody-stability check --config prosody.cfg.lua --beta=false\n  \
    prosody-stability check --config prosody.cfg.lua --packaged-by debian-13\n  \
    prosody-stability check --inventory mine.json --fail-on warning\n  \
    prosody-stability check --profile community --release 13.0.1 --format github")]
pub struct Args {
    /// How to show the findings.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: OutputArgs,
    /// Exit with 1 on findings of this severity or higher.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: Severity,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    packaged: PackagedArgs,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    #[command(flatten)]
    selection: SelectionArgs,
}

pub fn run(args: &Args) -> Outcome {
    args.output.check(args.format == Format::Html)?;
    let (inventory, source) = args.inventory.load_with_source()?;
    let distribution = args.packaged.load()?;
    let distribution = distribution.as_ref();
    let release = args
        .release
        .load_packaged(distribution, args.configuration.config.as_deref())?;
    let name = args.inventory.name();
    let report = match args.configuration.server()? {
        Some(Server::Prosody(main)) => {
            let policy = args.selection.policy(&inventory, &release)?;
            let reading = &args.configuration.reading;
            let env_file = args.selection.env_file();
            let (configuration, notes) =
                reading.read_both(&main, Dialect::of(&release.version), env_file)?;
            check_server(
                &inventory,
                &name,
                &release,
                &configuration,
                policy.as_ref(),
                distribution,
                notes,
            )
        }
        Some(Server::NixOs(settings)) => {
            settings.messages.iter().for_each(print_message);
            if !args.selection.is_empty() && !settings.is_empty() {
                return Err(Failure::Input(Box::new(settings_and_flags())));
            }
            let policy = args.selection.policy(&inventory, &release)?;
            let reading = &args.configuration.reading;
            let env_file = args.selection.env_file();
            let mut report = match reading.machine(&settings, &inventory, &release, env_file)? {
                Some(machine) => {
                    let notes = machine.configuration.findings.clone();
                    check_server(
                        &inventory,
                        &name,
                        &release,
                        &machine.configuration,
                        machine.policy.as_ref().or(policy.as_ref()),
                        distribution,
                        notes,
                    )
                }
                None => {
                    let selection = settings.selection(&inventory, &inventory)?;
                    check(&inventory, &name, &release, &selection, distribution)
                }
            };
            report.add_undecided(settings.undecided());
            report
        }
        None => {
            let selection = args.selection.load(&inventory, &release)?;
            check(&inventory, &name, &release, &selection, distribution)
        }
    };
    let extent = Extent {
        all: true,
        codes: true,
        ..Extent::default()
    };
    show(&report, args.format, extent, &args.output, |finding| {
        place_in(source.as_ref()?, finding)
    })?;
    Ok(exit_code(&report, Some(args.fail_on)))
}

/// Where an inventory's module starts: its name as a key, bare, quoted or in a cell; the first line
/// for what is about no module.
fn place_in(source: &Source, finding: &Finding) -> Option<Place> {
    let name = finding.subject.as_deref().unwrap_or_default();
    let keys = [
        format!("\"{name}\":"),
        format!("{name} = {{"),
        format!("`{name}`"),
    ];
    let starts = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '|', '*']);
        keys.iter().any(|key| line.starts_with(key))
    };
    let index = source.text().lines().position(starts);
    Some(Place {
        file: source.name().to_owned(),
        line: index.map_or(1, |index| index + 1),
    })
}
