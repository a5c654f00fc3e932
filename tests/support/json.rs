//! Texts and names in JSON.

use serde_json::Value;

/// A text.
pub fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// A list.
pub fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no list"))
}

/// The names in a list of names, or of things that have one, in their order.
pub fn names(value: &Value) -> Vec<&str> {
    let name = |value: &'_ Value| value.get("name").is_some();
    list(value)
        .iter()
        .map(|one| text(if name(one) { &one["name"] } else { one }))
        .collect()
}
