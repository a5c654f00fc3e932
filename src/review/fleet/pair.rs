//! One distinct pair of texts, and its review.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Request;
use crate::configuration::nixos::plans::Prosody;
use crate::configuration::prosody::{self, ReadOptions};
use crate::diagnostic::{Diagnostic, Result};
use crate::release::builtin;
use crate::report::{Code, Finding};
use crate::review::compare::{Parts, parts};
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
}

impl<'a> Pair<'a> {
    /// The pair of a machine, or what of it is unknown.
    pub fn of(old: &'a Prosody, new: &'a Prosody) -> std::result::Result<Self, Vec<Finding>> {
        match [&old.configuration, &new.configuration] {
            [Some(was), Some(is)] => Ok(Self {
                texts: [was, is],
                versions: [&old.version, &new.version],
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
pub(super) struct Found {
    pub findings: Vec<Finding>,
    /// How many modules load on both sides, where the texts could be read.
    pub modules: Option<[usize; 2]>,
}

/// Reviews pairs.
pub(super) struct Reviewer<'a> {
    request: &'a Request<'a>,
    sides: BTreeMap<&'a str, std::result::Result<Side, Finding>>,
}

impl<'a> Reviewer<'a> {
    /// With the releases that the pairs need.
    pub fn new<'p: 'a>(request: &'a Request<'a>, pairs: impl Iterator<Item = &'p Pair<'p>>) -> Self {
        let versions = pairs.flat_map(|pair| pair.versions);
        let mut sides = BTreeMap::new();
        for version in versions {
            sides
                .entry(version)
                .or_insert_with(|| side(request, version));
        }
        Self { request, sides }
    }

    /// The review of one pair.
    pub fn review(&self, pair: &Pair<'_>) -> Found {
        let [old, new] = pair.versions.map(|version| self.sides.get(version));
        let (old, new) = match (old, new) {
            (Some(Ok(old)), Some(Ok(new))) => (old, new),
            sides => {
                let mut findings = Vec::new();
                for side in [sides.0, sides.1] {
                    if let Some(Err(unknown)) = side
                        && !findings.contains(unknown)
                    {
                        findings.push(unknown.clone());
                    }
                }
                return Found {
                    findings,
                    modules: None,
                };
            }
        };
        let [was, is] = pair.texts;
        let former = if was == is { NAME } else { "old prosody.cfg.lua" };
        let sources = [Source::new(former, was), Source::new(NAME, is)];
        let read = |source: &Source, dialect| {
            let options = ReadOptions {
                directory: Some(PathBuf::from(FOLDER)),
                elsewhere: true,
                variables: self.request.variables.clone(),
                ..ReadOptions::new(dialect)
            };
            prosody::read(source, &options)
        };
        let versions = [&*old.release.version, &*new.release.version];
        match hosts([&sources[0], &sources[1]], versions, read) {
            Ok((subjects, unreadable)) => {
                let Parts {
                    scopes, entries, ..
                } = parts(old, new, &subjects);
                let before = scopes.iter().filter_map(|scope| scope.modules_before);
                Found {
                    modules: Some([before.sum(), scopes.iter().map(|scope| scope.modules).sum()]),
                    findings: unreadable.into_iter().chain(entries).collect(),
                }
            }
            Err(error) => Found {
                findings: vec![unreadable(&error)],
                modules: None,
            },
        }
    }
}

/// A side of a review with the release of a version.
fn side(request: &Request<'_>, version: &str) -> std::result::Result<Side, Finding> {
    let release: Result<_> = builtin::of_version(version, request.assume_newest);
    let (release, _) = release.map_err(|error| {
        Finding::new(
            Code::Undecided,
            format!("cannot determine what Prosody {version} loads"),
        )
        .because(error.title())
        .help("--assume-newest takes a newer version as the newest one that is known")
    })?;
    Ok(Side {
        name: "built-in".to_owned(),
        inventory: request.inventory.clone(),
        release: release.into_owned(),
        configuration: None,
    })
}

fn no_text(side: &str) -> Finding {
    Finding::new(
        Code::Undecided,
        format!("cannot determine the configuration on the {side} side"),
    )
    .because("its text is made by a build, and nothing is built here")
    .help("set `services.prosody.checkConfig = false` in the container, or write `environment.etc.\"prosody/prosody.cfg.lua\"` with `text`")
}

fn unreadable(error: &Diagnostic) -> Finding {
    Finding::new(Code::Undecided, "cannot determine what is configured")
        .because(error.title())
        .help("see what Prosody says of this file on the machine: `prosodyctl check config`")
}
