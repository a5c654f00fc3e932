//! What loads on one side under one selection.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::inventory::Inventory;
use crate::report::Finding;
use crate::resolve::{PulledIn, Resolution, ResolvedModule, State};
use crate::selection::Selection;

/// How a module comes to load.
#[derive(Clone, Copy)]
pub enum Loaded<'a> {
    /// The selection asks for it.
    Enabled { name: &'a str, is_component: bool },
    /// It is in the inventory, and loads because others depend on it.
    PulledIn {
        name: &'a str,
        pulled: &'a PulledIn<'a>,
    },
    /// It is not in the inventory, and loads because others depend on it.
    Dependency { by: &'a [&'a str] },
}

impl<'a> Loaded<'a> {
    /// Its name in the inventory, if it is there.
    pub fn name(&self) -> Option<&'a str> {
        match self {
            Self::Enabled { name, .. } | Self::PulledIn { name, .. } => Some(name),
            Self::Dependency { .. } => None,
        }
    }
}

/// One side under one selection.
pub struct LoadedSide<'a> {
    pub inventory: &'a Inventory<'a>,
    pub resolution: &'a Resolution<'a>,
    pub selection: &'a Selection,
    /// What a check finds about it.
    pub findings: &'a [Finding],
    /// What loads, by its name in Prosody.
    pub loaded: BTreeMap<&'a str, Loaded<'a>>,
}

impl<'a> LoadedSide<'a> {
    pub fn new(
        inventory: &'a Inventory<'a>,
        resolution: &'a Resolution<'a>,
        selection: &'a Selection,
        findings: &'a [Finding],
    ) -> Self {
        let mut loaded = BTreeMap::new();
        for dependency in &resolution.dependencies {
            let by = dependency.by.as_slice();
            loaded.insert(dependency.name, Loaded::Dependency { by });
        }
        for module in &resolution.modules {
            let name = module.name;
            let how = match (module.state, &module.pulled_in) {
                (State::Load | State::Component, _) => Loaded::Enabled {
                    name,
                    is_component: module.state == State::Component,
                },
                (State::PulledIn, Some(pulled)) => Loaded::PulledIn { name, pulled },
                _ => continue,
            };
            loaded.insert(module.real_name(), how);
        }
        Self {
            inventory,
            resolution,
            selection,
            findings,
            loaded,
        }
    }

    /// What happens to a module of the inventory, by its name there.
    pub fn resolved(&self, name: &str) -> Option<&'a ResolvedModule<'a>> {
        let index = self.inventory.modules.get_index_of(name)?;
        self.resolution.modules.get(index)
    }

    /// What happens to a module on this side, for machines.
    pub fn role(&self, real: &str, name: &str) -> Value {
        match (self.loaded.get(real), self.resolved(name)) {
            (Some(Loaded::Enabled { is_component, .. }), _) => {
                json!({ "state": if *is_component { "component" } else { "load" } })
            }
            (Some(Loaded::PulledIn { pulled, .. }), _) => {
                json!({ "state": "pulled-in", "by": pulled.by, "edge": pulled.edge })
            }
            (Some(Loaded::Dependency { by }), _) => json!({ "state": "dependency", "by": by }),
            (None, Some(resolved)) if resolved.state == State::Unavailable => {
                json!({ "state": "unavailable", "replacedBy": resolved.replaced_by })
            }
            (None, Some(_)) => json!({ "state": "off" }),
            (None, None) => json!({ "state": "absent" }),
        }
    }

    /// A module that loads in place of one that this side cannot load.
    pub fn replacement(&self, resolved: &'a ResolvedModule<'a>) -> Option<&'a str> {
        let replacement = resolved.replaced_by?;
        self.loaded.contains_key(replacement).then_some(replacement)
    }

    /// The names of what loads, in Prosody and in the inventory; with what Prosody always loads.
    pub fn names(&self) -> HashSet<&'a str> {
        let always = self.inventory.always_loaded.iter().map(String::as_str);
        let mut names: HashSet<&str> = always.collect();
        for (real, loaded) in &self.loaded {
            names.insert(real);
            names.extend(loaded.name());
        }
        names
    }
}
