//! One host of a running server: what it lacks, and what else runs there.

use std::collections::BTreeSet;

use super::listing::{Listing, Modules};
use crate::plan::Plan;
use crate::report::{Code, Counts, Finding, Scope, ScopeKind, Severity};
use crate::resolve::{Resolution, ResolvedModule};

pub(super) fn scope(name: &str, kind: ScopeKind, modules: &Modules) -> Scope {
    Scope {
        name: name.to_owned(),
        kind,
        counts: Counts::default(),
        modules_before: None,
        modules: modules.len(),
        files: Default::default(),
    }
}

/// What should load on a virtual host and is listed neither there nor globally.
pub(super) fn missing(
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
            Some(module) => finding.reason(module.reason.to_string()),
            None => finding,
        }
    });
    findings.collect()
}

/// What of the modules that Prosody loads by itself is listed neither on a host nor globally.
pub(super) fn missing_automatic(
    host: &str,
    modules: &Modules,
    expected: &BTreeSet<String>,
    plan: &Plan,
    listing: &Listing,
) -> Vec<Finding> {
    let is_there = |name: &&String| {
        let mut listed = modules.keys().chain(listing.global.keys());
        match plan.backend(name) {
            Some(prefix) => listed.any(|other| other.starts_with(prefix)),
            None => listed.any(|other| other == *name),
        }
    };
    let findings = expected.iter().filter(|name| !is_there(name)).map(|name| {
        let message = format!("{name} is expected but not loaded");
        let finding = Finding::new(Code::Missing, message).about(name).on(host);
        if listing.keeps_out(name) {
            return finding
                .reason("modules_disabled keeps it out")
                .severity(Severity::Info)
                .help("remove it from modules_disabled if the server needs it");
        }
        finding.reason(match plan.backend(name) {
            Some(prefix) => format!("Prosody always loads one of {prefix}*"),
            None => "Prosody always loads it".to_owned(),
        })
    });
    findings.collect()
}

/// What Prosody complains about on a host, and what is loaded there that is not in the plan.
pub(super) fn on_host(
    host: &str,
    modules: &Modules,
    plan: &Plan,
    resolution: &Resolution,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, complaint) in modules {
        let reason = |finding: Finding| match resolved(resolution, name) {
            Some(module) => finding.reason(module.reason.to_string()),
            None => finding.reason("not in the inventory"),
        };
        if let Some(complaint) = complaint {
            let finding = Finding::new(Code::Failed, format!("{name} does not work"));
            let finding = finding.reason(complaint);
            findings.push(if plan.allows(name) {
                finding.about(name)
            } else {
                finding.about(name).severity(Severity::Warning)
            });
        } else if plan.pulled_in.contains(name) {
            let finding = Finding::new(Code::PulledIn, format!("{name} is loaded"));
            findings.push(reason(finding).about(name).severity(Severity::Info));
        } else if plan.may_load.contains(name) && resolved(resolution, name).is_some() {
            let finding = Finding::new(Code::PulledIn, format!("{name} is loaded"));
            let finding = reason(finding).help("another module conditionally loads it");
            findings.push(finding.about(name).severity(Severity::Info));
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
