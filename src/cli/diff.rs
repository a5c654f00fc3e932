//! `diff`: what an upgrade changes with the user's flags, before it happens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::configuration::{ConfigurationArgs, settings_and_flags};
use super::fleet::{self, FleetArgs};
use super::rehearse::{Configured, RehearsalArgs};
use super::release::NewerArgs;
use super::report::{self, Extent, OutputArgs, exit_code, show, unless_closed};
use super::selection::SelectionArgs;
use super::{Failure, Outcome, print_message, print_plain};
use crate::configuration::Server;
use crate::configuration::nixos::Settings;
use crate::configuration::nixos::plans::Plans;
use crate::diagnostic::Diagnostic;
use crate::inventory::Inventory;
use crate::output;
use crate::rehearse::review::add_rehearsals;
use crate::report::{Finding, Place, Report, Severity};
use crate::review::allow::{self, Allowed};
use crate::review::fleet::{Request as Machines, review as review_machines};
use crate::review::side::{self, Request, Side, Sides};
use crate::review::{Subject, hosts, patch, review};
use crate::source::Source;

/// Review an upgrade before it happens: what will load, stop loading or break.
///
/// OLD and NEW are inventories, releases or configurations: a file (JSON, emitted Nix, a Markdown
/// guide, a prosody.cfg.lua, a NixOS configuration), a plugin directory, a system or store path with
/// prosody-stability files, a release such as 13.0, or REVISION:FILE from git. An omitted side is
/// the built-in one.
/// Two files of plans, or --flake, cover all NixOS machines of a flake at once.
/// Without a server or a selection, all profiles are reviewed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability diff --release 0.12..13.0 --config /etc/prosody/prosody.cfg.lua\n  \
    prosody-stability diff HEAD~1:prosody.cfg.lua prosody.cfg.lua\n  \
    prosody-stability diff --release 0.12..13.0 --profile enterprise --fail-on breaking\n  \
    prosody-stability diff HEAD~1:inventory/prosody.json inventory/prosody.json --format markdown\n  \
    prosody-stability diff old-release.json /usr/lib/prosody/modules --config configuration.nix\n  \
    prosody-stability diff --release 0.12..13.0 --allow accepted.json --allow-write\n  \
    prosody-stability diff --flake 'git+file:.?ref=main' . --fail-on breaking\n\n\
    Exit codes: 0 success, 1 a change of severity --fail-on or higher, 2 invalid usage or input, or\n\
    a setting that could not be determined.")]
pub struct Args {
    /// The old side.
    #[arg(value_name = "OLD")]
    old: Option<String>,
    /// The new side.
    #[arg(value_name = "NEW")]
    new: Option<String>,
    /// Two releases, each a version or a file that `snapshot` wrote, or one for both sides.
    #[arg(long, value_name = "FROM..TO")]
    release: Option<String>,
    #[command(flatten)]
    newer: NewerArgs,
    /// Inventory for a side that has none.
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// How to show the review.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    output: OutputArgs,
    /// Show the summary only.
    #[arg(long)]
    summary: bool,
    /// Also show changes that affect nothing that loads, and every fact.
    #[arg(long)]
    all: bool,
    /// Show the code of each change, and the fingerprint that an allow file needs.
    #[arg(long)]
    show_fingerprints: bool,
    /// Exit with 1 on unaccepted changes of this severity or higher.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Accepted changes, by fingerprint.
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// Treat a missing allow file as empty.
    #[arg(long, requires = "allow")]
    allow_missing: bool,
    /// Add changes of severity --fail-on (or warning) or higher to the allow file. Removes no
    /// entry.
    #[arg(long, requires = "allow")]
    allow_write: bool,
    /// Remove entries from the allow file that are stale in this review.
    #[arg(long, requires = "allow")]
    prune: bool,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    /// Also start both servers with the configuration, isolated. What they really load outweighs
    /// the release files. Each is a prosody command, a directory with unpacked packages, a store
    /// path, or the file system of a container.
    #[arg(long, value_names = ["OLD", "NEW"], num_args = 2, requires = "config", help_heading = "The rehearsal")]
    rehearse: Vec<PathBuf>,
    #[command(flatten)]
    rehearsal: RehearsalArgs,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    selection: SelectionArgs,
}

/// The formats of every report, and a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Report(report::Format),
    Patch,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        use report::Format::{Github, Html, Json, Markdown, Text};
        &[
            Self::Report(Text),
            Self::Report(Markdown),
            Self::Report(Json),
            Self::Report(Github),
            Self::Report(Html),
            Self::Patch,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Report(format) => format.to_possible_value(),
            Self::Patch => Some(
                PossibleValue::new("patch")
                    .help("A unified diff of the two emitted attribute sets, for `patch -p1`"),
            ),
        }
    }
}

pub fn run(args: &Args) -> Outcome {
    let is_page = args.format == Format::Report(report::Format::Html);
    args.output.check(is_page)?;
    if let Some(plans) = args.fleet.plans()? {
        let inventory = fleet::inventory(args.inventory.as_ref())?;
        let names = [&*args.fleet.flake[0], &*args.fleet.flake[1]];
        return all_machines(args, names, plans, &inventory);
    }
    let request = Request {
        old: args.old.as_deref(),
        new: args.new.as_deref(),
        inventory: args.inventory.as_deref(),
        release: args.release.as_deref(),
        assume_newest: args.newer.assume_newest,
    };

    let server = args.configuration.server()?;
    let mut messages = Vec::new();
    let sides = side::load(&request, &mut messages)?;
    messages.iter().for_each(print_message);
    let [old, new] = match sides {
        Sides::Two(sides) => *sides,
        Sides::Machines(plans, inventory) => {
            let name = |typed: &Option<String>| typed.clone().unwrap_or_default();
            let (old, new) = (name(&args.old), name(&args.new));
            return all_machines(args, [&old, &new], plans, &inventory);
        }
    };
    if let Some(name) = args.fleet.machines.first() {
        let error = Diagnostic::error(format!("--machine {name}: this review is not of machines"));
        let help = "it selects machines of --flake, or of two files of plans";
        return Err(Failure::Input(Box::new(error.help(help))));
    }
    let mut undecided = Vec::new();
    let mut unreadable = None;
    let servers = match (&server, &old.server, &new.server) {
        (Some(server), None, None) => Some([server, server]),
        (Some(server), Some(other), _) | (Some(server), _, Some(other)) => {
            return Err(Failure::Input(Box::new(two_servers(server, other))));
        }
        (None, was, is) => was.as_ref().zip(is.as_ref()).map(|(was, is)| [was, is]),
    };
    let subjects = match servers {
        Some([Server::NixOs(was), Server::NixOs(is)]) => {
            nixos(args, [was, is], [&old, &new], &mut undecided)?
        }
        Some([Server::Prosody(was), Server::Prosody(is)]) => {
            server_hosts(args, [&old, &new], [was, is], &mut unreadable)?
        }
        Some([was, is]) => return Err(Failure::Input(Box::new(two_servers(was, is)))),
        None if args.selection.is_empty() => Subject::profiles(&old.inventory, &new.inventory)?,
        None => vec![args.selection.subject(&old, &new)?],
    };
    let mut review = review(&old, &new, &subjects);
    review.add_undecided(undecided.into_iter());
    if let Some(finding) = unreadable {
        review.findings.insert(0, finding);
        review.count();
    }
    if let [was, is] = args.rehearse.as_slice() {
        rehearse(args, &server, [was, is], &new, &mut review)?;
    }
    if let Some(file) = &args.allow {
        allow(args, file, &mut review)?;
    }
    match args.format {
        Format::Patch => unless_closed(print_plain(&patch::patch(&old, &new)?))?,
        Format::Report(format) => show_review(args, &review, format)?,
    }
    Ok(exit_code(&review, args.fail_on))
}

/// The review of all machines of two plans.
fn all_machines(
    args: &Args,
    names: [&str; 2],
    mut plans: [Plans; 2],
    inventory: &Inventory<'static>,
) -> Outcome {
    fleet::refuse_other_input(&[
        ("--config", args.configuration.config.is_some()),
        ("--root", args.configuration.reading.has_root()),
        ("--release", args.release.is_some()),
        ("a selection", !args.selection.is_empty()),
        ("--format patch", args.format == Format::Patch),
    ])?;
    args.fleet.limit(&mut plans)?;
    let inventory_name = match &args.inventory {
        Some(path) => path.display().to_string(),
        None => "built-in".to_owned(),
    };
    let reviewed = review_machines(&Machines {
        names,
        plans: [&plans[0], &plans[1]],
        inventory,
        inventory_name: &inventory_name,
        assume_newest: args.newer.assume_newest,
        variables: &args.configuration.reading.visible(None)?,
    });
    let mut review = reviewed.report;
    if let Some(file) = &args.allow {
        allow(args, file, &mut review)?;
    }
    if let Format::Report(format) = args.format {
        show_review(args, &review, format)?;
    }
    Ok(exit_code(&review, args.fail_on))
}

fn show_review(args: &Args, review: &Report, format: report::Format) -> Result<(), Failure> {
    let extent = Extent {
        summary: args.summary,
        all: args.all,
        codes: args.show_fingerprints,
    };
    let file = args.new.as_deref().filter(|new| Path::new(new).is_file());
    show(review, format, extent, &args.output, |_| {
        Some(Place {
            file: file?.to_owned(),
            line: 1,
        })
    })
}

/// The hosts of a server, as it is configured on either side.
fn server_hosts(
    args: &Args,
    sides: [&Side; 2],
    sources: [&Source; 2],
    unreadable: &mut Option<Finding>,
) -> Result<Vec<Subject>, Failure> {
    let reading = &args.configuration.reading;
    let env_file = args.selection.env_file();
    let versions = sides.map(|side| side.release.version.as_str());
    let (subjects, finding) = hosts(sources, versions, |source, dialect| {
        reading.read(source, dialect, env_file)
    })?;
    *unreadable = finding;
    Ok(subjects)
}

/// What NixOS settings describe on either side: the hosts of a server, or flags only.
fn nixos(
    args: &Args,
    [was, is]: [&Settings; 2],
    sides: [&Side; 2],
    undecided: &mut Vec<String>,
) -> Result<Vec<Subject>, Failure> {
    if !args.selection.is_empty() {
        return Err(Failure::Input(Box::new(settings_and_flags())));
    }
    let is_one = std::ptr::eq(was, is);
    for settings in [was, is].iter().skip(usize::from(is_one)) {
        settings.messages.iter().for_each(print_message);
        undecided.extend(settings.undecided());
    }
    if let Some(subjects) = machines(args, [was, is], sides)? {
        return Ok(subjects);
    }
    // What flags mean where they are off on one side is not a change of flags.
    if was.is_enabled() != is.is_enabled() {
        let name = "services.prosody-stability.enable";
        undecided.push(format!("{}: {name} differs from {}", is.name(), was.name()));
    }
    let inventories = sides.map(|side| &side.inventory);
    Ok(Subject::of_settings([was, is], inventories)?)
}

/// The hosts of a server that is described in NixOS, as either side has them; none where the
/// settings describe flags only.
fn machines(
    args: &Args,
    settings: [&Settings; 2],
    sides: [&Side; 2],
) -> Result<Option<Vec<Subject>>, Failure> {
    let reading = &args.configuration.reading;
    let of = |settings: &Settings, side: &Side| {
        reading.machine(
            settings,
            &side.inventory,
            &side.release,
            args.selection.env_file(),
        )
    };
    match (of(settings[0], sides[0])?, of(settings[1], sides[1])?) {
        (Some(old), Some(new)) => {
            let (old, new) = (Arc::new(old.configuration), Arc::new(new.configuration));
            Ok(Some(Subject::hosts(&old, &new)))
        }
        (None, None) => Ok(None),
        (old, _) => Err(Failure::Input(Box::new(one_server(
            settings,
            old.is_some(),
        )))),
    }
}

/// Starts both servers, and lets what they do add_rehearsals the review.
fn rehearse(
    args: &Args,
    server: &Option<Server>,
    [was, is]: [&PathBuf; 2],
    new: &Side,
    review: &mut Report,
) -> Result<(), Failure> {
    let (Some(Server::Prosody(_)), Some(config)) = (server, &args.configuration.config) else {
        let error = Diagnostic::error("--rehearse needs a prosody.cfg.lua");
        let help = "pass it with --config. For NixOS, use `rehearse.enable` of the module";
        return Err(Box::new(error.help(help)).into());
    };
    let configured = Configured {
        config,
        reading: &args.configuration.reading,
        env_file: args.selection.env_file(),
    };
    let [was, is] = [was, is].map(|path| args.rehearsal.side(path, configured));
    let (was, is) = (was?, is?);
    let inventory = &new.inventory;
    add_rehearsals(review, was.rehearsed(inventory), is.rehearsed(inventory));
    Ok(())
}

fn two_servers(one: &Server, other: &Server) -> Diagnostic {
    Diagnostic::error(format!(
        "{} and {} both describe a server",
        one.name(),
        other.name()
    ))
    .help("pass either --config, or OLD and NEW")
}

fn one_server([was, is]: [&Settings; 2], is_old: bool) -> Diagnostic {
    let (with, without) = if is_old { (was, is) } else { (is, was) };
    Diagnostic::error(format!(
        "{} enables services.prosody, and {} does not",
        with.name(),
        without.name()
    ))
    .help("compare two configurations of a server, or two that only set services.prosody-stability")
}

fn allow(args: &Args, file: &Path, review: &mut Report) -> Result<(), Failure> {
    if file.exists() && (args.allow_write || args.prune) {
        output::regular(file)?;
    }
    let is_new = !file.exists() && (args.allow_write || args.allow_missing);
    let mut allowed = if is_new {
        Allowed::default()
    } else {
        let source = Source::read(file).map_err(|error| {
            Box::new(error.help("--allow-write creates it, --allow-missing treats it as empty"))
        })?;
        Allowed::read(&source)?
    };
    if args.allow_write {
        let severity = args.fail_on.unwrap_or(Severity::Warning);
        allowed.add(review, severity, &args.fleet.machines);
    }
    if args.prune {
        for entry in allowed.prune(review) {
            let message = format!("removed {} ({})", entry.fingerprint, entry.change);
            print_message(&Diagnostic::note(message));
        }
    }
    if args.allow_write || args.prune {
        let text = allowed.to_json().map_err(std::io::Error::from)?;
        let is_ours = |old: &str| Allowed::read(&Source::new("", old)).is_ok();
        let mut messages = Vec::new();
        output::write(file, &text, is_ours, &mut messages)?;
        messages.iter().for_each(print_message);
    }
    allow::accept(review, &allowed, &allow::today());
    for entry in allowed.unexplained() {
        let message = format!(
            "{}: {} is accepted without a reason",
            file.display(),
            entry.fingerprint
        );
        print_message(&Diagnostic::warning(message).help("add a `reason`"));
    }
    Ok(())
}
