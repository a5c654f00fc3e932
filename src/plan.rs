//! The plan for a running server: what must load, what may load along, and what that leaves over.

use std::collections::BTreeSet;

use crate::inventory::Inventory;
use crate::release::Release;
use crate::resolve::{Resolution, ResolvedModule, State};

/// Prosody 0.12 loads this module by itself on every system that has one.
const OF_THE_PLATFORM: &str = "posix";

/// How the modules start that carry out a choice of the admin's, such as `storage = "sql"`: they
/// load whatever the flags say.
const BACKENDS: [&str; 3] = ["auth_", "authz_", "storage_"];

/// The plugin that says at the start of the server what really loads.
pub const PLUGIN: &str = "stability_profile";

/// Its text: the file `mod_stability_profile.lua`.
pub const PLUGIN_TEXT: &str = include_str!("../nixos-module/plugin/mod_stability_profile.lua");

/// What a server should run, by names in Prosody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What must load on every virtual host.
    pub everywhere: BTreeSet<String>,
    /// What must load as a component.
    pub components: BTreeSet<String>,
    /// Modules of the inventory that load because others depend on them.
    pub pulled_in: BTreeSet<String>,
    /// What may load besides: dependencies, and what every Prosody loads.
    pub along: BTreeSet<String>,
}

impl Plan {
    /// What `resolution`, made for this inventory and release, says about a server.
    pub fn new(inventory: &Inventory, release: &Release, resolution: &Resolution) -> Self {
        let in_state = |state: State| -> BTreeSet<String> {
            let modules = resolution.modules.iter().filter(|m| m.state == state);
            modules.map(|m| m.real_name().to_owned()).collect()
        };
        let mut queue: Vec<&str> = inventory.always_loaded.iter().map(String::as_str).collect();
        queue.extend(resolution.dependencies.iter().map(|d| d.name.as_str()));
        queue.extend([OF_THE_PLATFORM, PLUGIN]);
        let mut along = BTreeSet::new();
        while let Some(name) = queue.pop() {
            if along.insert(name.to_owned())
                && let Some(module) = release.modules.get(name)
            {
                queue.extend(module.depends.loading());
            }
        }
        Self {
            everywhere: in_state(State::Load),
            components: in_state(State::Component),
            pulled_in: in_state(State::PulledIn),
            along,
        }
    }

    /// Whether a module is asked for, or needed by one that is.
    pub fn expects(&self, name: &str) -> bool {
        [&self.everywhere, &self.components, &self.pulled_in]
            .iter()
            .any(|names| names.contains(name))
    }

    /// Whether a module has its place on the server.
    pub fn allows(&self, name: &str) -> bool {
        self.expects(name)
            || self.along.contains(name)
            || BACKENDS.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// The names under which Prosody may know a module of the inventory.
pub fn names<'a>(inventory: &'a Inventory, module: &'a ResolvedModule) -> BTreeSet<&'a str> {
    let real = inventory.modules[&module.name].real_name();
    [Some(module.name.as_str()), real]
        .into_iter()
        .flatten()
        .collect()
}
