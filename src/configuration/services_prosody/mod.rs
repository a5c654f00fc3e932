//! NixOS' own services.prosody: what a configuration sets of it, and the server that this makes.
//!
//! From the outside in: `value` is what is set, as plain data; `merge`, `reader`, `sections` and
//! `settings` make of it the `service` that NixOS would, with the tables in `options`; `text` writes the prosody.cfg.lua that follows,
//! and `placed` turns what its reader finds back to the places in the NixOS configuration.
//! `unknown` is about what is known only later, here and in the text that NixOS really writes.

pub mod enabled;
pub mod generation;
mod merge;
pub mod options;
mod placed;
pub mod priority;
mod reader;
mod refusals;
mod sections;
mod service;
mod settings;
mod text;
mod unknown;
pub mod value;

pub use placed::{Written, configuration, place_of};
pub use service::{Component, Doubt, ExtraModules, Item, Service, Switch, VirtualHost};
pub use settings::OVERLAYS;
pub use text::{Additions, NAME, write};
pub use unknown::{read, settle};
