//! Environment files: `NAME=value` lines, some of them flags.

use std::sync::Arc;

use super::file_kind::FileKind;
use super::variables::{self, PREFIX, Variable};
use crate::diagnostic::{Diagnostic, Result};
use crate::envfile::{self, Malformed, UNCLOSED};
use crate::input::WRITTEN_BY_HAND;
use crate::inventory::Inventory;
use crate::selection::{Origin, Selection};
use crate::source::Source;

/// Applies the flags of an environment file, which may set other variables as well.
///
/// A line that assigns nothing is an error, and so is a file without any flag: most likely it is
/// another kind of file, and the error names the command that reads that.
pub fn apply(
    selection: &mut Selection,
    inventory: &Inventory,
    source: &Source,
    messages: &mut Vec<Diagnostic>,
) -> Result<()> {
    let source = Arc::new(source.clone());
    let variables = read(&source)?;
    let origin = |v: &Variable| Origin::EnvFile(v.source.name().to_owned(), v.line());
    match variables::apply(selection, inventory, &variables, origin, messages)? {
        0 => Err(sets_no_flag(&source)),
        _ => Ok(()),
    }
}

/// All variables of an environment file; an error for a line that assigns nothing.
pub fn read(source: &Arc<Source>) -> Result<Vec<Variable>> {
    source.at_most(WRITTEN_BY_HAND)?;
    let (assignments, malformed) = envfile::parse(source.text());
    match malformed.into_iter().next() {
        Some(line) => Err(no_assignment(source, line)),
        None => Ok(Variable::all_of(source, assignments)),
    }
}

fn no_assignment(source: &Source, line: Malformed) -> Box<Diagnostic> {
    let kind = FileKind::of(source);
    let title = match kind {
        FileKind::EnvFile => format!("cannot read {}", source.name()),
        _ => not_an_env_file(source, kind),
    };
    let error = Diagnostic::error(title).at(source, line.at, line.problem);
    Box::new(match kind {
        FileKind::EnvFile if line.problem == UNCLOSED => error.help("close the quote"),
        FileKind::EnvFile => error.help("write `NAME=value`, or start a comment with `#`"),
        _ => error.help(kind.how_to_read(source.name())),
    })
}

/// The error about a file that sets no flag.
pub fn sets_no_flag(source: &Source) -> Box<Diagnostic> {
    let kind = FileKind::of(source);
    let title = match kind {
        FileKind::EnvFile => format!("{} sets no {PREFIX}* flag", source.name()),
        _ => not_an_env_file(source, kind),
    };
    Box::new(Diagnostic::error(title).help(kind.how_to_read(source.name())))
}

fn not_an_env_file(source: &Source, kind: FileKind) -> String {
    format!(
        "{} is not an environment file: it looks like {}",
        source.name(),
        kind.name()
    )
}
