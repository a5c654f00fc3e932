//! What a review of machines is about.

use std::collections::BTreeMap;

use crate::configuration::nixos::plans::Plans;
use crate::inventory::Inventory;

/// What is reviewed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the plans are called.
    pub names: [&'a str; 2],
    /// The old and the new plans.
    pub plans: [&'a Plans; 2],
    /// The inventory to review them by.
    pub inventory: &'a Inventory<'static>,
    /// What that is called.
    pub inventory_name: &'a str,
    /// Whether a version newer than all known ones is treated as the newest.
    pub assume_newest: bool,
    /// The variables that the configurations see.
    pub variables: &'a BTreeMap<String, String>,
}
