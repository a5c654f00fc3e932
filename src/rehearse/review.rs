//! A review together with two rehearsals: what was seen outweighs what the facts of the releases
//! say, and each entry says which of the two it rests on.

use std::collections::BTreeSet;

use super::compare::{Rehearsed, changes};
use super::single;
use super::start::does_not_start;
use crate::inventory::Inventory;
use crate::report::{About, Code, Finding, GLOBAL, Report, Severity};
use crate::resolve::loads_in_state;

/// Adds to the review of a configuration what its two rehearsals have shown.
///
/// A prediction that came true is confirmed; one that did not is informational, and says so. What
/// nobody predicted is added.
pub fn add_rehearsals(review: &mut Report, old: Rehearsed<'_>, new: Rehearsed<'_>) {
    let inventory = new.expected.inventory;
    let has_run = does_not_start(new.observation, new.expected).is_none();
    if has_run {
        for finding in &mut review.findings {
            check_prediction(finding, inventory, [old, new]);
        }
    }
    // Modules that are reviewed already: by name, and by name and host.
    let mut reviewed: BTreeSet<(String, &str)> = BTreeSet::new();
    for finding in review.findings.iter().filter(|it| predicts(it).is_some()) {
        for name in names(finding, inventory) {
            let hosts = finding.selections.iter().map(String::as_str);
            reviewed.extend(hosts.chain([GLOBAL]).map(|host| (name.to_owned(), host)));
        }
    }
    let mut unpredicted = Vec::new();
    for mut finding in changes(old, new) {
        let subject = finding.subject.clone().unwrap_or_default();
        if predicts(&finding).is_some() {
            let is_new = |host: &str| !reviewed.contains(&(subject.clone(), host));
            // What loads for all hosts has none.
            if finding.selections.is_empty() && !is_new(GLOBAL) {
                continue;
            }
            let had_hosts = !finding.selections.is_empty();
            finding.selections.retain(|host| is_new(host));
            if had_hosts && finding.selections.is_empty() {
                continue;
            }
        }
        unpredicted.push(rehearsed(finding));
    }
    review.findings.extend(unpredicted);
    review
        .findings
        .extend(single::cannot_judge(new.observation));
    review.findings.push(single::not_seen());
    *review = Report {
        profile_lines: review.profile_lines.take(),
        ..Report::new(
            std::mem::take(&mut review.sides),
            std::mem::take(&mut review.scopes),
            std::mem::take(&mut review.findings),
        )
    };
}

/// Whether a change says that its module loads afterwards; none for what predicts nothing.
fn predicts(finding: &Finding) -> Option<bool> {
    let is_change = finding.fingerprint.is_some() && finding.code.row().about == About::Loading;
    let state = finding.details.after.as_ref()?.get("state")?.as_str()?;
    let loads = loads_in_state(state)?;
    is_change.then_some(loads)
}

/// The names that a module may have in Prosody.
fn names<'a>(finding: &'a Finding, inventory: &'a Inventory<'_>) -> Vec<&'a str> {
    let Some(subject) = finding.subject.as_deref() else {
        return Vec::new();
    };
    let module = inventory.modules.get(subject);
    let real = module.and_then(|module| module.real_name());
    [Some(subject), real].into_iter().flatten().collect()
}

fn check_prediction(finding: &mut Finding, inventory: &Inventory<'_>, sides: [Rehearsed<'_>; 2]) {
    let Some(predicted) = predicts(finding) else {
        return;
    };
    let hosts = finding.selections.iter().filter(|host| *host != GLOBAL);
    let names = names(finding, inventory);
    let loads = |side: Rehearsed<'_>, host: &str| {
        let mut names = names.iter();
        names.any(|name| side.observation.is_loaded(host, name))
    };
    let [old, new] = sides;
    let (confirmed, refuted): (Vec<&String>, Vec<&String>) =
        hosts.partition(|host| loads(new, host) == predicted);
    let was_already = |host: &&&String| loads(old, host) == predicted;
    let unchanged = confirmed.iter().filter(was_already).count();
    let subject = finding.subject.clone().unwrap_or_default();
    let listed = |hosts: &[&String]| {
        hosts
            .iter()
            .map(|host| host.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (message, severity) = match (confirmed.len(), refuted.len()) {
        (0, 0) => return,
        (all, 0) if unchanged == all && predicted => (
            format!("in the rehearsal, {subject} also loads today"),
            Some(Severity::Info),
        ),
        (all, 0) if unchanged == all => (
            format!("in the rehearsal, {subject} does not load today either"),
            Some(Severity::Info),
        ),
        (_, 0) => ("the rehearsal confirms it".to_owned(), None),
        (agreeing, _) => {
            let verb = if predicted { "does not load" } else { "loads" };
            let message = format!("in the rehearsal, {subject} {verb} on {}", listed(&refuted));
            let severity = match predicted {
                _ if agreeing > 0 => finding.severity,
                true => finding.severity.max(Severity::Warning),
                false => Severity::Info,
            };
            (message, Some(severity))
        }
    };
    let fact = Finding::new(Code::Rehearsed, message).about(&subject);
    finding.facts.insert(0, fact);
    finding.severity = severity.unwrap_or(finding.severity);
}

/// A change that only the rehearsal has shown.
fn rehearsed(finding: Finding) -> Finding {
    let fact = Finding::new(Code::Rehearsed, "seen in the rehearsal only");
    let mut facts = vec![fact];
    facts.extend(finding.facts);
    Finding { facts, ..finding }
}
