//! Reads the inventory back from the Nix attribute set that `emit` writes.

use super::Inventory;
use super::json::suggestion;
use crate::diagnostic::{Diagnostic, Result};
use crate::nix::read::from_str;
use crate::source::Source;

/// Reads an inventory from a literal Nix attribute set, without evaluating anything.
pub fn read(source: &Source) -> Result<Inventory<'_>> {
    from_str(source.text()).map_err(|error| {
        let label = if error.path.is_empty() {
            String::new()
        } else {
            format!("in `{}`", error.path.join("."))
        };
        Box::new(
            Diagnostic::error(format!("not an emitted inventory: {}", error.message))
                .at(source, error.span, label)
                .maybe_help(suggestion(&error.message))
                .maybe_help(error.help),
        )
    })
}
