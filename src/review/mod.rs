//! The review: what an upgrade changes, and what of it matters under a selection.
//!
//! [`side`] reads what is compared, [`compare`] finds the changes, [`entries`] makes one entry of
//! those with one cause, and [`allow`] knows which were accepted.

pub mod allow;
mod compare;
mod content;
mod entries;
pub mod patch;
mod rename;
pub mod side;

use serde_json::Value;

use crate::configuration::nixos::Settings;
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::report::{About, Code, Details, Finding};
use crate::selection::Selection;
pub use compare::review;

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

/// A change that touches no selection yet.
fn change(code: Code, subject: &str, message: String, details: Details) -> Finding {
    Finding {
        fingerprint: Some(fingerprint(code, subject, &details)),
        details,
        ..Finding::new(code, message).about(subject)
    }
}

impl Details {
    /// What was there and what is there now.
    fn of(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self {
            before: Some(before.into()),
            after: Some(after.into()),
            ..Self::default()
        }
    }

    /// The same for one field.
    fn field(field: &str, before: Option<Value>, after: Option<Value>) -> Self {
        Self {
            field: Some(field.to_owned()),
            before,
            after,
            position: None,
        }
    }
}

/// The same for the same change in every run, on every machine and in every version: FNV-1a.
///
/// Leaves out the wording and the selections, so that neither a better message nor another profile
/// makes an accepted change a new one. Of what loads it takes the states on both sides, not the
/// modules that are the cause: these differ from selection to selection. It leaves out the position
/// as well, which other changes move.
fn fingerprint(code: Code, subject: &str, details: &Details) -> String {
    let text = |value: &Option<Value>| {
        let state = value.as_ref().and_then(|value| value.get("state"));
        let state = state.filter(|_| code.row().about == About::Loading);
        let value = state.or(value.as_ref());
        value.map(Value::to_string).unwrap_or_default()
    };
    let parts = [
        code.name(),
        subject,
        details.field.as_deref().unwrap_or_default(),
        &text(&details.before),
        &text(&details.after),
    ];
    let hash = parts
        .join("\u{1f}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
