//! One finding where several hosts have the same.

use std::collections::BTreeMap;

use crate::report::{Code, Finding, Place};

/// What makes two findings the same.
type Key = (Code, Option<String>, String, Option<String>, Option<Place>);

/// Findings, each once for all the hosts that have it.
#[derive(Default)]
pub(super) struct Merged {
    all: Vec<Finding>,
    indices: BTreeMap<Key, usize>,
}

impl Merged {
    /// Adds a finding about a host.
    pub(super) fn add(&mut self, finding: Finding, host: &str) {
        let key = (
            finding.code,
            finding.subject.clone(),
            finding.message.clone(),
            finding.reason.clone(),
            finding.place.clone(),
        );
        let next = self.all.len();
        let at = *self.indices.entry(key).or_insert(next);
        if at == next {
            self.all.push(finding);
        }
        if let Some(finding) = self.all.get_mut(at) {
            finding.selections.push(host.to_owned());
        }
    }

    /// All of them, in the order in which they came.
    pub(super) fn all(self) -> Vec<Finding> {
        self.all
    }
}
