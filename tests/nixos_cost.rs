//! What the NixOS module costs: evaluation counters with and without it, which repeat exactly from run to run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod nixos;
mod skip;

use std::fs;

use serde_json::Value;

/// One percent of what a full NixOS evaluation with services.prosody has.
const THUNKS: i64 = 9_000;
const FUNCTION_CALLS: i64 = 6_400;

/// Thunks and function calls of everything that a switch to the configuration would need.
fn counters(machine: &str) -> (i64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("statistics");
    let expression = format!(
        "let machine = {machine}; in \
         builtins.deepSeq [ machine.failures machine.warnings machine.config.services.prosody.package.postInstall ] \
         machine.text"
    );
    let output = nixos::command(&["--expr", &expression])
        .env("NIX_SHOW_STATS", "1")
        .env("NIX_SHOW_STATS_PATH", &file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let statistics: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let counter = |name: &str| statistics[name].as_i64().unwrap();
    (counter("nrThunks"), counter("nrFunctionCalls"))
}

#[test]
fn the_module_costs_at_most_one_percent_of_a_nixos_evaluation() {
    if !nixos::is_here() {
        skip::skip_or_fail("nix-instantiate is missing");
        return;
    }
    let mut table = String::new();
    let mut is_within = true;
    for upstream in nixos::upstreams() {
        let (thunks, calls) = counters(&nixos::bare_machine(upstream, ""));
        for profile in ["personal", "community", "enterprise", "development"] {
            let ours = format!("{{ services.prosody-stability.profile = {profile:?}; }}");
            let (with_thunks, with_calls) = counters(&nixos::machine(upstream, &ours));
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
