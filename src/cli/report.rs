//! `--format`, `--output` and `--fail-on`: how a report is shown, and when it fails.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::safe_writer::SafeWriter;
use super::{
    CHECK_FAILED, Failure, INPUT_ERROR, print, print_annotations, print_message, print_plain,
};
use crate::diagnostic::Diagnostic;
use crate::json;
use crate::output;
use crate::report::{Finding, Place, Report, Severity, github, html, markdown, text};
use crate::schema::JsonForm;
use crate::terminal;

/// How a report is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Human-readable text.
    #[default]
    Text,
    /// Markdown for a pull request, empty if nothing changes.
    Markdown,
    /// JSON for machines (see `schema report`).
    Json,
    /// Annotations for a GitHub workflow.
    Github,
    /// A self-contained HTML page.
    Html,
}

/// Where a page goes.
#[derive(Debug, clap::Args)]
pub struct OutputArgs {
    /// Write the page of `--format html` to FILE atomically, never over a file that this tool did
    /// not generate.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// For `--format html`: the address of the page of `emit --format html`, to link modules to.
    #[arg(long, value_name = "URL", value_parser = address)]
    explorer: Option<String>,
}

/// An address that a page may lead to: of the web, or of a file next to the page.
fn address(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let first = text.split('/').next().unwrap_or_default();
    match text.is_empty() || text.contains('#') || !is_web && first.contains(':') {
        true => Err(
            "expected an address such as explorer.html or https://example.org/, without #"
                .to_owned(),
        ),
        false => Ok(text.to_owned()),
    }
}

impl OutputArgs {
    /// Refuses to write anything but a page.
    pub fn check(&self, is_page: bool) -> Result<(), Failure> {
        let (option, help) = match (&self.output, &self.explorer) {
            (Some(_), _) => ("output", "add `--format html`, or redirect standard output"),
            (None, Some(_)) => ("explorer", "add `--format html`"),
            (None, None) => return Ok(()),
        };
        if is_page {
            return Ok(());
        }
        let error = Diagnostic::error(format!("`--{option}` is for `--format html` only"));
        Err(Box::new(error.help(help)).into())
    }

    fn write(&self, page: &str) -> Result<(), Failure> {
        let Some(file) = &self.output else {
            return Ok(unless_closed(print_plain(page))?);
        };
        let content = |out: &mut dyn Write| SafeWriter::new(out).write_all(page.as_bytes());
        let mut messages = Vec::new();
        output::write_content(file, &content, output::has_marker, &mut messages)?;
        messages.iter().for_each(print_message);
        Ok(())
    }
}

/// What of a report is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// Only the summary.
    pub summary: bool,
    /// Also what needs no action and touches nothing that loads.
    pub all: bool,
    /// In the text, the code of each finding and its fingerprint.
    pub codes: bool,
}

/// Shows a report; `place_of` knows a place for findings that have none of their own.
///
/// Who closes standard output early has what they wanted: the exit code stays that of the report.
pub fn show(
    report: &Report,
    format: Format,
    extent: Extent,
    output: &OutputArgs,
    place_of: impl Fn(&Finding) -> Option<Place>,
) -> Result<(), Failure> {
    let Extent {
        summary,
        all,
        codes,
    } = extent;
    let shown = match format {
        Format::Text if summary => print(&text::summary(report)),
        Format::Text => print(&text::text(
            report,
            terminal::width(),
            text::Detail { all, codes },
        )),
        Format::Markdown => print_plain(&markdown::markdown(report, summary, all)),
        Format::Json if summary => print_plain(&to_json(&report.summary())?),
        Format::Json => print_plain(&to_json(report)?),
        Format::Github => print_annotations(&github::github(report, place_of)),
        Format::Html => {
            let presentation = html::Presentation {
                command: &command(),
                summary,
                explorer: output.explorer.as_deref(),
            };
            return output.write(&html::html(report, presentation));
        }
    };
    Ok(unless_closed(shown)?)
}

/// The command line, but for where the page goes: what is the same makes the same page.
fn command() -> String {
    let mut words = vec!["prosody-stability".to_owned()];
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        let word = argument.to_string_lossy();
        match &*word {
            "--output" => drop(arguments.next()),
            word if word.starts_with("--output=") => (),
            word => words.push(quoted(word)),
        }
    }
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,+@".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn to_json(report: &Report) -> io::Result<String> {
    Ok(json::to_string(&JsonForm::Report.versioned(report))?)
}

/// The result of printing, where a closed standard output is not a failure.
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
