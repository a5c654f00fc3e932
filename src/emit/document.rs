//! What is emitted: the inventory, and what each known release ships of its modules.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;

use crate::inventory::Inventory;
use crate::release::{Origin, Release, Stage};

/// An inventory with the facts of releases.
#[derive(Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    inventory: &'a Inventory<'a>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    releases: IndexMap<&'a str, Facts<'a>>,
}

/// What one release ships of the modules in the inventory, of their replacements, and of all that
/// comes along with them.
#[derive(Serialize)]
struct Facts<'a> {
    revision: &'a str,
    modules: IndexMap<&'a str, ModuleFacts<'a>>,
}

/// One module of a release, in as few words as the NixOS module needs.
#[derive(Serialize)]
struct ModuleFacts<'a> {
    origin: Origin,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stage: &'a [Stage],
    /// Modules that load with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends: Vec<&'a str>,
    /// Modules that load with it unless `modules_disabled` forbids it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    soft: &'a [String],
    /// Why it cannot load; absent when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
}

impl<'a> Document<'a> {
    /// An inventory with the facts of releases, oldest first.
    pub fn new(inventory: &'a Inventory<'a>, releases: &[&'a Release]) -> Self {
        // Looked for once, for going through an inventory of any size takes time.
        let elsewhere = inventory.modules.values();
        let elsewhere = elsewhere.flat_map(|module| [module.real_name(), module.replaced_by()]);
        let elsewhere: Vec<&str> = elsewhere.flatten().collect();
        let releases = releases.iter().map(|release| {
            let facts = facts(inventory, &elsewhere, release);
            (release.version.as_str(), facts)
        });
        Self {
            inventory,
            releases: releases.collect(),
        }
    }
}

/// What a release ships of an inventory, whose modules it may know by the names in `elsewhere`.
fn facts<'a>(
    inventory: &'a Inventory<'a>,
    elsewhere: &[&'a str],
    release: &'a Release,
) -> Facts<'a> {
    // A release has hundreds of modules where an inventory may have any number: its names are
    // looked up there, not the other way round.
    let listed = release.modules.keys().map(String::as_str);
    let listed = listed.filter(|name| inventory.modules.contains_key(*name));
    let mut queue: Vec<&str> = listed.chain(elsewhere.iter().copied()).collect();
    let mut names = BTreeSet::new();
    while let Some(name) = queue.pop() {
        let Some((name, module)) = release.modules.get_key_value(name) else {
            continue;
        };
        if names.insert(name.as_str()) {
            queue.extend(module.depends.loading());
            queue.extend(module.depends.soft.iter().map(String::as_str));
        }
    }
    let modules = names.into_iter().map(|name| {
        let module = &release.modules[name];
        let unusable = release
            .usable(name)
            .err()
            .map(|why| why.why(name, &release.version));
        let facts = ModuleFacts {
            origin: module.origin,
            stage: &module.stage,
            depends: module.depends.loading().collect(),
            soft: &module.depends.soft,
            unusable,
        };
        (name, facts)
    });
    Facts {
        revision: &release.revision,
        modules: modules.collect(),
    }
}
