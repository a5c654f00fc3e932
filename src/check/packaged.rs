//! Findings about what a distribution does not package.

use crate::release::distribution::Distribution;
use crate::report::{Code, Finding};
use crate::resolve::Resolution;

/// What loads, and cannot be installed from the packages of a distribution.
pub fn findings(distribution: Option<&Distribution>, resolution: &Resolution) -> Vec<Finding> {
    let Some(distribution) = distribution else {
        return Vec::new();
    };
    let missing = distribution.not_packaged(&resolution.community);
    let findings = missing.into_iter().map(|name| {
        let message = format!("{name} cannot be installed from {}", distribution.title);
        Finding::new(Code::NotPackaged, message)
            .reason("its prosody-modules package does not have it")
            .about(name)
    });
    findings.collect()
}
