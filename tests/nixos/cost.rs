//! What the NixOS module costs: evaluation counters with and without it, which repeat exactly from run to run.

use std::fs;

use serde_json::Value;

use crate::support::command::run;
use crate::support::{PROFILES, folder, machine, nix};

/// One percent of what a full NixOS evaluation with services.prosody has.
const THUNKS: i64 = 9_000;
const FUNCTION_CALLS: i64 = 6_400;

/// Thunks and function calls of everything that a switch to the configuration would need.
fn counters(machine: &str) -> (i64, i64) {
    let folder = folder::scratch();
    let file = folder.path().join("statistics");
    let expression = format!(
        "let machine = {machine}; in \
         builtins.deepSeq [ machine.failures machine.warnings machine.config.services.prosody.package.postInstall ] \
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
fn the_module_costs_at_most_one_percent_of_a_nixos_evaluation() {
    if !nix::is_here() {
        return;
    }
    let mut table = String::new();
    let mut is_within = true;
    for upstream in machine::upstreams() {
        let (thunks, calls) = counters(&machine::bare(upstream, ""));
        for profile in PROFILES {
            let ours = format!("{{ services.prosody-stability.profile = {profile:?}; }}");
            let (with_thunks, with_calls) = counters(&machine::on(upstream, &ours));
            let (thunks, calls) = (with_thunks - thunks, with_calls - calls);
            is_within &= thunks <= THUNKS && calls <= FUNCTION_CALLS;
            table += &format!("{upstream} {profile}: {thunks} thunks, {calls} calls more\n");
        }
    }
    println!("{table}");
    assert!(
        is_within,
        "more than {THUNKS} thunks or {FUNCTION_CALLS} calls:\n{table}"
    );
}
