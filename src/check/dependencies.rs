//! Findings about the dependencies of what loads.

use crate::release::observed::FailureCause;
use crate::release::packages::how_to_install;
use crate::release::{Release, ReleaseModule};
use crate::report::{Code, Finding, Severity};
use crate::resolve::Resolution;
use crate::resolve::reason::missing_in_words;

/// Dependencies that are not there, and those whose names no scan can tell.
pub(super) fn findings(release: &Release, resolution: &Resolution) -> Vec<Finding> {
    let mut loaded: Vec<_> = resolution
        .loaded()
        .filter_map(|name| release.modules.get_full(name))
        .collect();
    // In the order of the release, each once.
    loaded.sort_unstable_by_key(|(index, ..)| *index);
    loaded.dedup_by_key(|(index, ..)| *index);
    let loaded: Vec<_> = loaded
        .iter()
        .map(|(_, name, facts)| (*name, *facts))
        .collect();
    let mut findings = dangling(release, &loaded);
    findings.extend(unknown(&loaded));
    findings.extend(observed(release, &loaded));
    findings
}

/// What loads by the facts, and did not when a server tried it alone.
fn observed(release: &Release, loaded: &[(&String, &ReleaseModule)]) -> Vec<Finding> {
    let failing = loaded.iter();
    let failing = failing.filter_map(|(name, _)| Some((name, release.fails_observed(name)?)));
    let findings = failing.map(|(name, failure)| {
        let message = format!("{name} did not load when it was tried alone");
        let finding = Finding::new(Code::FailsObserved, message).reason(failure.to_string());
        let finding = match (failure.cause, failure.name.as_deref()) {
            (FailureCause::Library, Some(library)) => finding.help(how_to_install(library)),
            _ => finding,
        };
        // An error may be about an option that it does not name.
        let is_certain = !matches!(
            failure.cause,
            FailureCause::Raised | FailureCause::Complains | FailureCause::Silent
        );
        let finding = match is_certain {
            true => finding,
            false => finding.severity(Severity::Info),
        };
        finding.about(name.as_str())
    });
    findings.collect()
}

/// Dependencies on modules that the release does not have, of what loads: a module that always asks
/// for one is unavailable, the others load until a condition holds.
fn dangling(release: &Release, loaded: &[(&String, &ReleaseModule)]) -> Vec<Finding> {
    let dangling = loaded.iter();
    let dangling = dangling.flat_map(|(name, facts)| release.dangling_of(name, facts));
    let findings = dangling.map(|dangling| {
        let message = format!(
            "{} may fail to load: it conditionally requires {}",
            dangling.module, dangling.dependency
        );
        Finding::new(Code::DanglingDependency, message)
            .reason(missing_in_words(&dangling.missing, &release.version))
            .about(dangling.module)
    });
    findings.collect()
}

/// What loads and requires modules that no scan can name.
fn unknown(loaded: &[(&String, &ReleaseModule)]) -> Vec<Finding> {
    let unknown = loaded.iter().filter(|(_, facts)| facts.depends.computed);
    let findings = unknown.map(|(name, _)| {
        let message = format!("{name} may load more modules, whose names are unknown");
        Finding::new(Code::UnknownDependency, message).about(name.as_str())
    });
    findings.collect()
}
