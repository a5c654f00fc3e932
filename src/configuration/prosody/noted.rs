//! What the reader notices on the way.

use std::cell::RefCell;
use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::report::{Code, Finding, Place};

/// The most findings that are kept: a loop can make any number of them.
const MOST: usize = 1000;

/// Findings, each once.
#[derive(Debug, Default)]
pub(super) struct NotedFindings(RefCell<Findings>);

#[derive(Debug, Default)]
struct Findings {
    known: BTreeSet<(Code, Option<Place>, String)>,
    all: Vec<Finding>,
}

impl NotedFindings {
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
            let message = format!("only the first {MOST} findings about this file are shown");
            Finding::new(Code::Undecided, message)
        });
    }

    /// All of them, in the order in which they were noticed.
    pub fn take(&self) -> Vec<Finding> {
        joined(std::mem::take(&mut self.0.borrow_mut().all))
    }
}

/// How many names one finding lists.
const LISTED: usize = 50;

/// One cause, one finding: what a file has of the same kind in several lines becomes one.
fn joined(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all: IndexMap<(Code, Option<String>, usize), Vec<Finding>> = IndexMap::new();
    for (number, finding) in findings.into_iter().enumerate() {
        let joins = matches!(finding.code, Code::MissingVariable | Code::LuaApi);
        let file = finding.place.as_ref().map(|place| place.file.clone());
        // Any other one stays alone.
        let number = if joins { 0 } else { number + 1 };
        all.entry((finding.code, file, number))
            .or_default()
            .push(finding);
    }
    all.into_values().map(join).collect()
}

/// Several findings of one code in one file as one, at the place of the first.
fn join(mut findings: Vec<Finding>) -> Finding {
    let mut lines: IndexMap<String, Vec<String>> = IndexMap::new();
    for finding in &findings {
        let name = finding.subject.clone().unwrap_or_default();
        let line = finding.place.as_ref().map(|place| place.line.to_string());
        lines.entry(name).or_default().extend(line);
    }
    let count = findings.len();
    let first = findings.swap_remove(0);
    if count == 1 {
        return first;
    }
    let mut names: Vec<String> = lines
        .iter()
        .take(LISTED)
        .map(|(name, lines)| format!("{name} ({})", lines.join(", ")))
        .collect();
    if lines.len() > LISTED {
        names.push(format!("and {} more", lines.len() - LISTED));
    }
    let names = names.join(", ");
    let finding = match first.code {
        Code::MissingVariable => Finding {
            message: format!("environment variables are not set: {names}"),
            ..first
        },
        _ => Finding {
            message: format!("functions of Lua are used directly: {names}"),
            help: Some("write `Lua.` in front of them once the server runs 13.0".to_owned()),
            ..first
        },
    };
    Finding {
        subject: None,
        ..finding
    }
}
