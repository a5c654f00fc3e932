//! What the reader notices on the way.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::report::{Code, Finding, Place};

/// The most findings that are kept: a loop can make any number of them.
const MOST: usize = 1000;

/// Findings, each once.
#[derive(Debug, Default)]
pub(super) struct Noted(RefCell<(BTreeSet<(Code, Option<Place>, String)>, Vec<Finding>)>);

impl Noted {
    /// Keeps a finding, unless it is there already.
    pub fn add(&self, finding: Finding) {
        let (known, findings) = &mut *self.0.borrow_mut();
        let key = (finding.code, finding.place.clone(), finding.message.clone());
        if findings.len() < MOST && known.insert(key) {
            findings.push(finding);
        }
    }

    /// All of them, in the order in which they were noticed.
    pub fn take(&self) -> Vec<Finding> {
        std::mem::take(&mut self.0.borrow_mut().1)
    }
}
