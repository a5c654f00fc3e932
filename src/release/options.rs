//! The options that Prosody's core and modules read, as the sources show them.

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
    /// Names that are computed when the code runs, each with `*` for what is not known: `*_ports`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed: Vec<String>,
}

/// One option as one module or core reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseOption {
    /// How the value is read; `any` if it is read in several ways.
    #[serde(rename = "type")]
    pub option_type: OptionType,
    /// The values that an `enum` allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
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
    /// The path of a file; relative to the configuration, or to a folder of Prosody.
    Path,
    /// A list; a single value is taken as a list of one.
    Array,
    /// A list in no order; a single value is taken as a list of one.
    Set,
    /// One of the values that are listed.
    Enum,
    /// Anything but a list.
    Scalar,
    /// Anything: it is read as it stands.
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
        self.named.is_empty() && self.computed.is_empty()
    }

    /// Whether a computed name may be this one.
    pub fn may_compute(&self, option: &str) -> bool {
        self.computed.iter().any(|pattern| fits(pattern, option))
    }
}

/// Whether a name is what a pattern describes, in which each `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
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
