//! What components inherit from the server.

use std::collections::BTreeSet;

use crate::inventory::Inventory;
use crate::release::Release;

/// What a component that is made of a module inherits of what is enabled globally.
pub fn inherited<'a>(
    inventory: &'a Inventory<'_>,
    release: &'a Release,
    made_of: &str,
) -> BTreeSet<&'a str> {
    let common = inventory.inherited_by_components.iter();
    let mut inherited: BTreeSet<&str> = common.map(String::as_str).collect();
    let modules = &release.modules;
    // Prosody 13.0.6 began to read the header, and to hand on admin_shell.
    if modules
        .values()
        .any(|facts| !facts.inherit_modules.is_empty())
    {
        inherited.insert("admin_shell");
    }
    let component = modules.get(made_of).into_iter();
    inherited.extend(component.flat_map(|facts| facts.inherit_modules.iter().map(String::as_str)));
    inherited
}
