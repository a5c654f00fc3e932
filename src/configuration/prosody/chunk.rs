//! A file as a chunk of Lua, with its environment.

use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, Value};

use super::directives;
use super::environment::{Environment, Reader};
use super::failure;
use super::state::File;

/// Compiles a file, to run in an environment of its own.
pub(super) fn compile(
    lua: &Lua,
    reader: &Rc<Reader>,
    file: &Rc<File>,
    depth: usize,
) -> mlua::Result<Function> {
    let environment = Environment::new(lua, reader, file, depth)?;
    let table = environment.table.clone();
    directives::define(lua, &environment)?;
    let metatable = lua.create_table()?;
    let reading = Rc::clone(&environment);
    metatable.set(
        "__index",
        lua.create_function(move |lua, (_, key): (Value, Value)| reading.read(lua, &key))?,
    )?;
    metatable.set(
        "__newindex",
        lua.create_function(move |lua, (_, key, value): (Value, Value, Value)| {
            environment.assign(lua, &key, value)
        })?,
    )?;
    table.set_metatable(Some(metatable))?;
    let load = |text: &str| {
        lua.load(text)
            .set_name(format!("@{}", file.path))
            .set_mode(ChunkMode::Text)
            .set_environment(table.clone())
            .into_function()
    };
    let text = file.source.text();
    // The plain text first: its errors are those that Prosody reports.
    let plain = load(text).map_err(|error| failure::syntax(file, &error))?;
    if !file.outline.is_known {
        return Ok(plain);
    }
    let marked = load(&file.outline.marked(text));
    let marked = marked.and_then(|maker| {
        let marks = mlua::Variadic::from_iter(reader.sandbox.marks.iter().cloned());
        maker.call::<Function>(marks)
    });
    // A text may be at a limit of Lua that the marks pass.
    Ok(marked.unwrap_or(plain))
}
