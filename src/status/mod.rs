//! `status`: what a running server has loaded against what it should have.
//!
//! ```
//! use prosody_stability::source::Source;
//! use prosody_stability::status::listing::Listing;
//!
//! // What `prosodyctl shell module list` prints.
//! let text = "Global:
//!     c2s
//! example.org:
//!     carbons
//!     mam (error: broken)
//! ";
//! let listing = Listing::parse(&Source::new("listing", text))?;
//! assert_eq!(listing.names().collect::<Vec<_>>(), ["carbons", "mam", "c2s"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod ask;
mod configured;
mod copies;
mod host;
pub mod listing;
mod plan_differs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::inventory::profile_line::ProfileLine;
use crate::inventory::{Module, Placement};
use crate::plan::{Plan, shadowing};
use crate::release::Release;
use crate::report::{Code, Finding, GLOBAL, ProfileLines, Report, ScopeKind, Severity, Side};
use crate::resolve::{Resolution, ResolvedModule};
pub use configured::status_of_configuration;
pub use copies::shadowable;
use host::{missing, missing_automatic, on_host, scope};
use listing::{Host, Listing, Modules};

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
    let hosts = listing.hosts.iter().map(|host| {
        let kind = kind(host, plan, resolution);
        (host.name.as_str(), kind, &host.modules)
    });
    let all_hosts = plan.for_all_hosts();
    for (name, kind, modules) in std::iter::once(global).chain(hosts) {
        let host_plan = plan.hosts.get(name);
        let host_plan = host_plan.zip(resolution.hosts.iter().find(|host| host.host == Some(name)));
        let (plan, resolution) = match host_plan {
            Some(own) => own,
            None if kind == ScopeKind::Global => (&all_hosts, resolution),
            None => (plan, resolution),
        };
        match kind {
            ScopeKind::VirtualHost => {
                findings.extend(missing(name, modules, plan, listing, resolution));
                findings.extend(missing_automatic(
                    name,
                    modules,
                    &plan.automatic,
                    plan,
                    listing,
                ));
            }
            ScopeKind::Component => {
                if host_plan.is_some() {
                    findings.extend(missing(name, modules, plan, listing, resolution));
                }
                let expected = &plan.automatic_on_components;
                findings.extend(missing_automatic(name, modules, expected, plan, listing));
            }
            ScopeKind::UnknownHost => findings.push(unknown(name)),
            ScopeKind::Global | ScopeKind::Selection | ScopeKind::Machine => {}
        }
        findings.extend(on_host(name, modules, plan, resolution));
        scopes.push(scope(name, kind, modules));
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
            .reason("no component loads it")
            .help("add its `Component` section")
    }));
    findings.extend(shadowing(release, paths));
    let planned = planned(resolution, listing);
    let lines = ProfileLines {
        planned: planned.to_string(),
        running: running(resolution, listing, |_| true).to_string(),
    };
    let explained = findings.iter().any(|f| f.severity >= Severity::Error);
    // What a dependency loads under some condition is not a fault, and no plan can count it.
    let is_planned = |name: &str| !plan.may_load.contains(name);
    let counts = running(resolution, listing, is_planned);
    if counts != planned && !explained {
        findings.push(counts_differ(&lines));
    }
    findings.extend(plan_differs::find(plan, listing));
    let side = Side {
        inventory: inventory.to_owned(),
        release: release.version.clone(),
        sources: release.sources.text(),
        configuration: None,
    };
    let mut report = Report::of_side(side, scopes, findings);
    report.profile_lines = Some(lines);
    report
}

/// What a host is: by the server's word where it is known, else by what only the one or the other
/// has loaded.
fn kind(host: &Host, plan: &Plan, resolution: &Resolution) -> ScopeKind {
    let is_loaded = |name: &str| host.modules.contains_key(name);
    let mut on_virtual_hosts = plan.automatic.iter().filter(|name| {
        !plan.automatic_on_components.contains(*name) && plan.backend(name).is_none()
    });
    let of_inventory = resolution.modules.iter();
    let is_component = |module: &&ResolvedModule| {
        module
            .module
            .is_some_and(|m| m.placement == Placement::Component)
    };
    let mut on_components = of_inventory
        .filter(is_component)
        .map(ResolvedModule::real_name)
        .chain(plan.component_only.iter().map(String::as_str));
    match host.is_component {
        Some(true) => ScopeKind::Component,
        Some(false) => ScopeKind::VirtualHost,
        None if on_virtual_hosts.any(|name| is_loaded(name)) => ScopeKind::VirtualHost,
        None if on_components.any(is_loaded) => ScopeKind::Component,
        None => ScopeKind::UnknownHost,
    }
}

fn unknown(host: &str) -> Finding {
    let message = "this may be a virtual host or a component, so missing modules are unknown";
    Finding::new(Code::UnknownHost, message)
        .reason("the loaded modules do not show which")
        .on(host)
}

fn counts_differ(lines: &ProfileLines) -> Finding {
    let ProfileLines { planned, running } = lines;
    let message = "the server runs different numbers of modules than planned";
    Finding::new(Code::CountsDiffer, message)
        .reason(format!("planned is {planned}, running is {running}"))
}

/// The guide's line about what is to load on any of the listed hosts.
fn planned(resolution: &Resolution, listing: &Listing) -> ProfileLine {
    let own = |name: &str| resolution.hosts.iter().find(|host| host.host == Some(name));
    let has_own = |host: &Host| own(&host.name).is_some() || host.is_component == Some(true);
    let is_all_own = !listing.hosts.is_empty() && listing.hosts.iter().all(has_own);
    let server = std::iter::once(resolution).filter(|_| !is_all_own);
    let hosts = listing.hosts.iter().filter_map(|host| own(&host.name));
    let mut loading: BTreeMap<&str, &Module> = BTreeMap::new();
    for resolved in server
        .chain(hosts)
        .flat_map(|resolution| &resolution.modules)
    {
        if let Some(module) = resolved.module.filter(|_| resolved.state.loads()) {
            loading.insert(resolved.name, module);
        }
    }
    let mut line = ProfileLine::default();
    loading.into_values().for_each(|module| line.count(module));
    line
}

/// The guide's line about what is listed without a complaint, of the modules that are to count.
fn running(
    resolution: &Resolution,
    listing: &Listing,
    is_counted: impl Fn(&str) -> bool,
) -> ProfileLine {
    let hosts = listing.hosts.iter().map(|host| &host.modules);
    let all_modules: Vec<&Modules> = hosts.chain([&listing.global]).collect();
    let works = |name: &&str| {
        let complaints: Vec<_> = all_modules.iter().filter_map(|m| m.get(*name)).collect();
        !complaints.is_empty() && complaints.iter().all(|complaint| complaint.is_none())
    };
    let mut line = ProfileLine::default();
    for resolved in &resolution.modules {
        let is_running = |name: &&str| is_counted(name) && works(name);
        if let Some(module) = resolved.module
            && resolved.names().iter().any(is_running)
        {
            line.count(module);
        }
    }
    line
}
