//! The one way out: whatever a command prints passes here, and nothing of it can control a terminal
//! or a workflow.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use super::outcome::{INPUT_ERROR, Outcome};
use super::safe_writer::SafeWriter;
use crate::diagnostic::Diagnostic;
use crate::json;
use crate::output::Content;
use crate::schema::JsonForm;
use crate::terminal::{self, DIM, paint, printable, sanitized, sanitized_diff};

/// Writes a human-readable result to standard output; colour codes are dropped where they do not
/// belong.
pub fn print(text: &str) -> io::Result<()> {
    paint_out(&sanitized(text))
}

/// The same for a diff that `patch` may read; a message where it cannot apply what is printed.
pub fn print_diff(diff: &str) -> io::Result<Option<Diagnostic>> {
    paint_out(&sanitized_diff(&terminal::coloured_diff(diff)))?;
    let message = "control characters are escaped here, so `patch` cannot apply this diff";
    Ok((!terminal::diff_applies(diff)).then(|| Diagnostic::note(message)))
}

fn paint_out(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a result for machines, however large: as it is, or not at all.
pub fn print_plain(text: &str) -> io::Result<()> {
    SafeWriter::new(io::sink()).write_all(text.as_bytes())?;
    write_out(text)
}

/// Writes a result for machines that is made while it is written; its maker checks it.
pub fn print_content(content: &Content<'_>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    content(&mut stdout)?;
    stdout.flush()
}

/// The same as [`print_plain`] for annotations of a GitHub workflow, which are commands.
pub fn print_annotations(text: &str) -> io::Result<()> {
    SafeWriter::annotations(io::sink()).write_all(text.as_bytes())?;
    write_out(text)
}

fn write_out(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a result as JSON to standard output.
pub fn print_json(form: JsonForm, result: &impl Serialize) -> Outcome {
    let text = json::to_string(&form.versioned(result)).map_err(io::Error::from)?;
    print_plain(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a message to standard error.
pub fn print_message(diagnostic: &Diagnostic) {
    print_stderr(&diagnostic.render(true));
}

/// Writes to standard error what was done.
pub fn print_done(text: &str) {
    print_stderr(&paint(DIM, printable(text)));
}

/// Writes a text with colours to standard error.
fn print_stderr(text: &str) {
    // Nothing is left to do when standard error is closed, too.
    let _ = writeln!(anstream::stderr(), "{}", sanitized(text));
}

/// Shows what clap prints: help on standard output, errors on standard error.
pub fn print_clap_output(output: &clap::Error) -> io::Result<ExitCode> {
    let text = output.render().ansi().to_string();
    if output.use_stderr() {
        let _ = write!(anstream::stderr(), "{}", sanitized(&text));
        return Ok(ExitCode::from(INPUT_ERROR));
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
