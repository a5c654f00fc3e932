//! The settings of a NixOS configuration: `services.prosody-stability`, read without evaluating it,
//! or as `nix eval --json` prints them.

mod evaluated;
mod files;
mod literal;
mod machines;
mod modules;
mod settings;
mod terms;

pub use settings::{Settings, read, read_source};
