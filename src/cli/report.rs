//! `--format` and `--fail-on`: how a report is shown, and when it fails.

use std::io;
use std::process::ExitCode;

use super::{CHECK_FAILED, Failure, INPUT_ERROR, print, print_annotations, print_plain};
use crate::json;
use crate::report::{Finding, Place, Report, Severity, github, markdown, text};
use crate::terminal;

/// How a report is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Human-readable text.
    #[default]
    Text,
    /// Markdown for a pull request; empty when a review finds no change.
    Markdown,
    /// JSON for machines; `schema report` prints its schema.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
}

/// What of a report is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// Only the summary.
    pub summary: bool,
    /// Also what needs no action and touches nothing that loads.
    pub all: bool,
}

/// Shows a report; `place_of` knows a place for findings that have none of their own.
///
/// Who closes standard output early has what they wanted: the exit code stays that of the report.
pub fn show(
    report: &Report,
    format: Format,
    extent: Extent,
    place_of: impl Fn(&Finding) -> Option<Place>,
) -> Result<(), Failure> {
    let Extent { summary, all } = extent;
    let shown = match format {
        Format::Text if summary => print(&text::summary(report)),
        Format::Text => print(&text::text(report, terminal::width(), all)),
        Format::Markdown => print_plain(&markdown::markdown(report, summary, all)),
        Format::Json if summary => print_plain(&to_json(&report.summary())?),
        Format::Json => print_plain(&to_json(report)?),
        Format::Github => print_annotations(&github::github(report, place_of)),
    };
    Ok(unless_closed(shown)?)
}

fn to_json(report: &Report) -> io::Result<String> {
    Ok(json::to_string(report)?)
}

/// The result of printing, where a closed standard output is no failure.
pub fn unless_closed(shown: io::Result<()>) -> io::Result<()> {
    match shown {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The exit code: 2 when something could not be looked at, 1 when a finding has this severity or a
/// higher one, 0 otherwise. Without a severity nothing fails.
pub fn exit_code(report: &Report, fail_on: Option<Severity>) -> ExitCode {
    ExitCode::from(match fail_on {
        None => 0,
        Some(_) if report.is_in_doubt() => INPUT_ERROR,
        Some(severity) if report.reaches(severity) => CHECK_FAILED,
        Some(_) => 0,
    })
}
