//! What loads on one side under one selection.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::inventory::Inventory;
use crate::resolve::{PulledIn, Resolution, ResolvedModule, State};
use crate::selection::Selection;

/// How a module comes to load.
#[derive(Clone, Copy)]
pub enum Loaded<'a> {
    /// The selection asks for it.
    Asked { name: &'a str, is_component: bool },
    /// It is in the inventory, and loads because others depend on it.
    PulledIn { name: &'a str, pulled: &'a PulledIn },
    /// It is not in the inventory, and loads because others depend on it.
    Dependency { by: &'a [String] },
}

/// One side under one selection.
pub struct Seen<'a> {
    pub inventory: &'a Inventory<'a>,
    pub resolution: &'a Resolution,
    pub selection: &'a Selection,
    /// What loads, by its name in Prosody.
    pub loaded: BTreeMap<&'a str, Loaded<'a>>,
}

impl<'a> Seen<'a> {
    pub fn new(
        inventory: &'a Inventory<'a>,
        resolution: &'a Resolution,
        selection: &'a Selection,
    ) -> Self {
        let mut loaded = BTreeMap::new();
        for dependency in &resolution.dependencies {
            let by = dependency.by.as_slice();
            loaded.insert(dependency.name.as_str(), Loaded::Dependency { by });
        }
        for module in &resolution.modules {
            let name = module.name.as_str();
            let how = match (module.state, &module.pulled_in) {
                (State::Load, _) => Loaded::Asked {
                    name,
                    is_component: false,
                },
                (State::Component, _) => Loaded::Asked {
                    name,
                    is_component: true,
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
            loaded,
        }
    }

    /// What happens to a module of the inventory, by its name there.
    pub fn resolved(&self, name: &str) -> Option<&'a ResolvedModule> {
        let index = self.inventory.modules.get_index_of(name)?;
        self.resolution.modules.get(index)
    }

    /// What happens to a module on this side, as JSON: part of the fingerprint.
    pub fn role(&self, real: &str, name: &str) -> Value {
        match (self.loaded.get(real), self.resolved(name)) {
            (
                Some(Loaded::Asked {
                    is_component: true, ..
                }),
                _,
            ) => json!({ "state": "component" }),
            (Some(Loaded::Asked { .. }), _) => json!({ "state": "load" }),
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

    /// A module that stands in for one that this side cannot load.
    pub fn replacement(&self, resolved: &'a ResolvedModule) -> Option<&'a str> {
        let replacement = resolved.replaced_by.as_deref()?;
        self.loaded.contains_key(replacement).then_some(replacement)
    }
}
