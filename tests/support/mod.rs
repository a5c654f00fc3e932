//! What many tests need, in one place.

#![allow(
    dead_code,
    reason = "every area compiles this for itself, and none uses all of it"
)]

pub mod command;
pub mod folder;
pub mod inventories;
pub mod json;
pub mod machine;
pub mod nix;
pub mod prosody;
pub mod random;
pub mod schema;
pub mod skip;

use std::path::Path;

use prosody_stability::inventory::Inventory;
use prosody_stability::selection::Selection;

/// The profiles of the guide.
pub const PROFILES: [&str; 4] = ["personal", "community", "enterprise", "development"];

/// The root of this repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The selection of a profile alone.
pub fn selection_of(inventory: &Inventory, profile: &str) -> Selection {
    let mut selection = Selection::defaults(inventory);
    selection
        .set_profile(inventory, profile)
        .expect("a profile of the inventory");
    selection
}
