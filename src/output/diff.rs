//! What a write would change, as people read it.

use similar::TextDiff;

use crate::terminal::printable;

/// The changes that would turn `old` into `new` as a unified diff; empty when they are equal.
pub fn unified_diff(name: &str, old: &str, new: &str) -> String {
    diff(name, old, new, "as generated")
}

/// The same for a file that people wrote.
pub fn rewrite_diff(name: &str, old: &str, new: &str) -> String {
    diff(name, old, new, "rewritten")
}

fn diff(name: &str, old: &str, new: &str, how: &str) -> String {
    let name = printable(name);
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("{name} (as it is)"), &format!("{name} ({how})"))
        .to_string()
}
