//! Findings about a server as it is configured, host by host.

use std::collections::{BTreeMap, BTreeSet};

use super::merged::Merged;
use super::{dependencies, options, packaged, selection};
use crate::configuration::loopback::is_loopback;
use crate::configuration::{Configuration, HostKind, Value};
use crate::inventory::{FlagValues, Inventory, Placement};
use crate::plan::PLUGIN;
use crate::release::changes::renamed_in;
use crate::release::distribution::Distribution;
use crate::release::observed::TriedOn;
use crate::release::{Observed, Release};
use crate::report::{Code, Counts, Finding, Report, Scope, ScopeKind, Severity, Side};
use crate::resolve::{Request, Resolution, State, is_for_rooms};
use crate::selection::Selection;

/// Checks a server: what its configuration enables on each host of a release, and what of that a
/// policy does not allow, or a distribution does not package. `notes` are findings about how the
/// configuration reads.
pub fn check_server(
    inventory: &Inventory,
    name: &str,
    release: &Release,
    configuration: &Configuration,
    policy: Option<&Selection>,
    distribution: Option<&Distribution>,
    notes: Vec<Finding>,
) -> Report {
    let mut findings = notes;
    let mut scopes = Vec::new();
    let mut merged = Merged::default();
    let mut loaded: BTreeSet<&str> = BTreeSet::new();
    let mut resolutions = Vec::new();
    for (host, section) in configuration.active() {
        let Some(request) = Request::of_host(inventory, release, configuration, host) else {
            continue;
        };
        let mut resolution = request.resolve(inventory, release);
        // Our own plugin is in no release.
        resolution.modules.retain(|module| module.name != PLUGIN);
        // What holds on a host holds over what holds on the server.
        let of_host = policy.and_then(|policy| policy.hosts().get(host));
        let policy = of_host.map(|host| &host.selection).or(policy);
        let sides = (configuration, &section.kind, policy, distribution);
        for finding in on_host(inventory, release, &resolution, sides) {
            merged.add(finding, host);
        }
        scopes.push(Scope {
            name: host.to_owned(),
            kind: match section.kind {
                HostKind::Component(_) => ScopeKind::Component,
                _ => ScopeKind::VirtualHost,
            },
            counts: Counts::default(),
            modules_before: None,
            modules: resolution.loaded().count(),
            files: Default::default(),
        });
        resolutions.push(resolution);
    }
    findings.extend(merged.all());
    for resolution in &resolutions {
        loaded.extend(names(inventory, resolution));
    }
    let renamed = renamed_in(&release.version);
    findings.extend(options::findings(
        release,
        configuration,
        &resolutions,
        &renamed,
    ));
    if scopes.is_empty() {
        let message = format!("{} defines no active host", configuration.name);
        findings.push(Finding::new(Code::NoHost, message));
    }
    if policy.is_some_and(|policy| policy.profile().is_some()) {
        findings.extend(nearest_profile(inventory, release, &loaded));
    }
    let side = Side {
        inventory: name.to_owned(),
        release: release.version.clone(),
        sources: release.sources.text(),
        configuration: Some(configuration.name.clone()),
    };
    Report::of_side(side, scopes, findings)
}

fn on_host(
    inventory: &Inventory,
    release: &Release,
    resolution: &Resolution,
    (configuration, kind, policy, distribution): (
        &Configuration,
        &HostKind,
        Option<&Selection>,
        Option<&Distribution>,
    ),
) -> Vec<Finding> {
    let mut findings = selection::findings(inventory, resolution);
    findings.extend(dependencies::findings(release, resolution));
    findings.extend(shadowable(resolution));
    findings.extend(packaged::findings(distribution, resolution));
    if *kind == HostKind::VirtualHost {
        findings.extend(misplaced(resolution));
    }
    if let Some(policy) = policy {
        findings.extend(not_allowed(inventory, resolution, policy));
        if *kind == HostKind::VirtualHost && is_http_open(configuration) {
            findings.extend(selection::http_port(resolution, Some(policy.flags())));
        }
    }
    let is_configured = |finding: &Finding| {
        finding.code == Code::NeedsConfiguration
            && sets_what_helps(configuration, resolution, finding)
    };
    findings.retain(|finding| !is_configured(finding));
    let mut places = BTreeMap::new();
    for module in &resolution.modules {
        let place = module.place.as_ref();
        places.entry(module.real_name()).or_insert(place);
    }
    for finding in &mut findings {
        let place = finding.subject.as_deref().and_then(|name| places.get(name));
        finding.place = place.copied().flatten().cloned();
    }
    findings
}

/// Whether an option is set on the host that the help of a finding names, between backticks.
fn sets_what_helps(
    configuration: &Configuration,
    resolution: &Resolution,
    finding: &Finding,
) -> bool {
    let help = finding.help.as_deref().unwrap_or_default();
    let mut options = help.split('`').skip(1).step_by(2);
    let host = resolution.host.unwrap_or_default();
    options.any(|option| configuration.setting(host, option).is_some())
}

/// Whether others reach the HTTP ports, as far as the global section says.
fn is_http_open(configuration: &Configuration) -> bool {
    let setting = |option| configuration.global()?.options.get(option);
    let is_open = |ports, interfaces| {
        let none = Value::Table(Vec::new(), BTreeMap::new());
        let has_ports = setting(ports).is_none_or(|setting| setting.value != none);
        let is_bound = setting(interfaces).is_some_and(|setting| {
            let names = setting.strings();
            !names.is_empty() && names.into_iter().all(is_loopback)
        });
        has_ports && !is_bound
    };
    is_open("http_ports", "http_interfaces") || is_open("https_ports", "https_interfaces")
}

/// What loads on a host although it is made for components.
fn misplaced(resolution: &Resolution) -> Vec<Finding> {
    let modules = resolution.modules.iter().filter(|m| m.state == State::Load);
    let findings = modules.filter_map(|module| {
        let name = module.real_name();
        let is_component = module
            .module
            .is_some_and(|m| m.placement == Placement::Component);
        let finding = if is_for_rooms(name) {
            let message = format!(
                "{name} loads on a virtual host, but works on MUC components \
            only"
            );
            let help =
                format!("move {name} into the `modules_enabled` of a `Component \"…\" \"muc\"`");
            Finding::new(Code::Misplaced, message).help(help)
        } else if is_component {
            let message = format!("{name} loads on a virtual host, but is made for a component");
            let help = format!("give it an address of its own: `Component \"…\" \"{name}\"`");
            let finding = Finding::new(Code::Misplaced, message).help(help);
            finding.severity(Severity::Info)
        } else if module.facts.and_then(|facts| facts.observed.as_ref())
            == Some(&Observed::LoadsOn(TriedOn::Component))
        {
            let message = format!("{name} is enabled on a virtual host");
            let help = format!("give it an address of its own: `Component \"…\" \"{name}\"`");
            let finding = Finding::new(Code::Misplaced, message).help(help);
            finding.reason("observed to load only as a component")
        } else {
            return None;
        };
        Some(finding.about(name))
    });
    findings.collect()
}

/// Bundled modules of which an installed community copy would be loaded instead.
fn shadowable(resolution: &Resolution) -> Vec<Finding> {
    let loading = resolution.modules.iter().filter(|m| m.state.loads());
    let shadowed = loading.filter(|m| m.facts.is_some_and(|facts| facts.has_shadow()));
    let findings = shadowed.map(|module| {
        let name = module.real_name();
        let message = format!(
            "{name} is bundled with {}, and an installed copy from prosody-modules would shadow it",
            resolution.release
        );
        Finding::new(Code::Shadowing, message).about(name)
    });
    findings.collect()
}

/// What loads of the inventory although the flags of a policy do not allow it.
fn not_allowed(inventory: &Inventory, resolution: &Resolution, policy: &Selection) -> Vec<Finding> {
    let allowed = Request::of_selection(inventory, policy, false);
    let mut findings = Vec::new();
    for requested in allowed
        .modules
        .iter()
        .filter(|requested| !requested.enabled)
    {
        let real = requested.module.and_then(|module| module.real_name());
        let loaded = |name: &&str| resolution.loads(name);
        let Some(name) = [Some(requested.name), real]
            .into_iter()
            .flatten()
            .find(loaded)
        else {
            continue;
        };
        let configured = resolution.modules.iter().find(|m| m.real_name() == name);
        let cause = match configured {
            Some(_) => "is configured",
            None => "loads as a dependency",
        };
        let message = format!("{name} {cause} although {}", requested.reason);
        findings.push(Finding::new(Code::NotAllowed, message).about(name));
    }
    findings
}

/// The modules of the inventory that load, by their names there.
fn names<'a>(inventory: &'a Inventory, resolution: &Resolution) -> Vec<&'a str> {
    let loaded = resolution.loaded();
    loaded
        .filter_map(|real| Some(inventory.by_real_name(real)?.0))
        .collect()
}

/// The profile whose modules differ least from those that load on any host, and how they differ.
fn nearest_profile(
    inventory: &Inventory,
    release: &Release,
    loaded: &BTreeSet<&str>,
) -> Option<Finding> {
    let loaded_by = |flags: &FlagValues| -> BTreeSet<&str> {
        let modules = inventory.modules.iter();
        let usable = |name: &str| release.usable(name).is_ok();
        modules
            .filter(|(name, module)| {
                let real = crate::resolve::name_in(release, name, module);
                flags.ask_for(module) && usable(real)
            })
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let profiles = inventory.profiles.iter();
    let profiles = profiles.map(|(name, profile)| (name, loaded_by(&profile.flags)));
    let (name, modules) =
        profiles.min_by_key(|(_, modules)| modules.symmetric_difference(loaded).count())?;
    let list = |names: Vec<&&str>| {
        let names: Vec<&str> = names.into_iter().copied().collect();
        names.join(", ")
    };
    let lacking = list(modules.difference(loaded).collect());
    let also_loaded = list(loaded.difference(&modules).collect());
    let parts = [("not loaded: ", lacking), ("also loaded: ", also_loaded)];
    let parts = parts.iter().filter(|(_, names)| !names.is_empty());
    let parts: Vec<_> = parts
        .map(|(what, names)| format!("{what}{names}"))
        .collect();
    let finding = Finding::new(
        Code::NearestProfile,
        format!("the server is closest to the profile {name}"),
    );
    Some(match parts.as_slice() {
        [] => finding.reason("both load the same modules of the inventory"),
        parts => finding.reason(parts.join("; ")),
    })
}
