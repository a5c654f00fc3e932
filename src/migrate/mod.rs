//! Migration: from environment variables, and from former names, to the NixOS module.

mod compose;
pub mod nix;
mod systemd;

use crate::diagnostic::{Diagnostic, Result};
use crate::envfile::Assignment;
use crate::inventory::Inventory;
use crate::selection::env::PREFIX;
use crate::selection::{Origin, Selection};
use crate::source::Source;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// `NAME=value` lines: `.env`, systemd's EnvironmentFile.
    Env,
    /// A docker-compose file, with `environment` as a list or a map.
    Compose,
    /// A systemd unit or a part of one, with `Environment=` lines.
    Systemd,
    /// A NixOS configuration.
    Nix,
}

/// What a file most likely is, by its name, else by its text.
pub fn kind_of(source: &Source) -> Kind {
    let name = source.name().to_lowercase();
    let has = |line: fn(&str) -> bool| source.text().lines().any(|l| line(l.trim()));
    if name.ends_with(".nix") {
        Kind::Nix
    } else if name.ends_with(".yml") || name.ends_with(".yaml") {
        Kind::Compose
    } else if name.ends_with(".service") || has(|line| line == "[Service]") {
        Kind::Systemd
    } else if has(|line| line.starts_with("services:") || line.starts_with("environment:")) {
        Kind::Compose
    } else if has(|line| line.contains("services.prosody-stability")) {
        Kind::Nix
    } else {
        Kind::Env
    }
}

/// The selection that a file with environment variables makes; `service` is the one of a compose
/// file that counts. Warnings go to `remarks`.
pub fn selection(
    inventory: &Inventory,
    source: &Source,
    kind: Kind,
    service: Option<&str>,
    remarks: &mut Vec<Diagnostic>,
) -> Result<Selection> {
    let mut selection = Selection::defaults(inventory);
    let assignments = match kind {
        Kind::Env => {
            selection.set_from_env_file(inventory, source, remarks)?;
            crate::envfile::parse(source.text()).0
        }
        Kind::Compose => compose::read(source, service)?,
        Kind::Systemd => systemd::read(source)?,
        Kind::Nix => Vec::new(),
    };
    if kind != Kind::Env {
        let origin = |a: &Assignment| {
            let line = source.text()[..a.name_at.start].matches('\n').count() + 1;
            Origin::EnvFile(source.name().to_owned(), line)
        };
        selection.set_from_assignments(inventory, source, &assignments, origin, remarks)?;
    }
    if !assignments.iter().any(|a| a.name.starts_with(PREFIX)) {
        return Err(Box::new(
            Diagnostic::error(format!("{} sets no {PREFIX}… variable", source.name()))
                .help("--kind says what it is: env, compose, systemd or nix")
                .help("`prosody-stability resolve --format nix` writes the defaults as settings"),
        ));
    }
    Ok(selection)
}
