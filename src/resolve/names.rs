//! What a release calls the modules of an inventory.

use crate::inventory::Module;
use crate::release::Release;

/// The name under which a release has a module of the inventory.
pub fn name_in<'a>(release: &Release, name: &'a str, module: &'a Module) -> &'a str {
    match module.real_name() {
        Some(real) if !release.modules.contains_key(name) => real,
        _ => name,
    }
}
