//! What services.prosody-stability sets in services.prosody: `nixos-module/services-prosody.nix`.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::StabilitySettings;
use crate::configuration::services_prosody::options::MODULES;
use crate::configuration::services_prosody::priority::{FIRM, OURS};
use crate::configuration::services_prosody::{Additions, Service, VirtualHost};
use crate::configuration::{Configuration, HostKind};
use crate::inventory::{Inventory, Risk};
use crate::release::Release;
use crate::resolve::{Edge, Request, Resolution, ResolvedModule, State};

/// What the module sets in services.prosody.
pub(super) fn additions(
    resolution: &Resolution,
    stability: &StabilitySettings<'_>,
    service: &Service,
) -> Additions {
    let upstream = |name: &str| MODULES.iter().any(|(other, ..)| *other == name);
    let mut modules: BTreeMap<String, (bool, i64)> = BTreeMap::new();
    let mut extra = Vec::new();
    let loads = |module: &ResolvedModule| module.state == State::Load;
    let loading: BTreeSet<&str> = resolution
        .modules
        .iter()
        .filter(|module| loads(module))
        .map(|module| module.real_name())
        .collect();
    for resolved in &resolution.modules {
        let Some(module) = resolved.module else {
            continue;
        };
        // What a module of ours does not work beside yields.
        if loads(resolved) {
            for clash in module.clashes.iter().filter(|clash| upstream(&clash.with)) {
                modules
                    .entry(clash.with.to_string())
                    .or_insert((false, OURS));
            }
        }
    }
    for resolved in &resolution.modules {
        let Some(module) = resolved.module else {
            continue;
        };
        let is_risky = module.stability().risk() != Risk::Low;
        let is_named = stability.selection.module(resolved.name).is_some();
        for name in [Some(resolved.name), module.real_name()]
            .into_iter()
            .flatten()
        {
            if !upstream(name) {
                continue;
            }
            let on = loading.contains(name);
            let weighs = if is_named || (!on && is_risky) {
                FIRM
            } else {
                OURS
            };
            modules.insert(name.to_owned(), (on, weighs));
        }
    }
    extra.extend(
        loading
            .iter()
            .filter(|name| !upstream(name))
            .map(|name| (*name).to_owned()),
    );
    Additions {
        modules,
        extra,
        at: stability.at.clone().or(service.at.clone()),
        ..Additions::default()
    }
}

/// The sections of a host and of the component that modules work with which load on it.
pub(super) fn set_up(resolution: &Resolution, host: &VirtualHost) -> String {
    let loading = resolution.modules.iter().filter(|m| m.state == State::Load);
    let setups = loading.filter_map(|module| module.module?.setup.as_ref());
    let sections = setups.map(|setup| {
        let address = format!("{}.{}", setup.component.replace('_', "-"), host.domain);
        format!(
            "VirtualHost \"{0}\"\n  {1} = \"{address}\"\nComponent \"{address}\" \"{2}\"\n  \
             admins = {{ \"{0}\" }}\n",
            host.domain, setup.option, setup.component
        )
    });
    sections.collect()
}

/// The modules of the inventory that load on some of these hosts only because another one would like to
/// have them.
pub(super) fn kept_out<'a>(
    configuration: &Configuration,
    hosts: impl Iterator<Item = &'a str>,
    inventory: &Inventory,
    release: &Release,
) -> BTreeSet<String> {
    let mut optional = BTreeSet::new();
    let mut needed = BTreeSet::new();
    for name in hosts {
        let Some(request) = Request::of_host(inventory, release, configuration, name) else {
            continue;
        };
        let resolution = request.resolve(inventory, release);
        let loading = resolution.modules.iter().filter(|m| m.state.loads());
        needed.extend(loading.map(|module| module.real_name().to_owned()));
        for dependency in &resolution.dependencies {
            let name = dependency.name.to_owned();
            match dependency.edge {
                Edge::Soft if inventory.by_real_name(dependency.name).is_some() => {
                    optional.insert(name);
                }
                Edge::Soft => {}
                Edge::Hard => drop(needed.insert(name)),
            }
        }
    }
    optional.retain(|name| !needed.contains(name));
    optional
}

/// The names of the active virtual hosts of a configuration.
pub(super) fn virtual_hosts(configuration: &Configuration) -> impl Iterator<Item = &str> {
    let hosts = configuration.active();
    let hosts = hosts.filter(|(_, host)| host.kind == HostKind::VirtualHost);
    hosts.map(|(name, _)| name)
}
