//! The settings of a NixOS configuration: `services.prosody-stability`, read without evaluating it,
//! or as `nix eval --json` prints them.

mod doubt;
mod evaluated;
mod files;
mod imports;
mod literal;
mod machines;
mod modules;
mod package;
mod places;
pub mod plans;
mod scope;
mod settings;
mod terms;
mod text;
mod value;

pub use settings::{Settings, read, read_source};
