//! Community copies that are loaded in the place of bundled modules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::listing::Listing;
use crate::release::Release;
use crate::report::{Code, Finding, Severity};

/// Modules on a running server that a copy may shadow, so that their paths are of interest.
pub fn shadowable<'a>(release: &Release, listing: &'a Listing) -> BTreeSet<&'a str> {
    listing
        .names()
        .filter(|name| release.has_shadow(name))
        .collect()
}

/// Those of the files that are community copies: bundled modules of these names are single files,
/// copies have directories of their own.
pub(super) fn shadowing(release: &Release, paths: &[PathBuf]) -> Vec<Finding> {
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
