//! From the values of Lua to the model.

use std::collections::BTreeMap;
use std::ffi::c_void;

use indexmap::IndexMap;
use mlua::{Table, Value as LuaValue};

use super::handle;
use super::limits::ExceededLimit;
use super::state::{File, HostState, State, Stored};
use super::unknown::Unknown;
use crate::configuration::backends;
use crate::configuration::deciding::{
    COMPONENT_MODULE, DEFINED, LOAD_GLOBAL_MODULES, MODULES_ENABLED,
};
use crate::configuration::model::{Configuration, GLOBAL, Host, HostKind, Setting, Value};
use crate::report::{Code, Finding, Place};

/// How deep tables are followed: nobody reads deeper.
const DEEPEST: usize = 50;

/// The configuration that a run has set.
pub(super) fn configuration(state: &State, main: &File) -> mlua::Result<Configuration> {
    let mut budget = Budget {
        values: state.options.limits.values,
        text: state.options.limits.text,
    };
    let mut hosts = IndexMap::new();
    for (name, host) in &*state.hosts.borrow() {
        if !state.nameless.borrow().contains(name) {
            hosts.insert(name.clone(), as_host(state, name, host, &mut budget)?);
        }
    }
    if modules_asked_for(&hosts) > state.options.limits.modules {
        return Err(state.exceed(ExceededLimit::Modules, None));
    }
    let mut configuration = Configuration {
        name: main.source.name().to_owned(),
        dialect: state.options.dialect,
        is_written: false,
        hosts,
        files: state.file_names(),
        read_back: state.read_back.take(),
        findings: state.noted.take(),
    };
    backends::choose(&mut configuration);
    Ok(configuration)
}

/// How many modules the lists of all hosts ask for. Virtual hosts inherit the global one.
fn modules_asked_for(hosts: &IndexMap<String, Host>) -> usize {
    let listed = |host: &Host| match host.options.get(MODULES_ENABLED) {
        Some(Setting {
            value: Value::Table(items, _),
            ..
        }) => items.len(),
        _ => 0,
    };
    let global = hosts.get(GLOBAL).map_or(0, listed);
    let all = hosts.values().map(|host| {
        let taken_over = match host.kind {
            HostKind::VirtualHost => global,
            _ => 0,
        };
        listed(host) + taken_over
    });
    all.sum()
}

/// How many values and how much text may still be converted.
struct Budget {
    values: usize,
    text: usize,
}

fn as_host(state: &State, name: &str, host: &HostState, budget: &mut Budget) -> mlua::Result<Host> {
    let mut options = IndexMap::new();
    let set = host.options.iter();
    for (option, stored) in set.filter(|(_, stored)| !stored.value.is_nil()) {
        let setting = as_setting(state, stored, budget)?;
        note_unknown(state, name, option, &setting);
        options.insert(option.clone(), setting);
    }
    let kind = match options.get(COMPONENT_MODULE).map(|setting| &setting.value) {
        _ if name == GLOBAL => HostKind::Global,
        Some(Value::String(module)) => HostKind::Component(module.clone()),
        Some(Value::Boolean(false)) | None => HostKind::VirtualHost,
        Some(_) => HostKind::Component(String::new()),
    };
    if name != GLOBAL {
        // What Prosody itself sets shows what kind of host it is, and is not an option.
        let internal = [
            (DEFINED, Value::Boolean(true)),
            (LOAD_GLOBAL_MODULES, Value::Boolean(false)),
        ];
        for (option, value) in internal {
            if options
                .get(option)
                .is_some_and(|setting| setting.value == value)
            {
                options.shift_remove(option);
            }
        }
        if matches!(&kind, HostKind::Component(module) if !module.is_empty()) {
            options.shift_remove(COMPONENT_MODULE);
        }
    }
    Ok(Host {
        kind,
        place: host.place.clone(),
        options,
        backends: Vec::new(),
    })
}

fn note_unknown(state: &State, host: &str, option: &str, setting: &Setting) {
    if let Some(reason) = setting.unknown() {
        let finding = Finding::new(Code::Undecided, format!("cannot determine {option}"));
        let finding = finding.reason(reason).about(option).on(host);
        state.noted.add(Finding {
            place: Some(setting.place.clone()),
            ..finding.help("write the value literally, or check this option manually")
        });
    }
}

fn as_setting(state: &State, stored: &Stored, budget: &mut Budget) -> mlua::Result<Setting> {
    Ok(Setting {
        value: as_value(state, &stored.value, &stored.place, budget, &[])?,
        place: stored.place.clone(),
        items: stored.items.clone(),
    })
}

fn as_value(
    state: &State,
    value: &LuaValue,
    place: &Place,
    budget: &mut Budget,
    inside: &[*const c_void],
) -> mlua::Result<Value> {
    match budget.values.checked_sub(1) {
        Some(values) => budget.values = values,
        None => return Err(state.exceed(ExceededLimit::Values, Some(place.clone()))),
    }
    Ok(match value {
        LuaValue::Boolean(value) => Value::Boolean(*value),
        LuaValue::Integer(value) => Value::Integer(*value),
        LuaValue::Number(value) => Value::Float(*value),
        LuaValue::String(text) => {
            match budget.text.checked_sub(text.as_bytes().len()) {
                Some(rest) => budget.text = rest,
                None => return Err(state.exceed(ExceededLimit::Text, Some(place.clone()))),
            }
            Value::String(text.to_string_lossy())
        }
        LuaValue::Table(table) => match handle::list_of(value)? {
            Some(list) => Value::Handle(list),
            None if inside.contains(&table.to_pointer()) => {
                Value::Unknown("a table that contains itself".to_owned())
            }
            None if inside.len() == DEEPEST => {
                Value::Unknown(format!("nested more than {DEEPEST} tables deep"))
            }
            None => {
                let inside = [inside, &[table.to_pointer()]].concat();
                as_table(state, table, place, budget, &inside)?
            }
        },
        LuaValue::Function(_) => Value::Function,
        other => match Unknown::of(other) {
            Some(unknown) if unknown.is_secret() => Value::Secret,
            Some(unknown) => Value::Unknown(unknown.reason()),
            None => Value::Unknown(format!("it is a {}", other.type_name())),
        },
    })
}

fn as_table(
    state: &State,
    table: &Table,
    place: &Place,
    budget: &mut Budget,
    inside: &[*const c_void],
) -> mlua::Result<Value> {
    let mut items = Vec::new();
    loop {
        let item: LuaValue = table.raw_get(items.len() + 1)?;
        if item.is_nil() {
            break;
        }
        items.push(as_value(state, &item, place, budget, inside)?);
    }
    let mut fields = BTreeMap::new();
    for pair in table.pairs::<LuaValue, LuaValue>() {
        let (key, value) = pair?;
        let index = key.as_integer().and_then(|key| usize::try_from(key).ok());
        if index.is_some_and(|index| (1..=items.len()).contains(&index)) {
            continue;
        }
        let key = match &key {
            LuaValue::String(key) => key.to_string_lossy(),
            LuaValue::Integer(_) | LuaValue::Number(_) | LuaValue::Boolean(_) => key.to_string()?,
            other => match Unknown::of(other) {
                Some(unknown) => {
                    return Ok(Value::Unknown(unknown.reason()));
                }
                None => format!("({})", other.type_name()),
            },
        };
        fields.insert(key, as_value(state, &value, place, budget, inside)?);
    }
    Ok(Value::Table(items, fields))
}
