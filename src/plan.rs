//! The plan for a running server: what must load, what may load, and what should not.
//!
//! ```
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::plan::Plan;
//! use prosody_stability::release::builtin;
//! use prosody_stability::resolve::resolve;
//! use prosody_stability::selection::Selection;
//!
//! let inventory = Inventory::builtin();
//! let selection = Selection::defaults(&inventory);
//! let release = builtin::newest();
//! let resolution = resolve(&inventory, release, &selection, false);
//! let plan = Plan::new(&inventory, release, &resolution);
//! assert!(plan.expects("mam") && plan.allows("presence") && !plan.allows("firewall_of_mine"));
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::inventory::Inventory;
use crate::release::Release;
use crate::report::{Code, Finding, Severity};
use crate::resolve::{Reason, Resolution, State};

/// The plugin that reports when the server starts what really loads.
pub const PLUGIN: &str = "stability_profile";

/// Its text: the file `mod_stability_profile.lua`.
pub const PLUGIN_TEXT: &str = include_str!("../nixos-module/plugin/mod_stability_profile.lua");

/// What a server should run, by names in Prosody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What must load on every virtual host.
    pub on_every_host: BTreeSet<String>,
    /// What must load as a component, those included that modules work with.
    pub components: BTreeSet<String>,
    /// Modules of the inventory that load because others depend on them.
    pub pulled_in: BTreeSet<String>,
    /// What Prosody loads automatically on every virtual host, unless the inventory leaves it to a flag.
    pub automatic: BTreeSet<String>,
    /// What of that it loads on every component too.
    pub automatic_on_components: BTreeSet<String>,
    /// What else may load: dependencies, conditional ones too, and what every Prosody loads.
    pub may_load: BTreeSet<String>,
    /// What options choose and loads when it is needed first: storage drivers of a configuration.
    pub drivers: BTreeSet<String>,
    /// Modules that refuse to load on a virtual host, and are not in the inventory.
    pub component_only: Vec<String>,
    /// The prefixes of modules that options such as `storage = "sql"` choose.
    pub backends: Vec<String>,
    /// The plans of hosts on which something else is selected than on the server.
    pub hosts: BTreeMap<String, Plan>,
}

impl Plan {
    /// What a resolution, made for this inventory and release, expects of a server.
    pub fn new(inventory: &Inventory, release: &Release, resolution: &Resolution) -> Self {
        let in_state = |state: State| -> BTreeSet<String> {
            let modules = resolution.modules.iter().filter(|m| m.state == state);
            modules.map(|m| m.real_name().to_owned()).collect()
        };
        let always_loaded = inventory.always_loaded.iter();
        let always_loaded = always_loaded.chain(&inventory.loaded_by_platform);
        let mut seeds: Vec<&str> = always_loaded.map(String::as_str).collect();
        seeds.push(PLUGIN);
        seeds.extend(resolution.loaded());
        let mut reachable = reachable(release, seeds);
        let is_free = |name: &&String| {
            release.modules.contains_key(*name)
                && !resolution
                    .modules
                    .iter()
                    .any(|m| m.real_name() == name.as_str())
        };
        let automatic: BTreeSet<String> = inventory
            .always_loaded
            .iter()
            .filter(is_free)
            .cloned()
            .collect();
        let inherited = inventory.inherited_by_components.iter();
        let inherited = inherited.filter(|name| automatic.contains(*name));
        let mut components = in_state(State::Component);
        let set_up = resolution.modules.iter().filter(|m| m.state.loads());
        let set_up = set_up.filter_map(|m| m.module?.setup.as_ref());
        components.extend(set_up.map(|setup| setup.component.to_string()));
        let plan = Self {
            automatic_on_components: inherited.cloned().collect(),
            automatic,
            on_every_host: in_state(State::Load),
            components,
            pulled_in: in_state(State::PulledIn),
            may_load: BTreeSet::new(),
            drivers: BTreeSet::new(),
            component_only: inventory.component_only.clone(),
            backends: inventory.backends.clone(),
            hosts: resolution
                .hosts
                .iter()
                .filter_map(|host| {
                    let plan = Self::new(inventory, release, host).of_component(host);
                    Some((host.host?.to_owned(), plan))
                })
                .collect(),
        };
        reachable.retain(|name| !plan.expects(name));
        Self {
            may_load: reachable,
            ..plan
        }
    }

    /// Of a component: what it is made of is there anyway, with all that this needs.
    fn of_component(mut self, resolution: &Resolution) -> Self {
        let is_made_of = |reason: &Reason| matches!(reason, Reason::ComponentModule { .. });
        let made_of = resolution.modules.iter().find(|m| is_made_of(&m.reason));
        if let Some(made_of) = made_of {
            self.on_every_host.remove(made_of.real_name());
            self.may_load.insert(made_of.real_name().to_owned());
            self.may_load.append(&mut self.pulled_in);
        }
        self
    }

    /// The plan for what loads for all hosts at once.
    pub fn for_all_hosts(&self) -> Self {
        let mut all = self.clone();
        for host in self.hosts.values() {
            all.may_load.extend(host.expected().cloned());
            all.may_load.extend(host.may_load.iter().cloned());
        }
        all
    }

    /// What is enabled anywhere, or loads because of what is.
    pub fn expected_on_any_host(&self) -> impl Iterator<Item = &String> {
        let hosts = self.hosts.values().flat_map(Self::expected);
        self.expected().chain(hosts)
    }

    /// What a resolution for a host of a configuration expects of this host.
    ///
    /// The drivers of single stores load when a store is opened first, so none has to be there.
    pub fn of_host(release: &Release, resolution: &Resolution) -> Self {
        // A module that cannot load may leave behind what it loaded before it failed.
        let failing = resolution.modules.iter().filter(|m| m.state.is_enabled());
        let failing = failing
            .flat_map(|m| m.facts)
            .flat_map(|facts| facts.depends.loading());
        let seeds = resolution.loaded().chain([PLUGIN]).chain(failing);
        let mut reachable = reachable(release, seeds.collect());
        let is_driver = |name: &&str| name.starts_with("storage_");
        let loaded = resolution.loaded().filter(|name| !is_driver(name));
        let on_every_host: BTreeSet<String> = loaded.map(str::to_owned).collect();
        let drivers: BTreeSet<String> = resolution
            .loaded()
            .filter(is_driver)
            .map(str::to_owned)
            .collect();
        reachable.retain(|name| !on_every_host.contains(name) && !drivers.contains(name));
        Self {
            on_every_host,
            drivers,
            may_load: reachable,
            ..Self::default()
        }
    }

    /// What either of two plans expects or allows.
    pub fn and(mut self, other: Self) -> Self {
        self.on_every_host.extend(other.on_every_host);
        self.drivers.extend(other.drivers);
        self.may_load.extend(other.may_load);
        self
    }

    /// What is enabled, or loads because of what is.
    pub fn expected(&self) -> impl Iterator<Item = &String> {
        let sets = [&self.on_every_host, &self.components, &self.pulled_in];
        sets.into_iter().flatten()
    }

    /// Whether a module is enabled, or loads because of one that is.
    pub fn expects(&self, name: &str) -> bool {
        self.expected().any(|other| other == name)
    }

    /// Whether a module has its place on the server.
    pub fn allows(&self, name: &str) -> bool {
        let sets = [&self.drivers, &self.may_load];
        self.expects(name)
            || sets.iter().any(|names| names.contains(name))
            || self.backend(name).is_some()
    }

    /// The prefix of the modules that replace this one when options choose another backend.
    pub fn backend(&self, name: &str) -> Option<&str> {
        let mut prefixes = self.backends.iter().map(String::as_str);
        prefixes.find(|prefix| name.starts_with(prefix))
    }
}

/// All that may load with some modules, conditional dependencies included; themselves as well.
fn reachable<'a>(release: &'a Release, mut queue: Vec<&'a str>) -> BTreeSet<String> {
    let mut reachable = BTreeSet::new();
    while let Some(name) = queue.pop() {
        if reachable.insert(name.to_owned())
            && let Some(module) = release.modules.get(name)
        {
            let depends = &module.depends;
            queue.extend(depends.loading());
            queue.extend(depends.conditional.iter().map(String::as_str));
        }
    }
    reachable
}

/// Those of the files that are community copies: bundled modules of these names are single files,
/// copies have directories of their own.
pub fn shadowing(release: &Release, paths: &[PathBuf]) -> Vec<Finding> {
    let copy = |path: &PathBuf| -> Option<(String, PathBuf)> {
        let name = path.file_stem()?.to_str()?.strip_prefix("mod_")?;
        let folder = path.parent().and_then(Path::file_name)?.to_str()?;
        let is_copy = folder.strip_prefix("mod_").unwrap_or(folder) == name;
        (is_copy && release.has_shadow(name)).then(|| (name.to_owned(), path.clone()))
    };
    let copies: BTreeSet<_> = paths.iter().filter_map(copy).collect();
    let findings = copies.into_iter().map(|(name, path)| {
        let message = format!("{name} is loaded from a community copy");
        Finding::new(Code::Shadowing, message)
            .reason(path.display().to_string())
            .severity(Severity::Warning)
            .help("uninstall the copy: the module is bundled with Prosody")
            .about(name)
    });
    findings.collect()
}
