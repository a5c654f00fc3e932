//! The resolution: inventory × release × request, for every module what happens and why.
//!
//! ```
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::release::builtin;
//! use prosody_stability::resolve::{State, resolve};
//! use prosody_stability::selection::Selection;
//!
//! let inventory = Inventory::builtin();
//! let mut selection = Selection::defaults(&inventory);
//! selection.set_profile(&inventory, "enterprise")?;
//! let resolution = resolve(&inventory, builtin::newest(), &selection, false);
//! let altconnect = resolution.modules.iter().find(|module| module.name == "http_altconnect");
//! // Beta is off, and bosh loads it all the same.
//! assert_eq!(altconnect.map(|module| module.state), Some(State::PulledIn));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod configured;
mod dependencies;
mod inherited;
mod names;
pub mod reason;
pub mod request;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::profile_line::ProfileLine;
use crate::inventory::{Category, Flag, FlagValues, Inventory, Module, Placement, Risk, Stability};
use crate::release::availability::{Blocked, Loadable, Missing, is_anywhere};
use crate::release::{Release, ReleaseModule};
use crate::report::Place;
use crate::selection::{HostSelection, Selection};
use dependencies::Dependents;
pub use inherited::inherited;
pub use names::{is_for_rooms, name_in};
pub use reason::{Edge, Reason};
pub use request::Request;

/// What happens to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Loads on every virtual host.
    Load,
    /// Loads as a component with an address of its own.
    Component,
    /// Not enabled, but loads because another module depends on it.
    PulledIn,
    /// Enabled, but the release cannot load it.
    Unavailable,
    /// Does not load.
    Off,
}

/// In reports the state of a module outside the inventory that loads because another one depends on it.
pub const DEPENDENCY: &str = "dependency";
/// In reports the state of a module that nothing asks for.
pub const ABSENT: &str = "absent";

/// Whether a module loads in a state of this name; none for a word that is no state.
pub fn loads_in_state(name: &str) -> Option<bool> {
    use State::{Component, Load, Off, PulledIn, Unavailable};
    let states = [Load, Component, PulledIn, Unavailable, Off];
    match name {
        DEPENDENCY => Some(true),
        ABSENT => Some(false),
        _ => states
            .into_iter()
            .find(|state| state.name() == name)
            .map(State::loads),
    }
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

    /// Whether the selection enables the module.
    pub fn is_enabled(self) -> bool {
        match self {
            Self::Load | Self::Component | Self::Unavailable => true,
            Self::PulledIn | Self::Off => false,
        }
    }
}

/// One module and what happens to it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedModule<'a> {
    /// Its name in the inventory.
    pub name: &'a str,
    /// Its name in Prosody, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loads_as: Option<&'a str>,
    /// What it is for; none for a module outside the inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// How mature it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stability: Option<Stability>,
    /// The risk of its level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// What happens to it.
    pub state: State,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Reason,
    /// For a module that is unavailable: what to use instead, where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<&'a str>,
    /// For a module that is pulled in: by which modules, although which flags are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulled_in: Option<PulledIn<'a>>,
    /// Where the configuration enables it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What the inventory says of it.
    #[serde(skip)]
    pub module: Option<&'a Module<'a>>,
    /// What the release says of it under its name in Prosody.
    #[serde(skip)]
    pub facts: Option<&'a ReleaseModule>,
    /// What the release lacks to load it.
    #[serde(skip)]
    pub missing: Option<Missing>,
    /// Whether it is named, rather than chosen by flags.
    #[serde(skip)]
    pub explicit: bool,
}

impl<'a> ResolvedModule<'a> {
    /// Whether nobody disabled it, and it is only pulled in by what a component is made of.
    pub fn is_not_inherited(&self) -> bool {
        match &self.reason {
            Reason::PulledIn { although, .. } => **although == Reason::NotInherited,
            reason => *reason == Reason::NotInherited,
        }
    }

    /// Its name in Prosody.
    pub fn real_name(&self) -> &'a str {
        self.loads_as.unwrap_or(self.name)
    }

    /// The names under which Prosody may know it: in this release or in another one.
    pub fn names(&self) -> BTreeSet<&'a str> {
        let real = self.module.and_then(Module::real_name);
        [Some(self.name), real].into_iter().flatten().collect()
    }
}

/// How a module of the inventory loads although it is not enabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PulledIn<'a> {
    /// The modules that depend on it, by their names in Prosody.
    pub by: Vec<&'a str>,
    /// Whether they require it.
    pub edge: Edge,
    /// The flags that are off for it.
    pub despite: Vec<Flag>,
}

/// A module that is not in the inventory and loads because another one depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependency<'a> {
    /// Its name in Prosody.
    pub name: &'a str,
    /// The modules that depend on it, by their names in Prosody.
    pub by: Vec<&'a str>,
    /// Whether they require it.
    pub edge: Edge,
}

/// What happens on the hosts of a server as it is configured.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServerResolution<'a> {
    /// The hosts that are active, in the order of the configuration.
    pub hosts: Vec<Resolution<'a>>,
}

/// What happens to the modules that are enabled, on one host or on every virtual host at once.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolution<'a> {
    /// The host; none for every virtual host at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<&'a str>,
    /// The guide's line with the counts of what loads.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub profile_line: ProfileLine,
    /// The version of the release.
    pub release: &'a str,
    /// The profile, when one was chosen.
    pub profile: Option<&'a str>,
    /// The values of the flags; none for a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<&'a FlagValues>,
    /// The modules that are enabled or decided about: for a selection in the order of the
    /// inventory.
    pub modules: Vec<ResolvedModule<'a>>,
    /// Modules outside the inventory that load with others, sorted.
    pub dependencies: Vec<Dependency<'a>>,
    /// Community modules to install, sorted: what loads, with its dependencies.
    pub community: Vec<&'a str>,
    /// Those of them that a distribution does not package, if one is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_packaged: Option<Vec<&'a str>>,
    /// Optional dependencies whose flags are off: `modules_disabled` keeps them out.
    pub modules_disabled: Vec<&'a str>,
    /// Whether `modules_disabled` does.
    pub enforced: bool,
    /// What happens on the hosts on which something else is selected than on the server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Resolution<'a>>,
}

impl Resolution<'_> {
    /// Whether a module loads, by its name in Prosody.
    pub fn loads(&self, real: &str) -> bool {
        let listed = |m: &ResolvedModule| m.state.loads() && m.real_name() == real;
        self.modules.iter().any(listed) || self.dependencies.iter().any(|d| d.name == real)
    }

    /// The modules that load, by their names in Prosody.
    pub fn loaded(&self) -> impl Iterator<Item = &str> {
        let modules = self.modules.iter().filter(|m| m.state.loads());
        let modules = modules.map(ResolvedModule::real_name);
        modules.chain(self.dependencies.iter().map(|d| d.name))
    }
}

fn as_text<S: serde::Serializer>(line: &ProfileLine, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(line)
}

/// Resolves an inventory for a release under a selection; with `enforce`, `modules_disabled` keeps
/// out optional dependencies whose flags are off, with all that only they load. Hosts on which
/// something else is selected are resolved as well.
pub fn resolve<'a>(
    inventory: &'a Inventory,
    release: &'a Release,
    selection: &'a Selection,
    enforce: bool,
) -> Resolution<'a> {
    let of_host = |(name, host): (&'a String, &'a HostSelection)| {
        Request::of_selected_host(inventory, release, name, host, enforce)
            .resolve(inventory, release)
    };
    Resolution {
        hosts: selection.hosts().iter().map(of_host).collect(),
        ..Request::of_selection(inventory, selection, enforce).resolve(inventory, release)
    }
}

impl<'a> Request<'a> {
    /// What happens to the modules that are enabled, and to what they depend on.
    pub fn resolve(self, inventory: &'a Inventory, release: &'a Release) -> Resolution<'a> {
        let Self {
            host,
            modules,
            blocked,
            inherited,
            enforce,
            selection,
        } = self;
        let is_selected = selection.is_some();
        let requested = modules.into_iter();
        let mut modules: Vec<_> = requested
            .map(|requested| resolved(requested, release, &blocked, is_selected))
            .collect();
        let in_release = |name| release.modules.get_key_value(name);
        // A configuration's request names what loads automatically.
        let always = inventory.always_loaded.iter().map(String::as_str);
        let always = always.filter(|name| {
            is_selected && inherited.as_ref().is_none_or(|names| names.contains(name))
        });
        let loading = modules.iter().filter(|module| module.state.loads());
        let loading: BTreeSet<&str> = loading
            .map(ResolvedModule::real_name)
            .chain(always)
            .filter_map(|name| Some(in_release(name)?.0.as_str()))
            .collect();
        let by_name: BTreeMap<&str, usize> = modules
            .iter()
            .enumerate()
            .map(|(index, module)| (module.real_name(), index))
            .collect();
        // Of a configuration, the component of a module that is set up is a host of its own.
        let set_up = modules.iter().filter(|m| m.state.loads() && is_selected);
        let set_up: BTreeMap<&str, Vec<&str>> = set_up
            .filter_map(|resolved| {
                let real = resolved.real_name();
                Some((real, loads_when_set_up(release, resolved.module?, real)))
            })
            .collect();
        let closure =
            |blocked: &Blocked<'_>| dependencies::closure(release, &loading, &set_up, blocked);
        let mut dependents = closure(&blocked);
        let optional = dependents.iter().filter(|(name, dependents)| {
            dependents.edge == Edge::Soft && by_name.contains_key(*name)
        });
        let modules_disabled: Vec<&str> = optional.map(|(name, _)| *name).collect();
        // What nothing keeps out loads, and has to be installed.
        let kept_out = modules_disabled.iter().filter(|_| enforce);
        let kept_out: Blocked<'_> = kept_out.map(|name| (*name, Missing::Disabled)).collect();
        if !kept_out.is_empty() {
            for name in kept_out.keys() {
                modules[by_name[name]].keep_out(&dependents[name]);
            }
            dependents = closure(&kept_out);
        }
        let to_install = modules.iter().filter(|m| m.state.is_enabled());
        let to_install = to_install.map(ResolvedModule::real_name);
        let to_install = to_install.chain(dependents.keys().copied());
        let mut without = kept_out;
        without.extend(blocked);
        let community = release
            .to_install(to_install, &without)
            .into_iter()
            .collect();
        let mut dependencies = Vec::new();
        for (name, dependents) in dependents {
            match by_name.get(name) {
                Some(&index) => modules[index].pull_in(&dependents, selection),
                None => dependencies.push(Dependency {
                    name,
                    by: dependents.by.into_iter().collect(),
                    edge: dependents.edge,
                }),
            }
        }
        let mut profile_line = ProfileLine::default();
        let counted = modules.iter().filter(|module| module.state.loads());
        for module in counted.filter_map(|module| module.module) {
            profile_line.count(module);
        }
        Resolution {
            host,
            profile_line,
            release: &release.version,
            profile: selection.and_then(Selection::profile),
            flags: selection.map(Selection::flags),
            modules,
            dependencies,
            community,
            not_packaged: None,
            modules_disabled,
            enforced: enforce,
            hosts: Vec::new(),
        }
    }
}

/// One module, before what others load with it.
fn resolved<'a>(
    requested: request::RequestedModule<'a>,
    release: &'a Release,
    blocked: &Blocked<'_>,
    is_selected: bool,
) -> ResolvedModule<'a> {
    let request::RequestedModule {
        name,
        module,
        enabled,
        explicit,
        placement,
        mut reason,
    } = requested;
    let place = reason.place().cloned();
    // A configuration says what Prosody looks for, and the inventory what people call it.
    let real = match module {
        Some(module) if is_selected => name_in(release, name, module),
        _ => name,
    };
    // `modules_disabled` is about dependencies here: what the host itself enables loads.
    let missing = if blocked.get(real) == Some(&Missing::Disabled) {
        let mut others = blocked.clone();
        others.remove(real);
        release.usable_on(real, &others).err()
    } else {
        release.usable_on(real, blocked).err()
    };
    let facts = release.modules.get(real);
    let mut replaced_by = None;
    let state = match &missing {
        _ if !enabled => State::Off,
        // No flag enables it, so that nobody misses it where the release does not have it.
        _ if !explicit && let Some(setup) = module.and_then(|m| m.setup.as_ref()) => {
            let option = setup.option.to_string();
            reason = Reason::NeedsSetup { option };
            State::Off
        }
        Some(missing) => {
            let loadable = &mut Loadable::new(release);
            replaced_by = replacement(loadable, module, facts).filter(|other| *other != real);
            reason = Reason::Unavailable {
                missing: missing.clone(),
                version: release.version.clone(),
                note: module.and_then(Module::note).map(str::to_owned),
            };
            State::Unavailable
        }
        None if !explicit && facts.is_some_and(ReleaseModule::is_broken) => {
            let version = release.version.clone();
            reason = Reason::Broken { version };
            State::Off
        }
        None => match placement {
            Placement::Host => State::Load,
            Placement::Component => State::Component,
        },
    };
    ResolvedModule {
        name,
        loads_as: (real != name).then_some(real),
        category: module.map(Module::category),
        stability: module.map(Module::stability),
        risk: module.map(Module::risk),
        state,
        reason,
        replaced_by,
        pulled_in: None,
        place,
        module,
        facts,
        missing,
        explicit,
    }
}

/// What a module loads once it is set up, in addition to what it always loads: its component, and what the
/// release says that it loads under some condition.
pub fn loads_when_set_up<'a>(release: &'a Release, module: &'a Module, real: &str) -> Vec<&'a str> {
    let (Some(setup), Some(facts)) = (&module.setup, release.modules.get(real)) else {
        return Vec::new();
    };
    let conditional = &facts.depends.conditional;
    let loads = setup.loads.iter().map(|name| name.as_str());
    let loads = loads.filter(|name| conditional.iter().any(|other| other == name));
    loads.chain([setup.component.as_str()]).collect()
}

/// Which modules of an inventory, in its order, any of these releases has under one of their names.
pub fn exist_in_releases(inventory: &Inventory, releases: &[&Release]) -> Vec<bool> {
    let mut exists = vec![false; inventory.modules.len()];
    // Releases have fewer names than a huge inventory.
    for name in releases.iter().flat_map(|release| release.modules.keys()) {
        if let Some(index) = inventory.modules.get_index_of(name) {
            exists[index] = true;
        }
    }
    for (module, exists) in inventory.modules.values().zip(&mut exists) {
        *exists |= is_anywhere(module.real_name(), releases);
    }
    exists
}

/// What to use instead of a module that a release cannot load, of what it can load.
///
/// The inventory knows, and where it does not, upstream's README may.
pub fn replacement<'a>(
    loadable: &mut Loadable<'_, '_>,
    module: Option<&'a Module>,
    facts: Option<&'a ReleaseModule>,
) -> Option<&'a str> {
    // One that the release does not have either does not help.
    let others = [
        module.and_then(Module::replaced_by),
        module.and_then(Module::real_name),
        facts.and_then(|facts| facts.superseded_by.as_deref()),
    ];
    let mut others = others.into_iter().flatten();
    others.find(|other| loadable.has(other))
}

impl<'a> ResolvedModule<'a> {
    /// A module that is off loads because of others.
    fn pull_in(&mut self, dependents: &Dependents<'a>, selection: Option<&Selection>) {
        let flags = self.module.map_or(&[][..], Module::flags).iter().copied();
        let is_off = |flag: &Flag| {
            let category = self.category;
            selection
                .zip(category)
                .is_some_and(|(s, category)| !s.allows(*flag, category))
        };
        let despite = flags.filter(is_off).collect();
        let by: Vec<&str> = dependents.by.iter().copied().collect();
        let edge = dependents.edge;
        self.reason = Reason::PulledIn {
            by: by.iter().map(|name| (*name).to_owned()).collect(),
            edge,
            although: Box::new(self.reason.clone()),
        };
        self.state = State::PulledIn;
        self.pulled_in = Some(PulledIn { by, edge, despite });
    }

    /// A module that is off would load because of others, and `modules_disabled` prevents it.
    fn keep_out(&mut self, dependents: &Dependents<'a>) {
        self.reason = Reason::KeptOut {
            by: dependents
                .by
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            reason: Box::new(self.reason.clone()),
        };
    }
}
