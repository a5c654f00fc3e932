//! One finding where several hosts have the same.

use crate::report::Finding;

/// One finding for all the hosts that have it.
pub(super) fn merge(findings: &mut Vec<Finding>, finding: Finding, host: &str) {
    let same = findings.iter_mut().find(|known| {
        (known.code, &known.subject, &known.message)
            == (finding.code, &finding.subject, &finding.message)
            && (&known.reason, &known.place) == (&finding.reason, &finding.place)
    });
    match same {
        Some(known) => known.selections.push(host.to_owned()),
        None => findings.push(Finding {
            selections: vec![host.to_owned()],
            ..finding
        }),
    }
}
