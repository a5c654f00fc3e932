//! The NixOS module and the flake, evaluated and run without a network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod adopted;
mod configurations;
mod cost;
mod flake;
mod fleet;
mod hosts;
mod module;
mod operation;
mod package;
mod read_hosts;
mod resolution;
mod services_prosody;
