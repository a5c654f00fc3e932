//! What loads on one side under one selection, or on one host.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use crate::configuration::Configuration;
use crate::inventory::Inventory;
use crate::report::{Finding, Place};
use crate::resolve::{ABSENT, DEPENDENCY, PulledIn, Resolution, ResolvedModule, State};

/// How a module comes to load.
#[derive(Clone, Copy)]
pub enum Loaded<'a> {
    /// The selection enables it.
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

/// A selection, or a host of a server, with what loads under it on either side.
pub struct LoadedSubject<'a> {
    /// Its name.
    pub name: &'a str,
    /// How the server is configured on the new side: of a selection, nothing shows which options are
    /// set.
    pub configuration: Option<&'a Configuration>,
    /// What loads on either side, by the names in Prosody.
    pub loaded: [BTreeSet<&'a str>; 2],
}

/// One side under one selection.
pub struct LoadedSide<'a> {
    pub inventory: &'a Inventory<'a>,
    pub resolution: &'a Resolution<'a>,
    /// What a check finds about it.
    pub findings: &'a [Finding],
    /// What loads, by its name in Prosody.
    pub loaded: BTreeMap<&'a str, Loaded<'a>>,
    by_name: HashMap<&'a str, &'a ResolvedModule<'a>>,
}

impl<'a> LoadedSide<'a> {
    pub fn new(
        inventory: &'a Inventory<'a>,
        resolution: &'a Resolution<'a>,
        findings: &'a [Finding],
    ) -> Self {
        let mut loaded = BTreeMap::new();
        for dependency in &resolution.dependencies {
            let by = dependency.by.as_slice();
            loaded.insert(dependency.name, Loaded::Dependency { by });
        }
        for module in &resolution.modules {
            let name = module.name;
            let loaded_as = match (module.state, &module.pulled_in) {
                (State::Load | State::Component, _) => Loaded::Enabled {
                    name,
                    is_component: module.state == State::Component,
                },
                (State::PulledIn, Some(pulled)) if module.is_not_inherited() => {
                    Loaded::Dependency { by: &pulled.by }
                }
                (State::PulledIn, Some(pulled)) => Loaded::PulledIn { name, pulled },
                _ => continue,
            };
            loaded.insert(module.real_name(), loaded_as);
        }
        let by_name = resolution.modules.iter();
        let by_name = by_name.map(|module| (module.name, module)).collect();
        Self {
            inventory,
            resolution,
            findings,
            loaded,
            by_name,
        }
    }

    /// What happens to a module that is enabled, by its name in the inventory if it is there.
    pub fn resolved(&self, name: &str) -> Option<&'a ResolvedModule<'a>> {
        self.by_name.get(name).copied()
    }

    /// Where the configuration enables a module, by its name in Prosody.
    pub fn place(&self, real: &str) -> Option<Place> {
        let name = self.loaded.get(real).and_then(Loaded::name);
        let resolved = self.resolved(name.unwrap_or(real))?;
        resolved.place.clone()
    }

    /// What happens to a module on this side, for machines.
    pub fn role(&self, real: &str, name: &str) -> Value {
        match (self.loaded.get(real), self.resolved(name)) {
            (Some(Loaded::Enabled { is_component, .. }), _) => {
                let state = match is_component {
                    true => State::Component,
                    false => State::Load,
                };
                json!({ "state": state })
            }
            (Some(Loaded::PulledIn { pulled, .. }), _) => {
                json!({ "state": State::PulledIn, "by": pulled.by, "edge": pulled.edge })
            }
            (Some(Loaded::Dependency { by }), _) => json!({ "state": DEPENDENCY, "by": by }),
            (None, Some(resolved)) if resolved.state == State::Unavailable => {
                json!({ "state": State::Unavailable, "replacedBy": resolved.replaced_by })
            }
            (None, Some(_)) => json!({ "state": State::Off }),
            (None, None) => json!({ "state": ABSENT }),
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
        // A host of a configuration has them among what loads.
        let always = always.filter(|_| self.resolution.host.is_none());
        let mut names: HashSet<&str> = always.collect();
        for (real, loaded) in &self.loaded {
            names.insert(real);
            names.extend(loaded.name());
        }
        names
    }
}
