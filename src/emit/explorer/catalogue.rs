//! What the page is made from: each module of any release, or of the inventory.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::states::{self, States, UniqueTexts};
use crate::inventory::{Inventory, Module, Stability};
use crate::release::history::{self, Span, State};
use crate::release::{Release, ReleaseModule};
use crate::resolve::name_in;

/// What all rows are made from.
pub struct Catalogue<'a> {
    /// The inventory.
    pub inventory: &'a Inventory<'a>,
    /// Oldest first.
    pub releases: &'a [&'a Release],
    /// What flags load on each of them.
    pub states: Vec<States<'a>>,
    /// The modules of the inventory by their names in Prosody, with their names in the inventory.
    by_real_name: BTreeMap<&'a str, (&'a str, &'a Module<'a>)>,
    /// All names in Prosody.
    pub names: BTreeSet<&'a str>,
}

impl<'a> Catalogue<'a> {
    pub fn new(inventory: &'a Inventory<'a>, releases: &'a [&'a Release]) -> Self {
        let mut by_real_name = BTreeMap::new();
        for (name, module) in &inventory.modules {
            let entry = (name.as_str(), module);
            let real = releases
                .iter()
                .map(|release| name_in(release, name, module))
                .zip(releases)
                .filter(|(real, release)| release.modules.contains_key(*real))
                .map(|(real, _)| real);
            let mut real: BTreeSet<&str> = real.collect();
            if real.is_empty() {
                real.insert(module.real_name().unwrap_or(name));
            }
            by_real_name.extend(real.into_iter().map(|real| (real, entry)));
        }
        let shipped = releases.iter().flat_map(|release| release.modules.keys());
        let names = shipped.map(String::as_str);
        Self {
            inventory,
            releases,
            states: releases
                .iter()
                .map(|release| States::new(inventory, release))
                .collect(),
            names: names.chain(by_real_name.keys().copied()).collect(),
            by_real_name,
        }
    }

    /// The flags that hold when nobody sets any, as a combination.
    pub fn default_flags(&self) -> u8 {
        states::bits(&self.inventory.flags.defaults()).unwrap_or_default()
    }
}

/// One module of any release, or of the inventory.
pub struct Row<'a> {
    /// Its name in Prosody.
    pub name: &'a str,
    /// What the inventory says of it, under its name there.
    pub listed: Option<(&'a str, &'a Module<'a>)>,
    /// By release the version, how the release has it, and what it says of it.
    pub releases: Vec<(&'a str, State, Option<&'a ReleaseModule>)>,
    /// Since when and until when it was there.
    pub history: Vec<Span<'a>>,
    /// The modules that depend on it, in the newest release that has it.
    pub used_by: Vec<&'a str>,
    /// By release the number of the text with its states.
    pub states: Vec<usize>,
    /// Its state in the newest release by default.
    pub state: char,
}

/// What changed from one release to the next one.
pub const CHANGES: [(&str, &str); 5] = [
    ("new", "new"),
    ("moved", "moved into Prosody"),
    ("withdrawn", "withdrawn"),
    ("gone", "gone"),
    ("stage", "other stage upstream"),
];

impl<'a> Row<'a> {
    pub fn new(catalogue: &Catalogue<'a>, name: &'a str, shared: &mut UniqueTexts) -> Self {
        let releases: Vec<_> = catalogue
            .releases
            .iter()
            .map(|release| {
                let facts = release.modules.get(name);
                (&*release.version, State::of(release, facts), facts)
            })
            .collect();
        let spans: Vec<_> = releases
            .iter()
            .map(|(version, state, _)| (*version, *state))
            .collect();
        let texts: Vec<String> = catalogue
            .states
            .iter()
            .map(|states| states.of(name))
            .collect();
        let default = usize::from(catalogue.default_flags());
        let state = texts.last().and_then(|text| text.chars().nth(default));
        let newest = catalogue.releases.iter().rev();
        let newest = newest
            .clone()
            .find(|release| release.modules.contains_key(name));
        let used_by = newest.into_iter().flat_map(|release| &release.modules);
        let used_by = used_by.filter(|(_, facts)| depends_on(facts, name));
        Self {
            name,
            listed: catalogue.by_real_name.get(name).copied(),
            history: history::history(&spans),
            releases,
            used_by: used_by.map(|(name, _)| name.as_str()).collect(),
            states: texts.into_iter().map(|text| shared.number(text)).collect(),
            state: state.unwrap_or('x'),
        }
    }

    /// Its level, where the inventory has it.
    pub fn stability(&self) -> Option<Stability> {
        self.listed.map(|(_, module)| module.stability())
    }

    /// What it is for, by the inventory or by its README.
    pub fn purpose(&self) -> Option<&str> {
        let summaries = self.releases.iter().rev();
        let mut summaries = summaries.filter_map(|(_, _, facts)| (*facts)?.summary.as_deref());
        let purpose = self.listed.map(|(_, module)| module.purpose.as_str());
        purpose
            .filter(|text| !text.is_empty())
            .or_else(|| summaries.next())
    }

    /// What changed from the release before the newest one to the newest.
    pub fn changes(&self) -> Vec<&'static str> {
        let [.., (_, before, old), (_, now, new)] = self.releases.as_slice() else {
            return Vec::new();
        };
        let is_there = |state: State| matches!(state, State::Bundled | State::Community);
        let stage = |facts: &Option<&ReleaseModule>| facts.map(|facts| facts.stage.clone());
        let is = [
            !is_there(*before) && is_there(*now),
            *before == State::Community && *now == State::Bundled,
            is_there(*before) && *now == State::ReadmeOnly,
            *before != State::Absent && *now == State::Absent,
            old.is_some() && new.is_some() && stage(old) != stage(new),
        ];
        let changes = CHANGES.iter().zip(is).filter(|(_, is)| *is);
        changes.map(|((key, _), _)| *key).collect()
    }
}

/// Whether a module depends on another one in any way.
fn depends_on(facts: &ReleaseModule, name: &str) -> bool {
    let depends = &facts.depends;
    let hard = depends.always.iter().chain(&depends.conditional);
    let mut all = hard.chain(&depends.observed).chain(&depends.soft);
    all.any(|other| other == name)
}

/// The letter and the words for how a release has a module.
pub fn origin(state: State) -> (char, &'static str) {
    match state {
        State::Bundled => ('p', "Prosody"),
        State::Community => ('c', "community"),
        State::ReadmeOnly => ('r', "README only"),
        State::Absent => ('x', "absent"),
        State::NotPackaged => ('x', "not packaged"),
    }
}
