//! The resolution: inventory × release × selection, for every module what happens and why.

mod findings;
mod pulled;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Finding;
use crate::inventory::profile_line::ProfileLine;
use crate::inventory::{Category, Flag, FlagValues, Inventory, Module, Placement, Risk, Stability};
use crate::release::Release;
use crate::release::availability::Missing;
use crate::selection::Selection;

pub use pulled::{Edge, PulledIn};

/// What happens to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Loads on every virtual host.
    Load,
    /// Loads as a component with an address of its own.
    Component,
    /// Not asked for, but loads because another module depends on it.
    PulledIn,
    /// Asked for, but the release cannot load it.
    Unavailable,
    /// Does not load.
    Off,
}

impl State {
    /// The word for it in JSON and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Component => "component",
            Self::PulledIn => "pulled-in",
            Self::Unavailable => "unavailable",
            Self::Off => "off",
        }
    }

    /// Whether Prosody ends up with the module.
    pub fn loads(self) -> bool {
        match self {
            Self::Load | Self::Component | Self::PulledIn => true,
            Self::Unavailable | Self::Off => false,
        }
    }

    /// Whether the selection asks for the module.
    pub fn is_wanted(self) -> bool {
        match self {
            Self::Load | Self::Component | Self::Unavailable => true,
            Self::PulledIn | Self::Off => false,
        }
    }
}

/// One module and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResolvedModule {
    /// Its name in the inventory.
    pub name: String,
    /// Its name in Prosody, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loads_as: Option<String>,
    /// What it is for.
    pub category: Category,
    /// How mature it is.
    pub stability: Stability,
    /// The risk of its level.
    pub risk: Risk,
    /// What happens to it.
    pub state: State,
    /// Why.
    pub because: String,
    /// For a module that is unavailable: what to use instead, where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// For a module that is pulled in: by whom, and past which flags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulled_in: Option<PulledIn>,
}

impl ResolvedModule {
    /// Its name in Prosody.
    pub fn real_name(&self) -> &str {
        self.loads_as.as_deref().unwrap_or(&self.name)
    }
}

/// A module that is not in the inventory and loads because another one depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependency {
    /// Its name in Prosody.
    pub name: String,
    /// The modules that depend on it, by their names in Prosody.
    pub by: Vec<String>,
    /// Whether they need it.
    pub edge: Edge,
}

/// What happens to every module of an inventory under a selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Resolution {
    /// The guide's line with the counts of what loads.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub profile_line: ProfileLine,
    /// The version of the release.
    pub release: String,
    /// The profile, when one was chosen.
    pub profile: Option<String>,
    /// The values of the flags.
    pub flags: FlagValues,
    /// What the admin should know.
    pub findings: Vec<Finding>,
    /// The modules in the order of the inventory.
    pub modules: Vec<ResolvedModule>,
    /// Modules outside the inventory that load along, sorted.
    pub dependencies: Vec<Dependency>,
    /// Community modules to install, sorted: what loads, with its dependencies.
    pub community: Vec<String>,
    /// Modules that are pulled in softly past their flags: `modules_disabled` keeps them out.
    pub modules_disabled: Vec<String>,
}

fn as_text<S: serde::Serializer>(line: &ProfileLine, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(line)
}

/// Resolves an inventory for a release under a selection.
pub fn resolve(inventory: &Inventory, release: &Release, selection: &Selection) -> Resolution {
    let mut modules: Vec<_> = inventory
        .modules
        .iter()
        .map(|(name, module)| resolved(name, module, release, selection))
        .collect();
    let loads = |module: &&ResolvedModule| module.state.loads();
    let loading: BTreeSet<&str> = modules
        .iter()
        .filter(loads)
        .filter_map(|module| release.modules.get_key_value(module.real_name()))
        .map(|(name, _)| name.as_str())
        .collect();
    let pulled = pulled::pulled_in(release, &loading);
    let always: BTreeSet<_> = inventory.always_loaded.iter().map(String::as_str).collect();
    let in_inventory: BTreeMap<String, usize> = modules
        .iter()
        .enumerate()
        .map(|(index, module)| (module_name_in(release, module, inventory).to_owned(), index))
        .collect();
    let mut dependencies = Vec::new();
    let mut modules_disabled = Vec::new();
    for (name, pull) in pulled {
        match in_inventory.get(name) {
            Some(&index) => {
                if mark_pulled_in(&mut modules[index], name, pull, inventory, selection) {
                    modules_disabled.push(name.to_owned());
                }
            }
            None if always.contains(name) => {}
            None => dependencies.push(Dependency {
                name: name.to_owned(),
                by: pull.by.iter().map(|by| (*by).to_owned()).collect(),
                edge: pull.edge,
            }),
        }
    }
    let mut profile_line = ProfileLine::default();
    for module in modules.iter().filter(loads) {
        profile_line.count(&inventory.modules[&module.name]);
    }
    let disabled = modules_disabled.iter().map(String::as_str).collect();
    let asked = modules
        .iter()
        .filter(|m| m.state.is_wanted())
        .map(ResolvedModule::real_name);
    let community = release
        .to_install(asked, &disabled)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut resolution = Resolution {
        profile_line,
        release: release.version.clone(),
        profile: selection.profile().map(str::to_owned),
        flags: selection.flags().clone(),
        findings: Vec::new(),
        modules,
        dependencies,
        community,
        modules_disabled,
    };
    resolution.findings = findings::findings(inventory, selection, &resolution);
    resolution
}

/// The same for a server whose `modules_disabled` names what is pulled in softly: those modules
/// stay out, with all that only they bring along.
pub fn resolve_enforced(
    inventory: &Inventory,
    release: &Release,
    selection: &Selection,
) -> Resolution {
    let free = resolve(inventory, release, selection);
    if free.modules_disabled.is_empty() {
        return free;
    }
    let mut without = release.clone();
    for module in without.modules.values_mut() {
        let soft = &mut module.depends.soft;
        soft.retain(|name| !free.modules_disabled.contains(name));
    }
    Resolution {
        modules_disabled: free.modules_disabled,
        ..resolve(inventory, &without, selection)
    }
}

/// The name that a module of the inventory has in a release: its own, or its real one.
fn module_name_in<'a>(
    release: &Release,
    module: &'a ResolvedModule,
    inventory: &'a Inventory<'a>,
) -> &'a str {
    if release.modules.contains_key(&module.name) {
        return &module.name;
    }
    inventory.modules[&module.name]
        .real_name()
        .unwrap_or(&module.name)
}

fn resolved(
    name: &str,
    module: &Module,
    release: &Release,
    selection: &Selection,
) -> ResolvedModule {
    let (wanted, mut because) = wanted(name, module, selection);
    let mut loads_as = None;
    let mut replaced_by = None;
    let state = match (wanted, name_in(release, name, module)) {
        (false, _) => State::Off,
        (true, Ok(real)) => {
            loads_as = (real != name).then(|| real.to_owned());
            match module.placement {
                Placement::Host => State::Load,
                Placement::Component => State::Component,
            }
        }
        (true, Err((real, missing))) => {
            replaced_by = module
                .replaced_by()
                .or(module.real_name())
                .map(str::to_owned);
            because = why_unavailable(module, real, &missing, &release.version);
            State::Unavailable
        }
    };
    ResolvedModule {
        name: name.to_owned(),
        loads_as,
        category: module.category(),
        stability: module.stability(),
        risk: module.risk(),
        state,
        because,
        replaced_by,
        pulled_in: None,
    }
}

/// The name under which a release can load a module of the inventory, or why it cannot.
fn name_in<'a>(
    release: &Release,
    name: &'a str,
    module: &'a Module,
) -> Result<&'a str, (&'a str, Missing)> {
    match (release.usable(name), module.real_name()) {
        (Ok(_), _) => Ok(name),
        (Err(Missing::Absent), Some(real)) => release
            .usable(real)
            .map(|_| real)
            .map_err(|missing| (real, missing)),
        (Err(missing), _) => Err((name, missing)),
    }
}

fn why_unavailable(module: &Module, real: &str, missing: &Missing, version: &str) -> String {
    let why = missing.why(real, version);
    let note = module
        .upstream
        .as_ref()
        .and_then(|upstream| upstream.note.as_deref());
    match (note, missing) {
        // The note tells what became of the module itself, not of one that it needs.
        (Some(note), Missing::Stub | Missing::Broken) => format!("{why}; {note}"),
        (Some(note), Missing::Absent) if module.real_name().is_some() => format!("{why}; {note}"),
        // That a module is nowhere says less than the note.
        (Some(note), Missing::Absent) => note.to_owned(),
        (_, Missing::Needs(..)) | (None, _) => why,
    }
}

/// Turns a module that is off into one that is pulled in; says whether `modules_disabled` would
/// keep it out.
fn mark_pulled_in(
    module: &mut ResolvedModule,
    real: &str,
    pull: pulled::Pull<'_>,
    inventory: &Inventory,
    selection: &Selection,
) -> bool {
    let needed = inventory.modules[&module.name].flags().iter().copied();
    let despite: Vec<Flag> = needed
        .filter(|f| !selection.allows(*f, module.category))
        .collect();
    let by: Vec<String> = pull.by.iter().map(|by| (*by).to_owned()).collect();
    let s = if by.len() == 1 { "s" } else { "" };
    module.because = match pull.edge {
        Edge::Hard => format!("{} need{s} it, though {}", by.join(", "), module.because),
        Edge::Soft => format!("{} ask{s} for it, though {}", by.join(", "), module.because),
    };
    module.state = State::PulledIn;
    module.loads_as = (real != module.name).then(|| real.to_owned());
    let edge = pull.edge;
    module.pulled_in = Some(PulledIn { by, edge, despite });
    edge == Edge::Soft
}

/// Whether the selection asks for a module, and why.
fn wanted(name: &str, module: &Module, selection: &Selection) -> (bool, String) {
    match selection.module(name) {
        Some(true) => return (true, "enabled by name".to_owned()),
        Some(false) => return (false, "disabled by name".to_owned()),
        None => {}
    }
    let category = module.category();
    let said = |on: bool| {
        let flags = module
            .flags()
            .iter()
            .filter(|flag| selection.allows(**flag, category) == on);
        flags
            .map(|flag| flag_said(*flag, selection))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let off = said(false);
    if !off.is_empty() {
        (false, off)
    } else if module.flags().is_empty() {
        (true, "core modules are always on".to_owned())
    } else {
        (true, said(true))
    }
}

fn flag_said(flag: Flag, selection: &Selection) -> String {
    format!(
        "{flag} is {} ({})",
        selection.flags().get(flag),
        selection.origin(flag)
    )
}
