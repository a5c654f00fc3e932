//! One server as it is configured on both sides.

use std::sync::Arc;

use super::subject::Subject;
use crate::configuration::{Configuration, Dialect, prosody};
use crate::diagnostic::Result;
use crate::report::{Code, Finding, Severity};
use crate::source::Source;

/// The hosts of a server, and what keeps them from being compared. `read` reads a text by the rules
/// of a release.
///
/// Where the new release cannot read the same text, that is what happens, and the rest is reported as
/// the old one reads it.
pub fn hosts(
    sources: [&Source; 2],
    versions: [&str; 2],
    read: impl Fn(&Source, Dialect) -> Result<Configuration>,
) -> Result<(Vec<Subject>, Option<Finding>)> {
    let [was, is] = versions.map(Dialect::of);
    let mut unreadable = None;
    let old = Arc::new(read(sources[0], was)?);
    let new = match read(sources[1], is) {
        Err(error) if was != is && sources[0].name() == sources[1].name() => {
            let finding = prosody::cannot_read(&error, &old);
            unreadable = Some(finding.severity(Severity::Breaking));
            Arc::clone(&old)
        }
        new => Arc::new(new?),
    };
    let subjects = Subject::hosts(&old, &new);
    if new.active().next().is_none() {
        let message = format!("{} defines no active host", new.name);
        unreadable = Some(Finding::new(Code::NoHost, message));
    }
    Ok((subjects, unreadable))
}
