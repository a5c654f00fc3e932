//! What a review looks at: a selection, on both sides.

use crate::configuration::nixos::Settings;
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::selection::Selection;

/// The same selection on both sides, under the name that the review calls it by.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name of a profile, or `selection`.
    pub name: String,
    /// What it means for the old inventory.
    pub old: Selection,
    /// What it means for the new inventory.
    pub new: Selection,
}

impl Subject {
    /// The profiles that both inventories have.
    pub fn profiles(old: &Inventory, new: &Inventory) -> Result<Vec<Self>> {
        let both = new
            .profiles
            .keys()
            .filter(|name| old.profiles.contains_key(*name));
        let subject = |name: &String| {
            let selection = |inventory: &Inventory| {
                let mut selection = Selection::defaults(inventory);
                selection.set_profile(inventory, name).map(|()| selection)
            };
            Ok(Self {
                name: name.clone(),
                old: selection(old)?,
                new: selection(new)?,
            })
        };
        both.map(subject).collect()
    }

    /// What the settings of a NixOS file select.
    pub fn of_config(settings: &Settings, old: &Inventory, new: &Inventory) -> Result<Self> {
        Ok(Self {
            name: settings.profile().unwrap_or("configuration").to_owned(),
            old: settings.selection(old, new)?,
            new: settings.selection(new, old)?,
        })
    }
}
