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

/// All findings of a report, those below others as well.
pub fn findings(report: &Value) -> Vec<&Value> {
    let entries = list(&report["findings"]).iter();
    let with_facts = entries.flat_map(|entry| {
        let facts = entry["facts"].as_array().into_iter().flatten();
        std::iter::once(entry).chain(facts)
    });
    with_facts.collect()
}
