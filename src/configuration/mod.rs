//! The admin's settings, read from where they are kept: environment files, compose files, systemd
//! units, NixOS configurations. Each reader ends in a [`Selection`](crate::selection::Selection).

mod beside;
pub mod compose;
pub mod env_file;
pub mod environment;
pub mod file_kind;
pub mod nixos;
pub mod systemd;
pub mod variables;
