//! What Prosody makes of the value of one option, and what it logs: `module:get_option_…`.

use std::fmt;

use super::duration::{duration, lax_duration};
use super::number::{self, Number};
use crate::configuration::Value;
use crate::release::{OptionType, ReleaseOption, Scalar};

/// What Prosody makes of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// What the code gets.
    pub result: Converted,
    /// What the server logs, in order.
    pub logs: Vec<Log>,
}

/// What the code gets that reads an option.
#[derive(Clone, Debug, PartialEq)]
pub enum Converted {
    /// This value. A period is a number of seconds; an infinite one means never.
    Value(Value),
    /// Nil, and not the default.
    Nil,
    /// An error: the module does not load.
    Fails,
    /// What the release file does not tell.
    Unknown,
}

/// A line in the server's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How severe Prosody takes it.
    pub level: Level,
    /// The text.
    pub text: String,
}

/// How severe Prosody takes what it logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `warn`
    Warn,
    /// `error`
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// What Prosody makes of a value of the option `name`, as one module or core reads it.
///
/// Nothing for a value that is not known: a secret, a call that was not run, a handle. Nothing for
/// a value of an enum that may be one of those that the release file does not tell.
pub fn convert(name: &str, option: &ReleaseOption, value: &Value) -> Option<Conversion> {
    if !is_known(value) || may_be_unlisted(option, value) {
        return None;
    }
    let mut logs = Logs {
        name,
        logs: Vec::new(),
    };
    let result = match option.option_type {
        OptionType::Any => Converted::Value(value.clone()),
        OptionType::Array | OptionType::Set => list(value),
        _ => match first(value, &mut logs) {
            Some(value) => scalar(option, value, &mut logs),
            // An empty list is nil, and nil is compared with a bound.
            None => match option.option_type {
                OptionType::Number | OptionType::Integer => not_a_number(option),
                _ => Converted::Nil,
            },
        },
    };
    let logs = logs.logs;
    Some(Conversion { result, logs })
}

struct Logs<'a> {
    name: &'a str,
    logs: Vec<Log>,
}

impl Logs<'_> {
    fn add(&mut self, level: Level, text: impl fmt::Display) {
        let text = format!("Config option '{}' {text}", self.name);
        self.logs.push(Log { level, text });
    }
}

fn is_known(value: &Value) -> bool {
    match value {
        Value::Unknown(_) | Value::Secret | Value::Handle(_) => false,
        Value::Table(items, fields) => items.iter().chain(fields.values()).all(is_known),
        _ => true,
    }
}

/// Whether an enum may allow a value of which the release file says nothing: not all that it allows
/// are literals. Then the default, which counts as one of the values, is not listed.
fn may_be_unlisted(option: &ReleaseOption, value: &Value) -> bool {
    let value = match value {
        Value::Table(items, _) => items.first(),
        value => Some(value),
    };
    let default = option.default.as_ref().and_then(Scalar::of);
    let lists_all = default.is_some_and(|default| option.values.contains(&default));
    option.option_type == OptionType::Enum
        && !lists_all
        && value.is_some_and(|value| !allows(option, value))
}

/// Whether an enum lists a value, or has it as its default.
fn allows(option: &ReleaseOption, value: &Value) -> bool {
    let default = option.default.as_ref().and_then(Scalar::of);
    let mut listed = option.values.iter().chain(&default);
    listed.any(|listed| match (listed, as_number(value)) {
        (Scalar::Boolean(listed), _) => *value == Value::Boolean(*listed),
        (Scalar::Text(listed), _) => matches!(value, Value::String(text) if text == listed),
        // 1 and 1.0 are one number.
        (Scalar::Number(listed), Some(number)) => {
            let is = |listed: f64| number.value().total_cmp(&listed).is_eq();
            listed.as_f64().is_some_and(is)
        }
        (Scalar::Number(_), None) => false,
    })
}

fn list(value: &Value) -> Converted {
    let items = match value {
        Value::Table(items, _) => items.clone(),
        single => vec![single.clone()],
    };
    Converted::Value(Value::Table(items, Default::default()))
}

/// The value, or the first one of a list.
fn first<'a>(value: &'a Value, logs: &mut Logs<'_>) -> Option<&'a Value> {
    let Value::Table(items, _) = value else {
        return Some(value);
    };
    if items.len() > 1 {
        let text = "does not take a list, using just the first item";
        logs.add(Level::Error, text);
    }
    items.first()
}

fn scalar(option: &ReleaseOption, value: &Value, logs: &mut Logs<'_>) -> Converted {
    match option.option_type {
        OptionType::String | OptionType::Path => string(value),
        OptionType::Number => number(option, [None, None], value, logs),
        OptionType::Integer => integer(option, value, logs),
        OptionType::Boolean => boolean(value, logs),
        OptionType::Period => period(option, value, logs),
        OptionType::Enum => one_of(option, value, logs),
        OptionType::Array | OptionType::Set | OptionType::Scalar | OptionType::Any => {
            Converted::Value(value.clone())
        }
    }
}

fn string(value: &Value) -> Converted {
    let text = match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => number::written(*value),
        Value::String(text) => text.clone(),
        // The address of a table or a function.
        _ => return Converted::Unknown,
    };
    Converted::Value(Value::String(text))
}

fn boolean(value: &Value, logs: &mut Logs<'_>) -> Converted {
    let is = |number: Number| move |other: f64| number.value().total_cmp(&other).is_eq();
    let converted = match (value, as_number(value)) {
        (Value::Boolean(value), _) => Some(*value),
        (Value::String(text), _) => text.parse().ok(),
        (_, Some(number)) if is(number)(1.0) => Some(true),
        (_, Some(number)) if is(number)(0.0) || is(number)(-0.0) => Some(false),
        _ => None,
    };
    match converted {
        Some(value) => Converted::Value(Value::Boolean(value)),
        None => {
            logs.add(Level::Error, "not understood, expecting true/false");
            Converted::Nil
        }
    }
}

/// The number that a value is, without what a text may say.
fn as_number(value: &Value) -> Option<Number> {
    match value {
        Value::Integer(value) => Some(Number::Integer(*value)),
        Value::Float(value) => Some(Number::Float(*value)),
        _ => None,
    }
}

fn as_value(number: Number) -> Value {
    match number {
        Number::Integer(value) => Value::Integer(value),
        Number::Float(value) => Value::Float(value),
    }
}

/// `bounds` hold where the release has none.
fn number(
    option: &ReleaseOption,
    bounds: [Option<Number>; 2],
    value: &Value,
    logs: &mut Logs<'_>,
) -> Converted {
    let number = match value {
        Value::String(text) => number::read(text),
        other => as_number(other),
    };
    let Some(number) = number else {
        logs.add(Level::Error, "not understood, expecting a number");
        return not_a_number(option);
    };
    // The default may be out of bounds.
    if is_default(option, number) {
        return Converted::Value(as_value(number));
    }
    let bound = |given: &Option<serde_json::Value>, other| json_number(given.as_ref()).or(other);
    let bounds = [bound(&option.min, bounds[0]), bound(&option.max, bounds[1])];
    Converted::Value(as_value(within(number, bounds, logs)))
}

/// Nil, which Prosody 13.0 then compares with a bound: that fails, unless the default is nil.
fn not_a_number(option: &ReleaseOption) -> Converted {
    let is_integer = option.option_type == OptionType::Integer;
    let has_bounds = is_integer || option.min.is_some() || option.max.is_some();
    match option.default {
        _ if !has_bounds => Converted::Nil,
        Some(_) => Converted::Fails,
        None => Converted::Unknown,
    }
}

fn is_default(option: &ReleaseOption, number: Number) -> bool {
    let default = json_number(option.default.as_ref());
    default.is_some_and(|default| default.value().total_cmp(&number.value()).is_eq())
}

fn json_number(json: Option<&serde_json::Value>) -> Option<Number> {
    let json = json?;
    let whole = json.as_i64().map(Number::Integer);
    whole.or_else(|| json.as_f64().map(Number::Float))
}

/// The number, or the bound that it passes.
fn within(number: Number, [min, max]: [Option<Number>; 2], logs: &mut Logs<'_>) -> Number {
    let value = number.value();
    let passed = match (min, max) {
        (Some(min), _) if value < min.value() => Some((min, '<')),
        (_, Some(max)) if value > max.value() => Some((max, '>')),
        _ => None,
    };
    let Some((bound, sign)) = passed else {
        return number;
    };
    let text = format!("out of bounds {} {sign} {}", number.short(), bound.short());
    logs.add(Level::Warn, text);
    bound
}

fn integer(option: &ReleaseOption, value: &Value, logs: &mut Logs<'_>) -> Converted {
    let bounds = [i64::MIN, i64::MAX].map(|bound| Some(Number::Integer(bound)));
    let converted = number(option, bounds, value, logs);
    let Converted::Value(Value::Float(value)) = converted else {
        return converted;
    };
    if is_default(option, Number::Float(value)) {
        return converted;
    }
    let shown = Number::Float(value).short();
    let text = format!("expected an integer, not a float ({shown})");
    logs.add(Level::Warn, text);
    // A float that no integer holds was out of bounds.
    #[allow(clippy::cast_possible_truncation)]
    Converted::Value(Value::Integer(value.floor() as i64))
}

fn period(option: &ReleaseOption, value: &Value, logs: &mut Logs<'_>) -> Converted {
    const NEVER: Converted = Converted::Value(Value::Float(f64::INFINITY));
    let seconds = match value {
        Value::Boolean(false) => return NEVER,
        Value::String(text) if text == "never" => return NEVER,
        Value::Integer(value) => Number::Integer(*value),
        Value::Float(value) => Number::Float(*value),
        Value::String(text) => match (duration(text), lax_duration(text)) {
            (Some(seconds), _) => seconds,
            (None, Some((seconds, amount))) => {
                logs.add(
                    Level::Error,
                    format!(
                        "is set to ambiguous period '{text}' - use full syntax e.g. \
                         '{amount} months' or '{amount} minutes'"
                    ),
                );
                seconds
            }
            (None, None) => {
                let text = "not understood, expecting a period (e.g. \"2 days\")";
                logs.add(Level::Error, text);
                return Converted::Nil;
            }
        },
        other => {
            logs.add(
                Level::Error,
                format!(
                    "expects a number or a period description string (e.g. \"3 hours\"), not {}",
                    lua_type(other)
                ),
            );
            return Converted::Nil;
        }
    };
    if seconds.value() < 0.0 {
        return NEVER;
    }
    let bound = |given: &Option<serde_json::Value>| match given {
        Some(serde_json::Value::String(text)) => duration(text),
        other => json_number(other.as_ref()),
    };
    let bounds = [bound(&option.min), bound(&option.max)];
    Converted::Value(as_value(within(seconds, bounds, logs)))
}

fn lua_type(value: &Value) -> &'static str {
    match value {
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Float(_) => "number",
        Value::Table(..) => "table",
        Value::Function => "function",
        _ => "string",
    }
}

/// Prosody 13.0.1 goes on with a value that is not allowed, later ones with the default.
fn one_of(option: &ReleaseOption, value: &Value, logs: &mut Logs<'_>) -> Converted {
    if allows(option, value) {
        return Converted::Value(value.clone());
    }
    let Some(default) = option.default.as_ref().map(from_json) else {
        return Converted::Unknown;
    };
    let values: Vec<String> = option.values.iter().map(Scalar::to_string).collect();
    let values = values.join(", ");
    let text = format!("not in set of allowed values (one of: {{{values}}})");
    logs.add(Level::Error, text);
    Converted::Value(default)
}

/// A literal default as a value.
fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Bool(value) => Value::Boolean(*value),
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => {
            Value::Table(items.iter().map(from_json).collect(), Default::default())
        }
        serde_json::Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| (key.clone(), from_json(value)));
            Value::Table(Vec::new(), fields.collect())
        }
        other => json_number(Some(other)).map_or(Value::Function, as_value),
    }
}
