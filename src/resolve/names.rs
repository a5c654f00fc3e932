//! What a release calls the modules of an inventory, and what a name says of a module.

use crate::inventory::Module;
use crate::release::Release;

/// The name under which a release has a module of the inventory.
pub fn name_in<'a>(release: &Release, name: &'a str, module: &'a Module) -> &'a str {
    match module.real_name() {
        Some(real) if !release.modules.contains_key(name) => real,
        _ => name,
    }
}

/// Whether a module extends room servers, and so works only on a component that is made of `muc`.
pub fn is_for_rooms(name: &str) -> bool {
    name.starts_with("muc_") || name == "vcard_muc"
}
