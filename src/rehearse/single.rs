//! One rehearsal as findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::client::ClientView;
use super::event::{ReplacedKind, RunningHost};
use super::expected::Expected;
use super::explain::finding;
use super::observation::Observation;
use super::problem::Problem;
use super::start::does_not_start;
use crate::plan::{Plan, shadowing};
use crate::release::Release;
use crate::report::{Code, Counts, Finding, GLOBAL, Report, Scope, ScopeKind, Side, counted};
use crate::resolve::Request;

/// What no rehearsal sees.
pub const NOT_SEEN: &str = "your data and its migration, databases, federation, external \
services, and events after startup";

/// One rehearsal of a configuration, called `name`.
pub fn report(observation: &Observation, expected: Expected<'_>, name: &str) -> Report {
    let mut findings = Vec::new();
    match does_not_start(observation, expected) {
        Some(finding) => findings.push(finding),
        None => {
            let problems = observation.problems();
            findings.extend(problems.iter().map(|problem| finding(problem, expected)));
            findings.extend(unexpected(observation, expected, &problems));
            findings.extend(copies(observation, expected.release));
            findings.extend(observation.clients.iter().filter_map(login_fails));
        }
    }
    findings.extend(cannot_judge(observation));
    findings.extend(unread(observation, expected));
    findings.push(not_seen());
    Report::of_side(
        side(observation, expected, name),
        scopes(observation),
        findings,
    )
}

/// The side that was rehearsed.
pub fn side(observation: &Observation, expected: Expected<'_>, name: &str) -> Side {
    Side {
        inventory: "built-in".to_owned(),
        release: match &observation.version {
            Some(version) => version.clone(),
            None => expected.release.version.clone(),
        },
        sources: expected.release.sources.text(),
        configuration: Some(name.to_owned()),
    }
}

/// The hosts with the modules that they have loaded.
pub fn scopes(observation: &Observation) -> Vec<Scope> {
    let hosts = observation.hosts.iter();
    let scopes = hosts.map(|host| Scope {
        name: host.host.clone(),
        kind: match host.kind.as_str() {
            "global" => ScopeKind::Global,
            "component" => ScopeKind::Component,
            _ => ScopeKind::VirtualHost,
        },
        counts: Counts::default(),
        modules_before: None,
        modules: host.modules.len(),
        files: files(host),
    });
    scopes.collect()
}

/// By module the file that it was loaded from.
fn files(host: &RunningHost) -> BTreeMap<String, String> {
    let modules = host.modules.iter();
    let files = modules.filter_map(|(name, module)| Some((name.clone(), module.path.clone()?)));
    files.collect()
}

/// Community copies that are loaded instead of bundled modules.
fn copies(observation: &Observation, release: &Release) -> Vec<Finding> {
    let modules = observation
        .hosts
        .iter()
        .flat_map(|host| host.modules.values());
    let paths = modules.filter_map(|module| module.path.as_ref().map(PathBuf::from));
    shadowing(release, &paths.collect::<Vec<_>>())
}

/// The finding at the end of every rehearsal.
pub fn not_seen() -> Finding {
    Finding::new(
        Code::NotSeen,
        format!("a rehearsal does not see {NOT_SEEN}"),
    )
}

/// A client that cannot log in.
fn login_fails(view: &ClientView) -> Option<Finding> {
    if view.logs_in() {
        return None;
    }
    let finding = Finding::new(Code::LoginFails, "a new account cannot log in");
    let reason = view.end.error.clone();
    Some(Finding {
        reason,
        ..finding.on(&view.host)
    })
}

/// Where the truth differs from the facts of the release.
fn unexpected(
    observation: &Observation,
    expected: Expected<'_>,
    problems: &[Problem],
) -> Vec<Finding> {
    let Some(configuration) = expected.configuration else {
        return Vec::new();
    };
    let (inventory, release) = (expected.inventory, expected.release);
    let mut findings = Vec::new();
    let mut plans = Vec::new();
    for (host, _) in configuration.active() {
        let Some(request) = Request::of_host(inventory, release, configuration, host) else {
            continue;
        };
        let resolution = request.resolve(inventory, release);
        plans.push((host, Plan::of_host(release, &resolution)));
    }
    let differs = |name: &str, host: &str, what: &str| {
        let message = format!("{name} {what}");
        let finding = Finding::new(Code::FactsDiffer, message).about(name);
        match host {
            GLOBAL => finding,
            host => finding.on(host),
        }
    };
    for (host, plan) in &plans {
        let is_explained = |name: &str| {
            let mut of_module = problems.iter().filter(|problem| problem.subject == name);
            of_module.any(|problem| problem.hosts.contains(*host))
        };
        let planned = plan.on_every_host.iter();
        for name in planned.filter(|name| !observation.is_loaded(host, name)) {
            if !is_explained(name) {
                findings.push(differs(name, host, "is expected to load but does not"));
            }
        }
        let loaded = observation.host(host).into_iter();
        for name in loaded.flat_map(|host| host.modules.keys()) {
            // Nobody has facts about a module of your own.
            if !plan.allows(name) && release.modules.contains_key(name) {
                findings.push(differs(name, host, "loads unexpectedly"));
            }
        }
    }
    findings
}

/// Virtual hosts on which the client could not try to log in, where it tried at all.
fn logins_not_tried(observation: &Observation) -> Vec<Finding> {
    let not_tried = |host: &str, reason: &str| {
        let message = "the login of a new account was not tried";
        Finding::new(Code::CannotJudge, message)
            .reason(reason)
            .on(host)
    };
    let without = observation.without_account.iter();
    let without = without
        .map(|(host, problem)| not_tried(host, &format!("cannot create an account: {problem}")));
    let mut findings: Vec<Finding> = without.collect();
    let is_seen = |host: &&String| observation.clients.iter().any(|view| view.host == **host);
    let unseen = observation.accounts.iter().filter(|host| !is_seen(host));
    findings.extend(unseen.map(|host| not_tried(host, "no port is open for clients")));
    findings
}

/// What was replaced, and which variables were missing.
pub fn cannot_judge(observation: &Observation) -> Vec<Finding> {
    // The same on several hosts is reported once.
    let mut hosts: BTreeMap<(ReplacedKind, &str), BTreeSet<&str>> = BTreeMap::new();
    for replaced in &observation.replaced {
        let name = match replaced.kind {
            ReplacedKind::File | ReplacedKind::Include => replaced.name.as_str(),
            _ => "",
        };
        hosts
            .entry((replaced.kind, name))
            .or_default()
            .insert(&replaced.host);
    }
    let mut findings = Vec::new();
    for ((kind, name), hosts) in hosts {
        let message = match kind {
            ReplacedKind::Certificate => {
                "certificates that are missing here were replaced by a test certificate".to_owned()
            }
            ReplacedKind::Database => "databases were replaced by files".to_owned(),
            ReplacedKind::File => format!("{} was read as a placeholder", displayed(name)),
            ReplacedKind::Include => format!("{} was included as an empty file", displayed(name)),
        };
        let reasons = observation.replaced.iter().filter(|it| it.kind == kind);
        let mut reasons = reasons.filter(|it| name.is_empty() || it.name == name);
        let finding = Finding::new(Code::CannotJudge, message);
        let finding = match reasons.next() {
            Some(first) => finding.reason(&first.reason),
            None => finding,
        };
        let named = hosts.into_iter().filter(|host| *host != GLOBAL);
        findings.push(Finding {
            selections: named.map(str::to_owned).collect(),
            ..finding
        });
    }
    findings.extend(logins_not_tried(observation));
    if !observation.unset_variables.is_empty() {
        let count = observation.unset_variables.len();
        let message = format!(
            "{} that the configuration reads {} not set: {}",
            counted(count, "environment variable"),
            if count == 1 { "is" } else { "are" },
            observation.unset_variables.join(", "),
        );
        findings.push(Finding::new(Code::MissingVariable, message));
    }
    findings
}

fn displayed(path: &str) -> std::path::Display<'_> {
    Path::new(path).display()
}

/// The options that nothing has read.
fn unread(observation: &Observation, expected: Expected<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (host, options) in &observation.unread {
        if options.is_empty() {
            continue;
        }
        let message = match options.as_slice() {
            [option] => format!("nothing has read {option} so far"),
            all => format!(
                "nothing has read these {} options so far: {}",
                all.len(),
                all.join(", ")
            ),
        };
        let section = expected.configuration.and_then(|all| all.host(host));
        let place = section.and_then(|section| {
            let mut places = options
                .iter()
                .filter_map(|option| section.options.get(option));
            places.next().map(|setting| setting.place.clone())
        });
        let finding = Finding::new(Code::OptionNotRead, message);
        let finding = match host.as_str() {
            GLOBAL => finding,
            host => finding.on(host),
        };
        findings.push(Finding { place, ..finding });
    }
    findings
}
