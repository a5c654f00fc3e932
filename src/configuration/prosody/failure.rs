//! What ends a run, as a message with its place and what to do.

use std::ops::Range;

use mlua::Lua;

use super::directive_names;
use super::limits::Limits;
use super::state::{File, State};
use crate::configuration::model::{Dialect, GLOBAL};
use crate::diagnostic::Diagnostic;
use crate::report::Place;
use crate::source::Source;

/// An error of ours at the place that runs now.
pub(super) fn at_run_time(lua: &Lua, state: &State, title: &str, help: &str) -> mlua::Error {
    let error = Diagnostic::error(title);
    let error = match state.here(lua) {
        Some((file, line)) => error.at(&file.source, line_of(&file.source, line), "here"),
        None => error,
    };
    mlua::Error::external(error.help(help))
}

/// An error of syntax in a file.
pub(super) fn syntax(file: &File, error: &mlua::Error) -> mlua::Error {
    if !matches!(error, mlua::Error::SyntaxError { .. }) {
        return error.clone();
    }
    let (line, message) = split(&error.to_string());
    let source = &file.source;
    let title = format!("cannot read {}: {message}", source.name());
    let error = Diagnostic::error(title);
    let error = match line {
        Some(line) => error.at(source, line_of(source, line), "cannot be parsed"),
        None => error,
    };
    mlua::Error::external(error.help("Prosody does not start with this file either: correct it"))
}

/// What ended a run.
pub(super) fn run_time(state: &State, error: &mlua::Error, name: &str) -> Box<Diagnostic> {
    if let Some(ours) = error.downcast_ref::<Diagnostic>() {
        return Box::new(ours.clone());
    }
    if let Some(ours) = error.downcast_ref::<Box<Diagnostic>>() {
        return ours.clone();
    }
    let text = error.to_string();
    // What follows is a list of calls.
    let text = text.split("\nstack traceback:").next().unwrap_or_default();
    let text = text.strip_prefix("runtime error: ").unwrap_or(text);
    let (_, message) = split(text);
    let place = state.failed_at.borrow().clone();
    let title = format!("cannot read {name}: {message}");
    let mut diagnostic = Diagnostic::error(title);
    if let Some(place) = &place
        && let Some(file) = state.file_named(&place.file)
    {
        let source = &file.source;
        diagnostic = diagnostic.at(source, line_of(source, place.line), "fails here");
    }
    Box::new(diagnostic.help(advice(state, &message, place.as_ref())))
}

/// A limit that was passed.
pub(super) fn limit_exceeded(
    state: &State,
    (what, help): (String, &str),
    place: Option<&Place>,
    name: &str,
) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(format!("cannot read {name}: {what}"));
    let file = place.and_then(|place| Some((place, state.file_named(&place.file)?)));
    let diagnostic = match file {
        Some((place, file)) => {
            let span = line_of(&file.source, place.line);
            diagnostic.at(&file.source, span, "here")
        }
        None => diagnostic,
    };
    Box::new(diagnostic.help(help))
}

/// A main file that is too large.
pub(super) fn too_large(name: &str, limits: &Limits) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(format!(
            "cannot read {name}: larger than {} bytes",
            limits.file_size
        ))
        .help("split it into files that it includes"),
    )
}

/// What to do about an error of Lua.
fn advice(state: &State, message: &str, place: Option<&Place>) -> String {
    let file = place.and_then(|place| state.file_named(&place.file));
    let is_new = state.options.dialect == Dialect::V13;
    let name = quoted(message);
    if message.contains("attempt to perform arithmetic")
        && let (Some(file), Some(place)) = (&file, place)
        && file.outline.has_sum_of_lists(place.line)
    {
        let name = name.unwrap_or("modules_enabled");
        return match is_new {
            true => format!(
                "lists cannot be concatenated: write `{name} {{ … }}` with the new \
            items"
            ),
            false => "lists cannot be concatenated: write the whole list".to_owned(),
        };
    }
    if message.contains("attempt to call")
        && let Some(name) = name
    {
        let is_set_globally = state.own(GLOBAL, name).is_some();
        if directive_names::is_new(name) && !is_new {
            return format!("`{name}` needs Prosody 13.0");
        }
        if !is_new {
            return format!(
                "write `{name} = …`: Prosody 0.12 has no keyword `{name}` and cannot append to \
                lists"
            );
        }
        return match is_set_globally {
            true => format!(
                "the section has no list of its own: write `{name} = {{ … }}`, which replaces the \
                global list there"
            ),
            false => format!("there is no list to append to: write `{name} = {{ … }}`"),
        };
    }
    if message.contains("Unknown config option operation") {
        return "the name of a list is a handle: read the list with `NAME:value()`".to_owned();
    }
    let missing = place.and_then(|place| state.missing.borrow().get(place).cloned());
    if let Some(variable) = missing {
        return format!("set the variable with `--env {variable}=VALUE` or `--env-file FILE`");
    }
    "Prosody does not start with this file either: correct it".to_owned()
}

/// The name that a message of Lua has in quotes.
fn quoted(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("(global '")?;
    rest.split_once('\'').map(|(name, _)| name)
}

/// The line and the text of a message such as `/etc/prosody/prosody.cfg.lua:12: text`.
fn split(message: &str) -> (Option<usize>, String) {
    let mut rest = message;
    while let Some((_, after)) = rest.split_once(':') {
        if let Some((line, text)) = after.split_once(": ")
            && let Ok(line) = line.parse()
        {
            return (Some(line), text.to_owned());
        }
        rest = after;
    }
    (None, message.to_owned())
}

/// The text of a line without the blanks around it.
fn line_of(source: &Source, line: usize) -> Range<usize> {
    let start = source.offset(line, 1);
    let text = source.text()[start..].lines().next().unwrap_or_default();
    let blank = text.len() - text.trim_start().len();
    start + blank..start + text.trim_end().len().max(blank)
}
