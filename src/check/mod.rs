//! Findings about an inventory itself, about an inventory in a release, and about a selection.

mod inventory;
pub mod render;

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Code, Finding, Severity};
use crate::inventory::Inventory;
use crate::release::{Origin, Release, builtin};
use crate::resolve::{Resolution, resolve};
use crate::selection::Selection;

/// What a check found, the worst first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// The version of the release.
    pub release: String,
    /// How many findings there are of each severity.
    pub counts: Counts,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Does not work.
    pub error: usize,
    /// Probably not what the admin wants.
    pub warning: usize,
    /// Good to know.
    pub info: usize,
}

impl Report {
    /// Whether there is a finding at or above a severity.
    pub fn reaches(&self, severity: Severity) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity >= severity)
    }
}

/// Checks an inventory, an inventory in a release, and a selection.
pub fn check(inventory: &Inventory, release: &Release, selection: &Selection) -> Report {
    let resolution = resolve(inventory, release, selection);
    let mut releases = builtin::all().to_vec();
    if !releases.contains(&release) {
        releases.push(release);
    }
    let mut findings = inventory::findings(inventory, &releases);
    findings.extend(in_release(inventory, release, &resolution));
    findings.extend(resolution.findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    Report {
        release: release.version.clone(),
        counts: Counts {
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
        },
        findings,
    }
}

/// What about the inventory does not fit the release, whatever the selection.
fn in_release(inventory: &Inventory, release: &Release, resolution: &Resolution) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (resolved, (name, module)) in resolution.modules.iter().zip(&inventory.modules) {
        let real = module
            .real_name()
            .filter(|_| !release.modules.contains_key(name));
        let real = real.unwrap_or(name);
        // What is wanted and missing is said with the selection.
        if !resolved.state.is_wanted()
            && !resolved.state.loads()
            && let Err(missing) = release.usable(real)
        {
            let help = match module.replaced_by() {
                Some(replacement) => format!("use {replacement} instead"),
                None => "leave it off".to_owned(),
            };
            let message = format!(
                "{name} cannot load: {}",
                missing.why(real, &release.version)
            );
            findings.push(Finding::of(
                Code::Unavailable,
                Severity::Info,
                name,
                message,
                help,
            ));
        }
        let facts = release.modules.get(real);
        if let Some(copy) = facts.and_then(|facts| facts.community_copy.as_ref())
            && facts.is_some_and(|facts| facts.origin == Origin::Bundled)
            && !copy.stub
        {
            findings.push(Finding::of(
                Code::Shadowing,
                Severity::Info,
                name,
                format!(
                    "{real} is bundled with {}, and prosody-modules has a copy of it",
                    release.version
                ),
                "do not install the copy",
            ));
        }
    }
    findings
}
