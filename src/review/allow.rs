//! The allow file: changes that somebody looked at and accepted, one by one.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Result};
use crate::json;
use crate::report::{Code, Finding, Report, Severity};
use crate::source::Source;

/// The form of allow files that is read and written.
pub const SCHEMA_VERSION: u32 = 1;

/// Changes that are accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allowed {
    /// The version of this form: 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema_version: u32,
    /// The accepted changes.
    pub allow: Vec<Acceptance>,
}

/// One accepted change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Acceptance {
    /// The fingerprint of the change, as every format but `patch` shows it.
    pub fingerprint: String,
    /// The change in words, for those who read this file; not compared.
    #[serde(default)]
    pub change: String,
    /// Why it is accepted.
    pub reason: String,
    /// The machines on which it is accepted, in a review of machines; all of them if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<String>,
    /// The last day on which it is accepted, as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Default for Allowed {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            allow: Vec::new(),
        }
    }
}

impl Allowed {
    /// Reads an allow file; the error names the place.
    pub fn read(source: &Source) -> Result<Self> {
        let allowed: Self = serde_json::from_str(source.text()).map_err(|error| {
            let at = source.offset(error.line(), error.column());
            Box::new(
                Diagnostic::error(format!("{} is not an allow file: {error}", source.name()))
                    .at(source, at.saturating_sub(1)..at, "")
                    .help("--allow-write creates one"),
            )
        })?;
        let invalid = |problem: String| Box::new(Diagnostic::error(problem).about(source.name()));
        if allowed.schema_version != SCHEMA_VERSION {
            return Err(invalid(format!(
                "unknown schemaVersion {}, expected {SCHEMA_VERSION}",
                allowed.schema_version
            )));
        }
        for entry in &allowed.allow {
            if let Some(until) = entry.until.as_deref().filter(|until| !is_date(until)) {
                let at = source.text().find(&format!("\"{until}\"")).unwrap_or(0);
                return Err(Box::new(
                    Diagnostic::error(format!("`{until}` is not a date")).at(
                        source,
                        at..at + until.len() + 2,
                        "expected one like \"2027-01-31\"",
                    ),
                ));
            }
        }
        Ok(allowed)
    }

    /// Adds the changes of a review of this severity or higher, accepted on these machines, or
    /// everywhere if none are named. No entry is lost: the next review may have another selection.
    pub fn add(&mut self, review: &Report, severity: Severity, machines: &[String]) {
        let is_covered = |entry: &Acceptance| {
            entry.machines.is_empty()
                || !machines.is_empty() && machines.iter().all(|name| entry.machines.contains(name))
        };
        let covering = self.allow.iter().filter(|entry| is_covered(entry));
        let mut fingerprints: HashSet<String> =
            covering.map(|entry| entry.fingerprint.clone()).collect();
        for (change, _) in changes(review).filter(|(change, _)| change.severity >= severity) {
            let Some(fingerprint) = change.fingerprint.clone() else {
                continue;
            };
            if fingerprints.insert(fingerprint.clone()) {
                self.allow.push(Acceptance {
                    fingerprint,
                    change: format!("{}: {}", change.code, change.sentence()),
                    reason: String::new(),
                    machines: machines.to_vec(),
                    until: None,
                });
            }
        }
    }

    /// Removes the entries that accept no change of a review; returns them.
    pub fn prune(&mut self, review: &Report) -> Vec<Acceptance> {
        let mut machines_by_fingerprint: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (change, machines) in changes(review) {
            let fingerprint = change.fingerprint.as_deref().unwrap_or_default();
            let machines = machines.iter().filter(|_| review.is_fleet());
            let names = machines_by_fingerprint.entry(fingerprint).or_default();
            names.extend(machines.map(String::as_str));
        }
        let is_used = |entry: &Acceptance| {
            let changed_on = machines_by_fingerprint.get(entry.fingerprint.as_str());
            changed_on.is_some_and(|changed_on| {
                let mut machines = entry.machines.iter();
                entry.machines.is_empty() || machines.any(|name| changed_on.contains(name.as_str()))
            })
        };
        let (used, unused) = std::mem::take(&mut self.allow)
            .into_iter()
            .partition(is_used);
        self.allow = used;
        unused
    }

    /// The entries that do not say why.
    pub fn unexplained(&self) -> impl Iterator<Item = &Acceptance> {
        self.allow
            .iter()
            .filter(|entry| entry.reason.trim().is_empty())
    }

    /// The text of the allow file.
    pub fn to_json(&self) -> std::result::Result<String, serde_json::Error> {
        json::to_string(self)
    }
}

/// All changes of a review, each with a fingerprint of its own, and with the scopes that have it: a
/// fact of machines has those of its finding where it names none.
fn changes(review: &Report) -> impl Iterator<Item = (&Finding, &[String])> {
    review.findings.iter().flat_map(|finding| {
        let of_finding = finding.selections.as_slice();
        finding.with_facts().map(move |change| {
            let is_named = !change.selections.is_empty();
            (
                change,
                if is_named {
                    &change.selections
                } else {
                    of_finding
                },
            )
        })
    })
}

/// Separates the machines that an entry names from the others that have the same change, so that it
/// can be accepted on the former only.
fn split(review: &mut Report, entry: &Acceptance) {
    let has = |finding: &Finding| {
        let mut changes = finding.with_facts();
        changes.any(|change| change.fingerprint.as_ref() == Some(&entry.fingerprint))
    };
    let mut findings = Vec::new();
    for finding in std::mem::take(&mut review.findings) {
        let (named, others): (Vec<_>, Vec<_>) = finding
            .selections
            .iter()
            .cloned()
            .partition(|name| entry.machines.contains(name));
        if named.is_empty() || others.is_empty() || !has(&finding) {
            findings.push(finding);
        } else {
            findings.push(on_machines(&finding, named));
            findings.push(on_machines(&finding, others));
        }
    }
    review.findings = findings;
}

/// A finding as it is on some of its machines.
fn on_machines(finding: &Finding, machines: Vec<String>) -> Finding {
    let mut part = finding.clone();
    part.facts.retain_mut(|fact| {
        if fact.selections.is_empty() {
            return true;
        }
        fact.selections.retain(|name| machines.contains(name));
        !fact.selections.is_empty()
    });
    for change in
        std::iter::once(&mut part.hosts).chain(part.facts.iter_mut().map(|f| &mut f.hosts))
    {
        change.retain(|name, _| machines.contains(name));
    }
    part.selections = machines;
    part
}

/// Marks the accepted changes of a review, and adds a finding for each entry that accepts nothing
/// on this day.
pub fn accept(review: &mut Report, allowed: &Allowed, today: &str) {
    let is_fleet = review.is_fleet();
    for entry in allowed
        .allow
        .iter()
        .filter(|e| is_fleet && !e.machines.is_empty())
    {
        split(review, entry);
    }
    let mut entries: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in allowed.allow.iter().enumerate() {
        entries.entry(&entry.fingerprint).or_default().push(index);
    }
    let mut used: HashSet<usize> = HashSet::new();
    let mut accept = |change: &mut Finding, machines: &[String]| {
        let fingerprint = change.fingerprint.as_deref().unwrap_or_default();
        for &index in entries.get(fingerprint).into_iter().flatten() {
            let entry = &allowed.allow[index];
            if entry.applies_to(machines, is_fleet) {
                used.insert(index);
                if !entry.is_expired(today) {
                    change.accepted = Some(entry.reason.clone());
                }
            }
        }
    };
    for finding in &mut review.findings {
        let machines = finding.selections.clone();
        accept(finding, &machines);
        for fact in &mut finding.facts {
            let fact_machines = std::mem::take(&mut fact.selections);
            accept(
                fact,
                if fact_machines.is_empty() {
                    &machines
                } else {
                    &fact_machines
                },
            );
            fact.selections = fact_machines;
        }
    }
    for (index, entry) in allowed.allow.iter().enumerate() {
        let reason = match &entry.until {
            _ if !used.contains(&index) => "no such change".to_owned(),
            Some(until) if entry.is_expired(today) => format!("expired after {until}"),
            _ => continue,
        };
        let message = format!("{} in the allow file is stale", entry.fingerprint);
        let reason = format!("{reason} ({})", entry.change);
        review
            .findings
            .push(Finding::new(Code::Stale, message).reason(reason));
    }
    review.count();
}

impl Acceptance {
    /// Whether it is about a change that these scopes have.
    fn applies_to(&self, scopes: &[String], are_machines: bool) -> bool {
        let is_named = |name| self.machines.contains(name);
        self.machines.is_empty()
            || are_machines && !scopes.is_empty() && scopes.iter().all(is_named)
    }

    fn is_expired(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }
}

/// Today's date in UTC, as `2027-01-31`.
pub fn today() -> String {
    TimeZone::UTC
        .to_datetime(Timestamp::now())
        .date()
        .to_string()
}

/// Whether a text is a day of the calendar, written so that later days sort later.
fn is_date(text: &str) -> bool {
    text.parse::<Date>()
        .is_ok_and(|date| date.year() >= 0 && date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_date_is_marked_with_its_quotes() {
        let entry = r#"{ "fingerprint": "0", "reason": "known", "until": "2027-13-01" }"#;
        let text = format!("{{ \"schemaVersion\": 1, \"allow\": [{entry}] }}");
        let shown = match Allowed::read(&Source::new("allow.json", text)) {
            Ok(_) => String::new(),
            Err(error) => error.render(false),
        };
        assert!(shown.contains("`2027-13-01` is not a date"), "{shown}");
        let marks = shown.chars().filter(|c| *c == '^').count();
        assert_eq!(marks, "\"2027-13-01\"".len(), "{shown}");
    }

    #[test]
    fn an_acceptance_holds_through_its_last_day() {
        let accepted = Acceptance {
            fingerprint: String::new(),
            change: String::new(),
            reason: String::new(),
            machines: Vec::new(),
            until: Some("2027-01-31".to_owned()),
        };
        assert!(!accepted.is_expired("2027-01-30"));
        assert!(!accepted.is_expired("2027-01-31"));
        assert!(accepted.is_expired("2027-02-01"));
    }

    #[test]
    fn knows_a_date_when_it_sees_one() {
        assert!(is_date("2028-02-29"));
        for no_date in [
            "2027-02-29",
            "2027-1-31",
            "2027-13-01",
            "31.01.2027",
            "2027-01-31 ",
            "20270131",
            "-002027-01-31",
            "2027-01-31T00:00",
            "",
        ] {
            assert!(!is_date(no_date), "{no_date}");
        }
    }
}
