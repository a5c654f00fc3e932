//! What the admin has: a server's configuration, or settings of flags, read from where they are kept.
//!
//! Environment files, compose files, systemd units and NixOS settings end in a
//! [`Selection`](crate::selection::Selection), a `prosody.cfg.lua` in a [`Configuration`].

mod backends;
mod beside;
pub mod compose;
pub mod env_file;
pub mod environment;
pub mod file_kind;
mod model;
pub mod nixos;
pub mod prosody;
mod server;
pub mod services_prosody;
pub mod systemd;
pub mod variables;

pub use model::{Backend, Configuration, Dialect, GLOBAL, Host, HostKind, Setting, Value};
pub use server::Server;
