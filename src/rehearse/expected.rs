//! What a rehearsal is held against.

use crate::configuration::Configuration;
use crate::inventory::Inventory;
use crate::release::Release;
use crate::report::Place;

/// What a rehearsal is held against: the facts of a release, and the configuration as it is read
/// without running a server.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The inventory.
    pub inventory: &'a Inventory<'a>,
    /// The facts.
    pub release: &'a Release,
    /// What is configured, with places.
    pub configuration: Option<&'a Configuration>,
    /// Where reading it without a server failed, when it did.
    pub unreadable: Option<&'a Place>,
}
