//! NixOS' own services.prosody: what a configuration sets of it, and the server that this makes.
//!
//! From the outside in: `value` is what is set, as plain data; `merge` and `settings` make of it
//! what NixOS would, with the tables in `options`; `text` writes the prosody.cfg.lua that follows,
//! and `placed` turns what its reader finds back to the places in the NixOS configuration.
//! `unknown` is about what is known only later, here and in the text that NixOS really writes.

mod merge;
pub mod options;
mod placed;
mod settings;
mod text;
mod unknown;
pub mod value;

pub use placed::{Written, configuration, place_of};
pub use settings::{Component, Doubt, ExtraModules, Item, OVERLAYS, Service, Switch, VirtualHost};
pub use text::{Additions, NAME, write};
pub use unknown::{read, settle};
