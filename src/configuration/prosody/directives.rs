//! The directives of a configuration: `VirtualHost`, `Component` and what reads files.

use std::rc::Rc;

use mlua::{Function, Lua, Table, Value};

use super::directive_names::{
    COMPONENT_DIRECTIVES, FILE_DIRECTIVES, INCLUDE_DIRECTIVES, VIRTUAL_HOST_DIRECTIVES,
};
use super::environment::Environment;
use super::failure;
use super::include;
use super::unknown::{self, Unknown};
use crate::configuration::deciding::{COMPONENT_MODULE, DEFINED, LOAD_GLOBAL_MODULES};
use crate::configuration::model::{Dialect, GLOBAL};
use crate::report::{Code, Finding, Place};

/// Puts the directives into the environment of a file.
pub(super) fn define(lua: &Lua, environment: &Rc<Environment>) -> mlua::Result<()> {
    let define = |directives: &[&str], function: Function| {
        for directive in directives {
            environment.directives.raw_set(*directive, &function)?;
        }
        Ok::<_, mlua::Error>(())
    };
    define(&VIRTUAL_HOST_DIRECTIVES, section(lua, environment, false)?)?;
    define(&COMPONENT_DIRECTIVES, section(lua, environment, true)?)?;
    define(&INCLUDE_DIRECTIVES, include::function(lua, environment)?)?;
    define(&["RunScript"], run_script(lua, environment)?)?;
    if environment.reader.state.options.dialect == Dialect::V13 {
        for directive in FILE_DIRECTIVES {
            define(&[directive], secret(lua, environment, directive)?)?;
        }
    }
    Ok(())
}

/// A file that is not read: all but a list of lines is taken as a secret text.
fn secret(
    lua: &Lua,
    environment: &Rc<Environment>,
    directive: &'static str,
) -> mlua::Result<Function> {
    let state = Rc::clone(&environment.reader.state);
    lua.create_function(move |lua, _: Value| {
        let is_secret = directive != "FileLines";
        unknown::value(lua, Unknown::returned(directive, lua, &state, is_secret))
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
        let directive = if is_component {
            "Component"
        } else {
            "VirtualHost"
        };
        let host = match Unknown::of(&name) {
            Some(unknown) => {
                environment.undecided(lua, &format!("the name of a {directive}"), &unknown);
                let place = state.place(lua).map(|p| p.to_string()).unwrap_or_default();
                let host = format!("(unknown name at {place})");
                state.nameless.borrow_mut().push(host.clone());
                host
            }
            None => normalized_name(lua, &environment, directive, name)?,
        };
        open_section(lua, &environment, &host, is_component)?;
        section_arguments(lua, &environment, &host, is_component)
    })
}

/// The name of a host as Prosody keeps it.
fn normalized_name(
    lua: &Lua,
    environment: &Environment,
    directive: &str,
    name: Value,
) -> mlua::Result<String> {
    let state = &environment.reader.state;
    if matches!(name, Value::Nil | Value::Boolean(false)) {
        let missing = state.place(lua).and_then(|place| {
            let missing = state.missing.borrow();
            missing.get(&place).map(|variable| {
                format!("set the variable with `--env {variable}=VALUE` or `--env-file FILE`")
            })
        });
        let help = missing.unwrap_or(format!("write `{directive} \"example.com\"`"));
        return Err(failure::at_run_time(
            lua,
            state,
            &format!("a {directive} has no name"),
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
            &format!("the name of {directive} `{text}` contains invalid characters"),
            "write the plain address, such as `example.com`",
        )),
        None => Err(failure::at_run_time(
            lua,
            state,
            &format!("the name of a {directive} is not a string"),
            &format!("write `{directive} \"example.com\"`"),
        )),
    }
}

/// Begins the section of a host.
fn open_section(
    lua: &Lua,
    environment: &Environment,
    host: &str,
    is_component: bool,
) -> mlua::Result<()> {
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
fn section_arguments(
    lua: &Lua,
    environment: &Rc<Environment>,
    host: &str,
    is_component: bool,
) -> mlua::Result<Function> {
    let environment = Rc::clone(environment);
    let host = host.to_owned();
    lua.create_function(move |lua, argument: Value| {
        if is_component && let Value::String(_) = argument {
            let place = environment.reader.state.place(lua);
            let place = place.unwrap_or(environment.file.place(1));
            mark(&environment, &host, COMPONENT_MODULE, argument, &place);
            let (inner, host) = (Rc::clone(&environment), host.clone());
            let options = move |lua: &Lua, argument| options(lua, &inner, &host, true, argument);
            return Ok(Value::Function(lua.create_function(options)?));
        }
        options(lua, &environment, &host, is_component, argument)?;
        Ok(Value::Nil)
    })
}

fn options(
    lua: &Lua,
    environment: &Environment,
    host: &str,
    is_component: bool,
    argument: Value,
) -> mlua::Result<()> {
    let state = &environment.reader.state;
    environment.set_current(GLOBAL)?;
    if let Some(unknown) = Unknown::of(&argument) {
        environment.undecided(lua, &format!("the options of {host}"), &unknown);
        return Ok(());
    }
    match argument {
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
    let directives = if is_component {
        &COMPONENT_DIRECTIVES[..]
    } else {
        &VIRTUAL_HOST_DIRECTIVES
    };
    let setting = directives
        .iter()
        .find_map(|directive| file.outline.setting(directive, line));
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
