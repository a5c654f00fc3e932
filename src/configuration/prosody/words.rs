//! The words of a configuration: `VirtualHost`, `Component` and what reads files.

use std::rc::Rc;

use mlua::{Function, Lua, Table, Value};

use super::environment::Environment;
use super::failure;
use super::include;
use super::unknown::{self, Unknown};
use super::vocabulary::{OF_COMPONENTS, OF_FILES, OF_INCLUDES, OF_VIRTUAL_HOSTS};
use crate::configuration::deciding::{COMPONENT_MODULE, DEFINED, LOAD_GLOBAL_MODULES};
use crate::configuration::model::{Dialect, GLOBAL};
use crate::report::{Code, Finding, Place};

/// Puts the words into the environment of a file.
pub(super) fn define(lua: &Lua, environment: &Rc<Environment>) -> mlua::Result<()> {
    let define = |words: &[&str], function: Function| {
        for word in words {
            environment.words.raw_set(*word, &function)?;
        }
        Ok::<_, mlua::Error>(())
    };
    define(&OF_VIRTUAL_HOSTS, section(lua, environment, false)?)?;
    define(&OF_COMPONENTS, section(lua, environment, true)?)?;
    define(&OF_INCLUDES, include::function(lua, environment)?)?;
    define(&["RunScript"], run_script(lua, environment)?)?;
    if environment.reader.state.options.dialect == Dialect::V13 {
        for word in OF_FILES {
            define(&[word], secret(lua, environment, word)?)?;
        }
    }
    Ok(())
}

/// A file that is not read: all but a list of lines is taken as a secret text.
fn secret(lua: &Lua, environment: &Rc<Environment>, word: &'static str) -> mlua::Result<Function> {
    let state = Rc::clone(&environment.reader.state);
    lua.create_function(move |lua, _: Value| {
        let is_secret = word != "FileLines";
        unknown::value(lua, Unknown::returned(word, lua, &state, is_secret))
    })
}

fn run_script(lua: &Lua, environment: &Rc<Environment>) -> mlua::Result<Function> {
    let state = Rc::clone(&environment.reader.state);
    lua.create_function(move |lua, _: Value| {
        let finding = Finding::new(Code::NotRun, "`RunScript` is not run").about("RunScript");
        state.note(lua, finding);
        unknown::value(lua, Unknown::returned("RunScript", lua, &state, false))
    })
}

/// `VirtualHost` or `Component`.
fn section(lua: &Lua, environment: &Rc<Environment>, is_component: bool) -> mlua::Result<Function> {
    let environment = Rc::clone(environment);
    lua.create_function(move |lua, name: Value| {
        let state = &environment.reader.state;
        let word = if is_component {
            "Component"
        } else {
            "VirtualHost"
        };
        let host = match Unknown::of(&name) {
            Some(unknown) => {
                environment.undecided(lua, &format!("the name of a {word}"), &unknown);
                let place = state.place(lua).map(|p| p.to_string()).unwrap_or_default();
                let host = format!("(unknown name at {place})");
                state.nameless.borrow_mut().push(host.clone());
                host
            }
            None => prepared(lua, &environment, word, name)?,
        };
        open(lua, &environment, &host, is_component)?;
        after(lua, &environment, &host, is_component)
    })
}

/// The name of a host as Prosody keeps it.
fn prepared(lua: &Lua, environment: &Environment, word: &str, name: Value) -> mlua::Result<String> {
    let state = &environment.reader.state;
    if matches!(name, Value::Nil | Value::Boolean(false)) {
        let missing = state.place(lua).and_then(|place| {
            let missing = state.missing.borrow();
            missing.get(&place).map(|variable| {
                format!("set the variable with `--env {variable}=VALUE` or `--env-file FILE`")
            })
        });
        let help = missing.unwrap_or(format!("write `{word} \"example.com\"`"));
        return Err(failure::at_run_time(
            lua,
            state,
            &format!("a {word} has no name"),
            &help,
        ));
    }
    let text = lua.coerce_string(name)?.map(|text| text.to_string_lossy());
    let prepared = text
        .as_deref()
        .map(|text| (text, stringprep::nameprep(text)));
    match prepared {
        Some((_, Ok(name))) => Ok(name.into_owned()),
        Some((text, Err(_))) => Err(failure::at_run_time(
            lua,
            state,
            &format!("the name of {word} `{text}` contains invalid characters"),
            "write the plain address, such as `example.com`",
        )),
        None => Err(failure::at_run_time(
            lua,
            state,
            &format!("the name of a {word} is not a string"),
            &format!("write `{word} \"example.com\"`"),
        )),
    }
}

/// Begins the section of a host.
fn open(lua: &Lua, environment: &Environment, host: &str, is_component: bool) -> mlua::Result<()> {
    let state = &environment.reader.state;
    let truthy = |option| {
        let value = state.own(host, option).unwrap_or(Value::Nil);
        !matches!(value, Value::Nil | Value::Boolean(false))
    };
    let (is_defined, has_module) = (truthy(DEFINED), truthy(COMPONENT_MODULE));
    let other = match is_component {
        true if is_defined && !has_module => Some("VirtualHost"),
        false if has_module => Some("Component"),
        _ => None,
    };
    let place = state.place(lua).unwrap_or(environment.file.place(1));
    if let Some(other) = other {
        let hosts = state.hosts.borrow();
        let before = hosts.get(host).and_then(|host| host.place.as_ref());
        let before = before.map_or(String::new(), |place| format!(" at {place}"));
        return Err(failure::at_run_time(
            lua,
            state,
            &format!("`{host}` is already a {other}{before}"),
            &format!("use another address for one of them, such as `conference.{host}`"),
        ));
    }
    let set = |option: &str, value: Value| mark(environment, host, option, value, &place);
    if is_component {
        set(COMPONENT_MODULE, text(lua, "component")?);
        set(LOAD_GLOBAL_MODULES, Value::Boolean(false));
    } else {
        set(DEFINED, Value::Boolean(true));
    }
    let mut hosts = state.hosts.borrow_mut();
    hosts
        .entry(host.to_owned())
        .or_default()
        .place
        .get_or_insert(place);
    environment.set_current(host)
}

fn text(lua: &Lua, text: &str) -> mlua::Result<Value> {
    Ok(Value::String(lua.create_string(text)?))
}

/// Sets one of the options that Prosody itself sets; a former value is not lost by that.
fn mark(environment: &Environment, host: &str, option: &str, value: Value, place: &Place) {
    let state = &environment.reader.state;
    let removed = environment.file.place(0);
    state.set_at(host, option, Value::Nil, removed);
    state.set_at(host, option, value, place.clone());
}

/// What may follow the name: the module of a component, and a table of options.
fn after(
    lua: &Lua,
    environment: &Rc<Environment>,
    host: &str,
    is_component: bool,
) -> mlua::Result<Function> {
    let environment = Rc::clone(environment);
    let host = host.to_owned();
    lua.create_function(move |lua, what: Value| {
        if is_component && let Value::String(_) = what {
            let place = environment.reader.state.place(lua);
            let place = place.unwrap_or(environment.file.place(1));
            mark(&environment, &host, COMPONENT_MODULE, what, &place);
            let (inner, host) = (Rc::clone(&environment), host.clone());
            let options = move |lua: &Lua, what| options(lua, &inner, &host, true, what);
            return Ok(Value::Function(lua.create_function(options)?));
        }
        options(lua, &environment, &host, is_component, what)?;
        Ok(Value::Nil)
    })
}

fn options(
    lua: &Lua,
    environment: &Environment,
    host: &str,
    is_component: bool,
    what: Value,
) -> mlua::Result<()> {
    let state = &environment.reader.state;
    environment.set_current(GLOBAL)?;
    if let Some(unknown) = Unknown::of(&what) {
        environment.undecided(lua, &format!("the options of {host}"), &unknown);
        return Ok(());
    }
    match what {
        Value::Table(options) => set_all(lua, environment, host, is_component, &options),
        Value::String(module) if !is_component => Err(failure::at_run_time(
            lua,
            state,
            &format!("a VirtualHost takes no module, but `{host}` is followed by one"),
            &format!(
                "enable `{}` in `modules_enabled`. A string or a table on the next line belongs \
                to the host, unless a `;` separates them",
                module.to_string_lossy()
            ),
        )),
        other => Err(failure::at_run_time(
            lua,
            state,
            &format!(
                "`{host}` is followed by a {}, not by a table of options",
                other.type_name()
            ),
            "write the options as `{ name = value; … }`, or on separate lines",
        )),
    }
}

fn set_all(
    lua: &Lua,
    environment: &Environment,
    host: &str,
    is_component: bool,
    options: &Table,
) -> mlua::Result<()> {
    let state = &environment.reader.state;
    let (file, line) = state.here(lua).unwrap_or((Rc::clone(&environment.file), 1));
    let words = if is_component {
        &OF_COMPONENTS[..]
    } else {
        &OF_VIRTUAL_HOSTS
    };
    let setting = words
        .iter()
        .find_map(|word| file.outline.setting(word, line));
    let mut all = Vec::new();
    for pair in options.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let name = key.to_string().unwrap_or_default();
        let at = setting.and_then(|setting| setting.fields.get(&name));
        all.push((*at.unwrap_or(&line), name, value));
    }
    // Lua's own order differs from run to run.
    all.sort_by(|(a, x, _), (b, y, _)| (a, x).cmp(&(b, y)));
    for (line, name, value) in all {
        state.set_at(host, &name, value, file.place(line));
    }
    Ok(())
}
