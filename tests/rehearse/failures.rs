//! Each kind of failure, by the table `failures.json`: what is reported, and that nothing is left behind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use serde::Deserialize;
use serde_json::Value;

use crate::container;
use crate::room::{As, PLACE, Room};
use crate::support::json::list;
use crate::support::prosody::Installation;

/// The version in the file system of a container.
const CONTAINER: &str = "13.0.7";

/// One row: a configuration, and what is reported of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is expected of every server that `only` does not name.
    #[serde(flatten)]
    usual: Option<Expected>,
    /// By version what is expected there.
    #[serde(default)]
    only: BTreeMap<String, Expected>,
    /// More arguments.
    #[serde(default)]
    arguments: Vec<String>,
}

#[derive(Deserialize)]
struct Expected {
    exit: i32,
    findings: Vec<Finding>,
}

/// What a finding has to say. A reason is part of the one that is reported, everything else is the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    code: String,
    severity: String,
    subject: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    message: String,
    reason: Option<String>,
    help: Option<String>,
    /// The line of the configuration.
    line: Option<u32>,
}

impl Finding {
    fn is(&self, found: &Value) -> bool {
        let same = |name: &str, text: Option<&str>| found[name].as_str() == text;
        let reason = found["reason"].as_str();
        let is_reason = match &self.reason {
            None => reason.is_none(),
            Some(part) => reason.is_some_and(|reason| reason.contains(part)),
        };
        let mut hosts: Vec<&str> = found["host"].as_str().into_iter().collect();
        hosts.extend(
            found["selections"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        );
        let line = found["place"]["line"].as_u64();
        same("code", Some(&self.code))
            && same("severity", Some(&self.severity))
            && same("subject", self.subject.as_deref())
            && same("message", Some(&self.message))
            && same("help", self.help.as_deref())
            && is_reason
            && hosts == self.hosts
            && (self.line.is_none() || line == self.line.map(u64::from))
    }
}

/// What is said of every server, and what other tests are about.
fn is_beside_the_point(found: &Value) -> bool {
    let code = found["code"].as_str().unwrap();
    let is_certificate = found["reason"]
        .as_str()
        .is_some_and(|it| it.starts_with("no certificate for"));
    matches!(code, "not-seen" | "facts-differ" | "option-not-read") || is_certificate
}

/// What differs from the expectation, in words.
fn differences(expected: &Expected, report: &Value) -> Vec<String> {
    let mut found: Vec<_> = list(&report["findings"])
        .iter()
        .filter(|it| !is_beside_the_point(it))
        .collect();
    let mut differences = Vec::new();
    for finding in &expected.findings {
        match found.iter().position(|it| finding.is(it)) {
            Some(index) => drop(found.remove(index)),
            None => differences.push(format!("missing: {finding:?}")),
        }
    }
    differences.extend(found.into_iter().map(|it| format!("unexpected: {it}")));
    differences
}

/// Does something with all of these, four at a time: most of a rehearsal is waiting.
pub fn side_by_side<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) {
    let next = Mutex::new(all.iter());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(one) = next.lock().unwrap().next() else {
                        return;
                    };
                    work(one);
                }
            });
        }
    });
}

#[test]
fn each_kind_is_reported_with_its_cause_and_leaves_nothing() {
    let table: BTreeMap<String, Case> =
        serde_json::from_str(include_str!("failures.json")).unwrap();
    let installations = Installation::all();
    let mut servers: Vec<(&str, PathBuf)> = installations
        .iter()
        .map(|installation| (installation.version, installation.prosody()))
        .collect();
    servers.extend(container::sid().map(|root| (CONTAINER, root)));
    let runs: Vec<_> = table
        .iter()
        .flat_map(|case| servers.iter().map(move |on| (case, on)))
        .collect();
    let problems = Mutex::new(Vec::new());
    side_by_side(&runs, |((name, case), (version, prosody))| {
        let room = match *version {
            CONTAINER => container::room(prosody),
            _ => Room::new(),
        };
        let Some(room) = room else { return };
        let config = format!("{PLACE}/{name}.cfg.lua");
        let mut arguments = vec![
            "rehearse",
            "--config",
            &config,
            "--format",
            "json",
            "--prosody",
        ];
        arguments.push(prosody.to_str().unwrap());
        arguments.extend(case.arguments.iter().map(String::as_str));
        let happened = room.tool(As::Root, &arguments);
        happened.left_nothing();
        // What is told of 13.0 holds for its later update, unless the table says otherwise.
        let newer = (*version == CONTAINER).then_some("13.0");
        let only = case.only.get(*version);
        let only = only.or_else(|| case.only.get(newer?));
        let expected = only.or(case.usual.as_ref());
        let expected = expected.unwrap_or_else(|| panic!("no expectation for {name} on {version}"));
        let said = &happened.said;
        let report = match *version {
            // The table names the versions of the two installations.
            CONTAINER => said.stdout.replace("Prosody 13.0.7", "Prosody 13.0.1"),
            _ => said.stdout.clone(),
        };
        let report = serde_json::from_str(&report).unwrap();
        let mut told = differences(expected, &report);
        if said.code() != Some(expected.exit) {
            told.push(format!(
                "exit code {:?}, expected {}",
                said.code(),
                expected.exit
            ));
        }
        for secret in SECRETS {
            assert!(
                !said.stdout.contains(secret) && !said.stderr.contains(secret),
                "{said:?}"
            );
        }
        let told = told
            .into_iter()
            .map(|it| format!("{name} on {version}: {it}"));
        problems.lock().unwrap().extend(told);
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Whatever the format, and with all facts.
#[test]
fn no_format_shows_a_secret() {
    let formats = ["text", "markdown", "json", "github"];
    let names = [
        "secret",
        "secret-file",
        "secret-in-syntax-error",
        "postgresql",
    ];
    for installation in Installation::all() {
        let prosody = installation.prosody();
        let runs: Vec<_> = formats
            .iter()
            .flat_map(|format| names.map(|name| (*format, name)))
            .collect();
        side_by_side(&runs, |(format, name)| {
            let config = format!("{PLACE}/{name}.cfg.lua");
            let arguments = [
                "rehearse",
                "--all",
                "--config",
                &config,
                "--format",
                format,
                "--prosody",
                prosody.to_str().unwrap(),
            ];
            let Some(room) = Room::new() else { return };
            let said = room.tool(As::Root, &arguments).said;
            assert!(!said.stdout.is_empty(), "{said:?}");
            for secret in SECRETS {
                assert!(
                    !said.stdout.contains(secret) && !said.stderr.contains(secret),
                    "{said:?}"
                );
            }
        });
    }
}

/// The values of secret options in the configurations.
const SECRETS: [&str; 3] = ["hunter2hunter2", "tiger3tiger3", "lion4lion4lion4"];
