//! Everything that asks a real Prosody server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod by_hand;
mod certificate;
mod client_hostile;
mod client_view;
mod configured;
mod debian_package;
mod distributions;
mod every_module;
mod features;
mod harness;
mod nixos_build;
mod nixos_check;
mod nixos_module;
mod options;
mod plan;
mod random;
mod rehearsal_document;
mod rehearsed;
mod release;
mod set_up;
mod setup;
mod startup;
mod status;
mod tried_alone;
mod upgrades;
