//! A report sorted for the page: the section and the hosts of each entry.

use std::collections::{BTreeSet, HashMap};

use crate::html::anchor;
use crate::report::{About, Code, Finding, Report, Severity};

/// One section of entries.
pub struct Section {
    /// The severity of its entries.
    pub severity: Severity,
    /// Its address.
    pub id: &'static str,
    /// The value by which it is filtered.
    pub key: &'static str,
    /// What the severity means.
    pub hint: &'static str,
    /// The name of its colour and icon.
    pub colour: &'static str,
}

/// The sections, the most severe first.
pub const SECTIONS: [Section; 4] = [
    Section {
        severity: Severity::Breaking,
        id: "ui-b",
        key: "b",
        hint: "works today and will not",
        colour: "bad",
    },
    Section {
        severity: Severity::Error,
        id: "ui-e",
        key: "e",
        hint: "does not work",
        colour: "bad",
    },
    Section {
        severity: Severity::Warning,
        id: "ui-w",
        key: "w",
        hint: "not requested, or needs manual action",
        colour: "warn",
    },
    Section {
        severity: Severity::Info,
        id: "ui-i",
        key: "i",
        hint: "no action needed",
        colour: "info",
    },
];

/// The report as the page shows it.
pub struct View<'a> {
    /// The report itself.
    pub report: &'a Report,
    /// Where the page of all modules is.
    explorer: Option<&'a str>,
    /// The place of each scope among the scopes.
    places: HashMap<&'a str, usize>,
    /// The address of each entry, in the order of the findings.
    addresses: Vec<String>,
}

impl<'a> View<'a> {
    pub fn new(report: &'a Report, explorer: Option<&'a str>) -> Self {
        let names = report.scopes.iter().enumerate();
        let places = names.map(|(at, scope)| (&*scope.name, at)).collect();
        let mut address_counts: HashMap<String, usize> = HashMap::new();
        let addresses = report.findings.iter().enumerate().map(|(at, finding)| {
            let address = address(finding, at);
            let count = address_counts.entry(address.clone()).or_default();
            *count += 1;
            match *count {
                1 => address,
                // No encoded name has a tilde.
                count => format!("{address}~{count}"),
            }
        });
        Self {
            report,
            explorer,
            places,
            addresses: addresses.collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = Entry<'a>> + '_ {
        let findings = self.report.findings.iter().enumerate();
        findings.map(|(at, finding)| Entry { at, finding })
    }

    /// What has this severity, is not accepted, and touches what loads.
    pub fn entries(&self, severity: Severity) -> impl Iterator<Item = Entry<'a>> + '_ {
        self.all().filter(move |entry| {
            !entry.finding.other && entry.finding.open_severity() == Some(severity)
        })
    }

    /// What is accepted.
    pub fn accepted(&self) -> impl Iterator<Item = Entry<'a>> + '_ {
        self.all()
            .filter(|entry| !entry.finding.other && entry.finding.open_severity().is_none())
    }

    /// What touches nothing that loads.
    pub fn others(&self) -> impl Iterator<Item = Entry<'a>> + '_ {
        self.all().filter(|entry| entry.finding.other)
    }

    /// What could not be determined: the findings that say so, with the entries that they are part of.
    pub fn doubts(&self) -> impl Iterator<Item = (Entry<'a>, &'a Finding)> + '_ {
        self.all().flat_map(|entry| {
            let facts = entry.finding.with_facts().filter(|fact| fact.is_doubt());
            facts.map(move |fact| (entry, fact))
        })
    }

    /// Whether any section has entries.
    pub fn has_entries(&self) -> bool {
        self.counts().iter().any(|(_, count)| *count > 0)
    }

    /// How many entries each section has.
    pub fn counts(&self) -> [(&'static Section, usize); 4] {
        [0, 1, 2, 3].map(|at| {
            let section = &SECTIONS[at];
            (section, self.entries(section.severity).count())
        })
    }

    /// How many entries and how many facts there are in all.
    pub fn size(&self) -> (usize, usize) {
        let facts = self.report.findings.iter().map(|f| f.with_facts().count());
        (self.report.findings.len(), facts.sum())
    }

    /// The address of an entry on the page.
    pub fn address(&self, entry: Entry<'_>) -> &str {
        &self.addresses[entry.at]
    }

    /// The modules that an entry is about, each with where the page of all modules has it.
    pub fn explored(&self, finding: &'a Finding) -> Vec<(&'a str, String)> {
        let Some(explorer) = self.explorer else {
            return Vec::new();
        };
        let modules: BTreeSet<&str> = finding.with_facts().filter_map(module).collect();
        let modules = modules.into_iter();
        modules
            .map(|name| (name, format!("{explorer}#{}", anchor("mod_", name))))
            .collect()
    }

    /// The scopes that some findings name, by their places.
    pub fn named<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> BTreeSet<usize> {
        let names = findings.flat_map(|finding| finding.selections.iter().chain(&finding.host));
        let places = names.filter_map(|name| self.places.get(&**name).copied());
        places.collect()
    }
}

/// An entry, and its place among the findings.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    at: usize,
    /// The finding.
    pub finding: &'a Finding,
}

/// The module that a finding is about.
fn module(finding: &Finding) -> Option<&str> {
    let is_module = match finding.code.row().about {
        About::Loading | About::Selection | About::Server => true,
        About::Inventory => !matches!(finding.code, Code::SettingChanged | Code::Reordered),
        About::Release => finding.code != Code::ReleaseChanged,
        _ => false,
    };
    let is_name = |name: &&str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        !name.is_empty() && name.chars().all(is_part)
    };
    let subject = finding.subject.as_deref().filter(|_| is_module);
    subject.filter(is_name)
}

/// The address of an entry: its module or option by name, or what else it is about.
fn address(finding: &Finding, at: usize) -> String {
    let is_module = !matches!(finding.code.row().about, About::Configuration)
        || matches!(finding.code, Code::NotAllowed | Code::Misplaced);
    match (&finding.subject, &finding.details.field) {
        (Some(subject), _) if is_module => anchor("mod_", subject),
        (Some(subject), _) => anchor("opt_", subject),
        (None, Some(field)) => anchor("note_", field),
        (None, None) => format!("ui-entry{at}"),
    }
}
