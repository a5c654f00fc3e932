//! Two rehearsals of the same configuration, as what changes from the old server to the new one.

mod clients;

use std::collections::{BTreeMap, BTreeSet};

use clients::clients;

use super::event::Service;
use super::expected::Expected;
use super::explain;
use super::observation::Observation;
use super::problem::{Cause, Problem, ProblemKind};
use super::single;
use super::start::does_not_start;
use crate::report::change::change;
use crate::report::{Code, Details, Finding, GLOBAL, Report, Scope, Severity};
use crate::resolve::State;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Rehearsed<'a> {
    /// What was observed.
    pub observation: &'a Observation,
    /// What it is held against.
    pub expected: Expected<'a>,
}

/// What the new server does otherwise than the old one, with a configuration called `name`.
///
/// What is wrong on both sides is not the upgrade's doing, and is omitted.
pub fn report(old: Rehearsed<'_>, new: Rehearsed<'_>, name: &str) -> Report {
    let mut findings = changes(old, new);
    findings.extend(single::cannot_judge(new.observation));
    findings.push(single::not_seen());
    let sides = [old, new].map(|side| single::side(side.observation, side.expected, name));
    Report::new(
        sides.into(),
        scopes(old.observation, new.observation),
        findings,
    )
}

/// The same as findings only.
pub fn changes(old: Rehearsed<'_>, new: Rehearsed<'_>) -> Vec<Finding> {
    let [was, is] = [old, new].map(|side| does_not_start(side.observation, side.expected));
    match (was, is) {
        (None, Some(finding)) => return vec![of_start(Code::StartBreaks, finding, old, new)],
        (Some(finding), None) => {
            let mut findings = vec![of_start(Code::StartMends, finding, old, new)];
            findings.extend(problems_of(new));
            return findings;
        }
        (Some(was), Some(is)) => {
            let finding = Finding::new(Code::NotCompared, "neither server starts");
            return vec![Finding {
                facts: vec![was, is],
                ..finding
            }];
        }
        (None, None) => (),
    }
    let mut findings = loading(old, new);
    findings.extend(unknown(old, new));
    findings.extend(log(old, new));
    findings.extend(ports(&old.observation.services, &new.observation.services));
    findings.extend(options(old, new));
    findings.extend(clients(old.observation, new.observation));
    group_by_cause(findings, old.observation)
}

/// One cause, one entry: the consequences of a module that stops loading are its facts.
fn group_by_cause(findings: Vec<Finding>, old: &Observation) -> Vec<Finding> {
    let stops = |finding: &Finding| matches!(finding.code, Code::Breaks | Code::DependencyStops);
    let (mut causes, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(stops);
    let mut rest = Vec::new();
    for finding in others {
        let subject = finding.subject.as_deref().unwrap_or_default();
        let follows = |cause: &&mut Finding| {
            let module = cause.subject.as_deref().unwrap_or_default();
            match finding.code {
                Code::LogRemoved => module == subject,
                Code::OptionNoLongerRead => {
                    let reads = |options: &Vec<String>| options.iter().any(|it| it == subject);
                    old.reads.get(module).is_some_and(reads)
                }
                _ => false,
            }
        };
        match causes.iter_mut().find(follows) {
            Some(cause) => cause.facts.push(finding),
            None => rest.push(finding),
        }
    }
    causes.extend(rest);
    causes
}

/// What is wrong on a side that cannot be compared with anything.
fn problems_of(side: Rehearsed<'_>) -> Vec<Finding> {
    let problems = side.observation.problems();
    let findings = problems
        .iter()
        .map(|it| explain::finding(it, side.expected));
    findings.collect()
}

fn of_start(code: Code, finding: Finding, old: Rehearsed<'_>, new: Rehearsed<'_>) -> Finding {
    let versions = [old, new].map(|side| single::side(side.observation, side.expected, "").release);
    let message = match code {
        Code::StartBreaks => format!("the server will not start with Prosody {}", versions[1]),
        _ => format!(
            "the server will start, and does not with Prosody {}",
            versions[0]
        ),
    };
    let details = Details::of(code == Code::StartBreaks, code == Code::StartMends);
    let changed = change(code, "prosody", message, details);
    Finding {
        reason: finding.reason,
        place: finding.place,
        help: match code {
            Code::StartBreaks => finding.help,
            _ => changed.help,
        },
        ..changed
    }
}

/// The hosts of both sides, with the numbers of modules on either.
fn scopes(old: &Observation, new: &Observation) -> Vec<Scope> {
    let before = single::scopes(old);
    let mut scopes = single::scopes(new);
    for scope in &mut scopes {
        let old_scope = before.iter().find(|other| other.name == scope.name);
        scope.modules_before = Some(old_scope.map_or(0, |old_scope| old_scope.modules));
    }
    for gone in before {
        if !scopes.iter().any(|scope| scope.name == gone.name) {
            scopes.push(Scope {
                modules_before: Some(gone.modules),
                modules: 0,
                ..gone
            });
        }
    }
    scopes
}

/// A change that concerns these hosts.
fn on_hosts(finding: Finding, hosts: &BTreeSet<&str>) -> Finding {
    let named = hosts.iter().filter(|host| **host != GLOBAL);
    Finding {
        selections: named.map(|host| (*host).to_owned()).collect(),
        ..finding
    }
}

/// What loads on one side only.
fn loading(old: Rehearsed<'_>, new: Rehearsed<'_>) -> Vec<Finding> {
    let (was, is) = (old.observation, new.observation);
    let problems = [was.problems(), is.problems()];
    // By what happens to which module: the hosts.
    let mut changes: BTreeMap<(Code, &str), BTreeSet<&str>> = BTreeMap::new();
    let hosts: BTreeSet<&str> = names(was).chain(names(is)).collect();
    for host in hosts {
        let modules = |side: &'_ Observation| -> BTreeSet<String> {
            let here = side.host(host).into_iter();
            here.flat_map(|host| host.modules.keys().cloned()).collect()
        };
        let all: BTreeSet<String> = modules(was).union(&modules(is)).cloned().collect();
        for name in all {
            let name = static_name(was, is, host, &name);
            let loaded = [was, is].map(|side| side.is_loaded(host, name));
            // Modules for all hosts are reported once, as such.
            let moved = host != GLOBAL && loaded[0] == loaded[1];
            if moved || loaded[0] == loaded[1] {
                continue;
            }
            let fails = fails(&problems[usize::from(loaded[0])], host, name);
            let code = match (loaded, fails) {
                ([true, _], Some(problem))
                    if problem.kind == ProblemKind::Module(Cause::Unknown) =>
                {
                    Code::CannotKnow
                }
                ([true, _], Some(_)) => Code::Breaks,
                ([true, _], None) => Code::DependencyStops,
                (_, Some(_)) => Code::Mends,
                (_, None) => Code::DependencyStarts,
            };
            changes.entry((code, name)).or_default().insert(host);
        }
    }
    let findings = changes.into_iter().map(|((code, name), hosts)| {
        let first = hosts.iter().next().copied().unwrap_or(GLOBAL);
        let message = match code {
            Code::Breaks => format!("{name} will not load"),
            Code::CannotKnow => format!("cannot know whether {name} will load"),
            Code::Mends => format!("{name} will load"),
            Code::DependencyStops => format!(
                "{name} will no longer load automatically or as a \
            dependency"
            ),
            _ => format!("{name} will load automatically or as a dependency"),
        };
        let loads = matches!(
            code,
            Code::Breaks | Code::CannotKnow | Code::DependencyStops
        );
        let state = |loads: bool| {
            let state = if loads {
                State::Load
            } else {
                State::Unavailable
            };
            serde_json::json!({ "state": state })
        };
        let finding = change(
            code,
            name,
            message,
            Details::of(state(loads), state(!loads)),
        );
        let (side, problems) = match loads {
            true => (new, &problems[1]),
            false => (old, &problems[0]),
        };
        let finding = match fails(problems, first, name) {
            Some(problem) => {
                let explained = explain::finding(problem, side.expected);
                let reason = match loads {
                    true => explained.reason,
                    false => explained.reason.map(|reason| format!("today: {reason}")),
                };
                Finding {
                    reason,
                    place: explained.place,
                    help: if loads { explained.help } else { finding.help },
                    ..finding
                }
            }
            None => finding,
        };
        on_hosts(finding, &hosts)
    });
    findings.collect()
}

/// Modules that load on neither side, and perhaps only because a directory does not exist here.
fn unknown(old: Rehearsed<'_>, new: Rehearsed<'_>) -> Vec<Finding> {
    let problems = new.observation.problems();
    let unknown = problems
        .iter()
        .filter(|it| it.kind == ProblemKind::Module(Cause::Unknown));
    let findings = unknown.filter_map(|problem| {
        let hosts = problem.hosts.iter().map(String::as_str);
        let is_new = |host: &&str| !old.observation.is_loaded(host, &problem.subject);
        let hosts: BTreeSet<&str> = hosts.filter(is_new).collect();
        let finding = explain::finding(problem, new.expected);
        (!hosts.is_empty()).then(|| on_hosts(finding, &hosts))
    });
    findings.collect()
}

/// The name as one of the observations holds it.
fn static_name<'a>(old: &'a Observation, new: &'a Observation, host: &str, name: &str) -> &'a str {
    let sides = [old, new].into_iter();
    let hosts = sides.filter_map(|side| side.host(host));
    let mut names = hosts.flat_map(|host| host.modules.keys());
    names
        .find(|other| *other == name)
        .map_or("", String::as_str)
}

fn names(observation: &Observation) -> impl Iterator<Item = &str> {
    observation.hosts.iter().map(|host| host.host.as_str())
}

/// Why a module does not load on a host.
fn fails<'a>(problems: &'a [Problem], host: &str, name: &str) -> Option<&'a Problem> {
    let mut of_module = problems.iter().filter(|it| it.subject == name);
    of_module.find(|it| {
        let on_host = host == GLOBAL || it.hosts.contains(host);
        matches!(it.kind, ProblemKind::Module(_)) && on_host
    })
}

/// What is logged on one side only; why modules do not load is reported with them.
fn log(old: Rehearsed<'_>, new: Rehearsed<'_>) -> Vec<Finding> {
    let problems = [old, new].map(|side| side.observation.problems());
    let mut findings = Vec::new();
    for (code, index, other_index) in [(Code::LogAdded, 1, 0), (Code::LogRemoved, 0, 1)] {
        let side = [old, new][index];
        for problem in &problems[index] {
            let logged = problems[other_index]
                .iter()
                .filter(|other| is_same(problem, other));
            let logged: BTreeSet<&str> = logged
                .flat_map(|it| it.hosts.iter().map(String::as_str))
                .collect();
            let hosts = problem.hosts.iter().map(String::as_str);
            let hosts: BTreeSet<&str> = hosts.filter(|host| !logged.contains(host)).collect();
            if hosts.is_empty() || matches!(problem.kind, ProblemKind::Module(_)) {
                continue;
            }
            let explained = explain::finding(problem, side.expected);
            let subject = problem.subject.as_str();
            let message = match (code, &problem.kind) {
                (Code::LogAdded, ProblemKind::Port(_) | ProblemKind::Complains) => {
                    explained.message.clone()
                }
                (Code::LogAdded, ProblemKind::Deprecated) => explained.message.clone(),
                (Code::LogAdded, _) => format!("{subject} will log"),
                _ => format!("{subject} will no longer log"),
            };
            let details = Details::field(&super::problem::general(&problem.message), None, None);
            let finding = Finding {
                reason: explained.reason,
                place: explained.place,
                ..change(code, subject, message, details)
            };
            let finding = match (code, explained.code) {
                // It did not work on the old side in another way: no new worry.
                (Code::LogAdded, Code::CannotJudge) => finding.severity(Severity::Info),
                (Code::LogAdded, Code::PortFails | Code::Failed) => {
                    finding.severity(Severity::Breaking)
                }
                _ => finding,
            };
            findings.push(on_hosts(finding, &hosts));
        }
    }
    findings
}

/// Whether two servers say the same, each in its own words about paths and numbers.
fn is_same(one: &Problem, other: &Problem) -> bool {
    use super::problem::general;
    one.kind == other.kind
        && one.subject == other.subject
        && (matches!(one.kind, ProblemKind::Port(_) | ProblemKind::Complains)
            || general(&one.message) == general(&other.message))
}

fn ports(old: &[Service], new: &[Service]) -> Vec<Finding> {
    // By service and port: on which addresses.
    let by_port = |services: &[Service]| -> BTreeMap<(String, u16), BTreeSet<String>> {
        let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for service in services {
            let key = (service.service.clone(), service.port);
            all.entry(key)
                .or_default()
                .insert(service.interface.clone());
        }
        all
    };
    let [old, new] = [old, new].map(by_port);
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut findings = Vec::new();
    for key in keys {
        let (service, port) = key;
        let listed = |side: Option<&BTreeSet<String>>| {
            let addresses = side.into_iter().flatten().map(String::as_str);
            addresses.collect::<Vec<_>>().join(", ")
        };
        let [was, is] = [&old, &new].map(|side| listed(side.get(key)));
        let (code, message) = match (was.as_str(), is.as_str()) {
            (was, is) if was == is => continue,
            (_, "") => (
                Code::PortCloses,
                format!("port {port} of {service} will close"),
            ),
            ("", on) => (
                Code::PortOpens,
                format!("port {port} of {service} will open on {on}"),
            ),
            (was, is) => (
                Code::PortOpens,
                format!("port {port} of {service} will listen on {is} instead of {was}"),
            ),
        };
        let details = Details::of(was, is);
        findings.push(change(code, &format!("{service}:{port}"), message, details));
    }
    findings
}

/// Options that are read on one side only.
fn options(old: Rehearsed<'_>, new: Rehearsed<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (was, is) = (&old.observation.unread, &new.observation.unread);
    for (code, hosts, other_hosts, side) in [
        (Code::OptionNoLongerRead, is, was, new),
        (Code::OptionReadAgain, was, is, old),
    ] {
        for (host, unread) in hosts {
            // A host that is on one side only has nothing to compare.
            let Some(others) = other_hosts.get(host) else {
                continue;
            };
            for option in unread.iter().filter(|option| !others.contains(option)) {
                let message = match code {
                    Code::OptionNoLongerRead => format!(
                        "{option} will no longer be read at \
                    startup"
                    ),
                    _ => format!("{option} will be read at startup, but is not today"),
                };
                let details = Details::of(
                    code == Code::OptionNoLongerRead,
                    code == Code::OptionReadAgain,
                );
                let section = side.expected.configuration.and_then(|all| all.host(host));
                let setting = section.and_then(|section| section.options.get(option));
                let finding = change(code, option, message, details);
                let finding = Finding {
                    place: setting.map(|setting| setting.place.clone()),
                    ..finding
                };
                findings.push(on_hosts(finding, &BTreeSet::from([host.as_str()])));
            }
        }
    }
    findings
}
