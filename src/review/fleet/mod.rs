//! A review of many machines: each distinct pair of texts is reviewed once, and each change is reported
//! once, with the machines that have it.

pub mod flake;
mod group;
mod machine;
mod pair;
mod request;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use rayon::prelude::*;

use super::entries::merge_and_sort;
use crate::configuration::nixos::plans::{Machine, Plans, Prosody};
use crate::report::change::change;
use crate::report::{self, Code, Counts, Details, Finding, Report, Scope, ScopeKind, counted};
use group::Groups;
use pair::{Pair, Reviewer, sides_of};
pub use request::Request;

/// How many reviews are held at a time before they are grouped.
const BATCH: usize = 64;

/// A review of machines.
#[derive(Clone, Debug)]
pub struct FleetReview {
    /// What changes.
    pub report: Report,
    /// How many pairs of texts were reviewed.
    pub reviews: usize,
}

/// What a machine is on one side.
enum State<'a> {
    /// It is not there, or runs no Prosody.
    Absent,
    /// Nothing is known of it.
    Failed(&'a str),
    /// It runs Prosody.
    Server(&'a Prosody),
}

impl<'a> State<'a> {
    fn of(machine: Option<&'a Machine>) -> Self {
        let Some(machine) = machine else {
            return Self::Absent;
        };
        match (&machine.failed, &machine.prosody) {
            (Some(reason), _) => Self::Failed(reason),
            (None, Some(prosody)) => Self::Server(prosody),
            (None, None) => Self::Absent,
        }
    }
}

/// How many modules load on a machine, before and after, where its texts could be read.
type ModuleCounts = Option<[usize; 2]>;

/// Reviews what changes on every machine.
pub fn review(request: &Request<'_>) -> FleetReview {
    let [old, new] = request.plans.map(|plans| &plans.machines);
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    let mut groups = Groups::default();
    let mut pairs: IndexMap<Pair<'_>, Vec<&str>> = IndexMap::new();
    let mut modules: BTreeMap<&str, ModuleCounts> = BTreeMap::new();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for name in names {
        let [was, is] = [old.get(name), new.get(name)];
        modules.insert(name, None);
        match [State::of(was), State::of(is)] {
            [State::Absent, State::Absent] => drop(modules.remove(name)),
            [State::Absent, State::Server(_)] => added.push(name),
            [State::Server(_), State::Absent] => removed.push(name),
            [State::Server(old), State::Server(new)] => {
                groups.add_all(machine::changes(old, new), &[name]);
                match Pair::of(old, new) {
                    Ok(pair) => pairs.entry(pair).or_default().push(name),
                    Err(undecided) => groups.add_all(undecided, &[name]),
                }
            }
            [was, is] => {
                for (side, state) in [("old", was), ("new", is)] {
                    if let State::Failed(reason) = state {
                        groups.add(machine::undecided(side, reason), &[name]);
                    }
                }
            }
        }
        if let Some(machine) = is {
            let former = was.map_or(&[][..], |machine| &machine.assertions);
            groups.add_all(machine::assertions(former, &machine.assertions), &[name]);
        }
    }
    groups.add_all(servers_changed(Code::ServerAdded, "new", &added), &added);
    groups.add_all(
        servers_changed(Code::ServerRemoved, "gone", &removed),
        &removed,
    );

    let distinct: Vec<&Pair<'_>> = pairs.keys().collect();
    let sides_of_pairs = sides_of(request, &distinct);
    let reviewer = Reviewer::new(request, &sides_of_pairs, &distinct);
    let all: Vec<_> = pairs.iter().collect();
    for batch in all.chunks(BATCH) {
        let reviewed: Vec<_> = batch
            .par_iter()
            .map(|(pair, _)| reviewer.review(pair))
            .collect();
        for (parts, (_, machines)) in reviewed.into_iter().zip(batch) {
            for machine in *machines {
                modules.insert(machine, parts.modules);
            }
            groups.add_all(parts.findings, machines);
        }
    }
    let mut findings = merge_and_sort(groups.into_findings());
    group::shorten(&mut findings);
    if modules.is_empty() {
        findings.push(no_server());
    }
    let scopes = modules
        .into_iter()
        .map(|(name, modules)| scope(name, modules));
    let report = Report::new(sides(request), scopes.collect(), findings);
    FleetReview {
        report,
        reviews: all.len(),
    }
}

fn scope(machine: &str, modules: ModuleCounts) -> Scope {
    Scope {
        name: machine.to_owned(),
        kind: ScopeKind::Machine,
        counts: Counts::default(),
        modules_before: modules.map(|[before, _]| before),
        modules: modules.map_or(0, |[_, after]| after),
        files: BTreeMap::new(),
    }
}

/// What was compared, in words.
fn sides(request: &Request<'_>) -> Vec<report::Side> {
    let sides = request.plans.into_iter().zip(request.names);
    let side = |(plans, name): (&Plans, &str)| {
        let machines = plans.machines.values().filter(|m| m.is_server());
        let versions = machines
            .clone()
            .filter_map(|machine| machine.prosody.as_ref());
        let versions: BTreeSet<&str> = versions.map(|prosody| &*prosody.version).collect();
        let versions: Vec<&str> = versions.into_iter().collect();
        let all = counted(plans.machines.len(), "machine");
        let count = match machines.count() {
            servers if servers == plans.machines.len() => all,
            servers => format!("{servers} of {all}"),
        };
        report::Side {
            inventory: request.inventory_name.to_owned(),
            release: match versions.as_slice() {
                [] => "unknown".to_owned(),
                versions => versions.join(", "),
            },
            sources: String::new(),
            configuration: Some(format!("{count} of {name}")),
        }
    };
    sides.map(side).collect()
}

/// That machines begin or cease to run Prosody. Who accepts it accepts it of these machines.
fn servers_changed(code: Code, what: &str, machines: &[&str]) -> Option<Finding> {
    let message = match machines {
        [] => return None,
        [machine] => format!("{machine} is {what}"),
        all => format!("{} are {what}", counted(all.len(), "server")),
    };
    let details = Details {
        field: Some(machines.join(" ")),
        ..Details::default()
    };
    Some(Finding {
        subject: None,
        ..change(code, "", message, details)
    })
}

fn no_server() -> Finding {
    Finding::new(Code::NoHost, "no machine runs Prosody").help(
        "enable `services.prosody` on a machine, or pass the attribute that contains the machines",
    )
}
