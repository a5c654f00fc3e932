//! A fragment in addition to a configuration: it keeps what the user loads, and says what it changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::configuration::deciding::{MODULES_DISABLED, MODULES_ENABLED};
use crate::configuration::{Configuration, Dialect, HostKind};
use crate::inventory::{Inventory, Placement};
use crate::lua::{self, Value};
use crate::output::MARKER;
use crate::release::Release;
use crate::release::availability::{Blocked, Missing};
use crate::report::{GLOBAL, Place};
use crate::resolve::{Request, Resolution, State};
use crate::selection::Selection;

/// What the flags change on a server.
struct Changes<'a> {
    /// What its global list holds, with places.
    listed: BTreeMap<&'a str, &'a Place>,
    /// What to add, and why.
    added: BTreeMap<&'a str, String>,
    /// What to take away of the global list, and why.
    removed: BTreeMap<&'a str, String>,
    /// What the user has to decide.
    left: Vec<String>,
}

/// The fragment: for Prosody 13.0 lines that append to the lists of the configuration, for 0.12 a
/// whole list. Modules outside the inventory stay.
pub fn lua(
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
    selection: &Selection,
) -> String {
    let resolution = Request::of_selection(inventory, selection, false).resolve(inventory, release);
    let changes = Changes::of(inventory, release, configuration, &resolution);
    let mut text = changes.header(release, configuration, &resolution);
    let is_set = |list: &str| {
        let global = configuration.global();
        global.is_some_and(|global| global.options.contains_key(list))
    };
    let appends = Dialect::of(&release.version) == Dialect::V13;
    text.push('\n');
    for (name, reason) in &changes.added {
        text.push_str(&lua::comment(&format!("+ {name}: {reason}")));
    }
    for (name, reason) in &changes.removed {
        text.push_str(&lua::comment(&format!("- {name}: {reason}")));
    }
    if changes.added.is_empty() && changes.removed.is_empty() {
        text.push_str(&lua::comment("Nothing to change."));
    }
    if !appends {
        let kept = changes
            .listed
            .keys()
            .filter(|name| !changes.removed.contains_key(*name));
        let whole: BTreeSet<&str> = kept.chain(changes.added.keys()).copied().collect();
        text.push_str(&lua::option(MODULES_ENABLED, &Value::texts(whole)));
    } else {
        for (list, names) in [
            (MODULES_ENABLED, &changes.added),
            (MODULES_DISABLED, &changes.removed),
        ] {
            if !names.is_empty() {
                let names = Value::texts(names.keys().copied());
                text.push_str(&match is_set(list) {
                    true => lua::append(list, &names),
                    false => lua::option(list, &names),
                });
            }
        }
    }
    if !resolution.community.is_empty() {
        let community = resolution.community.iter().copied();
        let missing: Vec<&str> = community
            .filter(|name| changes.added.contains_key(name))
            .collect();
        if !missing.is_empty() {
            text.push_str(&lua::comment(&format!(
                "Community modules that must be in a directory of plugin_paths: {}.",
                missing.join(", ")
            )));
        }
    }
    if !changes.left.is_empty() {
        text.push('\n');
        text.push_str(&lua::comment("What this fragment does not change:"));
    }
    for sentence in &changes.left {
        text.push_str(&lua::comment(&format!("* {sentence}")));
    }
    text
}

impl<'a> Changes<'a> {
    fn of(
        inventory: &'a Inventory,
        release: &'a Release,
        configuration: &'a Configuration,
        resolution: &'a Resolution<'a>,
    ) -> Self {
        let mut changes = Self {
            listed: listed(configuration, GLOBAL, MODULES_ENABLED),
            added: BTreeMap::new(),
            removed: BTreeMap::new(),
            left: Vec::new(),
        };
        changes.add(inventory, configuration, resolution);
        changes.remove(inventory, release, configuration, resolution);
        changes
    }

    /// What the flags ask for and the global list does not have.
    fn add(
        &mut self,
        inventory: &'a Inventory,
        configuration: &'a Configuration,
        resolution: &'a Resolution<'a>,
    ) {
        let disabled = listed(configuration, GLOBAL, MODULES_DISABLED);
        let components: BTreeSet<&str> = configuration
            .active()
            .filter_map(|(_, host)| match &host.kind {
                HostKind::Component(made_of) => Some(made_of.as_str()),
                _ => None,
            })
            .collect();
        for module in resolution
            .modules
            .iter()
            .filter(|m| m.state.is_enabled() && m.state.loads())
        {
            let name = module.real_name();
            if module.state == State::Component {
                if !components.contains(name) {
                    self.left.push(format!(
                        "{name} needs its own address: `Component \"…\" \"{name}\"`"
                    ));
                }
            } else if let Some(place) = disabled.get(name) {
                self.left.push(format!(
                    "{name} is in modules_disabled ({place}): remove it there"
                ));
            } else if !self.listed.contains_key(name)
                && !inventory.always_loaded.iter().any(|always| always == name)
            {
                self.added.insert(name, module.reason.to_string());
            }
        }
    }

    /// What the flags do not allow and the global list has. What something else needs stays.
    fn remove(
        &mut self,
        inventory: &'a Inventory,
        release: &'a Release,
        configuration: &'a Configuration,
        resolution: &'a Resolution<'a>,
    ) {
        let mut off = BTreeMap::new();
        for module in resolution.modules.iter().filter(|m| m.state == State::Off) {
            for name in module.names() {
                off.insert(name, module.reason.to_string());
            }
        }
        let pulled_in = resolution
            .modules
            .iter()
            .filter(|m| m.state == State::PulledIn);
        for module in pulled_in.filter(|m| self.listed.contains_key(m.real_name())) {
            let sentence = format!("{} stays: {}", module.real_name(), module.reason);
            self.left.push(sentence);
        }
        for (name, reason) in &off {
            if self.listed.contains_key(name) {
                self.removed.insert(name, reason.clone());
            }
        }
        let kept = self.listed.keys().chain(self.added.keys()).copied();
        let kept: Vec<&str> = kept
            .filter(|name| !self.removed.contains_key(name))
            .collect();
        let own = configuration
            .active()
            .flat_map(|(host, _)| listed(configuration, host, MODULES_ENABLED).into_keys());
        let kept: BTreeSet<&str> = kept.into_iter().chain(own).collect();
        for name in kept {
            if release.usable(name).is_err() {
                continue;
            }
            // Prosody does not load what depends on a disabled module: then that one stays.
            while let Some(needed) = self.needed_by(release, name) {
                self.removed.remove(needed.as_str());
                self.left.push(format!(
                    "{needed} stays although its flags are off: {name} requires it"
                ));
            }
        }
        for (host, section) in configuration.active() {
            for (name, place) in listed(configuration, host, MODULES_ENABLED) {
                let is_host = section.kind == HostKind::VirtualHost;
                let listed = inventory.by_real_name(name);
                let on_host = listed.is_none_or(|(_, module)| module.placement == Placement::Host);
                if is_host
                    && on_host
                    && let Some(reason) = off.get(name)
                {
                    self.left.push(format!(
                        "{name} is in the modules_enabled of {host} ({place}) although {reason}: \
                        remove it there"
                    ));
                }
            }
        }
    }

    /// The module to be removed that another one does not load without.
    fn needed_by(&self, release: &Release, name: &str) -> Option<String> {
        let blocked = self.removed.keys().map(|name| (*name, Missing::Disabled));
        let blocked: Blocked<'_> = blocked.collect();
        let mut missing = release.usable_on(name, &blocked).err()?;
        let mut needed = None;
        while let Missing::Requires(required, inner) = missing {
            needed = Some(required);
            missing = *inner;
        }
        needed.filter(|needed| self.removed.contains_key(needed.as_str()))
    }

    fn header(
        &self,
        release: &Release,
        configuration: &Configuration,
        resolution: &Resolution,
    ) -> String {
        let profile = match resolution.profile {
            Some(profile) => format!(", profile {profile}"),
            None => String::new(),
        };
        let instruction = match Dialect::of(&release.version) {
            Dialect::V13 => {
                "It appends to the lists in that file: write its `Include` below them, above the\n\
                 first VirtualHost."
            }
            Dialect::V0_12 => {
                "Prosody 0.12 cannot append to a list, so this is the whole modules_enabled: write its\n\
                 `Include` below that list, above the first VirtualHost."
            }
        };
        lua::comment(&format!(
            "{MARKER} by `prosody-stability resolve --config … --format lua`. Do not edit: change \
             the flags and generate it again.\n\
             For Prosody {}{profile}, in addition to {}. It keeps the {} modules listed there, except \
             those named below.\n{instruction}",
            resolution.release,
            configuration.name,
            self.listed.len(),
        ))
    }
}

/// What a list of a host holds, with places.
fn listed<'a>(
    configuration: &'a Configuration,
    host: &str,
    list: &str,
) -> BTreeMap<&'a str, &'a Place> {
    let host = configuration.host(host);
    let setting = host.and_then(|host| host.options.get(list));
    let names = setting.iter().flat_map(|setting| {
        let names = setting.strings().into_iter();
        names.map(|name| (name, setting.place_of(name)))
    });
    names.collect()
}
