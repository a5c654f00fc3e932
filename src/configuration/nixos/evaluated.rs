//! Settings that Nix has evaluated: the JSON of `nix eval --json …config.services.prosody-stability`.

use std::ops::Range;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::doubt::Doubt;
use super::literal::Literal;
use super::modules::Definition;
use crate::configuration::services_prosody;
use crate::configuration::services_prosody::value::{self as service, At, Package, ValueKind};
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Flag;
use crate::selection::nixos_module::OPTIONS;
use crate::source::Source;

type Object<'a> = IndexMap<String, &'a RawValue>;

/// Whether a text is JSON, and so no Nix. An empty set is both, and sets nothing either way.
pub(super) fn is_json(source: &Source) -> bool {
    let text = source.text().trim();
    text.starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
}

/// What was evaluated.
pub(super) struct Evaluated {
    pub definitions: Vec<Definition>,
    pub service: Vec<service::Definition>,
    pub doubts: Vec<Doubt>,
    /// What is undecided about services.prosody.
    pub of_service: Vec<services_prosody::Doubt>,
}

/// Reads the settings, and what is undecided about them.
pub(super) fn read(source: &Source) -> Result<Evaluated> {
    let mut settings = object(source, source.text(), "the settings")?;
    // As much as `nix eval` may print.
    for name in ["config", "services"] {
        if let Some(inner) = settings.get(name).copied() {
            settings = object(source, inner.get(), name)?;
        }
    }
    let of_prosody = settings.get("prosody").copied();
    let of_prosody = match of_prosody {
        Some(inner) => Some(object(source, inner.get(), "prosody")?),
        // services.prosody itself: it has no flags.
        None if settings.contains_key("virtualHosts") && settings.contains_key("extraModules") => {
            Some(std::mem::take(&mut settings))
        }
        None => None,
    };
    if let Some(inner) = settings.get("prosody-stability").copied() {
        settings = object(source, inner.get(), "prosody-stability")?;
    } else if of_prosody.is_some() {
        settings.clear();
    }
    let (mut service, mut lacking) = (Vec::new(), Vec::new());
    if let Some(prosody) = of_prosody {
        lacking = missing_options(&prosody);
        service = of_service(source, &prosody);
    }
    let mut definitions = Vec::new();
    let mut add = |path: &[&str], raw: &RawValue| {
        let path = path.iter().map(|name| (*name).to_owned()).collect();
        definitions.push(definition(source, path, raw)?);
        Ok::<(), Box<Diagnostic>>(())
    };
    for (name, raw) in &settings {
        match name.as_str() {
            "modules" => {
                for (module, raw) in object(source, raw.get(), name)? {
                    add(&[name, &module], raw)?;
                }
            }
            "virtualHosts" | "components" => {
                for (host, raw) in object(source, raw.get(), name)? {
                    for (setting, raw) in object(source, raw.get(), &host)? {
                        if setting == "modules" {
                            for (module, raw) in object(source, raw.get(), &setting)? {
                                add(&[name, &host, &setting, &module], raw)?;
                            }
                        } else {
                            add(&[name, &host, &setting], raw)?;
                        }
                    }
                }
            }
            "enable" | "profile" | "enforce" | "modulesDisabled" => add(&[name], raw)?,
            // What the module computes, and what does not decide which modules load, stays out.
            name if Flag::ALL.iter().any(|flag| flag.name() == name) => add(&[name], raw)?,
            _ => {}
        }
    }
    let missing = missing(&settings);
    if missing.len() == Flag::ALL.len() {
        definitions.clear();
    }
    let mut doubts = Vec::new();
    if !definitions.is_empty() {
        doubts.extend(missing.into_iter().map(|flag| Doubt {
            option: format!("{OPTIONS}.{flag}"),
            reason: "missing, although Nix prints all flags".to_owned(),
            file: 0,
            span: 0..0,
        }));
    }
    Ok(Evaluated {
        definitions,
        service,
        doubts,
        of_service: lacking,
    })
}

/// What `nix eval` prints of a package: nothing of what it enables.
const PACKAGE: &str = "package";
/// The list of room servers, and what the NixOS module keeps in each of them for itself.
const ROOMS: &str = "muc";
const WRITTEN: &str = "written";
/// How deep values may nest.
const DEEPEST: usize = 30;
/// The name under which what it enables may be given.
const ENABLED: &str = "communityModules";

/// Options of services.prosody that decide what loads, and that Nix prints whenever it prints all.
const PRINTED: [&str; 5] = [
    "modules",
    "extraModules",
    "extraConfig",
    "muc",
    "virtualHosts",
];

fn missing_options(prosody: &Object) -> Vec<services_prosody::Doubt> {
    let is_there = |name: &str| prosody.contains_key(name);
    let missing = PRINTED.into_iter().filter(|name| !is_there(name));
    let package = (!is_there(PACKAGE) && !is_there(ENABLED)).then_some(ENABLED);
    let doubts = missing.chain(package).map(|name| services_prosody::Doubt {
        option: format!("services.prosody.{name}"),
        why: "missing, although it determines what loads".to_owned(),
        at: At {
            file: 0,
            span: 0..0,
        },
    });
    doubts.collect()
}

/// The options of services.prosody, each as one definition.
fn of_service(source: &Source, prosody: &Object) -> Vec<service::Definition> {
    let options = prosody.iter().filter_map(|(name, raw)| {
        let mut value = set_to(source, raw, DEEPEST);
        if let (ROOMS, ValueKind::List(rooms)) = (name.as_str(), &mut value.kind) {
            for room in rooms {
                if let ValueKind::Set(options) = &mut room.kind {
                    options.retain(|(name, _)| name != WRITTEN);
                }
            }
        }
        let option = match name.as_str() {
            PACKAGE if prosody.contains_key(ENABLED) => return None,
            PACKAGE => {
                let reason = format!("a path: add its `{ENABLED}`");
                value.kind = ValueKind::Unknown(reason);
                PACKAGE
            }
            ENABLED => {
                value.kind = enabled(value.kind);
                PACKAGE
            }
            name => name,
        };
        Some(service::Definition {
            option: option.to_owned(),
            value,
            priority: 100,
            machine: 0,
            module: 0,
        })
    });
    options.collect()
}

fn enabled(list: ValueKind) -> ValueKind {
    let ValueKind::List(items) = list else {
        return ValueKind::Unknown("not a list of names".to_owned());
    };
    let enabled = items.into_iter().map(|item| match item.kind {
        ValueKind::Text(lines) => Some((service::joined(&lines), item.at)),
        _ => None,
    });
    match enabled.collect() {
        Some(enabled) => ValueKind::Package(Package {
            enabled,
            installed: Vec::new(),
        }),
        None => ValueKind::Unknown("not a list of names".to_owned()),
    }
}

/// A value of JSON as one of Nix.
fn set_to(source: &Source, raw: &RawValue, depth: usize) -> service::Value {
    let text = raw.get();
    let at = At {
        file: 0,
        span: span(source, text),
    };
    let inner = |raw: &RawValue| set_to(source, raw, depth.saturating_sub(1));
    let kind = if depth == 0 {
        ValueKind::Unknown("nested too deep".to_owned())
    } else if let Ok(object) = serde_json::from_str::<Object>(text) {
        let values = object.iter();
        ValueKind::Set(
            values
                .map(|(name, raw)| (name.clone(), inner(raw)))
                .collect(),
        )
    } else if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
        ValueKind::List(items.into_iter().map(inner).collect())
    } else {
        match serde_json::from_str(text) {
            Ok(Value::Bool(on)) => ValueKind::Bool(on),
            Ok(Value::Null) => ValueKind::Null,
            Ok(Value::Number(number)) => ValueKind::Number(number.to_string()),
            Ok(Value::String(text)) => ValueKind::Text(
                text.split('\n')
                    .map(|text| service::Line {
                        text: text.to_owned(),
                        at: at.clone(),
                        unknown: None,
                    })
                    .collect(),
            ),
            _ => ValueKind::Unknown("not a value".to_owned()),
        }
    };
    service::Value { kind, at }
}

fn missing(settings: &Object) -> Vec<Flag> {
    let flags = Flag::ALL.into_iter();
    flags
        .filter(|flag| !settings.contains_key(flag.name()))
        .collect()
}

fn object<'a>(source: &Source, text: &'a str, name: &str) -> Result<Object<'a>> {
    serde_json::from_str(text).map_err(|error| {
        let title = format!("{}: `{name}` is not a JSON object", source.name());
        Box::new(Diagnostic::error(title).help(error.to_string()))
    })
}

fn definition(source: &Source, path: Vec<String>, raw: &RawValue) -> Result<Definition> {
    let span = span(source, raw.get());
    let value = serde_json::from_str(raw.get()).ok().and_then(literal);
    match value {
        Some(value) => Ok(Definition {
            path,
            value,
            file: 0,
            span,
            priority: 100,
            machine: 0,
        }),
        None => Err(Box::new(
            Diagnostic::error(format!("invalid value for `{OPTIONS}.{}`", path.join("."))).at(
                source,
                span,
                "expected true, false, null, a string or a list of strings",
            ),
        )),
    }
}

fn literal(value: Value) -> Option<Literal> {
    match value {
        Value::Bool(on) => Some(Literal::Bool(on)),
        Value::Null => Some(Literal::Null),
        Value::String(text) => Some(Literal::Text(text)),
        Value::Array(items) => {
            let names = items.into_iter().map(|item| match item {
                Value::String(name) => Some(name),
                _ => None,
            });
            names.collect::<Option<_>>().map(Literal::List)
        }
        Value::Number(_) | Value::Object(_) => None,
    }
}

/// Where a value that was borrowed from the text is in it.
fn span(source: &Source, value: &str) -> Range<usize> {
    let start = (value.as_ptr() as usize).saturating_sub(source.text().as_ptr() as usize);
    let start = start.min(source.text().len());
    start..(start + value.len()).min(source.text().len())
}
