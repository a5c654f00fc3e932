//! What one release makes of the modules of an inventory.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;

use crate::configuration::services_prosody::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD, ROOM_SERVER};
use crate::configuration::services_prosody::options::MODULES;
use crate::inventory::{Inventory, Module};
use crate::release::availability::Loadable;
use crate::release::options::Libraries;
use crate::release::packages::in_nixpkgs;
use crate::release::{Origin, Release};
use crate::resolve::{self, reason};

/// What one release makes of the modules in the inventory, of their replacements, and of all that
/// is pulled in by them.
#[derive(Serialize)]
pub struct Facts<'a> {
    revision: String,
    /// What it can load of Prosody's own modules, each with all that it needs and what that needs.
    bundled: IndexMap<&'a str, BTreeSet<&'a str>>,
    /// The same of the community's, which have to be installed.
    community: IndexMap<&'a str, BTreeSet<&'a str>>,
    /// The optional dependencies of modules, which load unless `modules_disabled` lists them.
    soft: IndexMap<&'a str, &'a [String]>,
    /// What modules may load, depending on the configuration or a client.
    conditional: IndexMap<&'a str, BTreeSet<&'a str>>,
    /// Names in Prosody, of modules of the inventory that have another one.
    names: IndexMap<&'a str, &'a str>,
    /// Modules of the inventory that it cannot load.
    unusable: IndexMap<&'a str, Unusable<'a>>,
    /// Modules of the inventory that upstream calls broken: no flag loads them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    broken: Vec<&'a str>,
    /// Who depends on a module, needing it or only asking for it.
    dependents: BTreeMap<&'a str, Vec<&'a str>>,
    /// The packages below `luaPackages` with the Lua libraries that modules use.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    libraries: BTreeMap<&'a str, BTreeSet<&'static str>>,
    /// What a component inherits from the server, by the module that it is made of.
    inherited: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// What the components of services.prosody are made of.
const COMPONENT_MODULES: [&str; 3] = [HTTP_FILE_SHARE.module, HTTP_UPLOAD.module, ROOM_SERVER];

/// A module of the inventory of which a release has something to say.
pub struct Entry<'a> {
    pub name: &'a str,
    pub module: &'a Module<'a>,
    /// Whether no release has it, so that the reason is the same for all of them.
    pub has_shared_reason: bool,
}

/// A module that cannot load.
#[derive(Serialize)]
struct Unusable<'a> {
    reason: Box<str>,
    /// What to use in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "replacedBy")]
    replaced_by: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// What a release makes of these modules of an inventory.
    pub fn new(inventory: &'a Inventory<'a>, entries: &[Entry<'a>], release: &'a Release) -> Self {
        let mut loadable = Loadable::new(release);
        let mut names = IndexMap::new();
        let mut unusable = IndexMap::new();
        let mut listed = BTreeSet::new();
        let mut broken = Vec::new();
        for Entry {
            name,
            module,
            has_shared_reason,
        } in entries
        {
            let real = resolve::name_in(release, name, module);
            if real != *name {
                names.insert(*name, real);
            }
            if let Err(missing) = loadable.usable(real) {
                let facts = release.modules.get(real);
                let replaced_by = resolve::replacement(&mut loadable, Some(module), facts);
                let replaced_by = replaced_by.filter(|other| *other != real);
                if !has_shared_reason || replaced_by.is_some() {
                    let reason = reason::unavailable(&missing, &release.version, module.note());
                    unusable.insert(
                        *name,
                        Unusable {
                            reason: reason.into(),
                            replaced_by,
                        },
                    );
                }
                continue;
            }
            if release.modules.get(real).is_some_and(|m| m.is_broken()) {
                broken.push(*name);
            }
            listed.insert(real);
        }
        let modules = entries.iter().map(|entry| entry.module);
        let other_names = modules.flat_map(|module| [module.real_name(), module.replaced_by()]);
        let always = inventory.always_loaded.iter().map(String::as_str);
        let seeds = listed.iter().copied().chain(other_names.flatten());
        let set_up: BTreeMap<&str, Vec<&str>> = entries
            .iter()
            .filter(|entry| entry.module.setup.is_some())
            .map(|entry| {
                let real = resolve::name_in(release, entry.name, entry.module);
                (
                    real,
                    resolve::loads_when_set_up(release, entry.module, real),
                )
            })
            .collect();
        let components = set_up.values().flatten().copied();
        // services.prosody may enable them, some by default.
        let options = MODULES.iter().map(|(name, ..)| *name);
        let rooms = release.modules.keys().map(String::as_str);
        let rooms = rooms.filter(|name| resolve::is_for_rooms(name));
        let reachable = reachable(
            &mut loadable,
            seeds
                .chain(always)
                .chain(components)
                .chain(rooms)
                .chain(options),
        );
        // What is pulled in is listed with its dependents, and so is the HTTP server, which opens
        // ports: services.prosody may enable any bundled module.
        listed.insert("http");
        let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, module) in &release.modules {
            if module.origin != Origin::Bundled && !reachable.contains(name.as_str()) {
                continue;
            }
            let depends = &module.depends;
            let soft = depends.soft.iter().map(String::as_str);
            for needed in depends.loading().chain(soft) {
                if listed.contains(needed) {
                    dependents.entry(needed).or_default().push(name.as_str());
                }
            }
        }
        let mut facts = Facts {
            revision: release.sources.text(),
            bundled: IndexMap::new(),
            community: IndexMap::new(),
            soft: IndexMap::new(),
            conditional: IndexMap::new(),
            names,
            unusable,
            broken,
            dependents,
            libraries: BTreeMap::new(),
            inherited: COMPONENT_MODULES
                .into_iter()
                .map(|made_of| (made_of, resolve::inherited(inventory, release, made_of)))
                .collect(),
        };
        for name in reachable {
            let module = &release.modules[name];
            let usable = match module.origin {
                Origin::Bundled => &mut facts.bundled,
                Origin::Community => &mut facts.community,
            };
            let set_up = set_up.get(name).map_or(&[][..], Vec::as_slice);
            let closure = needed(release, name, set_up, false);
            let mut conditional = needed(release, name, set_up, true);
            conditional.retain(|other| !closure.contains(other));
            if !conditional.is_empty() {
                facts.conditional.insert(name, conditional);
            }
            usable.insert(name, closure);
            // Prosody's package has what its own modules use.
            if module.origin == Origin::Community {
                let Libraries { required, optional } = &module.libraries;
                let libraries = required.iter().chain(optional);
                let libraries: BTreeSet<_> =
                    libraries.filter_map(|name| in_nixpkgs(name)).collect();
                if !libraries.is_empty() {
                    facts.libraries.insert(name, libraries);
                }
            }
            if !module.depends.soft.is_empty() {
                facts.soft.insert(name, &module.depends.soft);
            }
        }
        facts
    }
}

/// Those of the modules that the release can load, and all that they may pull in.
fn reachable<'a>(
    loadable: &mut Loadable<'a, '_>,
    names: impl Iterator<Item = &'a str>,
) -> BTreeSet<&'a str> {
    let mut queue: Vec<&str> = names.collect();
    let mut reachable = BTreeSet::new();
    while let Some(name) = queue.pop() {
        if reachable.contains(name) {
            continue;
        }
        if let Ok(module) = loadable.usable(name) {
            reachable.insert(name);
            queue.extend(module.depends.loading());
            queue.extend(module.depends.soft.iter().map(String::as_str));
        }
    }
    reachable
}

/// All that a module needs, itself not counted, with what it loads where it is set up, and perhaps what
/// it may load on some condition.
fn needed<'a>(
    release: &'a Release,
    name: &'a str,
    set_up: &[&'a str],
    conditional: bool,
) -> BTreeSet<&'a str> {
    let mut queue = [&[name], set_up].concat();
    let mut needed: BTreeSet<&str> = set_up.iter().copied().collect();
    while let Some(next) = queue.pop() {
        let Some(module) = release.modules.get(next) else {
            continue;
        };
        let optional = module.depends.conditional.iter().map(String::as_str);
        let optional = optional.filter(|_| conditional);
        for other in module.depends.loading().chain(optional) {
            if needed.insert(other) {
                queue.push(other);
            }
        }
    }
    needed.remove(name);
    needed
}
