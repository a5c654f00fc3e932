//! Findings about the dependencies of what loads.

use crate::release::Release;
use crate::report::{Code, Finding};
use crate::resolve::Resolution;
use crate::resolve::reason::missing_in_words;

/// Dependencies that are not there, and those whose names no scan can tell.
pub(super) fn findings(release: &Release, resolution: &Resolution) -> Vec<Finding> {
    let mut findings = dangling(release, resolution);
    findings.extend(unknown(release, resolution));
    findings
}

/// Dependencies on modules that the release does not have, of what loads: a module that always asks
/// for one is unavailable, the others load until a condition holds.
fn dangling(release: &Release, resolution: &Resolution) -> Vec<Finding> {
    let loads = release
        .dangling()
        .filter(|dangling| resolution.loads(dangling.module));
    let findings = loads.map(|dangling| {
        let message = format!(
            "{} may fail to load: under some condition it requires {}",
            dangling.module, dangling.dependency
        );
        Finding::new(Code::DanglingDependency, message)
            .because(missing_in_words(&dangling.missing, &release.version))
            .about(dangling.module)
    });
    findings.collect()
}

/// What loads and asks for modules that no scan can name.
fn unknown(release: &Release, resolution: &Resolution) -> Vec<Finding> {
    let modules = release.modules.iter();
    let unknown = modules.filter(|(name, facts)| facts.depends.computed && resolution.loads(name));
    let findings = unknown.map(|(name, _)| {
        let message = format!("{name} may load further modules, whose names are not known");
        Finding::new(Code::UnknownDependency, message).about(name)
    });
    findings.collect()
}
