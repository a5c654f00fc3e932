//! A value that Prosody does not use as written, as a finding.

use super::conversion::{Conversion, Converted, Level, Log};
use crate::configuration::Value;
use crate::report::{Code, Finding, Severity};

/// What is wrong with a value that `reader` reads; none if the server accepts it silently.
///
/// The reason is what the server logs.
pub fn invalid(reader: &str, option: &str, conversion: &Conversion) -> Option<Finding> {
    let fails = conversion.result == Converted::Fails;
    if conversion.logs.is_empty() && !fails {
        return None;
    }
    let message = match &conversion.result {
        Converted::Fails => format!("{reader} does not load, because of {option}"),
        Converted::Value(value) => match displayed(value) {
            Some(displayed) => format!("{option} is read as {displayed}"),
            None => format!("{option} is not used as written"),
        },
        Converted::Nil => format!("{option} is read as nil, not as its default"),
        Converted::Unknown => format!("{option} is not used as written"),
    };
    let finding = Finding::new(Code::OptionInvalid, message).about(option);
    let finding = match fails {
        true => finding.severity(Severity::Error),
        false => finding,
    };
    Some(finding.reason(logged(reader, conversion)))
}

/// What the server logs.
pub fn logged(reader: &str, conversion: &Conversion) -> String {
    let logs = conversion.logs.iter().map(|Log { level, text }| {
        let level = match level {
            Level::Warn => "warning",
            Level::Error => "error",
        };
        format!("the {level} \"{text}\"")
    });
    let logs: Vec<String> = logs.collect();
    match logs.as_slice() {
        [] => "its list is empty".to_owned(),
        logs => format!("{reader} logs {}", logs.join(" and ")),
    }
}

/// A number or one of few values; texts may be secret.
pub fn displayed(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Float(value) if value.is_infinite() => Some("\"never\"".to_owned()),
        Value::Float(value) => Some(value.to_string()),
        _ => None,
    }
}
