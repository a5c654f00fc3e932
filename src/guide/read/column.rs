//! The columns of a table of modules, recognised by their headings.

use super::document::words;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Module,
    Purpose,
    Category,
    Stability,
    Notes,
    Safeguarding,
    References,
    Placement,
}

impl Column {
    /// Tells a column by its heading; extra columns are `None`.
    pub fn of(heading: &str) -> Option<Self> {
        let words: Vec<_> = words(heading).collect();
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        Some(if has(&["safeguarding"]) {
            Self::Safeguarding
        } else if has(&["notes", "note", "messages", "concerns"]) {
            Self::Notes
        } else if has(&["module", "modules"]) {
            Self::Module
        } else if has(&["purpose", "description"]) {
            Self::Purpose
        } else if has(&["category"]) {
            Self::Category
        } else if has(&["stability", "level"]) {
            Self::Stability
        } else if has(&[
            "xep",
            "xeps",
            "reference",
            "references",
            "spec",
            "specs",
            "specification",
            "specifications",
            "rfc",
            "rfcs",
        ]) {
            Self::References
        } else if has(&["placement"]) {
            Self::Placement
        } else {
            return None;
        })
    }
}
