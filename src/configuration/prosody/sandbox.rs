//! The global functions of a configuration: those of Lua that reach nothing outside.

use std::rc::Rc;

use mlua::{Function, Lua, LuaOptions, StdLib, Table, Value};

use super::limits::ExceededLimit;
use super::state::State;
use super::unknown::{self, Unknown};

/// What Prosody has and a configuration does not get here.
const REFUSED: [&str; 10] = [
    "collectgarbage",
    "coroutine",
    "debug",
    "dofile",
    "io",
    "load",
    "loadfile",
    "package",
    "prosody",
    "require",
];

const REFUSED_OF_OS: [&str; 6] = [
    "execute",
    "exit",
    "remove",
    "rename",
    "setlocale",
    "tmpname",
];

/// What Lua calls an allocation past the limit.
const NO_MEMORY: &str = "not enough memory";

/// Functions that every file shares.
pub(super) struct Sandbox {
    /// The table of global names.
    pub globals: Table,
    /// Makes `Include` from a function that finds what is to run.
    pub includer: Function,
    /// Runs a function, and calls another one where it fails.
    pub run: Function,
    /// What a marked text calls.
    pub marks: Vec<Function>,
}

/// A state of Lua without anything that reaches outside.
pub(super) fn lua(state: &Rc<State>) -> mlua::Result<Lua> {
    let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::UTF8 | StdLib::OS;
    let lua = Lua::new_with(libraries, LuaOptions::new())?;
    lua.set_memory_limit(state.options.limits.memory)?;
    limit_instructions(&lua, state)?;
    Ok(lua)
}

fn limit_instructions(lua: &Lua, state: &Rc<State>) -> mlua::Result<()> {
    const STEP: u32 = 10_000;
    let state = Rc::clone(state);
    let run = std::cell::Cell::new(0_u64);
    lua.set_hook(
        mlua::HookTriggers::new().every_nth_instruction(STEP),
        move |lua, _| {
            run.set(run.get() + u64::from(STEP));
            let place = state.place(lua);
            if let Some(place) = &place {
                state.progress.set(place.clone());
            }
            if run.get() > state.options.limits.instructions {
                return Err(state.exceed(ExceededLimit::Instructions, place));
            }
            // `pcall` swallows an error, so it is raised until nothing runs any more.
            match state.exceeded() {
                Some(_) => Err(mlua::Error::runtime("a limit is exceeded")),
                None => Ok(mlua::VmState::Continue),
            }
        },
    )
}

impl Sandbox {
    /// Makes the functions.
    pub fn new(lua: &Lua, state: &Rc<State>) -> mlua::Result<Self> {
        let prelude: Table = lua
            .load(include_str!("prelude.lua"))
            .set_name("=prosody-stability")
            .call(given(lua, state)?)?;
        let globals: Table = prelude.get("globals")?;
        for name in REFUSED {
            globals.set(name, unknown::value(lua, Unknown::thing(name, state))?)?;
        }
        let os: Table = globals.get("os")?;
        for name in REFUSED_OF_OS {
            let thing = Unknown::thing(format!("os.{name}"), state);
            os.set(name, unknown::value(lua, thing)?)?;
        }
        let text: Table = globals.get("string")?;
        text.set(
            "dump",
            unknown::value(lua, Unknown::thing("string.dump", state))?,
        )?;
        os.set("getenv", getenv(lua, state)?)?;
        Ok(Self {
            globals,
            includer: prelude.get("includer")?,
            run: prelude.get("run")?,
            marks: prelude.get("marks")?,
        })
    }
}

fn getenv(lua: &Lua, state: &Rc<State>) -> mlua::Result<Function> {
    let state = Rc::clone(state);
    lua.create_function(move |lua, name: Value| {
        if let Some(unknown) = Unknown::of(&name) {
            return unknown::value(lua, unknown);
        }
        let Some(name) = lua.coerce_string(name)? else {
            return Err(mlua::Error::runtime(
                "os.getenv takes the name of a variable",
            ));
        };
        match state.variable(lua, &name.to_string_lossy()) {
            Some(value) => Ok(Value::String(lua.create_string(value)?)),
            None => Ok(Value::Nil),
        }
    })
}

/// What the prelude needs of us.
fn given(lua: &Lua, state: &Rc<State>) -> mlua::Result<Table> {
    let given = lua.create_table()?;
    given.set(
        "decides",
        lua.create_function(|lua, value: Value| {
            if let Some(unknown) = Unknown::of(&value) {
                unknown.decides(lua);
            }
            Ok(())
        })?,
    )?;
    let here = Rc::clone(state);
    given.set(
        "is_at",
        lua.create_function(move |lua, ()| {
            if let Some(place) = here.place(lua) {
                here.progress.set(place);
            }
            Ok(())
        })?,
    )?;
    let stop = Rc::clone(state);
    given.set(
        "is_stopped",
        lua.create_function(move |lua, (ok, error): (Value, Value)| {
            let is_memory = ok == Value::Boolean(false) && is_out_of_memory(&error);
            if is_memory {
                stop.exceed(ExceededLimit::Memory, stop.place(lua));
            }
            Ok(stop.exceeded().is_some())
        })?,
    )?;
    given.set(
        "text_of",
        lua.create_function(|lua, value: Value| match &value {
            Value::Error(error) => Ok(Value::String(lua.create_string(error.to_string())?)),
            _ => Ok(value),
        })?,
    )?;
    Ok(given)
}

fn is_out_of_memory(error: &Value) -> bool {
    match error {
        Value::String(text) => text.to_string_lossy().contains(NO_MEMORY),
        Value::Error(error) => is_memory_error(error),
        _ => false,
    }
}

/// Whether an error says that the memory did not suffice.
pub(super) fn is_memory_error(error: &mlua::Error) -> bool {
    matches!(error, mlua::Error::MemoryError(_)) || error.to_string().contains(NO_MEMORY)
}
