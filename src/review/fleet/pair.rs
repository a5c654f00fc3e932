//! One distinct pair of texts, and its review.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::request::Request;
use crate::configuration::deciding::MODULES_ENABLED;
use crate::configuration::nixos::plans::Prosody;
use crate::configuration::prosody::ReadOptions;
use crate::configuration::{Configuration, GLOBAL, HostKind, services_prosody};
use crate::diagnostic::{Diagnostic, Result};
use crate::release::{Origin, Release, builtin};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, Severity};
use crate::review::Subject;
use crate::review::compare::{Parts, SideChanges};
use crate::review::server::hosts;
use crate::review::side::Side;
use crate::source::Source;

/// Where services.prosody puts the text.
const FOLDER: &str = "/etc/prosody";
pub(super) const NAME: &str = "prosody.cfg.lua";

/// What decides what a review of a machine says: its texts and its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pair<'a> {
    texts: [&'a str; 2],
    versions: [&'a str; 2],
    installed: [Option<&'a [String]>; 2],
}

impl<'a> Pair<'a> {
    /// The pair of a machine, or what of it is unknown.
    pub fn of(old: &'a Prosody, new: &'a Prosody) -> std::result::Result<Self, Vec<Finding>> {
        match [&old.configuration, &new.configuration] {
            [Some(was), Some(is)] => Ok(Self {
                texts: [was, is],
                versions: [&old.version, &new.version],
                installed: [old, new].map(|prosody| prosody.community_modules.as_deref()),
            }),
            texts => {
                let sides = ["old", "new"].into_iter().zip(texts);
                let unknown = sides.filter(|(_, text)| text.is_none());
                Err(unknown.map(|(side, _)| no_text(side)).collect())
            }
        }
    }
}

/// What a review of a pair found.
#[derive(Default)]
pub(super) struct PairReview {
    pub findings: Vec<Finding>,
    /// How many modules load on both sides, where the texts could be read.
    pub modules: Option<[usize; 2]>,
}

/// The sides of reviews, by version; of a version that is unknown, what is said of it.
pub(super) type Sides<'a> = BTreeMap<&'a str, std::result::Result<Side, Box<Finding>>>;

/// Both sides by the versions that the pairs have.
pub(super) fn sides_of<'a>(request: &Request<'_>, pairs: &[&Pair<'a>]) -> Sides<'a> {
    let mut sides = BTreeMap::new();
    for version in pairs.iter().flat_map(|pair| pair.versions) {
        let make = || side(request, version);
        sides.entry(version).or_insert_with(make);
    }
    sides
}

/// Reviews pairs.
pub(super) struct Reviewer<'a> {
    request: &'a Request<'a>,
    sides: &'a Sides<'a>,
    /// The changes between two versions, the same for all pairs that have them.
    changes: BTreeMap<[&'a str; 2], SideChanges<'a>>,
}

impl<'a> Reviewer<'a> {
    /// With the changes between the versions of the pairs.
    pub fn new(request: &'a Request<'a>, sides: &'a Sides<'a>, pairs: &[&Pair<'a>]) -> Self {
        let mut changes = BTreeMap::new();
        for pair in pairs {
            if let [Some(Ok(old)), Some(Ok(new))] = pair.versions.map(|version| sides.get(version))
            {
                let make = || SideChanges::new(old, new);
                changes.entry(pair.versions).or_insert_with(make);
            }
        }
        Self {
            request,
            sides,
            changes,
        }
    }

    /// The review of one pair.
    pub fn review(&self, pair: &Pair<'_>) -> PairReview {
        let Some(changes) = self.changes.get(&pair.versions) else {
            let sides = pair.versions.map(|version| self.sides.get(version));
            let unknown = sides.into_iter().filter_map(|side| side?.as_ref().err());
            let mut findings: Vec<Finding> = unknown.map(|unknown| (**unknown).clone()).collect();
            findings.dedup();
            return PairReview {
                findings,
                modules: None,
            };
        };
        let [old_text, new_text] = pair.texts;
        let old_name = if old_text == new_text {
            NAME
        } else {
            "old prosody.cfg.lua"
        };
        let sources = [Source::new(old_name, old_text), Source::new(NAME, new_text)];
        let read = |source: &Source, dialect| {
            let options = ReadOptions {
                directory: Some(PathBuf::from(FOLDER)),
                for_other_machine: true,
                variables: self.request.variables.clone(),
                ..ReadOptions::new(dialect)
            };
            services_prosody::read(source, &options)
        };
        match hosts([&sources[0], &sources[1]], pair.versions, read) {
            Ok((subjects, unreadable)) => {
                let Parts {
                    scopes, entries, ..
                } = changes.parts(&subjects);
                let configurations = subjects.iter().find_map(Subject::configurations);
                let release = self
                    .sides
                    .get(pair.versions[1])
                    .and_then(|side| side.as_ref().ok());
                let package_changes = match (configurations, release) {
                    (Some([_, new]), Some(side)) => package_changes(pair, new, &side.release),
                    _ => Vec::new(),
                };
                let before = scopes.iter().filter_map(|scope| scope.modules_before);
                PairReview {
                    modules: Some([before.sum(), scopes.iter().map(|scope| scope.modules).sum()]),
                    findings: unreadable
                        .into_iter()
                        .chain(package_changes)
                        .chain(entries)
                        .collect(),
                }
            }
            Err(error) => PairReview {
                findings: vec![unreadable(&error)],
                modules: None,
            },
        }
    }
}

/// The enabled community modules that only one of the packages installs.
fn package_changes(pair: &Pair<'_>, new: &Configuration, release: &Release) -> Vec<Finding> {
    let [Some(before), Some(after)] = pair.installed else {
        return Vec::new();
    };
    let is_asked_for = |module: &str| {
        new.hosts.values().any(|host| {
            let list = host.options.get(MODULES_ENABLED);
            list.is_some_and(|list| list.strings().contains(&module))
                || host.kind == HostKind::Component(module.to_owned())
        })
    };
    let is_bundled = |module: &str| {
        let module = release.modules.get(module);
        module.is_some_and(|module| module.origin == Origin::Bundled)
    };
    // Another directory may hold it.
    let paths = new.setting(GLOBAL, "plugin_paths");
    let has_paths = paths.is_some_and(|paths| !paths.strings().is_empty());
    let counts = |module: &&String| is_asked_for(module) && !is_bundled(module);
    let gained = after.iter().filter(|module| !before.contains(module));
    let gained = gained.filter(counts).map(|module| {
        let message = format!("{module} will be installed");
        change(Code::Installed, module, message, Details::default())
    });
    let lost = before.iter().filter(|module| !after.contains(module));
    let lost = lost.filter(counts).map(|module| {
        let message = format!("{module} will no longer be installed");
        let mut finding = change(Code::Uninstalled, module, message, Details::default());
        if has_paths {
            finding.severity = Severity::Warning;
            finding.reason = Some("only a directory of plugin_paths may contain it".to_owned());
        }
        finding
    });
    let hosts: Vec<String> = new.active().map(|(name, _)| name.to_owned()).collect();
    let on_hosts = |finding: Finding| Finding {
        selections: hosts.clone(),
        ..finding
    };
    lost.chain(gained).map(on_hosts).collect()
}

/// A side of a review with the release of a version.
fn side(request: &Request<'_>, version: &str) -> std::result::Result<Side, Box<Finding>> {
    let release: Result<_> = builtin::of_version(version, request.assume_newest);
    let (release, _) = release.map_err(|error| {
        Box::new(
            Finding::new(
                Code::Undecided,
                format!("cannot determine what Prosody {version} loads"),
            )
            .reason(error.title())
            .help("use --assume-newest to treat a newer version as the newest built-in release"),
        )
    })?;
    Ok(Side {
        name: request.inventory_name.to_owned(),
        inventory: request.inventory.clone(),
        release: release.into_owned(),
        server: None,
    })
}

fn no_text(side: &str) -> Finding {
    Finding::new(
        Code::Undecided,
        format!("cannot determine the configuration on the {side} side"),
    )
    .reason("a build generates its text, and nothing is built here")
    .help("set `services.prosody.checkConfig = false` in the container, or write `environment.etc.\"prosody/prosody.cfg.lua\"` with `text`")
}

fn unreadable(error: &Diagnostic) -> Finding {
    Finding::new(Code::Undecided, "cannot determine what is configured")
        .reason(error.title())
        .help("run `prosodyctl check config` on the machine")
}
