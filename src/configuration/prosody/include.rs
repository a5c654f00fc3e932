//! `Include`: finds the files, and compiles one after the other.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use mlua::{Function, Lua, Value};

use super::environment::Environment;
use super::failure;
use super::limits::ExceededLimit;
use super::outline::Outline;
use super::paths;
use super::state::{File, State};
use super::unknown::Unknown;
use crate::report::Place;
use crate::source::Source;

/// A path to include, and the `Include` with a wildcard that matched it.
type IncludedPath = (String, Option<Place>);

/// The `Include` of a file.
pub(super) fn function(lua: &Lua, environment: &Rc<Environment>) -> mlua::Result<Function> {
    let reader = Rc::clone(&environment.reader);
    let environment = Rc::clone(environment);
    let prepare = lua.create_function(move |lua, path: Value| {
        let all = RefCell::new(find(lua, &environment, &path)?);
        let environment = Rc::clone(&environment);
        lua.create_function(move |lua, ()| {
            let Some((path, wildcard)) = all.borrow_mut().pop_front() else {
                return Ok(None);
            };
            load(lua, &environment, &path, wildcard).map(Some)
        })
    })?;
    reader.sandbox.includer.call(prepare)
}

fn load(
    lua: &Lua,
    environment: &Environment,
    path: &str,
    wildcard: Option<Place>,
) -> mlua::Result<Function> {
    let reader = &environment.reader;
    let state = &reader.state;
    state.count_file(state.place(lua))?;
    let depth = environment.depth + 1;
    if depth > state.options.limits.depth {
        return Err(state.exceed(ExceededLimit::Depth, state.place(lua)));
    }
    let file = match state.file(path) {
        Some(file) => file,
        None => {
            let source = read(lua, state, path)?;
            let outline = Outline::of(source.text());
            state.add_file(File {
                path: path.to_owned(),
                source,
                outline,
                wildcard,
            })
        }
    };
    (reader.compile)(lua, reader, &file, depth)
}

/// The paths that an `Include` means.
fn find(
    lua: &Lua,
    environment: &Environment,
    path: &Value,
) -> mlua::Result<VecDeque<IncludedPath>> {
    let state = &environment.reader.state;
    if let Some(unknown) = Unknown::of(path) {
        environment.undecided(lua, "which file is included", &unknown);
        return Ok(VecDeque::new());
    }
    let Value::String(path) = path else {
        return Err(failure::at_run_time(
            lua,
            state,
            "an Include has no path",
            "write `Include \"conf.d/*.cfg.lua\"`",
        ));
    };
    if state.options.for_other_machine {
        let unknown = Unknown::returned("Include", lua, state, false);
        environment.undecided(lua, "the content of an included file", &unknown);
        return Ok(VecDeque::new());
    }
    let path = path.to_string_lossy();
    let folder = paths::folder(&environment.file.path);
    if path.contains(['*', '?']) {
        return expand(lua, state, folder, &path);
    }
    Ok(VecDeque::from([(paths::resolve(folder, &path), None)]))
}

/// The files that a path with a wildcard means, sorted.
fn expand(
    lua: &Lua,
    state: &State,
    folder: &str,
    path: &str,
) -> mlua::Result<VecDeque<IncludedPath>> {
    let (inner, pattern) = path.rsplit_once('/').unwrap_or(("", path));
    let inner = match inner {
        "" => folder.trim_end_matches('/').to_owned(),
        inner => paths::resolve(folder, inner),
    };
    let problem = |error: io::Error| {
        failure::at_run_time(
            lua,
            state,
            &format!("cannot list the directory `{inner}` of an Include: {error}"),
            "create the directory, or remove the line",
        )
    };
    let listed = on_disk(state, &inner)
        .and_then(fs::read_dir)
        .map_err(problem)?;
    let mut names = Vec::new();
    for entry in listed {
        let name = entry.map_err(problem)?.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && paths::matches(pattern.as_bytes(), name.as_bytes()) {
            names.push(name.into_owned());
        }
        if names.len() > state.options.limits.files {
            return Err(state.exceed(ExceededLimit::Files, state.place(lua)));
        }
    }
    names.sort();
    let place = state.place(lua);
    let paths = names.into_iter();
    Ok(paths
        .map(|name| (format!("{inner}/{name}"), place.clone()))
        .collect())
}

fn on_disk(state: &State, path: &str) -> io::Result<PathBuf> {
    match &state.options.root {
        Some(root) => paths::below(root, path),
        None => Ok(PathBuf::from(path)),
    }
}

fn read(lua: &Lua, state: &State, path: &str) -> mlua::Result<Source> {
    let problem = |reason: &str, help: &str| {
        failure::at_run_time(
            lua,
            state,
            &format!("cannot read the included file `{path}`: {reason}"),
            help,
        )
    };
    let disk = on_disk(state, path);
    let metadata = disk.as_ref().map_or_else(
        |error| Err(io::Error::new(error.kind(), error.to_string())),
        |disk| disk.metadata(),
    );
    let (disk, metadata) = match (disk, metadata) {
        (Ok(disk), Ok(metadata)) => (disk, metadata),
        (Err(error), _) | (_, Err(error)) => {
            let help = match error.kind() {
                io::ErrorKind::NotFound if state.options.root.is_none() => {
                    "create the file, remove the line, or pass the directory to use as `/` with \
                    `--root`"
                }
                io::ErrorKind::NotFound => "create the file below the root, or remove the line",
                _ => "make the file readable",
            };
            return Err(problem(&error.to_string(), help));
        }
    };
    if !metadata.is_file() {
        return Err(problem("not a regular file", "include regular files only"));
    }
    let limit = state.options.limits.file_size;
    if metadata.len() > limit as u64 {
        let reason = format!("larger than {limit} bytes");
        return Err(problem(&reason, "include smaller files"));
    }
    let source = Source::read(&disk).map_err(mlua::Error::external)?;
    Ok(Source::new(state.display_name(path), source.text()))
}
