//! Lua text: the only place that writes it. Static values only, no calls.
//!
//! ```
//! use prosody_stability::lua::{Value, option};
//!
//! let list = Value::texts(["carbons", "mam"]);
//! assert_eq!(
//!     option("modules_enabled", &list),
//!     "modules_enabled = {\n\t\"carbons\";\n\t\"mam\";\n}\n"
//! );
//! ```

use std::fmt::Write;

use crate::terminal::printable_start;

/// A value as a configuration can hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A sequence.
    List(Vec<Value>),
    /// A table with names, in this order.
    Table(Vec<(String, Value)>),
}

impl Value {
    /// A sequence of strings.
    pub fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::List(
            texts
                .into_iter()
                .map(|text| Self::Text(text.into()))
                .collect(),
        )
    }
}

/// Words that Lua reads as syntax, in any version from 5.1 on.
const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// A string literal that no text can break out of.
///
/// Whatever is not printable ASCII is written as `\ddd`, byte by byte: no line can end early, and
/// no tool on the way is tempted. So is `$`, which tools such as envsubst look for, and the bracket
/// of `##[`, which GitHub's runner looks for.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            b'$' => quoted.push_str("\\036"),
            b'[' if quoted.ends_with("##") => quoted.push_str("\\091"),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, "\\{byte:03}");
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A text as comment lines; characters that could end a line are escaped.
pub fn comment(text: &str) -> String {
    // The blank also keeps `--[[` from opening a comment over several lines.
    text.lines()
        .map(|line| match printable_start(line, usize::MAX).as_ref() {
            "" => "--\n".to_owned(),
            line => format!("-- {line}\n"),
        })
        .collect()
}

/// An option in the global section: `name = value`. `name` must be a name of Lua.
pub fn option(name: &str, value: &Value) -> String {
    let mut text = format!("{} = ", key(name));
    write_value(&mut text, value, 0);
    text.push('\n');
    text
}

/// A list added to an option that holds one, as Prosody 13.0 does: `name { … }`. `name` must be a name
/// of Lua.
pub fn append(name: &str, value: &Value) -> String {
    let mut text = format!("{name} ");
    write_value(&mut text, value, 0);
    text.push('\n');
    text
}

fn key(name: &str) -> String {
    let mut bytes = name.bytes();
    let is_name = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !KEYWORDS.contains(&name);
    if is_name {
        name.to_owned()
    } else {
        format!("[{}]", quote(name))
    }
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    let indent = "\t".repeat(depth);
    match value {
        Value::Text(string) => text.push_str(&quote(string)),
        Value::List(values) if values.is_empty() => text.push_str("{}"),
        Value::Table(fields) if fields.is_empty() => text.push_str("{}"),
        Value::List(values) => {
            text.push_str("{\n");
            for value in values {
                let _ = write!(text, "{indent}\t");
                write_value(text, value, depth + 1);
                text.push_str(";\n");
            }
            let _ = write!(text, "{indent}}}");
        }
        Value::Table(fields) => {
            text.push_str("{\n");
            for (name, value) in fields {
                let _ = write!(text, "{indent}\t{} = ", key(name));
                write_value(text, value, depth + 1);
                text.push_str(";\n");
            }
            let _ = write!(text, "{indent}}}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_string() {
        assert_eq!(quote("a\"]]\n"), "\"a\\\"]]\\010\"");
        assert_eq!(quote("\\"), "\"\\\\\"");
        // The digits behind an escape are the text's own.
        assert_eq!(quote("\u{1}2"), "\"\\0012\"");
        assert_eq!(quote("##[error]"), "\"##\\091error]\"");
        assert_eq!(quote("${HOME}é"), "\"\\036{HOME}\\195\\169\"");
    }

    #[test]
    fn nothing_breaks_out_of_a_comment() {
        assert_eq!(
            comment("[[\nos.exit()\r\n\nx"),
            "-- [[\n-- os.exit()\n--\n-- x\n"
        );
        assert_eq!(comment("a\rb\u{b}"), "-- a\\rb\\u{b}\n");
    }

    #[test]
    fn keys_are_names_or_quoted() {
        let table = Value::Table(vec![
            ("HTTP".into(), Value::texts(["bosh"])),
            ("end".into(), Value::texts([] as [&str; 0])),
        ]);
        assert_eq!(
            option("x", &table),
            "x = {\n\tHTTP = {\n\t\t\"bosh\";\n\t};\n\t[\"end\"] = {};\n}\n"
        );
    }
}
