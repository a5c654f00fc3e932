//! `migrate`: environment variables, former names and a `prosody.cfg.lua` become flags.

use std::path::PathBuf;
use std::process::ExitCode;

use super::configuration::ReadingArgs;
use super::inventory::InventoryArgs;
use super::release::ReleaseArgs;
use super::{Failure, Outcome, print_diff, print_done, print_message, print_plain};
use crate::check::check_server;
use crate::configuration::{self, Dialect};
use crate::diagnostic::{Diagnostic, add_message};
use crate::inventory::Inventory;
use crate::migrate::{self, InputKind, nixos, prosody, server, written};
use crate::output;
use crate::release::builtin;
use crate::selection::nixos_module;
use crate::source::Source;

/// Turn a server or environment variables into flags, or bring a NixOS configuration up to date.
///
/// A prosody.cfg.lua, or a NixOS configuration with services.prosody, gives the flags and single
/// modules with which the same modules load, and comments for what flags do not cover. A `.env`,
/// docker-compose file or systemd unit gives a
/// NixOS module with the same selection. In a NixOS configuration with services.prosody-stability
/// only former option names are renamed, and --write applies the difference.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability migrate .env > prosody-stability.nix\n  \
    prosody-stability migrate /etc/prosody/prosody.cfg.lua --release 0.12\n  \
    prosody-stability migrate prosody.cfg.lua --format env > .env\n  \
    prosody-stability migrate docker-compose.yml --service xmpp\n  \
    prosody-stability migrate configuration.nix > prosody-stability.nix\n  \
    prosody-stability migrate prosody.cfg.lua --to 13.0\n  \
    prosody-stability migrate configuration.nix --write")]
pub struct Args {
    /// The file (`-` for standard input).
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// The kind of the file, if its name and text do not show it.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<InputKind>,
    /// The service of a docker-compose file that runs Prosody.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Rewrite a prosody.cfg.lua for this version of Prosody where the change is certain. Shows
    /// the difference, and what is left to decide.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["format", "release"])]
    to: Option<String>,
    /// Rewrite the NixOS configuration in place, or with --to the prosody.cfg.lua, and keep a
    /// backup copy.
    #[arg(long)]
    write: bool,
    /// Output for a prosody.cfg.lua. A NixOS configuration always gives NixOS settings.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Settings of the NixOS module.
    #[default]
    Nix,
    /// PROSODY_ENABLE_* lines of an environment file.
    Env,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    if args.write && args.input.as_os_str() != "-" {
        output::regular(&args.input)?;
    }
    let source = Source::read(&args.input)?;
    let kind = args.kind.unwrap_or_else(|| migrate::input_kind(&source));
    if kind == InputKind::Nix {
        return match of_machine(args, &inventory, &source)? {
            Some(done) => Ok(done),
            None => rewrite(args, &inventory, &source),
        };
    }
    if let Some(version) = &args.to {
        if kind == InputKind::Prosody {
            return rewrite_for(args, version, &inventory, &source);
        }
        let error = Diagnostic::error("--to needs a prosody.cfg.lua");
        return Err(Box::new(error.help("pass --kind if the kind was detected wrongly")).into());
    }
    if args.write {
        return Err(Box::new(
            Diagnostic::error(
                "--write only rewrites NixOS configurations, and with --to a prosody.cfg.lua",
            )
            .help("redirect the output into a new file"),
        )
        .into());
    }
    if kind == InputKind::Prosody {
        return of_server(args, &inventory, &source);
    }
    if args.format == Format::Env {
        let error = Diagnostic::error("--format env needs a prosody.cfg.lua");
        return Err(Box::new(error.help("omit it: other files give NixOS settings")).into());
    }
    let mut messages = Vec::new();
    let service = args.service.as_deref();
    let selection = migrate::selection(
        &inventory,
        &source,
        &args.input,
        kind,
        service,
        &mut messages,
    )?;
    messages.iter().for_each(print_message);
    print_plain(&nixos_module::write(&inventory, &selection, None)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The selection that loads what a server loads now.
fn of_server(args: &Args, inventory: &Inventory, source: &Source) -> Outcome {
    let release = args.release.load_for(Some(&args.input))?;
    let dialect = Dialect::of(&release.version);
    let configuration = args.reading.read(source, dialect, None)?;
    let migrated = server::of_configuration(inventory, &release, &configuration)?;
    let text =
        match args.format {
            Format::Nix => written::nix(inventory, &release, &configuration.name, &migrated)?,
            Format::Env => {
                let modules = migrated.selection.modules().len();
                if modules > 0 {
                    print_message(&Diagnostic::warning(format!(
                    "environment variables cannot name modules: {modules} single {} written as \
                    comments only",
                    if modules == 1 {
                        "module is"
                    } else {
                        "modules are"
                    }
                ))
                .help("pass them with --enable and --disable, or use --format nix"));
                }
                written::env(inventory, &release, &configuration.name, &migrated)
            }
        };
    for difference in &migrated.differences {
        print_message(&Diagnostic::warning(difference.clone()));
    }
    print_plain(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The settings under which a machine with services.prosody loads the same; none where there is no
/// such machine, or where it has settings already.
fn of_machine(
    args: &Args,
    inventory: &Inventory,
    source: &Source,
) -> Result<Option<ExitCode>, Failure> {
    let settings = match args.input.as_os_str() == "-" {
        true => configuration::nixos::read_source(source.clone()),
        false => configuration::nixos::read(&args.input),
    };
    // What cannot be read at all may still have former names.
    let Ok(settings) = settings else {
        return Ok(None);
    };
    if !settings.is_empty() {
        return Ok(None);
    }
    let Some(service) = settings.service()? else {
        return Ok(None);
    };
    if let Some(first) = settings.undecided().next() {
        let error = Diagnostic::error(format!("cannot determine {first}"));
        let help = "pass the evaluated configuration: see docs/nixos.md for how to print it";
        return Err(Box::new(error.help(help)).into());
    }
    if args.write {
        let error = Diagnostic::error(
            "--write only renames former option names, and there are \
        none",
        );
        let help = "redirect the output into a new file, and add it to `imports`";
        return Err(Box::new(error.help(help)).into());
    }
    if args.format == Format::Env {
        let error = Diagnostic::error("--format env needs a prosody.cfg.lua");
        return Err(Box::new(error.help(
            "omit it: a NixOS configuration gives NixOS \
        settings",
        ))
        .into());
    }
    let release = args.release.load()?;
    let read = |text: &Source, dialect| args.reading.read_written(text, dialect, None);
    let adopted = migrate::machine::adopt(inventory, &release, &service, read)?;
    if adopted.changes_nothing() {
        print_message(&Diagnostic::note("nothing changes until you change a flag"));
    }
    for sentence in adopted.sentences() {
        print_message(&match adopted.changes_nothing() {
            true => Diagnostic::note(sentence),
            false => Diagnostic::warning(sentence),
        });
    }
    print_plain(&adopted.text(inventory, &release, source.name())?)?;
    Ok(Some(ExitCode::SUCCESS))
}

/// A prosody.cfg.lua for another release, as far as that is certain.
fn rewrite_for(args: &Args, version: &str, inventory: &Inventory, source: &Source) -> Outcome {
    let (release, warning) = builtin::find(version, false)?;
    warning.iter().for_each(print_message);
    let dialect = Dialect::of(&release.version);
    let read = |source: &Source| args.reading.read(source, dialect, None);
    let rewritten = prosody::rewrite(inventory, &release, source, read)?;
    let mut messages = Vec::new();
    for sentence in &rewritten.remaining {
        add_message(&mut messages, || Diagnostic::warning(sentence.clone()));
    }
    let configuration = &rewritten.configuration;
    let notes = configuration.findings.clone();
    let name = args.inventory.name();
    let report = check_server(inventory, &name, &release, configuration, None, None, notes);
    for finding in &report.findings {
        if let Some(place) = &finding.place {
            add_message(&mut messages, || {
                Diagnostic::note(format!("{place}: {}", finding.sentence()))
                    .maybe_help(finding.help.as_deref())
            });
        }
    }
    messages.iter().for_each(print_message);
    if rewritten.changes == 0 {
        let note = format!("{}: no certain change for {version}", source.name());
        print_message(&Diagnostic::note(note));
        return Ok(ExitCode::SUCCESS);
    }
    show_or_write(args, source, &rewritten.text)
}

fn rewrite(args: &Args, inventory: &Inventory, source: &Source) -> Outcome {
    let rewritten = nixos::rewrite(inventory, source)?;
    rewritten.messages.iter().for_each(print_message);
    if rewritten.renamed == 0 {
        print_message(&Diagnostic::note(format!(
            "{} uses no former option name",
            source.name()
        )));
        return Ok(ExitCode::SUCCESS);
    }
    show_or_write(args, source, &rewritten.text)
}

/// Shows what changes, and with --write changes it.
fn show_or_write(args: &Args, source: &Source, new: &str) -> Outcome {
    let name = source.name();
    let diff = output::rewrite_diff(name, source.text(), new);
    if args.write && args.input.as_os_str() == "-" {
        return Err(Box::new(
            Diagnostic::error("--write cannot rewrite standard input").help("pass a file"),
        )
        .into());
    }
    if let Some(message) = print_diff(&diff)? {
        print_message(&message.help("--write changes the file itself"));
    }
    if args.write {
        let mut messages = Vec::new();
        let backup = output::rewrite(&args.input, source.text(), new, &mut messages)?;
        messages.iter().for_each(print_message);
        print_done(&format!(
            "{name}: rewritten, the previous text is in {}",
            backup.display()
        ));
    } else {
        print_message(
            &Diagnostic::note(format!("{name} is unchanged")).help("use --write to apply the diff"),
        );
    }
    Ok(ExitCode::SUCCESS)
}
