//! A server as it is configured, as the selection that loads the same modules.

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::{self, Target};
use crate::configuration::{Configuration, HostKind, LISTS};
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{Inventory, Placement};
use crate::release::Release;
use crate::report::Place;
use crate::resolve::{Reason, Request, Resolution, State};
use crate::selection::Selection;

/// A selection in the place of a configuration, and what it cannot say.
#[derive(Debug)]
pub struct Migrated {
    /// The profile, flags and single modules.
    pub selection: Selection,
    /// Whether optional dependencies must be kept out for the same modules to load.
    pub enforce: bool,
    /// Modules outside the inventory that every virtual host enables, sorted.
    pub extra: Vec<String>,
    /// What else the configuration says, a sentence each.
    pub remaining: Vec<String>,
    /// What would load otherwise than it does now, a sentence for each module and host.
    pub differences: Vec<String>,
}

/// A virtual host and what loads on it.
struct Loading<'a> {
    name: &'a str,
    resolution: Resolution<'a>,
}

/// The selection under which the modules load that load on every virtual host of a configuration.
///
/// An error when a part of the configuration cannot be determined: half an answer would be wrong.
pub fn of_configuration(
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
) -> Result<Migrated> {
    configuration.determined()?;
    let virtual_hosts = configuration
        .active()
        .filter(|(_, host)| host.kind == HostKind::VirtualHost);
    let hosts: Vec<Loading<'_>> = virtual_hosts
        .filter_map(|(name, _)| {
            let request = Request::of_host(inventory, release, configuration, name)?;
            let resolution = request.resolve(inventory, release);
            Some(Loading { name, resolution })
        })
        .collect();
    if hosts.is_empty() {
        let error = Diagnostic::error(format!(
            "{} defines no active virtual host",
            configuration.name
        ));
        return Err(Box::new(error.help("flags apply to virtual hosts")));
    }
    let target = target(inventory, configuration, &hosts);
    let selection = nearest::selection(inventory, release, &target)?;
    let mut remaining = Vec::new();
    let extra = outside(&hosts, &mut remaining);
    unavailable(&hosts, &mut remaining);
    other_settings(configuration, &mut remaining);
    let compare = |enforce| {
        let of =
            |placement| nearest::of_placement(inventory, release, &selection, placement, enforce);
        let (on_hosts, as_components) = (of(Placement::Host), of(Placement::Component));
        let selected = names(inventory, &on_hosts);
        let components = as_components.modules.iter();
        let components = components.filter(|module| module.state == State::Component);
        let components = components.map(|module| module.name).collect();
        differences(inventory, &selected, &components, &target, &hosts)
    };
    let (plain, enforced) = (compare(false), compare(true));
    let enforce = enforced.len() < plain.len();
    let differences = if enforce { enforced } else { plain };
    Ok(Migrated {
        selection,
        enforce,
        extra,
        remaining,
        differences,
    })
}

/// The modules of the inventory that a resolution loads, by their names there.
fn names<'a>(inventory: &'a Inventory, resolution: &Resolution) -> BTreeSet<&'a str> {
    let loaded = resolution.loaded();
    let modules = loaded.filter_map(|real| inventory.by_real_name(real));
    modules.map(|(name, _)| name).collect()
}

fn target<'a>(
    inventory: &'a Inventory,
    configuration: &Configuration,
    hosts: &[Loading<'_>],
) -> Target<'a> {
    let mut of_hosts = hosts.iter().map(|host| names(inventory, &host.resolution));
    let first = of_hosts.next().unwrap_or_default();
    let mut loading = of_hosts.fold(first, |common, other| &common & &other);
    // Flags load these as components: on a virtual host nothing but the file can.
    loading.retain(|name| {
        let module = inventory.modules.get(*name);
        module.is_some_and(|module| module.placement == Placement::Host)
    });
    let pulled_in = |name: &str| {
        hosts.iter().all(|host| {
            let mut modules = host.resolution.modules.iter();
            let named = modules.find(|m| {
                inventory
                    .by_real_name(m.real_name())
                    .is_some_and(|(n, _)| n == name)
            });
            named.is_none_or(|module| module.state == State::PulledIn)
        })
    };
    let pulled_in = loading.iter().copied().filter(|name| pulled_in(name));
    let pulled_in = pulled_in.collect();
    let components = configuration
        .active()
        .filter_map(|(_, host)| match &host.kind {
            HostKind::Component(made_of) => Some(inventory.by_real_name(made_of)?),
            _ => None,
        });
    let components = components
        .filter(|(_, module)| module.placement == Placement::Component)
        .map(|(name, _)| name)
        .collect();
    Target {
        loading,
        pulled_in,
        components,
    }
}

/// What differs on each virtual host between what loads and what the selection loads.
fn differences(
    inventory: &Inventory,
    selected: &BTreeSet<&str>,
    components: &BTreeSet<&str>,
    target: &Target,
    hosts: &[Loading<'_>],
) -> Vec<String> {
    let mut differences = Vec::new();
    for host in hosts {
        let loading = names(inventory, &host.resolution);
        for name in loading.difference(selected) {
            let mut modules = host.resolution.modules.iter();
            let module = modules.find(|m| m.name == *name || m.real_name() == *name);
            let place = module.and_then(|module| module.place.as_ref());
            differences.push(format!(
                "{name} loads on {}{}, but not with this selection",
                host.name,
                at(place)
            ));
        }
        for name in selected.difference(&loading) {
            differences.push(format!(
                "{name} would load on {}, but does not load there now",
                host.name
            ));
        }
    }
    for name in components.difference(&target.components) {
        differences.push(format!(
            "{name} would load as a component, but there is no such component now"
        ));
    }
    for name in &target.components {
        if !components.contains(name) {
            differences.push(format!(
                "{name} has a component now, but none with this selection"
            ));
        }
    }
    differences
}

fn at(place: Option<&Place>) -> String {
    place.map_or(String::new(), |place| format!(" ({place})"))
}

/// The modules outside the inventory that every virtual host enables; those of some hosts only
/// remain.
fn outside(hosts: &[Loading<'_>], remaining: &mut Vec<String>) -> Vec<String> {
    let mut enabled: BTreeMap<&str, Vec<(&str, Option<&Place>)>> = BTreeMap::new();
    let mut disabled = BTreeSet::new();
    for host in hosts {
        for module in host
            .resolution
            .modules
            .iter()
            .filter(|m| m.module.is_none())
        {
            let place = module.place.as_ref();
            match &module.reason {
                Reason::ConfiguredOff { .. } => {
                    disabled.insert(format!(
                        "{} is in modules_disabled{} but not in the inventory: disable it there",
                        module.name,
                        at(place)
                    ));
                }
                // What options choose stays with the options.
                Reason::Configured { option, .. } if !LISTS.contains(&option.as_str()) => {}
                _ if place.is_some() && module.state != State::Off => {
                    let hosts = enabled.entry(module.name).or_default();
                    hosts.push((host.name, place));
                }
                _ => {}
            }
        }
    }
    remaining.extend(disabled);
    let mut extra = Vec::new();
    for (name, on) in enabled {
        if on.len() == hosts.len() {
            extra.push(name.to_owned());
            continue;
        }
        for (host, place) in on {
            remaining.push(format!(
                "{name} loads on {host}{}, but not on every virtual host: keep it in the \
                modules_enabled of that host",
                at(place)
            ));
        }
    }
    extra
}

/// Modules of the inventory that are enabled and that the release cannot load.
fn unavailable(hosts: &[Loading<'_>], remaining: &mut Vec<String>) {
    let mut sentences = BTreeSet::new();
    for host in hosts {
        let modules = host.resolution.modules.iter();
        for module in modules.filter(|m| m.module.is_some() && m.state == State::Unavailable) {
            sentences.insert(format!(
                "{} is enabled{} but does not load: {}",
                module.name,
                at(module.place.as_ref()),
                module.reason
            ));
        }
    }
    remaining.extend(sentences);
}

/// Components, inactive hosts, and options that are not about modules.
fn other_settings(configuration: &Configuration, remaining: &mut Vec<String>) {
    let active: BTreeSet<&str> = configuration.active().map(|(name, _)| name).collect();
    let mut options = 0;
    for (name, host) in &configuration.hosts {
        let place = at(host.place.as_ref());
        match &host.kind {
            HostKind::Global => {}
            _ if !active.contains(name.as_str()) => {
                remaining.push(format!("the host {name}{place} is not active"));
            }
            HostKind::VirtualHost => remaining.push(format!("the virtual host {name}{place}")),
            HostKind::Component(made_of) => {
                remaining.push(format!("the component {name} ({made_of}){place}"));
                let lists = LISTS.iter().filter_map(|list| host.options.get(*list));
                for setting in lists {
                    let names = setting.strings().join(", ");
                    remaining.push(format!("the list of {name} ({}): {names}", setting.place));
                }
            }
        }
        let keys = host.options.keys();
        options += keys.filter(|name| !LISTS.contains(&name.as_str())).count();
    }
    match options {
        0 => {}
        1 => remaining.push("1 option that is not about modules".to_owned()),
        _ => remaining.push(format!("{options} options that are not about modules")),
    }
}
