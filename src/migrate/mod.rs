//! Migration: from environment variables, former names and a `prosody.cfg.lua` to flags.
//!
//! ```
//! use prosody_stability::migrate::{InputKind, input_kind};
//! use prosody_stability::source::Source;
//!
//! let unit = Source::new("override.conf", "[Service]\nEnvironment=PROSODY_ENABLE_BETA=false\n");
//! assert_eq!(input_kind(&unit), InputKind::Systemd);
//! ```

pub mod machine;
mod nearest;
pub mod nixos;
pub mod prosody;
pub mod server;
pub mod written;

use std::path::Path;
use std::sync::Arc;

use crate::configuration::compose::{self, ServiceVariable};
use crate::configuration::file_kind::FileKind;
use crate::configuration::variables::{self, Variable};
use crate::configuration::{env_file, systemd};
use crate::diagnostic::{Diagnostic, Result, add_message};
use crate::inventory::Inventory;
use crate::selection::{Origin, Selection};
use crate::source::Source;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum InputKind {
    /// `NAME=value` lines: `.env`, systemd's EnvironmentFile.
    Env,
    /// A docker-compose file, with what it takes from `env_file` and `.env` next to it.
    Compose,
    /// A systemd unit or a part of one, with `Environment=` lines.
    Systemd,
    /// A NixOS configuration.
    Nix,
    /// The configuration of a Prosody server.
    Prosody,
}

/// What a file most likely is, by its name, else by its text.
pub fn input_kind(source: &Source) -> InputKind {
    match FileKind::of(source) {
        FileKind::Compose => InputKind::Compose,
        FileKind::SystemdUnit => InputKind::Systemd,
        FileKind::NixOs | FileKind::EvaluatedSettings => InputKind::Nix,
        FileKind::ProsodyConfig => InputKind::Prosody,
        _ => InputKind::Env,
    }
}

/// The selection that a file with environment variables makes.
///
/// `path` is the path of the file, as a compose file refers to others; `service` is the one of it
/// that counts. `messages` receives warnings, and what was taken from where.
pub fn selection(
    inventory: &Inventory,
    source: &Source,
    path: &Path,
    kind: InputKind,
    service: Option<&str>,
    messages: &mut Vec<Diagnostic>,
) -> Result<Selection> {
    let mut selection = Selection::defaults(inventory);
    let source = Arc::new(source.clone());
    let variables = match kind {
        InputKind::Compose => of_service(&source, path, service, messages)?,
        InputKind::Systemd => Variable::all_of(&source, systemd::read(&source)?),
        InputKind::Env | InputKind::Nix | InputKind::Prosody => {
            env_file::apply(&mut selection, inventory, &source, messages)?;
            return Ok(selection);
        }
    };
    let origin = |v: &Variable| Origin::EnvFile(v.source.name().to_owned(), v.line());
    match variables::apply(&mut selection, inventory, &variables, origin, messages)? {
        0 => Err(Box::new(
            Diagnostic::error(format!(
                "{} sets no {}* flag",
                source.name(),
                variables::PREFIX
            ))
            .help("pass its kind with --kind: env, compose, systemd, nix or prosody")
            .help("run `prosody-stability resolve --format nix` to write the defaults as settings"),
        )),
        _ => Ok(selection),
    }
}

fn of_service(
    source: &Arc<Source>,
    path: &Path,
    service: Option<&str>,
    messages: &mut Vec<Diagnostic>,
) -> Result<Vec<Variable>> {
    let variables = compose::read(source, path, service)?;
    for variable in &variables {
        add_message(messages, || variable.origin());
    }
    let variable = |of_service: ServiceVariable| of_service.variable;
    Ok(variables.into_iter().map(variable).collect())
}
