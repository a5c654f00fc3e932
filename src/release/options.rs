//! The options that Prosody's core and modules read, as the sources show them.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What core, or one module with its libraries, reads of a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// The options by name, sorted.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub named: IndexMap<String, ReleaseOption>,
    /// Names that are computed when the code runs, each with `*` for what is not known: `*_host`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed: Vec<String>,
    /// The same of options that are read from the global section only: `*_ports`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed_global: Vec<String>,
}

/// One option as one module or core reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseOption {
    /// How the value is read; `any` if it is read in several ways.
    #[serde(rename = "type")]
    pub option_type: OptionType,
    /// The values that an `enum` allows, a literal default first; left out where another one of them
    /// is not a literal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Scalar>,
    /// What holds if it is not set, where the source has it as a literal. Left out, the option is
    /// nil, or the default is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// The least value allowed, where the source has it as a literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<serde_json::Value>,
    /// The greatest value allowed, where the source has it as a literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<serde_json::Value>,
    /// It is read from the global section only: under a host it has no effect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub global_only: bool,
    /// Without it the module does not load.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Observed, not read: a server read it, and the code does not show that. How its value is
    /// read is not known then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
}

/// A value that an `enum` allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a string, a number, true or false as an enum value"
)]
pub enum Scalar {
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
}

impl Scalar {
    /// The JSON value, unless it is a list, an object or null.
    pub fn of(json: &serde_json::Value) -> Option<Self> {
        match json {
            serde_json::Value::Bool(value) => Some(Self::Boolean(*value)),
            serde_json::Value::Number(value) => Some(Self::Number(value.clone())),
            serde_json::Value::String(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }
}

/// As Lua writes it in a message: texts without quotes.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// How Prosody reads an option: by which `module:get_option…` function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OptionType {
    /// A text; Prosody makes one of numbers and booleans.
    String,
    /// A number, or a text that is one.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`; also `"true"`, `"false"`, 1 and 0.
    Boolean,
    /// Seconds, a text such as `"2 days"`, `"never"` or `false`.
    Period,
    /// The path of a file; relative to the configuration, or to a directory of Prosody.
    Path,
    /// A list; a single value is taken as a list of one.
    Array,
    /// A list in no order; a single value is taken as a list of one.
    Set,
    /// One of the values that are listed.
    Enum,
    /// Anything but a list.
    Scalar,
    /// Anything: it is not converted.
    Any,
}

impl OptionType {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Period => "period",
            Self::Path => "path",
            Self::Array => "array",
            Self::Set => "set",
            Self::Enum => "enum",
            Self::Scalar => "scalar",
            Self::Any => "any",
        }
    }
}

impl Options {
    /// Whether nothing is read.
    pub fn is_empty(&self) -> bool {
        let Self {
            named,
            computed,
            computed_global,
        } = self;
        named.is_empty() && computed.is_empty() && computed_global.is_empty()
    }

    /// All patterns of computed names.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let patterns = self.computed.iter().chain(&self.computed_global);
        patterns.map(String::as_str)
    }

    /// Whether a computed name may be this one.
    pub fn may_compute(&self, option: &str) -> bool {
        self.patterns().any(|pattern| fits(pattern, option))
    }

    /// Whether a computed name may be this one that is read from the sections of hosts, too.
    pub fn may_compute_on_host(&self, option: &str) -> bool {
        self.computed.iter().any(|pattern| fits(pattern, option))
    }
}

/// Whether a name is what a pattern describes, in which each `*` stands for any text.
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else {
        return false;
    };
    let Some(end) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(end)
}

/// Lua libraries beyond those that Prosody brings or needs itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Libraries {
    /// Without one of them the module does not load, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Needed under some condition, or used where they are there, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<String>,
}

impl Libraries {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.required.is_empty() && self.optional.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let rows = [
            ("*_ports", "http_ports", true),
            ("*_ports", "_ports", true),
            ("*_ports", "ports", false),
            ("a*b", "ab", true),
            ("aba*aba", "aba", false),
            ("*_of_*_x", "size_of_b_x", true),
            ("*_of_*_x", "size_of_x", false),
            ("*", "anything", true),
            ("plain", "plain", true),
            ("plain", "plainer", false),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
