//! The inventory: the rule, the Markdown guide, and the Nix attribute set.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod guide_export;
mod guide_import;
mod nix_reader;
mod nix_roundtrip;
mod rule;
