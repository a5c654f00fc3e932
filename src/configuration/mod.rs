//! What the user has: a server's configuration, or settings of flags, read from where they are
//! kept.
//!
//! Environment files, compose files, systemd units and NixOS settings end in a
//! [`Selection`](crate::selection::Selection), a `prosody.cfg.lua` in a [`Configuration`].
//!
//! ```
//! use prosody_stability::configuration::prosody::{ReadOptions, read};
//! use prosody_stability::configuration::Dialect;
//! use prosody_stability::source::Source;
//!
//! let text = r#"VirtualHost "example.org""#;
//! let source = Source::new("prosody.cfg.lua", text);
//! let configuration = read(&source, &ReadOptions::new(Dialect::V13))?;
//! let hosts: Vec<&str> = configuration.active().map(|(name, _)| name).collect();
//! assert_eq!(hosts, ["example.org"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod backends;
pub mod compose;
pub mod deciding;
pub mod env_file;
pub mod environment;
pub mod file_kind;
pub mod loopback;
mod model;
pub mod nixos;
pub mod prosody;
mod referenced_file;
mod server;
pub mod services_prosody;
pub mod systemd;
pub mod variables;

pub use deciding::LISTS;
pub use model::{Backend, Configuration, Dialect, GLOBAL, Host, HostKind, Setting, Value};
pub use server::Server;
