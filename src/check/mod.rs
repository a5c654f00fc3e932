//! `check`: findings about an inventory, about an inventory in a release, about a selection, and
//! about a server as it is configured.
//!
//! ```
//! use prosody_stability::check::check;
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::release::builtin;
//! use prosody_stability::report::Severity;
//! use prosody_stability::selection::Selection;
//!
//! let inventory = Inventory::builtin();
//! let selection = Selection::defaults(&inventory);
//! let report = check(&inventory, "built-in", builtin::newest(), &selection, None);
//! assert!(report.findings.iter().all(|finding| finding.severity < Severity::Error));
//! ```

mod dependencies;
mod inventory;
mod merged;
mod options;
pub mod packaged;
pub mod selection;
mod server;

use crate::inventory::{Inventory, Module};
use crate::release::distribution::Distribution;
use crate::release::{Release, builtin};
use crate::report::{Code, Finding, Report, Scope, ScopeKind, Severity, Side};
use crate::resolve::reason::missing_in_words;
use crate::resolve::{Resolution, ResolvedModule, resolve};
use crate::selection::Selection;
pub use server::check_server;

/// Checks an inventory, called `name`, an inventory in a release, and a selection; and whether a
/// distribution packages what it loads.
pub fn check(
    inventory: &Inventory,
    name: &str,
    release: &Release,
    selection: &Selection,
    distribution: Option<&Distribution>,
) -> Report {
    let resolution = resolve(inventory, release, selection, false);
    let mut releases = builtin::current();
    if !releases.contains(&release) {
        releases.push(release);
    }
    let mut findings = inventory::findings(inventory, &releases);
    findings.extend(in_release(&resolution));
    findings.extend(dependencies::findings(release, &resolution));
    findings.extend(selection::findings(inventory, &resolution));
    findings.extend(packaged::findings(distribution, &resolution));
    for host in &resolution.hosts {
        findings.extend(selection::findings_of_host(inventory, &resolution, host));
    }
    let scope = selection.profile().unwrap_or("selection").to_owned();
    for finding in &mut findings {
        finding.selections = vec![scope.clone()];
    }
    let scope = Scope {
        name: scope,
        kind: ScopeKind::Selection,
        counts: Default::default(),
        modules_before: None,
        modules: resolution.loaded().count(),
        files: Default::default(),
    };
    let of_hosts = resolution.hosts.iter().zip(selection.hosts());
    let hosts = of_hosts.map(|(resolution, (name, host))| Scope {
        name: name.clone(),
        kind: match host.component {
            Some(_) => ScopeKind::Component,
            None => ScopeKind::VirtualHost,
        },
        modules: resolution.loaded().count(),
        ..scope.clone()
    });
    let scopes = std::iter::once(scope.clone()).chain(hosts).collect();
    let side = Side {
        inventory: name.to_owned(),
        release: release.version.clone(),
        sources: release.sources.text(),
        configuration: None,
    };
    Report::of_side(side, scopes, findings)
}

/// Whether no known release has the module, under any name: that is said once, of the inventory.
fn is_in_no_release(resolved: &ResolvedModule) -> bool {
    resolved.facts.is_none() && !resolved.names().into_iter().any(builtin::has_module)
}

/// What about the inventory does not fit the release, whatever the selection.
fn in_release(resolution: &Resolution) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = resolution.release;
    for resolved in &resolution.modules {
        let name = resolved.name;
        // What is wanted and missing is reported with the selection.
        let is_used = resolved.state.is_enabled() || resolved.state.loads();
        let missing = resolved.missing.as_ref();
        if let Some(missing) = missing.filter(|_| !is_used && !is_in_no_release(resolved)) {
            let finding = Finding::new(Code::Unavailable, format!("{name} cannot load"))
                .reason(missing_in_words(missing, version))
                .severity(Severity::Info)
                .about(name);
            findings.push(match resolved.module.and_then(Module::replaced_by) {
                Some(replacement) => finding.help(format!("use {replacement} instead")),
                None => finding,
            });
        }
        if resolved.facts.is_some_and(|facts| facts.has_shadow()) {
            let real = resolved.real_name();
            let message = format!(
                "{real} is bundled with {version}, and prosody-modules has a copy that shadows it"
            );
            findings.push(Finding::new(Code::Shadowing, message).about(name));
        }
    }
    findings
}
