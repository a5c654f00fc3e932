//! What the NixOS module costs: evaluation counters with and without it, which repeat exactly from run to run.

use std::fs;

use serde_json::Value;

use crate::support::command::run;
use crate::support::{PROFILES, folder, machine, nix};

/// What a full NixOS evaluation with services.prosody counts: thunks and function calls, with the module list of nixpkgs
/// and its units, files in /etc and checks.
const FULL: (i64, i64) = (1_582_689, 1_136_167);

/// How much of it may come on top, in hundredths of a percent, and what counts beside a machine that has no Prosody.
const OFF: i64 = 5;
const ON: i64 = 50;
/// How much more a host with settings of its own may cost.
const OF_A_HOST: i64 = 30;

/// Thunks and function calls of everything that a switch to the configuration would need.
fn counters(machine: &str) -> (i64, i64) {
    let folder = folder::scratch();
    let file = folder.path().join("statistics");
    let expression = format!(
        "let machine = {machine}; inherit (machine) config; in \
         builtins.deepSeq [ machine.failures machine.warnings config.services.prosody.package.postInstall \
           (map (check: check.script) config.system.checks) (config.system.preSwitchChecks or null) \
           (builtins.mapAttrs (_: file: [ (file.text or null) \
             (file.source.script or file.source.text or (toString file.source)) (file.source.environment or null) ]) \
             config.environment.etc) ] \
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

/// The budget holds with the stand-in for `lib` and with the real one that `NIXPKGS_LIB` names. A file in /etc costs
/// more in NixOS than here, where its type has two options instead of nine: 450 thunks and 100 calls more.
#[test]
fn the_module_costs_far_less_than_one_percent_of_a_nixos_evaluation() {
    if !nix::is_here() {
        return;
    }
    let is_real = std::env::var_os("NIXPKGS_LIB").is_some_and(|name| !name.is_empty());
    let lib = if is_real { "real" } else { "stand-in" };
    let share = |count: i64, full: i64| count * 10_000 / full;
    let mut table = String::new();
    let mut is_within = true;
    for upstream in machine::upstreams() {
        let bare = counters(&machine::bare(upstream, ""));
        let mut cost = |what: &str, machine: &str, most: i64| {
            let (thunks, calls) = counters(machine);
            let (thunks, calls) = (thunks - bare.0, calls - bare.1);
            is_within &= share(thunks, FULL.0) < most && share(calls, FULL.1) < most;
            table +=
                &format!("{lib} lib, {upstream} {what}: {thunks} thunks, {calls} calls more\n");
        };
        cost("off", &machine::bare(upstream, "./nixos-module"), OFF);
        for profile in PROFILES {
            let ours = machine::ours(&format!("profile = {profile:?};"));
            // What the file in /etc costs more is kept free.
            cost(profile, &machine::on(upstream, &ours), ON - 2);
        }
        let hosts = machine::ours(
            "profile = \"community\"; virtualHosts.localhost.beta = false; \
             virtualHosts.localhost.modules.mam = false;",
        );
        cost(
            "with a host",
            &machine::on(upstream, &hosts),
            ON + OF_A_HOST,
        );
    }
    println!("{table}");
    assert!(is_within, "more than the budget:\n{table}");
}
