//! Nix expressions evaluated without a network and without a store, on stand-ins for nixpkgs.
//!
//! `NIXPKGS_LIB` (a folder with nixpkgs' `lib`) and `PROSODY_NIX` (a services.prosody module) name the real ones.

// Every test file compiles this for itself, and none uses all of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The stand-ins for services.prosody, and the real one where it is named.
pub fn upstreams() -> Vec<&'static str> {
    let real = std::env::var_os("PROSODY_NIX").is_some_and(|name| !name.is_empty());
    if real {
        vec!["old", "new", "real"]
    } else {
        vec!["old", "new"]
    }
}

/// Whether Nix is there; a test that needs it is skipped with a remark, or fails, where it is not.
pub fn is_here() -> bool {
    Command::new("nix-instantiate")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The root of this repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file below `tests/nixos`.
pub fn file(name: &str) -> PathBuf {
    root().join("tests/nixos").join(name)
}

/// `nix-instantiate` that evaluates strictly, with more arguments.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("nix-instantiate");
    command
        .args([
            "--eval",
            "--strict",
            "--store",
            "dummy://",
            "--option",
            "build-users-group",
            "",
        ])
        .args(arguments)
        .current_dir(root())
        .env_remove("NIX_PATH");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The value of an expression; in it, relative paths start at the root of this repository.
pub fn evaluate(expression: &str) -> Value {
    match try_evaluate(expression) {
        Ok(value) => value,
        Err(message) => panic!("{message}\nof {expression}"),
    }
}

/// The value of an expression, or what Nix says instead.
pub fn try_evaluate(expression: &str) -> Result<Value, String> {
    let output = command(&["--json", "--expr", expression])
        .output()
        .expect("nix-instantiate can be started");
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).expect("JSON, as asked for"))
    } else {
        Err(said(&output))
    }
}

/// A machine with this repository's module on one of the [`upstreams`], as an expression; `modules` are Nix text.
pub fn machine(upstream: &str, modules: &str) -> String {
    bare_machine(
        upstream,
        &format!("./nixos-module {{ services.prosody-stability.enable = true; }} {modules}"),
    )
}

/// A machine as [`machine`] makes it, with another version of Prosody.
pub fn machine_with_prosody(upstream: &str, version: &str, modules: &str) -> String {
    machine(upstream, modules).replacen('{', &format!("{{ version = {version:?};"), 1)
}

/// A machine that runs Prosody, without this repository's module.
pub fn bare_machine(upstream: &str, modules: &str) -> String {
    format!(
        "import ./tests/nixos/evaluate.nix {{ upstream = {upstream:?}; modules = [ \
           {{ services.prosody.enable = true; services.prosody.xmppComplianceSuite = false; }} \
           {modules} ]; }}"
    )
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
