//! Random selections on real servers: what loads, and the line about it, is what `resolve` says.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use prosody_stability::inventory::{Flag, Inventory, Rollout};
use prosody_stability::plan::PLUGIN;
use prosody_stability::release::Release;
use prosody_stability::selection::{Origin, Selection};

use crate::setup::{self, Choice, line_in};
use crate::support::prosody::answer::names;
use crate::support::prosody::{Installation, Namespace, Server};
use crate::support::random::Random;

/// How many selections each server runs; the seed of one is its number.
const SELECTIONS: u64 = 40;
/// How many servers run side by side.
const SERVERS: usize = 4;

/// A selection by flags and by name, and whether it is enforced.
fn selection(inventory: &Inventory, seed: u64) -> (Selection, bool) {
    let mut random = Random(seed);
    let mut selection = Selection::defaults(inventory);
    for flag in Flag::ALL {
        let value = match flag {
            Flag::Beta | Flag::Alpha => random.rollout(),
            _ => random.coin().into(),
        };
        selection
            .set_flag(flag, value, Origin::CommandLine)
            .unwrap();
    }
    let names: Vec<&str> = inventory.modules.keys().map(|name| name.as_str()).collect();
    for on in [true, false] {
        for _ in 0..random.below(5) {
            let name = names[random.below(names.len())];
            // The tests ask through the admin shell, and nobody says both.
            if name != "admin_shell" && selection.module(name).is_none() {
                selection.set_module(inventory, name, on).unwrap();
            }
        }
    }
    (selection, random.coin())
}

/// How a server differs from what `resolve` says, if it does.
fn difference(
    installation: &Installation,
    namespace: Namespace,
    inventory: &Inventory,
    release: &Release,
    seed: u64,
) -> Option<String> {
    let (selection, enforce) = selection(inventory, seed);
    let named = format!("{:?}", selection.modules());
    let choice = Choice::new(inventory, release, selection).enforced(enforce);
    let server = Server::start_in(namespace, installation, |_| choice.config(setup::plugins()));
    let modules = server.modules_at_start();
    let loaded = names(&modules);
    let resolution = choice.resolution();
    let mut expected = installation.always_loaded();
    expected.insert(PLUGIN);
    expected.extend(resolution.loaded());
    let remarks: Vec<_> = modules
        .values()
        .flatten()
        .filter(|(_, remark)| remark.is_some())
        .collect();
    let planned = resolution.profile_line.to_string();
    let line = line_in(&server.log());
    if loaded == expected && remarks.is_empty() && line.as_ref() == Some(&planned) {
        return None;
    }
    let more: BTreeSet<_> = loaded.difference(&expected).collect();
    let less: BTreeSet<_> = expected.difference(&loaded).collect();
    Some(format!(
        "selection {seed} ({}, {named}, enforce {enforce}): besides {more:?}, not {less:?}, {remarks:?}, \
         {line:?} instead of {planned}",
        flags(&choice.selection)
    ))
}

fn flags(selection: &Selection) -> String {
    let flags = Flag::ALL.map(|flag| format!("{flag} {}", selection.flags().get(flag)));
    flags.join(", ")
}

fn assert_random_selections_load(version: &str) {
    let (Some(installation), Some(namespace)) = (Installation::find(version), Namespace::find())
    else {
        return;
    };
    let inventory = Inventory::builtin();
    let release = setup::snapshot(&installation);
    let seeds = Mutex::new(0..SELECTIONS);
    let differences = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                loop {
                    let Some(seed) = seeds.lock().unwrap().next() else {
                        break;
                    };
                    let differs = difference(&installation, namespace, &inventory, &release, seed);
                    differences.lock().unwrap().extend(differs);
                }
            });
        }
    });
    let differences = differences.into_inner().unwrap();
    let held = usize::try_from(SELECTIONS).unwrap() - differences.len();
    println!("{}: {held} of {SELECTIONS}", installation.full_version);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn random_selections_load_what_was_resolved_on_the_old_prosody() {
    assert_random_selections_load("0.12");
}

#[test]
fn random_selections_load_what_was_resolved_on_the_new_prosody() {
    assert_random_selections_load("13.0");
}

#[test]
fn the_selections_use_all_that_can_be_selected() {
    let inventory = Inventory::builtin();
    let all: Vec<_> = (0..SELECTIONS)
        .map(|seed| selection(&inventory, seed))
        .collect();
    let named = |name: &str, on| all.iter().any(|(s, _)| s.module(name) == Some(on));
    let some = |holds: &dyn Fn(&Selection) -> bool| all.iter().any(|(s, _)| holds(s));
    for flag in [Flag::Beta, Flag::Alpha] {
        assert!(some(
            &|s| matches!(s.flags().get(flag), Rollout::Only(only) if !only.is_empty())
        ));
    }
    for flag in Flag::ALL {
        for value in [true, false] {
            assert!(some(&|s| s.flags().get(flag) == Rollout::All(value)));
        }
    }
    for enforce in [true, false] {
        assert!(all.iter().any(|(_, other)| *other == enforce));
    }
    assert!(
        named("pubsub_serverinfo", true),
        "the module that is set up"
    );
    let by_name = |on| {
        let names = inventory.modules.keys();
        names.filter(|name| named(name, on)).count()
    };
    assert!(by_name(true) > 30 && by_name(false) > 30);
}
