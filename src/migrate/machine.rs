//! A machine with services.prosody, and the settings of services.prosody-stability under which it
//! loads the same.

use std::collections::BTreeSet;

use super::server;
use crate::configuration::services_prosody::options::MODULES;
use crate::configuration::services_prosody::value::At;
use crate::configuration::services_prosody::{Service, place_of};
use crate::configuration::{Configuration, Dialect, HostKind, LISTS};
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::machine::{self, StabilitySettings};
use crate::release::Release;
use crate::report::counted;
use crate::resolve::{Request, resolve};
use crate::selection::{Selection, nixos_module};
use crate::source::Source;
use crate::terminal::printable;

/// Settings for a machine, and what comes of them.
#[derive(Debug)]
pub struct Adopted {
    /// The profile, flags and single modules.
    pub selection: Selection,
    /// Whether optional dependencies are kept out, where that is not left to the module.
    pub enforce: Option<bool>,
    /// What stays in services.prosody, a sentence each.
    pub remaining: Vec<String>,
    /// Each host, and what loads on it before and after.
    pub hosts: Vec<HostComparison>,
}

/// What loads on a host.
#[derive(Debug)]
pub struct HostComparison {
    /// The host.
    pub name: String,
    /// How many modules load there now.
    pub before: usize,
    /// Those that would also load.
    pub added: Vec<String>,
    /// Those that would no longer load.
    pub removed: Vec<String>,
}

impl HostComparison {
    fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// The settings under which the same modules load on every host, as far as there are such.
pub fn adopt(
    inventory: &Inventory,
    release: &Release,
    service: &Service,
    read: impl Fn(&Source, Dialect) -> Result<Configuration>,
) -> Result<Adopted> {
    let before = machine::configuration_of(service, None, inventory, release, &read)?;
    let mut migrated = server::of_configuration(inventory, release, &before)?;
    // The NixOS module would set up components for it, and it is set up already or does not work.
    let set_up = inventory
        .modules
        .iter()
        .filter(|(_, module)| module.setup.is_some());
    for (name, _) in set_up {
        migrated.selection.reset_module(name);
    }
    let now = loaded(inventory, release, &before);
    let after = |enforces: bool| -> Result<Vec<HostComparison>> {
        let stability = StabilitySettings {
            selection: &migrated.selection,
            enforces,
            disabled: Vec::new(),
            at: service.at.clone(),
        };
        let after =
            machine::configuration_of(service, Some(&stability), inventory, release, &read)?;
        Ok(compare(&now, &loaded(inventory, release, &after)))
    };
    let enforced = after(true)?;
    let (enforce, hosts) = if enforced.iter().all(HostComparison::is_same) {
        (None, enforced)
    } else {
        (Some(false), after(false)?)
    };
    Ok(Adopted {
        remaining: remaining(inventory, release, service, &migrated.selection, &before),
        selection: migrated.selection,
        enforce,
        hosts,
    })
}

type Loaded = Vec<(String, BTreeSet<String>)>;

fn loaded(inventory: &Inventory, release: &Release, configuration: &Configuration) -> Loaded {
    let hosts = configuration.active().filter_map(|(name, _)| {
        let request = Request::of_host(inventory, release, configuration, name)?;
        let resolution = request.resolve(inventory, release);
        let names = resolution.loaded().map(str::to_owned).collect();
        Some((name.to_owned(), names))
    });
    hosts.collect()
}

fn compare(before: &Loaded, after: &Loaded) -> Vec<HostComparison> {
    let no_modules = BTreeSet::new();
    let of = |all: &'_ Loaded, name: &str| -> BTreeSet<String> {
        let host = all.iter().find(|(other, _)| other == name);
        host.map_or(&no_modules, |(_, names)| names).clone()
    };
    let mut names: Vec<&String> = before.iter().map(|(name, _)| name).collect();
    names.extend(
        after
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !before.iter().any(|(other, _)| other == *name)),
    );
    let hosts = names.into_iter().map(|name| {
        let (before, after) = (of(before, name), of(after, name));
        HostComparison {
            name: name.clone(),
            before: before.len(),
            added: after.difference(&before).cloned().collect(),
            removed: before.difference(&after).cloned().collect(),
        }
    });
    hosts.collect()
}

/// What the settings leave to services.prosody, and which of it keeps flags from deciding.
fn remaining(
    inventory: &Inventory,
    release: &Release,
    service: &Service,
    selection: &Selection,
    configuration: &Configuration,
) -> Vec<String> {
    let at = |at: &At| {
        let place = place_of(&service.sources, at);
        place.map_or(String::new(), |place| format!(" ({place})"))
    };
    let is_ours = |name: &str| inventory.by_real_name(name).is_some();
    let selected = resolve(inventory, release, selection, false);
    // Whether the settings alone decide the same of a module.
    let as_selected = |name: &str, on: bool| match selected.loads(name) == on {
        true => "remove it, since these settings do the same",
        false => "these settings differ",
    };
    let mut remaining = Vec::new();
    for (name, switch) in &service.modules {
        let place = at(&switch.at);
        remaining.push(match is_ours(name) {
            true => format!(
                "services.prosody.modules.{name} = {}{place} overrides every flag: {}",
                switch.on,
                as_selected(name, switch.on)
            ),
            false => format!("services.prosody.modules.{name} = {}{place}", switch.on),
        });
    }
    let of_upstream: Vec<&str> = MODULES
        .iter()
        .map(|(name, ..)| *name)
        .filter(|name| !is_ours(name) && !service.modules.contains_key(*name))
        .collect();
    remaining.push(format!(
        "the defaults of services.prosody for modules outside the inventory: {}",
        of_upstream.join(", ")
    ));
    let mut outside = Vec::new();
    for item in &service.extra.items {
        if is_ours(&item.name) {
            remaining.push(format!(
                "services.prosody.extraModules enables {}{}, whatever the flags say: {}",
                item.name,
                at(&item.at),
                as_selected(&item.name, true)
            ));
        } else {
            outside.push(item.name.as_str());
        }
    }
    if !outside.is_empty() {
        remaining.push(format!(
            "services.prosody.extraModules, outside the inventory: {}",
            outside.join(", ")
        ));
    }
    for (name, place) in &service.package.enabled {
        let note = match is_ours(name) {
            true => {
                "with withOnlyInstalledCommunityModules instead of withCommunityModules, flags \
                decide"
            }
            false => "it is outside the inventory",
        };
        remaining.push(format!(
            "services.prosody.package enables {name}{}: {note}",
            at(place)
        ));
    }
    for (name, host) in configuration.active() {
        let lists = LISTS
            .iter()
            .filter_map(|list| Some((list, host.options.get(*list)?)));
        for (list, setting) in lists.filter(|_| host.kind == HostKind::VirtualHost) {
            let names = setting.strings().join(", ");
            remaining.push(format!("the {list} of {name} ({}): {names}", setting.place));
        }
    }
    remaining
}

impl Adopted {
    /// Whether the same modules load before and after.
    pub fn changes_nothing(&self) -> bool {
        self.hosts.iter().all(HostComparison::is_same)
    }

    /// One sentence for each host: that nothing changes there, or what does.
    pub fn sentences(&self) -> Vec<String> {
        let sentences = self.hosts.iter().map(|host| {
            let name = &host.name;
            if host.is_same() {
                let modules = counted(host.before, "module");
                let verb = if host.before == 1 { "loads" } else { "load" };
                return format!("{name}: {modules} {verb} before and after");
            }
            let added = host.added.iter().map(|module| format!("+{module}"));
            let removed = host.removed.iter().map(|module| format!("-{module}"));
            let changes: Vec<String> = removed.chain(added).collect();
            format!("{name}: {}", changes.join(" "))
        });
        sentences.collect()
    }

    /// The settings as a NixOS module, with comments that say what comes of them.
    pub fn text(&self, inventory: &Inventory, release: &Release, name: &str) -> Result<String> {
        let mut lines = vec![match self.changes_nothing() {
            true => format!(
                "{name} loads the same on Prosody {} with these settings, until you change a flag:",
                release.version
            ),
            false => format!(
                "The closest to what {name} loads on Prosody {}, and the differences:",
                release.version
            ),
        }];
        lines.extend(
            self.sentences()
                .iter()
                .map(|sentence| format!("- {sentence}")),
        );
        lines.push("What stays in services.prosody:".to_owned());
        lines.extend(
            self.remaining
                .iter()
                .map(|sentence| format!("- {sentence}")),
        );
        let mut text = String::new();
        for line in lines {
            text.push_str(&format!("# {}\n", printable(&line)));
        }
        text.push_str(&nixos_module::write(
            inventory,
            &self.selection,
            self.enforce,
        )?);
        Ok(text)
    }
}
