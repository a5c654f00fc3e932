//! One run from the main file to the model.

use std::path::Path;
use std::rc::Rc;

use mlua::Value;

use super::ReadOptions;
use super::chunk;
use super::environment::Reader;
use super::failure;
use super::handle::Handles;
use super::limits::{ExceededLimit, Progress};
use super::outline::Outline;
use super::result;
use super::sandbox::{self, Sandbox};
use super::state::{File, State};
use crate::configuration::model::Configuration;
use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// Runs a configuration and collects what it sets.
pub(super) fn run(
    source: &Source,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Configuration> {
    let name = source.name();
    if source.text().len() > options.limits.file_size {
        return Err(failure::too_large(name, &options.limits));
    }
    let path = path_in_prosody(source, options)?;
    let state = Rc::new(State::new(options, progress, &path, Path::new(name)));
    let file = state.add_file(File {
        path,
        source: source.clone(),
        outline: Outline::of(source.text()),
        wildcard: None,
    });
    let outcome = execute(&state, &file);
    if let Err(error) = &outcome
        && sandbox::is_memory_error(error)
    {
        state.exceed(ExceededLimit::Memory, progress.last());
    }
    if let Some((limit, place)) = state.exceeded() {
        let message = limit.message(&options.limits);
        return Err(failure::limit_exceeded(
            &state,
            message,
            place.as_ref(),
            name,
        ));
    }
    outcome.map_err(|error| failure::run_time(&state, &error, name))
}

fn execute(state: &Rc<State>, file: &Rc<File>) -> mlua::Result<Configuration> {
    let lua = sandbox::lua(state)?;
    let reader = Rc::new(Reader {
        sandbox: Sandbox::new(&lua, state)?,
        handles: Handles::new(&lua, state)?,
        compile: chunk::compile,
        state: Rc::clone(state),
    });
    state.count_file(None)?;
    let chunk = chunk::compile(&lua, &reader, file, 0)?;
    let failing = Rc::clone(state);
    let failed = lua.create_function(move |lua, error: Value| {
        let place = failing.place(lua);
        failing.failed_at.replace(place);
        Ok(error)
    })?;
    let (ok, error): (bool, Value) = reader.sandbox.run.call((chunk, failed))?;
    if !ok {
        return Err(as_error(error));
    }
    if state.exceeded().is_some() {
        return Err(mlua::Error::runtime("a limit is exceeded"));
    }
    result::configuration(state, file)
}

fn as_error(error: Value) -> mlua::Error {
    match error {
        Value::Error(error) => *error,
        Value::String(text) => mlua::Error::runtime(text.to_string_lossy()),
        other => mlua::Error::runtime(format!("an error that is a {}", other.type_name())),
    }
}

/// The path of the main file as Prosody sees it.
fn path_in_prosody(source: &Source, options: &ReadOptions) -> Result<String> {
    let named = Path::new(source.name());
    let placed = match (&options.directory, named.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => named.to_owned(),
    };
    let problem = |error: std::io::Error| {
        Box::new(Diagnostic::error(format!(
            "cannot determine the path of {}: {error}",
            source.name()
        )))
    };
    let absolute = std::path::absolute(&placed).map_err(problem)?;
    let Some(root) = &options.root else {
        return Ok(absolute.to_string_lossy().into_owned());
    };
    let root = std::path::absolute(root).map_err(problem)?;
    match absolute.strip_prefix(&root) {
        Ok(inside) => Ok(format!("/{}", inside.to_string_lossy())),
        Err(_) => Err(Box::new(
            Diagnostic::error(format!(
                "{} is not below the root {}",
                source.name(),
                root.display()
            ))
            .help("pass a file below the root, or omit --root"),
        )),
    }
}
