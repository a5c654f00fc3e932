//! Settings that Nix has evaluated: the JSON of `nix eval --json …config.services.prosody-stability`.

use std::ops::Range;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::doubt::Doubt;
use super::literal::Literal;
use super::modules::Definition;
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

/// Reads the settings, and what is undecided about them.
pub(super) fn read(source: &Source) -> Result<(Vec<Definition>, Vec<Doubt>)> {
    let mut settings = object(source, source.text(), "the settings")?;
    // As much as `nix eval` may have been asked for.
    for name in ["config", "services", "prosody-stability"] {
        if let Some(inner) = settings.get(name).copied() {
            settings = object(source, inner.get(), name)?;
        }
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
            "enable" | "profile" => add(&[name], raw)?,
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
            why: "it is missing, although Nix prints all flags".to_owned(),
            file: 0,
            span: 0..0,
        }));
    }
    Ok((definitions, doubts))
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

/// Where a value that was borrowed from the text stands in it.
fn span(source: &Source, value: &str) -> Range<usize> {
    let start = (value.as_ptr() as usize).saturating_sub(source.text().as_ptr() as usize);
    let start = start.min(source.text().len());
    start..(start + value.len()).min(source.text().len())
}
