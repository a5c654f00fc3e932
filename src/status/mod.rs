//! `status`: what a running server has loaded against what it should have.

pub mod ask;
pub mod listing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::inventory::profile_line::ProfileLine;
use crate::plan::Plan;
use crate::release::Release;
use crate::report::{
    Code, Counts, Finding, ProfileLines, Report, Scope, ScopeKind, Severity, Side,
};
use crate::resolve::{Resolution, ResolvedModule};
use listing::{Listing, Modules};

/// Every Prosody loads one of these on a virtual host, and none on a component.
const ON_VIRTUAL_HOSTS: [&str; 3] = ["message", "offline", "presence"];

/// The name of the global section in a report.
const GLOBAL: &str = "*";

/// Compares a listing with a plan, made from a resolution for this release and the inventory of
/// that name; `paths` are the files that modules come from, as far as they are known.
pub fn status(
    inventory: &str,
    release: &Release,
    resolution: &Resolution,
    plan: &Plan,
    listing: &Listing,
    paths: &[PathBuf],
) -> Report {
    let mut findings = Vec::new();
    let mut scopes = Vec::new();
    let global = (GLOBAL, ScopeKind::Global, &listing.global);
    let hosts = listing.hosts.iter().map(|(name, modules)| {
        let is_virtual = ON_VIRTUAL_HOSTS.iter().any(|m| modules.contains_key(*m));
        let kind = if is_virtual {
            ScopeKind::VirtualHost
        } else {
            ScopeKind::Component
        };
        (name.as_str(), kind, modules)
    });
    for (name, kind, modules) in std::iter::once(global).chain(hosts) {
        if kind == ScopeKind::VirtualHost {
            findings.extend(missing(name, modules, plan, listing, resolution));
        }
        findings.extend(on_host(name, modules, plan, resolution));
        scopes.push(Scope {
            name: name.to_owned(),
            kind,
            counts: Counts::default(),
            modules_before: None,
            modules: modules.len(),
        });
    }
    let listed: BTreeSet<&str> = listing.names().collect();
    let absent = plan
        .components
        .iter()
        .filter(|name| !listed.contains(name.as_str()));
    findings.extend(absent.map(|name| {
        let message = format!("{name} is expected but not loaded");
        let finding = Finding::new(Code::Missing, message).about(name);
        finding
            .because("no component loads it")
            .help("add its `Component` section")
    }));
    findings.extend(shadowing(release, paths));
    let side = Side {
        inventory: inventory.to_owned(),
        release: release.version.clone(),
    };
    let mut report = Report::of_one(side, scopes, findings);
    report.profile_lines = Some(ProfileLines {
        planned: resolution.profile_line.to_string(),
        running: running(resolution, listing).to_string(),
    });
    report
}

/// Modules on a running server that a copy may shadow, so that their paths are of interest.
pub fn shadowable<'a>(release: &Release, listing: &'a Listing) -> BTreeSet<&'a str> {
    listing
        .names()
        .filter(|name| release.has_shadow(name))
        .collect()
}

/// What should load on a virtual host and is listed neither there nor globally.
fn missing(
    host: &str,
    modules: &Modules,
    plan: &Plan,
    listing: &Listing,
    resolution: &Resolution,
) -> Vec<Finding> {
    let is_loaded = |name: &String| modules.contains_key(name) || listing.global.contains_key(name);
    let missing = plan.on_every_host.iter().filter(|name| !is_loaded(name));
    let findings = missing.map(|name| {
        let message = format!("{name} is expected but not loaded");
        let finding = Finding::new(Code::Missing, message).about(name).on(host);
        match resolved(resolution, name) {
            Some(module) => finding.because(module.reason.to_string()),
            None => finding,
        }
    });
    findings.collect()
}

/// What Prosody complains about on a host, and what is loaded there that is not in the plan.
fn on_host(host: &str, modules: &Modules, plan: &Plan, resolution: &Resolution) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, complaint) in modules {
        let reason = |finding: Finding| match resolved(resolution, name) {
            Some(module) => finding.because(module.reason.to_string()),
            None => finding.because("not in the inventory"),
        };
        if let Some(complaint) = complaint {
            let finding = Finding::new(Code::Failed, format!("{name} does not work"));
            let finding = finding.because(complaint);
            findings.push(if plan.allows(name) {
                finding.about(name)
            } else {
                finding.about(name).severity(Severity::Warning)
            });
        } else if plan.pulled_in.contains(name) {
            let finding = Finding::new(Code::PulledIn, format!("{name} is loaded"));
            findings.push(reason(finding).about(name).severity(Severity::Info));
        } else if !plan.allows(name) {
            let message = format!("{name} is loaded but not in the plan");
            findings.push(reason(Finding::new(Code::Unexpected, message)).about(name));
        }
    }
    findings
        .into_iter()
        .map(|finding| finding.on(host))
        .collect()
}

fn resolved<'a>(resolution: &'a Resolution, real: &str) -> Option<&'a ResolvedModule<'a>> {
    let mut modules = resolution.modules.iter();
    modules.find(|module| module.real_name() == real || module.name == real)
}

/// The guide's line about what is listed without a complaint.
fn running(resolution: &Resolution, listing: &Listing) -> ProfileLine {
    let hosts = listing.hosts.iter().map(|(_, modules)| modules);
    let everywhere: Vec<&Modules> = hosts.chain([&listing.global]).collect();
    let works = |name: &&str| {
        let complaints: Vec<_> = everywhere.iter().filter_map(|m| m.get(*name)).collect();
        !complaints.is_empty() && complaints.iter().all(|complaint| complaint.is_none())
    };
    let mut line = ProfileLine::default();
    for module in &resolution.modules {
        if module.names().iter().any(works) {
            line.count(module.module);
        }
    }
    line
}

/// Those of the files that are community copies: bundled modules of these names are single files,
/// copies have directories of their own.
fn shadowing(release: &Release, paths: &[PathBuf]) -> Vec<Finding> {
    let copy = |path: &PathBuf| -> Option<(String, PathBuf)> {
        let name = path.file_stem()?.to_str()?.strip_prefix("mod_")?;
        let folder = path.parent().and_then(Path::file_name)?.to_str()?;
        let is_copy = folder.strip_prefix("mod_").unwrap_or(folder) == name;
        (is_copy && release.has_shadow(name)).then(|| (name.to_owned(), path.clone()))
    };
    let copies: BTreeSet<_> = paths.iter().filter_map(copy).collect();
    let findings = copies.into_iter().map(|(name, path)| {
        let message = format!("{name} is loaded from a community copy");
        Finding::new(Code::Shadowing, message)
            .because(path.display().to_string())
            .severity(Severity::Warning)
            .help("uninstall the copy: Prosody bundles the module")
            .about(name)
    });
    findings.collect()
}
