//! The same change of several machines as one finding.

use std::collections::{BTreeMap, HashMap};

use super::pair::NAME;
use crate::report::{Code, Finding, Place};

/// What is reported once.
#[derive(Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    by_key: HashMap<(Code, Option<String>, String), Vec<usize>>,
}

/// One finding without what differs from machine to machine, and what does.
struct Group {
    finding: Finding,
    /// The place, as long as all machines have the same one.
    place: Option<Place>,
    machines: Vec<String>,
    hosts: BTreeMap<String, Vec<String>>,
    facts: Groups,
}

impl Groups {
    /// Adds findings that each of these machines has.
    pub fn add_all(&mut self, findings: impl IntoIterator<Item = Finding>, machines: &[&str]) {
        for finding in findings {
            self.add(finding, machines);
        }
    }

    /// Adds a finding that each of these machines has.
    pub fn add(&mut self, mut finding: Finding, machines: &[&str]) {
        let facts = std::mem::take(&mut finding.facts);
        let hosts = std::mem::take(&mut finding.selections);
        let place = finding.place.take();
        finding.message = without_lines(&finding.message);
        finding.reason = finding.reason.as_deref().map(without_lines);
        let key = (
            finding.code,
            finding.fingerprint.clone(),
            finding.message.clone(),
        );
        let same = self.by_key.entry(key).or_default();
        let existing = same
            .iter()
            .copied()
            .find(|&index| self.groups[index].finding == finding);
        let index = existing.unwrap_or_else(|| {
            same.push(self.groups.len());
            self.groups.push(Group {
                finding,
                place: place.clone(),
                machines: Vec::new(),
                hosts: BTreeMap::new(),
                facts: Groups::default(),
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        if group.place != place {
            group.place = None;
        }
        for machine in machines {
            if group.machines.last().map(String::as_str) != Some(machine) {
                group.machines.push((*machine).to_owned());
            }
            if !hosts.is_empty() {
                group.hosts.insert((*machine).to_owned(), hosts.clone());
            }
        }
        group.facts.add_all(facts, machines);
    }

    /// The findings, each with its machines.
    pub fn into_findings(self) -> Vec<Finding> {
        let groups = self.groups.into_iter();
        groups.map(Group::into_finding).collect()
    }
}

/// A sentence without the lines of the configuration: they differ from machine to machine.
fn without_lines(text: &str) -> String {
    let line = format!("{NAME}:");
    let mut parts = text.split(&line);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(NAME);
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

impl Group {
    fn into_finding(mut self) -> Finding {
        self.machines.sort_unstable();
        self.machines.dedup();
        Finding {
            place: self.place,
            selections: self.machines,
            hosts: self.hosts,
            facts: self.facts.into_findings(),
            ..self.finding
        }
    }
}

/// Leaves out the machines of facts that have those of their finding.
pub(super) fn shorten(findings: &mut [Finding]) {
    for finding in findings {
        for fact in &mut finding.facts {
            if fact.selections == finding.selections {
                fact.selections.clear();
            }
            if fact.hosts == finding.hosts {
                fact.hosts.clear();
            }
        }
    }
}
