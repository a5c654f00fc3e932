//! What the NixOS module costs: evaluation counters with and without it, which repeat exactly from run to run.

use std::fs;

use serde_json::Value;

use crate::support::command::run;
use crate::support::{PROFILES, folder, machine, nix};

/// Thunks and function calls that may come on top, by the `lib` that counts. A full NixOS evaluation with
/// services.prosody has 1,580,000 and 1,136,000: one percent of it is 15,800 and 11,300.
const BUDGETS: [(&str, i64, i64); 2] = [("stand-in", 8_300, 6_100), ("real", 10_200, 7_900)];

/// Thunks and function calls of everything that a switch to the configuration would need.
fn counters(machine: &str) -> (i64, i64) {
    let more = "machine.config.services.prosody.package.postInstall";
    counters_of(machine, more)
}

/// The same with something else that is asked for besides.
fn counters_of(machine: &str, more: &str) -> (i64, i64) {
    let folder = folder::scratch();
    let file = folder.path().join("statistics");
    let expression = format!(
        "let machine = {machine}; in \
         builtins.deepSeq [ machine.failures machine.warnings ({more}) ] \
         machine.text"
    );
    let mut command = nix::command(&["--expr", &expression]);
    command
        .env("NIX_SHOW_STATS", "1")
        .env("NIX_SHOW_STATS_PATH", &file);
    run(&mut command).success();
    let statistics: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let counter = |name: &str| statistics[name].as_i64().unwrap();
    (counter("nrThunks"), counter("nrFunctionCalls"))
}

#[test]
fn the_module_costs_far_less_than_one_percent_of_a_nixos_evaluation() {
    if !nix::is_here() {
        return;
    }
    let is_real = std::env::var_os("NIXPKGS_LIB").is_some_and(|name| !name.is_empty());
    let (lib, most_thunks, most_calls) = BUDGETS[usize::from(is_real)];
    let mut table = String::new();
    let mut is_within = true;
    for upstream in machine::upstreams() {
        let (thunks, calls) = counters(&machine::bare(upstream, ""));
        for profile in PROFILES {
            let ours = format!("{{ services.prosody-stability.profile = {profile:?}; }}");
            let (with_thunks, with_calls) = counters(&machine::on(upstream, &ours));
            let (thunks, calls) = (with_thunks - thunks, with_calls - calls);
            is_within &= thunks <= most_thunks && calls <= most_calls;
            table += &format!("{upstream} {profile}: {thunks} thunks, {calls} calls more\n");
        }
    }
    println!("{table}");
    assert!(
        is_within,
        "more than {most_thunks} thunks or {most_calls} calls, with the {lib} lib:\n{table}"
    );
}

/// Of the check of a build nothing is evaluated when it is off, but its options.
#[test]
fn a_check_that_is_off_costs_next_to_nothing() {
    if !nix::is_here() {
        return;
    }
    let scripts = "map (check: check.script) machine.config.system.checks";
    let cost = |machine: &str| {
        let (thunks, calls) = counters(machine);
        let (more_thunks, more_calls) = counters_of(machine, scripts);
        (more_thunks - thunks, more_calls - calls)
    };
    for upstream in machine::upstreams() {
        let ours = |settings: &str| cost(&machine::on(upstream, &machine::ours(settings)));
        let bare = cost(&machine::bare(upstream, ""));
        let (off, on) = (ours("verifyPackage = false;"), ours(""));
        println!("{upstream}: {bare:?} without us, {off:?} off, {on:?} on");
        let within = |(thunks, calls): (i64, i64), most_thunks, most_calls| {
            thunks - bare.0 <= most_thunks && calls - bare.1 <= most_calls
        };
        assert!(
            within(off, 150, 100),
            "{upstream}: {off:?}, and {bare:?} without us"
        );
        assert!(
            within(on, 900, 900),
            "{upstream}: {on:?}, and {bare:?} without us"
        );
    }
}
