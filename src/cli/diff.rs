//! `diff`: what an upgrade changes under the admin's flags, before it happens.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::selection::SelectionArgs;
use super::{Failure, GATE, INPUT_ERROR, Outcome, print, print_json, print_plain, say};
use crate::configuration::nixos;
use crate::diagnostic::Diagnostic;
use crate::output;
use crate::review::allow::{self, Allowed};
use crate::review::render::{github, markdown, patch, text};
use crate::review::severity::Severity;
use crate::review::side::{self, Request, Side};
use crate::review::{Review, Subject, review};
use crate::source::Source;
use crate::terminal;

/// Review an upgrade before it happens: what will load, stop loading or break.
///
/// OLD and NEW are inventories or releases: a file (JSON, emitted Nix, a Markdown guide), a folder
/// of plugins, a system or store path with our files, a release such as 13.0, or REVISION:FILE
/// from git. What is left out is the built-in one. Without a selection all profiles are reviewed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability diff --release 0.12..13.0\n  \
    prosody-stability diff --release 0.12..13.0 --profile enterprise --fail-on breaking\n  \
    prosody-stability diff HEAD~1:inventory/prosody.json inventory/prosody.json --format markdown\n  \
    prosody-stability diff old-release.json /usr/lib/prosody/modules --config configuration.nix\n  \
    prosody-stability diff --release 0.12..13.0 --allow accepted.json --allow-write\n\n\
    Exit codes: 0 fine, 1 a change at or above --fail-on, 2 usage or input error.")]
pub struct Args {
    /// The old side.
    #[arg(value_name = "OLD")]
    old: Option<String>,
    /// The new side.
    #[arg(value_name = "NEW")]
    new: Option<String>,
    /// Two releases, each a version or a file that `snapshot` wrote; or one for both sides.
    #[arg(long, value_name = "FROM..TO")]
    release: Option<String>,
    /// Inventory of a side that brings none.
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// How to show the review.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show the summary only.
    #[arg(long)]
    summary: bool,
    /// Show what is of no concern to any of the selections, too.
    #[arg(long)]
    all: bool,
    /// From which severity on the exit code is 1.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Changes that are accepted, by fingerprint.
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// Write the changes at or above --fail-on (or warning) into the allow file, and keep what it
    /// says of them.
    #[arg(long, requires = "allow")]
    allow_write: bool,
    /// Take the selection from the `services.prosody-stability` settings of a NixOS configuration,
    /// or from what `nix eval --json` prints of them.
    #[arg(long, value_name = "FILE", conflicts_with = "SelectionArgs")]
    config: Option<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text for people.
    #[default]
    Text,
    /// Markdown for a pull request; empty when nothing changed.
    Markdown,
    /// JSON for machines; its form is printed by `schema review`.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
    /// A unified diff of the two emitted attribute sets, for `patch -p1`.
    Patch,
}

pub fn run(args: &Args) -> Outcome {
    let request = Request {
        old: args.old.as_deref(),
        new: args.new.as_deref(),
        inventory: args.inventory.as_deref(),
        release: args.release.as_deref(),
    };

    let config = args.config.as_deref().map(nixos::read).transpose()?;
    let mut remarks = Vec::new();
    let [old, new] = side::load(&request, &mut remarks)?;
    remarks.iter().for_each(say);
    let mut undecided = Vec::new();
    let subjects = match &config {
        Some(config) => {
            config.messages.iter().for_each(say);
            undecided.extend(config.undecided());
            vec![Subject::of_config(config, &old.inventory, &new.inventory)?]
        }
        None if args.selection.is_empty() => Subject::profiles(&old.inventory, &new.inventory)?,
        None => vec![args.selection.subject(&old.inventory, &new.inventory)?],
    };
    let mut review = review(&old, &new, &subjects);
    review.undecided = undecided;
    if let Some(file) = &args.allow {
        allow(args, file, &mut review)?;
    }
    show(args, &review, &old, &new)?;
    let is_doubtful = config.is_some_and(|config| !config.is_decided());
    Ok(ExitCode::from(match args.fail_on {
        Some(_) if is_doubtful => INPUT_ERROR,
        Some(severity) if review.reaches(severity) => GATE,
        _ => 0,
    }))
}

fn allow(args: &Args, file: &Path, review: &mut Review) -> Result<(), Failure> {
    let mut known = None;
    if !args.allow_write || file.exists() {
        known = Some(Allowed::read(&Source::read(file)?)?);
    }
    if args.allow_write {
        let severity = args.fail_on.unwrap_or(Severity::Warning);
        let current = Allowed::of(review, severity, known.as_ref());
        let text = current.to_json().map_err(std::io::Error::from)?;
        let is_ours = |old: &str| Allowed::read(&Source::new("", old)).is_ok();
        output::write(file, &text, is_ours)?;
        known = Some(current);
    }
    let known = known.iter();
    for allowed in known {
        review.accept(allowed, &allow::today());
        for entry in allowed.unexplained() {
            let message = format!(
                "{}: {} is accepted without a reason",
                file.display(),
                entry.fingerprint
            );
            say(&Diagnostic::warning(message).help("say why in `reason`"));
        }
    }
    Ok(())
}

fn show(args: &Args, review: &Review, old: &Side, new: &Side) -> Result<(), Failure> {
    match args.format {
        Format::Text if args.summary => print(&text::summary(review))?,
        Format::Text => print(&text::text(review, terminal::width(), args.all))?,
        Format::Markdown => print_plain(&markdown::markdown(review, args.summary))?,
        Format::Json if args.summary => drop(print_json(&review.without_changes())?),
        Format::Json => drop(print_json(review)?),
        Format::Github => {
            let file = args.new.as_deref().filter(|new| Path::new(new).is_file());
            print_plain(&github::github(review, file))?;
        }
        Format::Patch => print_plain(&patch::patch(old, new)?)?,
    }
    Ok(())
}
