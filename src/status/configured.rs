//! A running server against its own configuration, host by host.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::host::{missing, on_host, scope};
use super::listing::Listing;
use crate::configuration::{Configuration, HostKind};
use crate::inventory::Inventory;
use crate::plan::{Plan, shadowing};
use crate::release::Release;
use crate::report::{Code, Finding, GLOBAL, Report, ScopeKind, Side};
use crate::resolve::{Request, Resolution};

/// Compares a listing with what a configuration enables on each host of this release; `inventory`
/// comes with its name, `paths` are the files that modules come from, as far as they are known.
pub fn status_of_configuration(
    (name, inventory): (&str, &Inventory),
    release: &Release,
    configuration: &Configuration,
    listing: &Listing,
    paths: &[PathBuf],
) -> Report {
    let is_undecided = |finding: &&Finding| finding.code == Code::Undecided;
    let undecided = configuration.findings.iter().filter(is_undecided);
    let mut findings: Vec<Finding> = undecided.cloned().collect();
    let mut scopes = Vec::new();
    let resolved: Vec<(&str, ScopeKind, Resolution)> = configuration
        .active()
        .filter_map(|(name, host)| {
            let request = Request::of_host(inventory, release, configuration, name)?;
            let kind = match host.kind {
                HostKind::Component(_) => ScopeKind::Component,
                _ => ScopeKind::VirtualHost,
            };
            Some((name, kind, request.resolve(inventory, release)))
        })
        .collect();
    if resolved.is_empty() {
        let message = format!("{} defines no active host", configuration.name);
        findings.push(Finding::new(Code::NoHost, message));
    }
    scopes.push(scope(GLOBAL, ScopeKind::Global, &listing.global));
    findings.extend(globally(release, &resolved, listing));
    for (name, kind, resolution) in &resolved {
        let Some(host) = listing.hosts.iter().find(|host| host.name == *name) else {
            let message = format!("{name} is configured but does not run");
            findings.push(Finding::new(Code::HostMissing, message).on(*name));
            continue;
        };
        let plan = Plan::of_host(release, resolution);
        findings.extend(missing(name, &host.modules, &plan, listing, resolution));
        findings.extend(on_host(name, &host.modules, &plan, resolution));
        findings.extend(unavailable(name, resolution));
        scopes.push(scope(name, *kind, &host.modules));
    }
    let is_configured = |name: &str| resolved.iter().any(|(other, ..)| *other == name);
    for host in listing
        .hosts
        .iter()
        .filter(|host| !is_configured(&host.name))
    {
        let message = format!("{} runs but is not configured", host.name);
        findings.push(Finding::new(Code::HostUnexpected, message).on(&host.name));
        scopes.push(scope(&host.name, ScopeKind::UnknownHost, &host.modules));
    }
    findings.extend(shadowing(release, paths));
    let side = Side {
        inventory: name.to_owned(),
        release: release.version.clone(),
        sources: release.sources.text(),
        configuration: Some(configuration.name.clone()),
    };
    Report::of_side(side, scopes, findings)
}

/// What Prosody says of the modules that serve all hosts, and those of them that no host enables.
fn globally(
    release: &Release,
    resolved: &[(&str, ScopeKind, Resolution)],
    listing: &Listing,
) -> Vec<Finding> {
    let Some((_, _, first)) = resolved.first() else {
        return Vec::new();
    };
    let plans = resolved
        .iter()
        .map(|(_, _, resolution)| Plan::of_host(release, resolution));
    let plan = plans.reduce(Plan::and).unwrap_or_default();
    on_host(GLOBAL, &listing.global, &plan, first)
}

/// What the configuration enables and the release cannot load.
fn unavailable(host: &str, resolution: &Resolution) -> Vec<Finding> {
    let modules = resolution.modules.iter();
    let modules = modules.filter(|m| m.state.is_enabled() && !m.state.loads());
    let mut seen = BTreeSet::new();
    let findings = modules
        .filter(|module| seen.insert(module.name))
        .map(|module| {
            let message = format!("{} is configured but cannot load", module.name);
            let finding = Finding::new(Code::Missing, message)
                .about(module.name)
                .on(host);
            Finding {
                place: module.place.clone(),
                ..finding.reason(module.reason.to_string())
            }
        });
    findings.collect()
}
