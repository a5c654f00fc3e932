//! List handles: what Prosody 13.0 gives for the name of a list that is set already.

use std::rc::Rc;

use mlua::{Function, Lua, Table, Value, Variadic};

use super::state::State;
use super::unknown::{self, Unknown};
use crate::report::{Code, Finding};

/// The key of a handle that holds Prosody's whole configuration.
const INNER: &str = "config_table";

/// Makes handles.
pub(super) struct Handles {
    metatable: Table,
    inner: Value,
}

impl Handles {
    pub fn new(lua: &Lua, state: &Rc<State>) -> mlua::Result<Self> {
        let metatable = lua.create_table()?;
        let methods = lua.create_table()?;
        let append = append(lua, state)?;
        methods.set("append", append.clone())?;
        methods.set("value", value(lua, state)?)?;
        methods.set("values", values(lua, state)?)?;
        let unknown_key = lua.create_table()?;
        unknown_key.set(
            "__index",
            lua.create_function(|_, (_, key): (Value, Value)| -> mlua::Result<Value> {
                let key = key.to_string().unwrap_or_default();
                Err(mlua::Error::runtime(format!(
                    "Unknown config option operation: '{key}'"
                )))
            })?,
        )?;
        methods.set_metatable(Some(unknown_key))?;
        metatable.set("__index", methods)?;
        metatable.set("__call", call(lua, state, append)?)?;
        metatable.set("__newindex", lost(lua, state)?)?;
        let inner = Unknown::thing("config_table", state);
        Ok(Self {
            metatable,
            inner: unknown::value(lua, inner)?,
        })
    }

    /// The handle of a host's list.
    pub fn make(&self, lua: &Lua, host: &str, option: &str) -> mlua::Result<Value> {
        let handle = lua.create_table()?;
        handle.raw_set(INNER, &self.inner)?;
        handle.raw_set("host", host)?;
        handle.raw_set("option_name", option)?;
        handle.set_metatable(Some(self.metatable.clone()))?;
        Ok(Value::Table(handle))
    }

    /// Takes from a handle what makes it one, as an assignment does; the name of its list.
    pub fn strip(&self, value: &Value) -> mlua::Result<Option<String>> {
        let Some(table) = value.as_table() else {
            return Ok(None);
        };
        if table.metatable().as_ref() != Some(&self.metatable) {
            return Ok(None);
        }
        table.set_metatable(None)?;
        list_of(value)
    }
}

/// The name of the list whose handle a value is or was.
pub(super) fn list_of(value: &Value) -> mlua::Result<Option<String>> {
    let Some(table) = value.as_table() else {
        return Ok(None);
    };
    let inner: Value = table.raw_get(INNER)?;
    if Unknown::of(&inner).is_none() {
        return Ok(None);
    }
    table.raw_get("option_name")
}

/// The host, the option and the table of a handle.
fn target(state: &State, handle: &Table) -> mlua::Result<(String, String, Value)> {
    let host: String = handle.raw_get("host")?;
    let option: String = handle.raw_get("option_name")?;
    let value = state.own(&host, &option).unwrap_or(Value::Nil);
    Ok((host, option, value))
}

fn append(lua: &Lua, state: &Rc<State>) -> mlua::Result<Function> {
    let state = Rc::clone(state);
    lua.create_function(move |lua, (handle, added): (Table, Value)| {
        let (host, option, list) = target(&state, &handle)?;
        if Unknown::of(&added).is_some() {
            // What is added to it is unknown, and so is the whole.
            if let Some((file, line)) = state.here(lua) {
                state.set(&host, &option, added, (&file, line));
            }
            return Ok(handle);
        }
        let Value::Table(added) = added else {
            return Err(mlua::Error::runtime(
                "'append' operation expects a list of values to append to the existing list",
            ));
        };
        let list = match list {
            Value::Table(list) => list,
            _ => lua.create_table()?,
        };
        let first: Value = added.get(1)?;
        if first.is_nil() {
            for pair in added.pairs::<Value, Value>() {
                let (key, value) = pair?;
                list.set(key, value)?;
            }
        } else {
            for item in added.sequence_values::<Value>() {
                list.raw_push(item?)?;
            }
        }
        if let Some((file, line)) = state.here(lua) {
            if state.own(&host, &option).is_none() {
                state.set(&host, &option, Value::Table(list), (&file, line));
            }
            state.append_places(&host, &option, (&file, line));
        }
        Ok(handle)
    })
}

fn value(lua: &Lua, state: &Rc<State>) -> mlua::Result<Function> {
    let state = Rc::clone(state);
    lua.create_function(move |_, handle: Table| {
        let (host, option, value) = target(&state, &handle)?;
        state.note_read(&host, &option);
        Ok(value)
    })
}

fn values(lua: &Lua, state: &Rc<State>) -> mlua::Result<Function> {
    let state = Rc::clone(state);
    lua.create_function(move |lua, handle: Table| {
        let (host, option, value) = target(&state, &handle)?;
        state.note_read(&host, &option);
        let Value::Table(list) = value else {
            return Err(mlua::Error::runtime(
                "bad argument to 'values' (table expected)",
            ));
        };
        let mut values = Vec::new();
        for pair in list.pairs::<Value, Value>() {
            values.push(pair?.1);
        }
        let remaining = std::cell::RefCell::new(values.into_iter());
        lua.create_function(move |_, _: Variadic<Value>| {
            Ok(remaining.borrow_mut().next().unwrap_or(Value::Nil))
        })
    })
}

fn call(lua: &Lua, state: &Rc<State>, append: Function) -> mlua::Result<Function> {
    let state = Rc::clone(state);
    lua.create_function(move |_, (handle, added): (Table, Value)| {
        let (_, _, value) = target(&state, &handle)?;
        let is_list = value.is_table() || value.is_nil();
        if is_list && (added.is_table() || Unknown::of(&added).is_some()) {
            return append.call::<Table>((handle, added));
        }
        Err(mlua::Error::runtime(
            "Invalid syntax - missing '=' perhaps?",
        ))
    })
}

/// An assignment to an item stays in the handle, which nobody reads again.
fn lost(lua: &Lua, state: &Rc<State>) -> mlua::Result<Function> {
    let state = Rc::clone(state);
    lua.create_function(move |lua, (handle, key, value): (Table, Value, Value)| {
        let option: String = handle.raw_get("option_name")?;
        let message = format!("an assignment to an item of {option} is lost");
        let finding = Finding::new(Code::LostAssignment, message).about(&option);
        state.note(
            lua,
            finding.help(format!(
                "append with `{option} {{ … }}`, or write the whole list"
            )),
        );
        handle.raw_set(key, value)
    })
}
