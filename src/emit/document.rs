//! What is emitted: the inventory, and what each known release makes of its modules.
//!
//! NixOS evaluates it anew with each configuration, so all that does not depend on options is
//! worked out here.

use std::cell::LazyCell;
use std::panic;
use std::thread;

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::constants::Constants;
use super::facts::{Entry, Facts};
use crate::inventory::profile_line::{GROUPS, ProfileLine};
use crate::inventory::{Inventory, Module, Placement};
use crate::release::Release;
use crate::release::availability::Missing;
use crate::resolve::{self, reason};

/// An inventory with the facts of releases.
#[derive(Serialize)]
pub struct Document<'s, 'a> {
    #[serde(flatten)]
    inventory: &'a Inventory<'a>,
    #[serde(flatten)]
    derived: Awaited<'s, Derived<'a>>,
}

impl<'a> Document<'_, 'a> {
    /// Lets `write` have an inventory with the facts of releases, oldest first.
    ///
    /// What is derived from the modules stands behind them, so it is worked out while they are written.
    pub fn with<T>(
        inventory: &'a Inventory<'a>,
        releases: &[&'a Release],
        write: impl FnOnce(&Document<'_, 'a>) -> T,
    ) -> T {
        let derive = || Derived::new(inventory, releases);
        thread::scope(|scope| {
            let thread = thread::Builder::new().spawn_scoped(scope, derive);
            let derived = Awaited(LazyCell::new(Box::new(|| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|it| panic::resume_unwind(it)),
                Err(_) => derive(),
            })));
            write(&Document { inventory, derived })
        })
    }
}

/// A value that is waited for when it is written.
struct Awaited<'s, T>(LazyCell<T, Box<dyn FnOnce() -> T + 's>>);

impl<T: Serialize> Serialize for Awaited<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What is worked out of an inventory and the releases.
#[derive(Serialize)]
struct Derived<'a> {
    groups: Vec<Group<'a>>,
    /// Modules that load as components.
    components: Names<'a>,
    /// Modules that work only where they are set up.
    #[serde(rename = "needSetup", skip_serializing_if = "Names::is_empty")]
    need_setup: Names<'a>,
    /// The texts of reasons, with words in braces to fill in.
    reasons: IndexMap<&'a str, &'a str>,
    constants: Constants,
    /// Modules that no release has, under no name. Why is the same for each of the releases, so it
    /// is there only for those that something replaces.
    #[serde(skip_serializing_if = "Names::is_empty")]
    #[serde(rename = "inNoRelease")]
    in_no_release: Names<'a>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    releases: IndexMap<&'a str, Facts<'a>>,
}

/// The modules that count together in the profile line.
#[derive(Serialize)]
struct Group<'a> {
    title: &'a str,
    modules: Names<'a>,
    /// Names in Prosody of those that have another one there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<&'a str>,
}

/// Names of modules of the inventory, by their indices: of a huge inventory that is a quarter of the memory.
struct Names<'a> {
    inventory: &'a Inventory<'a>,
    indices: Vec<u32>,
}

impl<'a> Names<'a> {
    fn new(inventory: &'a Inventory<'a>) -> Self {
        Self {
            inventory,
            indices: Vec::new(),
        }
    }

    /// The modules for which this holds.
    fn matching(inventory: &'a Inventory<'a>, holds: impl Fn(&Module) -> bool) -> Self {
        let mut names = Self::new(inventory);
        let modules = inventory.modules.values().zip(0..);
        names.indices.extend(
            modules
                .filter(|(module, _)| holds(module))
                .map(|(_, index)| index),
        );
        names
    }

    fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let indices = self.indices.iter().map(|index| *index as usize);
        let modules = indices.filter_map(|index| self.inventory.modules.get_index(index));
        serializer.collect_seq(modules.map(|(name, _)| name))
    }
}

impl<'a> Derived<'a> {
    fn new(inventory: &'a Inventory<'a>, releases: &[&'a Release]) -> Self {
        let mut in_no_release = Names::new(inventory);
        let mut entries = Vec::new();
        let all_absent = releases.iter().all(|r| r.absent() == Missing::Absent);
        let exists = resolve::exist_in_releases(inventory, releases);
        for (((name, module), exists), index) in inventory.modules.iter().zip(exists).zip(0..) {
            let is_in_no_release = !exists && !releases.is_empty();
            in_no_release
                .indices
                .extend(is_in_no_release.then_some(index));
            let has_shared_reason = is_in_no_release && all_absent;
            // Most modules of a huge inventory are in no release, and need no entry.
            if !has_shared_reason || module.upstream.is_some() {
                entries.push(Entry {
                    name,
                    module,
                    has_shared_reason,
                });
            }
        }
        let facts = |release: &&'a Release| {
            let facts = Facts::new(inventory, &entries, release);
            (release.version.as_str(), facts)
        };
        Self {
            groups: groups(inventory),
            components: Names::matching(inventory, |module| {
                module.placement == Placement::Component
            }),
            need_setup: Names::matching(inventory, |module| module.setup.is_some()),
            reasons: reason::WORDING.into_iter().collect(),
            constants: Constants::new(),
            releases: releases.iter().map(facts).collect(),
            in_no_release,
        }
    }
}

fn groups<'a>(inventory: &'a Inventory<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = GROUPS
        .iter()
        .map(|title| Group {
            title,
            modules: Names::new(inventory),
            also: Vec::new(),
        })
        .collect();
    for (module, index) in inventory.modules.values().zip(0..) {
        let group = &mut groups[ProfileLine::group(module)];
        group.modules.indices.push(index);
        group.also.extend(module.real_name());
    }
    groups
}
