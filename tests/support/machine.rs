//! Machines with services.prosody, as Nix expressions, on stand-ins for nixpkgs.
//!
//! `NIXPKGS_LIB` (a folder with nixpkgs' `lib`) and `PROSODY_NIX` (a services.prosody module) name the real ones.

use serde_json::Value;

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

/// A machine that runs Prosody, without this repository's module.
pub fn bare(upstream: &str, modules: &str) -> String {
    format!(
        "import ./tests/support/machine.nix {{ upstream = {upstream:?}; modules = [ \
           {{ services.prosody.enable = true; services.prosody.xmppComplianceSuite = false; }} \
           {modules} ]; }}"
    )
}

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
