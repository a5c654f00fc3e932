//! Machines with services.prosody, as Nix expressions, on stand-ins for nixpkgs.
//!
//! `NIXPKGS_LIB` (a folder with nixpkgs' `lib`), `PROSODY_NIX` (a services.prosody module) and `JITSI_NIX` (a
//! services.jitsi-meet module) name the real ones.

use prosody_stability::inventory::Inventory;
use prosody_stability::release::Release;
use prosody_stability::selection::Selection;
use serde_json::{Value, json};

use super::json::names;
use super::nix;

/// The stand-ins for services.prosody, and the real one where it is named.
pub fn upstreams() -> Vec<&'static str> {
    let real = std::env::var_os("PROSODY_NIX").is_some_and(|name| !name.is_empty());
    if real {
        vec!["old", "new", "real"]
    } else {
        vec!["old", "new"]
    }
}

/// Those of them that Jitsi Meet fits: the real one needs the real services.prosody.
pub fn upstreams_for_jitsi() -> Vec<&'static str> {
    let real = std::env::var_os("JITSI_NIX").is_some_and(|name| !name.is_empty());
    let fits = |upstream: &&str| !real || *upstream == "real";
    let upstreams: Vec<_> = upstreams().into_iter().filter(fits).collect();
    assert!(!upstreams.is_empty(), "JITSI_NIX needs PROSODY_NIX");
    upstreams
}

/// A machine with this repository's module on one of the [`upstreams`], as an expression; `modules` are Nix text.
pub fn on(upstream: &str, modules: &str) -> String {
    bare(
        upstream,
        &format!("./nixos-module {{ services.prosody-stability.enable = true; }} {modules}"),
    )
}

/// A machine as [`on`] makes it, with another version of Prosody.
pub fn with_prosody(upstream: &str, version: &str, modules: &str) -> String {
    on(upstream, modules).replacen('{', &format!("{{ version = {version:?};"), 1)
}

/// A machine as [`on`] makes it, with Jitsi Meet enabled: the stand-in, or the real one that `JITSI_NIX` names.
pub fn with_jitsi(upstream: &str, modules: &str) -> String {
    on(upstream, modules).replacen('{', "{ jitsi = true;", 1)
}

/// A machine that runs Prosody, without this repository's module.
pub fn bare(upstream: &str, modules: &str) -> String {
    format!(
        "import ./tests/support/machine.nix {{ upstream = {upstream:?}; modules = [ \
           {{ services.prosody.enable = true; services.prosody.xmppComplianceSuite = false; }} \
           {modules} ]; }}"
    )
}

/// A module that builds the command for the machine.
pub const COMMAND: &str =
    "({ pkgs, ... }: { services.prosody-stability.package = pkgs.prosody-stability; })";

/// Settings of services.prosody-stability, as a module.
pub fn ours(settings: &str) -> String {
    format!("{{ services.prosody-stability = {{ {settings} }}; }}")
}

/// An attribute set of things asked of a machine `m`.
pub fn ask(machine: &str, questions: &str) -> Value {
    nix::evaluate(&format!(
        "let m = {machine}; prosody = m.config.services.prosody; in {{ {questions} }}"
    ))
}

/// The warnings of a machine that has no failed assertion, whole.
pub fn warnings(machine: &str) -> Vec<String> {
    let said = ask(machine, "inherit (m) failures warnings;");
    assert_eq!(said["failures"], json!([]), "{machine}");
    let warnings = names(&said["warnings"]).into_iter();
    warnings.map(str::to_owned).collect()
}

/// Adds to a selection what services.prosody also enables on each virtual host, by its lists. (The plugin of
/// this repository is in no release.)
pub fn add_enabled(
    selection: &mut Selection,
    inventory: &Inventory,
    release: &Release,
    enabled_modules: &Value,
) {
    let enabled = names(enabled_modules).into_iter();
    let enabled = enabled.filter(|name| release.modules.contains_key(*name));
    for name in enabled.filter(|name| inventory.by_real_name(name).is_none()) {
        selection.override_module(name, true);
        let hosts = selection.hosts().iter();
        let hosts = hosts.filter(|(_, host)| host.component.is_none());
        let hosts: Vec<String> = hosts.map(|(host, _)| host.clone()).collect();
        for host in &hosts {
            selection.host(host, None).override_module(name, true);
        }
    }
}

/// That there is just one warning, and that it names all these.
pub fn assert_one_warning(machine: &str, names: &[&str]) {
    assert_only(&warnings(machine), names);
}

/// That just one assertion fails, and that it names all these.
pub fn assert_one_failure(machine: &str, expected: &[&str]) {
    let said = ask(machine, "inherit (m) failures;");
    let failures: Vec<_> = names(&said["failures"])
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_only(&failures, expected);
}

fn assert_only(texts: &[String], names: &[&str]) {
    let [text] = texts else {
        panic!("not one but {texts:#?}");
    };
    for name in names {
        assert!(text.contains(name), "no {name} in: {text}");
    }
}

/// The names in a list such as `modules_enabled` of a configuration of Prosody, sorted.
pub fn names_in(list: &str, configuration: &str) -> Vec<String> {
    let start = format!("{list} = {{");
    let Some((_, rest)) = configuration.split_once(&start) else {
        return Vec::new();
    };
    let (body, _) = rest.split_once('}').expect("a list that ends");
    let names = body.split(';').map(|entry| entry.trim().trim_matches('"'));
    let mut names: Vec<_> = names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}
