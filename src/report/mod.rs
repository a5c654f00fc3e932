//! The report: what `check`, `diff` and `status` return, in one model with one renderer per format.
//!
//! [`code`] is the table of everything that can be reported. Each judge makes a [`Report`];
//! [`text`], [`markdown`], [`github`] and [`html`] show it, and as JSON it is itself.
//!
//! ```
//! use prosody_stability::report::{Code, Severity};
//!
//! assert_eq!(Code::Breaks.name(), "breaks");
//! assert_eq!(Code::Breaks.reverse(), Code::Mends);
//! assert!(Severity::Breaking > Severity::Warning);
//! ```

pub mod change;
pub mod code;
mod finding;
pub mod github;
pub mod html;
pub mod markdown;
mod severity;
pub mod text;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

pub use code::{About, Code};
pub use finding::{Details, Finding, Place};
pub use severity::Severity;

/// How many machines are named before the rest is counted.
const NAMED: usize = 3;

/// The name of the global section of a server.
pub const GLOBAL: &str = "*";

/// What was found about a server, an inventory or an upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What was looked at: one side, or for a review the old and the new one.
    pub sides: Vec<Side>,
    /// How many modules of each group run and should run, for a running server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_lines: Option<ProfileLines>,
    /// How many findings there are of each severity.
    pub counts: Counts,
    /// The selections, or the hosts of a running server, each with its own counts.
    pub scopes: Vec<Scope>,
    /// The findings, the most severe first.
    pub findings: Vec<Finding>,
}

/// One side that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Side {
    /// Where the inventory comes from.
    pub inventory: String,
    /// The version of the release.
    pub release: String,
    /// What the facts of the release were read from, with exact versions, on one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sources: String,
    /// The configuration of the server, where one was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
}

/// The guide's line with the counts, as planned and as it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProfileLines {
    /// What should run.
    pub planned: String,
    /// What runs without an error.
    pub running: String,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Counts {
    /// Works today and will not.
    pub breaking: usize,
    /// Does not work.
    pub error: usize,
    /// Not requested, or needs manual action.
    pub warning: usize,
    /// Informational.
    pub info: usize,
    /// Of any severity, and accepted in the allow file.
    pub accepted: usize,
    /// Touches nothing that loads.
    pub other: usize,
    /// What could not be determined, which is counted by its severity as well. No check passes then.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    pub undetermined: usize,
}

/// A part of what was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// The name of a profile or host.
    pub name: String,
    /// What it is.
    pub kind: ScopeKind,
    /// The findings that concern it.
    pub counts: Counts,
    /// How many modules load on the old side of a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules_before: Option<usize>,
    /// How many modules load; on a machine, those of all its hosts together.
    pub modules: usize,
    /// By module the file that it was loaded from, where a server was rehearsed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

/// What a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeKind {
    /// A profile, or the flags that were given.
    Selection,
    /// The global section of a server.
    Global,
    /// A virtual host.
    VirtualHost,
    /// A component.
    Component,
    /// A host of which nothing shows what it is.
    UnknownHost,
    /// A NixOS machine with all its hosts.
    Machine,
}

impl Counts {
    /// Counts entries, each once by the worst that is not accepted.
    pub fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            counts.undetermined += usize::from(finding.is_doubt_within());
            *match finding.open_severity() {
                _ if finding.other => &mut counts.other,
                None => &mut counts.accepted,
                Some(Severity::Breaking) => &mut counts.breaking,
                Some(Severity::Error) => &mut counts.error,
                Some(Severity::Warning) => &mut counts.warning,
                Some(Severity::Info) => &mut counts.info,
            } += 1;
        }
        counts
    }

    /// How many entries of a severity there are.
    pub fn get(&self, severity: Severity) -> usize {
        match severity {
            Severity::Breaking => self.breaking,
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }

    /// Whether there is nothing but what touches nothing that loads.
    fn is_quiet(&self) -> bool {
        let none = Self::default();
        (Self { other: 0, ..*self }) == none
    }

    /// In words: `2 breaking, 1 warning, 27 info`. A review begins with what breaks, anything else
    /// with what does not work.
    pub fn words(&self, is_review: bool) -> String {
        let always = Severity::ALL.into_iter();
        let always = always.filter(|severity| severity.is_always_counted(is_review));
        let mut words: Vec<String> = always
            .map(|severity| {
                let count = self.get(severity);
                format!("{count} {}", severity.plural(count))
            })
            .collect();
        if self.accepted > 0 {
            words.push(format!("{} accepted", self.accepted));
        }
        if self.undetermined > 0 {
            words.push(format!("{} undetermined", self.undetermined));
        }
        words.join(", ")
    }
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How many hosts are named one by one.
const FEW: usize = 8;

/// Some names: `alpha, beta and 12 more`.
fn some_of(names: &[String]) -> String {
    match names.len() {
        ..=NAMED => names.join(", "),
        all => format!(
            "{} and {} more",
            names[..NAMED - 1].join(", "),
            all - NAMED + 1
        ),
    }
}

/// A number with its noun: `1 module`, `2 modules`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

impl Report {
    /// A report about one side.
    pub fn of_side(side: Side, scopes: Vec<Scope>, findings: Vec<Finding>) -> Self {
        Self::new(vec![side], scopes, findings)
    }

    /// A report with the most severe findings first, counted.
    pub fn new(sides: Vec<Side>, scopes: Vec<Scope>, mut findings: Vec<Finding>) -> Self {
        // Entries that concern more scopes come first, then by name; the rest stays in its order.
        findings.sort_by(|a, b| {
            let key = |f: &Finding| (f.other, std::cmp::Reverse(f.severity));
            key(a).cmp(&key(b))
        });
        let mut report = Self {
            sides,
            profile_lines: None,
            counts: Counts::default(),
            scopes,
            findings,
        };
        report.count();
        report
    }

    /// Counts once more, after findings were accepted.
    pub fn count(&mut self) {
        self.counts = Counts::of(self.findings.iter());
        let mut by_scope: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &self.findings {
            let facts = finding.with_facts();
            let scopes: BTreeSet<&str> = facts
                .flat_map(|fact| {
                    let selections = fact.selections.iter().map(String::as_str);
                    selections.chain(fact.host.as_deref())
                })
                .collect();
            for scope in scopes {
                by_scope.entry(scope).or_default().push(finding);
            }
        }
        for scope in &mut self.scopes {
            let findings = by_scope.get(&*scope.name).into_iter().flatten();
            scope.counts = Counts::of(findings.copied());
        }
    }

    /// Adds settings that could not be determined, first of all.
    pub fn add_undecided(&mut self, settings: impl Iterator<Item = String>) {
        let findings = settings
            .map(|setting| Finding::new(Code::Undecided, format!("cannot determine {setting}")));
        self.findings.splice(0..0, findings);
        self.count();
    }

    /// Whether it reviews the change from one side to another.
    pub fn is_review(&self) -> bool {
        self.sides.len() == 2
    }

    /// Whether it is about machines.
    pub fn is_fleet(&self) -> bool {
        self.scopes
            .iter()
            .any(|scope| scope.kind == ScopeKind::Machine)
    }

    /// What each of its scopes is called.
    pub fn scope_noun(&self) -> &'static str {
        let all = |kind| self.scopes.iter().all(|scope| scope.kind == kind);
        match () {
            () if all(ScopeKind::Selection) => "profile",
            () if all(ScopeKind::Machine) => "machine",
            () => "host",
        }
    }

    /// The scopes as they are shown: machines with the same numbers are one row.
    pub fn rows(&self) -> Vec<Scope> {
        if !self.is_fleet() {
            return self.scopes.clone();
        }
        let mut rows: IndexMap<_, Vec<String>> = IndexMap::new();
        for scope in &self.scopes {
            let numbers = (scope.counts, scope.modules_before, scope.modules);
            rows.entry(numbers).or_default().push(scope.name.clone());
        }
        let row = |((counts, modules_before, modules), names): (_, Vec<String>)| Scope {
            name: some_of(&names),
            kind: ScopeKind::Machine,
            counts,
            modules_before,
            modules,
            files: BTreeMap::new(),
        };
        rows.into_iter().map(row).collect()
    }

    /// Whether something that nobody accepted has this severity or a higher one.
    pub fn reaches(&self, severity: Severity) -> bool {
        let findings = self.findings.iter().flat_map(Finding::with_facts);
        findings
            .filter(|finding| finding.accepted.is_none())
            .any(|finding| finding.severity >= severity)
    }

    /// Whether something could not be looked at, so that no check may pass.
    pub fn is_in_doubt(&self) -> bool {
        self.findings.iter().any(Finding::is_doubt_within)
    }

    /// What was looked at: `Prosody 0.12 → 13.0, inventory built-in`.
    pub fn title(&self) -> String {
        let all = |part: fn(&Side) -> &str| {
            let mut parts: Vec<&str> = self.sides.iter().map(part).collect();
            parts.dedup();
            parts.join(" → ")
        };
        let configuration = all(|side| side.configuration.as_deref().unwrap_or_default());
        let subject = match configuration.as_str() {
            "" => format!("inventory {}", all(|side| &side.inventory)),
            file => file.to_owned(),
        };
        format!("Prosody {}, {subject}", all(|side| &side.release))
    }

    /// The result in words: the counts, or that there is nothing to tell.
    pub fn result(&self) -> String {
        match self.sides.as_slice() {
            [old, new] if self.findings.is_empty() && old == new => {
                "both sides are the same, nothing to compare".to_owned()
            }
            [_, _] if self.findings.is_empty() => "nothing changes".to_owned(),
            _ => self.counts.words(self.is_review()),
        }
    }

    /// The summary: everything but the findings.
    pub fn summary(&self) -> Self {
        Self {
            findings: Vec::new(),
            ..self.clone()
        }
    }

    /// How the findings that touch nothing that loads divide: `12 in the inventory, 143 in the
    /// release`; nothing when there are none.
    pub fn others(&self) -> Option<String> {
        let count = |about| {
            let findings = self.findings.iter().filter(|finding| finding.other);
            findings
                .filter(|finding| finding.code.row().about == about)
                .count()
        };
        let parts = [
            (count(About::Inventory), "the inventory"),
            (count(About::Release), "Prosody and prosody-modules"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, place)| format!("{} in {place}", counted(*count, "other change")))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The scopes that a finding concerns, in words; nothing when it concerns the only one.
    pub fn concerned_scopes(&self, finding: &Finding) -> Option<String> {
        if let Some(host) = &finding.host {
            return (host != GLOBAL).then(|| host.clone());
        }
        match finding.selections.len() {
            0 => None,
            _ if self.scopes.len() == 1 && !self.is_fleet() => None,
            1 => Some(only_scope(finding)),
            all if all == self.scopes.len() => Some(format!("all {}s", self.scope_noun())),
            many if self.is_fleet() || many > FEW => Some(some_of(&finding.selections)),
            _ => Some(finding.selections.join(", ")),
        }
    }
}

/// The only scope that a finding concerns; of a machine with the hosts that have it.
fn only_scope(finding: &Finding) -> String {
    let name = &finding.selections[0];
    match finding.hosts.get(name) {
        Some(hosts) if !hosts.is_empty() => format!("{name}: {}", some_of(hosts)),
        _ => name.clone(),
    }
}
