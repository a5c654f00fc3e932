//! `diff`: what changed from one side to the other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod changes;
mod ci;
mod command;
mod dependencies;
mod doubt;
mod fingerprints;
mod fleet;
mod formats;
mod git_sides;
mod history;
mod nixos_settings;
mod nixos_sides;
mod options;
mod packages;
mod properties;
mod renames;
mod sides;
mod unknown_release;
mod upgrades;
