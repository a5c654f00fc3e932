//! What the reader notices on the way.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::report::{Code, Finding, Place};

/// The most findings that are kept: a loop can make any number of them.
const MOST: usize = 1000;

/// Findings, each once.
#[derive(Debug, Default)]
pub(super) struct Noted(RefCell<Findings>);

#[derive(Debug, Default)]
struct Findings {
    known: BTreeSet<(Code, Option<Place>, String)>,
    all: Vec<Finding>,
}

impl Noted {
    /// Keeps a finding, unless it is there already. That there are more than are kept is a finding
    /// itself, and one of doubt: what is lost may matter.
    pub fn add(&self, finding: Finding) {
        let Findings { known, all } = &mut *self.0.borrow_mut();
        let key = (finding.code, finding.place.clone(), finding.message.clone());
        if all.len() > MOST || !known.insert(key) {
            return;
        }
        all.push(if all.len() < MOST {
            finding
        } else {
            let message = format!("there is more to say about this file than {MOST} findings");
            Finding::new(Code::Undecided, message)
        });
    }

    /// All of them, in the order in which they were noticed.
    pub fn take(&self) -> Vec<Finding> {
        std::mem::take(&mut self.0.borrow_mut().all)
    }
}
