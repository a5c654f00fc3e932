//! What is emitted: the inventory, and what each known release makes of its modules.
//!
//! NixOS evaluates it anew with each configuration, so all that does not depend on options is
//! worked out here.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::constants::Constants;
use crate::configuration::services_prosody::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD, ROOM_SERVER};
use crate::configuration::services_prosody::options::MODULES;
use crate::inventory::profile_line::{GROUPS, ProfileLine};
use crate::inventory::{Inventory, Module, Placement};
use crate::release::availability::Missing;
use crate::release::options::Libraries;
use crate::release::packages::in_nixpkgs;
use crate::release::{Origin, Release};
use crate::resolve::{self, reason};

/// An inventory with the facts of releases.
#[derive(Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    inventory: &'a Inventory<'a>,
    groups: Vec<Group<'a>>,
    /// Modules that load as components.
    components: Names<'a>,
    /// Modules that work only where they are set up.
    #[serde(rename = "setUp", skip_serializing_if = "Names::is_empty")]
    set_up: Names<'a>,
    /// The texts of reasons, with words in braces to fill in.
    reasons: IndexMap<&'a str, &'a str>,
    constants: Constants,
    /// Modules that no release has, under no name. Why is the same for each of the releases, so it
    /// stands there only for those that something replaces.
    #[serde(skip_serializing_if = "Names::is_empty")]
    nowhere: Names<'a>,
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

/// Names of modules of the inventory, by their places in it: of a huge one that is a quarter of the memory.
struct Names<'a> {
    inventory: &'a Inventory<'a>,
    places: Vec<u32>,
}

impl<'a> Names<'a> {
    fn new(inventory: &'a Inventory<'a>) -> Self {
        Self {
            inventory,
            places: Vec::new(),
        }
    }

    /// The modules for which this holds.
    fn those(inventory: &'a Inventory<'a>, holds: impl Fn(&Module) -> bool) -> Self {
        let mut names = Self::new(inventory);
        let modules = inventory.modules.values().zip(0..);
        names.places.extend(
            modules
                .filter(|(module, _)| holds(module))
                .map(|(_, place)| place),
        );
        names
    }

    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let places = self.places.iter().map(|place| *place as usize);
        let modules = places.filter_map(|place| self.inventory.modules.get_index(place));
        serializer.collect_seq(modules.map(|(name, _)| name))
    }
}

/// What one release makes of the modules in the inventory, of their replacements, and of all that
/// is pulled in by them.
#[derive(Serialize)]
struct Facts<'a> {
    revision: String,
    /// What it can load of Prosody's own modules, each with all that it needs and what that needs.
    bundled: IndexMap<&'a str, BTreeSet<&'a str>>,
    /// The same of the community's, which have to be installed.
    community: IndexMap<&'a str, BTreeSet<&'a str>>,
    /// What modules load besides unless `modules_disabled` forbids it.
    soft: IndexMap<&'a str, &'a [String]>,
    /// What may load besides, as the configuration or a client makes it.
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
    /// What a component takes over from the server, by the module that it is made of.
    inherited: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// What the components of services.prosody are made of.
const MADE_OF: [&str; 3] = [HTTP_FILE_SHARE.module, HTTP_UPLOAD.module, ROOM_SERVER];

/// A module of the inventory of which a release has something to say.
struct Entry<'a> {
    name: &'a str,
    module: &'a Module<'a>,
    /// Whether it is nowhere, which says already why it cannot load.
    is_told: bool,
}

/// A module that cannot load.
#[derive(Serialize)]
struct Unusable<'a> {
    why: String,
    /// What to use in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'a str>,
}

impl<'a> Document<'a> {
    /// An inventory with the facts of releases, oldest first.
    pub fn new(inventory: &'a Inventory<'a>, releases: &[&'a Release]) -> Self {
        let mut nowhere = Names::new(inventory);
        let mut entries = Vec::new();
        let is_worded = releases.iter().all(|r| r.absent() == Missing::Absent);
        let is_known = resolve::known(inventory, releases);
        for (((name, module), is_known), place) in inventory.modules.iter().zip(is_known).zip(0..) {
            let is_nowhere = !is_known && !releases.is_empty();
            nowhere.places.extend(is_nowhere.then_some(place));
            let is_told = is_nowhere && is_worded;
            // Most of a huge inventory is nowhere, and no release has anything to say of it.
            if !is_told || module.upstream.is_some() {
                entries.push(Entry {
                    name,
                    module,
                    is_told,
                });
            }
        }
        let facts = |release: &&'a Release| {
            let facts = facts(inventory, &entries, release);
            (release.version.as_str(), facts)
        };
        Self {
            inventory,
            groups: groups(inventory),
            components: Names::those(inventory, |module| module.placement == Placement::Component),
            set_up: Names::those(inventory, |module| module.setup.is_some()),
            reasons: reason::WORDING.into_iter().collect(),
            constants: Constants::new(),
            releases: releases.iter().map(facts).collect(),
            nowhere,
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
    for (module, place) in inventory.modules.values().zip(0..) {
        let group = &mut groups[ProfileLine::group(module)];
        group.modules.places.push(place);
        group.also.extend(module.real_name());
    }
    groups
}

fn facts<'a>(
    inventory: &'a Inventory<'a>,
    entries: &[Entry<'a>],
    release: &'a Release,
) -> Facts<'a> {
    let mut names = IndexMap::new();
    let mut unusable = IndexMap::new();
    let mut listed = BTreeSet::new();
    let mut broken = Vec::new();
    for Entry {
        name,
        module,
        is_told,
    } in entries
    {
        let real = resolve::name_in(release, name, module);
        if real != *name {
            names.insert(*name, real);
        }
        if let Err(missing) = release.usable(real) {
            let facts = release.modules.get(real);
            let instead = resolve::replacement(release, Some(module), facts);
            let instead = instead.filter(|other| *other != real);
            if !is_told || instead.is_some() {
                let why = reason::unavailable(&missing, &release.version, module.note());
                unusable.insert(*name, Unusable { why, instead });
            }
            continue;
        }
        if release.modules.get(real).is_some_and(|m| m.is_broken()) {
            broken.push(*name);
        }
        listed.insert(real);
    }
    let modules = entries.iter().map(|entry| entry.module);
    let elsewhere = modules.flat_map(|module| [module.real_name(), module.replaced_by()]);
    let always = inventory.always_loaded.iter().map(String::as_str);
    let seeds = listed.iter().copied().chain(elsewhere.flatten());
    let set_up: BTreeMap<&str, Vec<&str>> = entries
        .iter()
        .filter(|entry| entry.module.setup.is_some())
        .map(|entry| {
            let real = resolve::name_in(release, entry.name, entry.module);
            (real, resolve::loads_set_up(release, entry.module, real))
        })
        .collect();
    let components = set_up.values().flatten().copied();
    // services.prosody may enable them, some by default.
    let options = MODULES.iter().map(|(name, ..)| *name);
    let rooms = release.modules.keys().map(String::as_str);
    let rooms = rooms.filter(|name| resolve::is_for_rooms(name));
    let reached = reached(
        release,
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
        if module.origin != Origin::Bundled && !reached.contains(name.as_str()) {
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
        inherited: MADE_OF
            .into_iter()
            .map(|made_of| (made_of, resolve::inherited(inventory, release, made_of)))
            .collect(),
    };
    for name in reached {
        let module = &release.modules[name];
        let usable = match module.origin {
            Origin::Bundled => &mut facts.bundled,
            Origin::Community => &mut facts.community,
        };
        let set_up = set_up.get(name).map_or(&[][..], Vec::as_slice);
        let closure = needed(release, name, set_up, false);
        let mut besides = needed(release, name, set_up, true);
        besides.retain(|other| !closure.contains(other));
        if !besides.is_empty() {
            facts.conditional.insert(name, besides);
        }
        usable.insert(name, closure);
        // Prosody's package has what its own modules use.
        if module.origin == Origin::Community {
            let Libraries { required, optional } = &module.libraries;
            let libraries = required.iter().chain(optional);
            let libraries: BTreeSet<_> = libraries.filter_map(|name| in_nixpkgs(name)).collect();
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

/// Those of the modules that the release can load, and all that they may pull in.
fn reached<'a>(release: &'a Release, names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut queue: Vec<&str> = names.collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = queue.pop() {
        if reached.contains(name) {
            continue;
        }
        if let Ok(module) = release.usable(name) {
            reached.insert(name);
            queue.extend(module.depends.loading());
            queue.extend(module.depends.soft.iter().map(String::as_str));
        }
    }
    reached
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
        let besides = module.depends.conditional.iter().map(String::as_str);
        let besides = besides.filter(|_| conditional);
        for other in module.depends.loading().chain(besides) {
            if needed.insert(other) {
                queue.push(other);
            }
        }
    }
    needed.remove(name);
    needed
}
