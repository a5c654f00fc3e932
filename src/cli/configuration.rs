//! `--config FILE`: the server that a command is about, as it is configured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use crate::configuration::file_kind::FileKind;
use crate::configuration::prosody::{self, ReadOptions};
use crate::configuration::{Configuration, Dialect, Server, env_file, nixos, services_prosody};
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Inventory;
use crate::machine::{self, Machine};
use crate::release::Release;
use crate::report::{Finding, Severity};
use crate::source::Source;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Your server")]
pub struct ConfigurationArgs {
    /// Your server: its prosody.cfg.lua (usually /etc/prosody/prosody.cfg.lua), or the NixOS
    /// settings
    /// of services.prosody and services.prosody-stability, as a file or as printed by `nix eval
    /// --json`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// What a prosody.cfg.lua sees when it is read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Your server")]
pub struct ReadingArgs {
    /// Directory to use as `/` for the files that a prosody.cfg.lua includes.
    #[arg(long, value_name = "DIRECTORY")]
    root: Option<PathBuf>,
    /// Environment variable that a prosody.cfg.lua sees. Without a value, it is taken from your
    /// environment (may be repeated). Only these and those of --env-file are visible.
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    variables: Vec<String>,
}

impl ConfigurationArgs {
    /// What `--config` names, recognised by its content.
    pub fn server(&self) -> std::result::Result<Option<Server>, Failure> {
        let Some(path) = &self.config else {
            return Ok(None);
        };
        let source = Source::read(path)?;
        Ok(Some(match FileKind::of(&source) {
            FileKind::ProsodyConfig => Server::Prosody(source),
            FileKind::Empty => return Err(sets_nothing(&source).into()),
            _ if path.as_os_str() == "-" => Server::NixOs(Box::new(nixos::read_source(source)?)),
            _ => Server::NixOs(Box::new(nixos::read(path)?)),
        }))
    }
}

fn sets_nothing(source: &Source) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(format!("{} sets nothing", source.name()))
            .help("expected a prosody.cfg.lua, or NixOS settings of services.prosody-stability"),
    )
}

/// The error about flags in addition to settings that contain flags themselves.
pub fn settings_and_flags() -> Diagnostic {
    Diagnostic::error("--config names NixOS settings, which already contain the flags")
        .help("omit the selection options, or pass a prosody.cfg.lua")
}

impl ReadingArgs {
    /// Whether a directory stands for `/`.
    pub fn has_root(&self) -> bool {
        self.root.is_some()
    }

    /// A prosody.cfg.lua as Prosody of this dialect reads it. Variables of `env_file` are seen.
    pub fn read(
        &self,
        source: &Source,
        dialect: Dialect,
        env_file: Option<&Path>,
    ) -> Result<Configuration> {
        self.read_below(None, source, dialect, env_file)
    }

    /// The same in the file system below a directory, unless `--root` names another one.
    pub fn read_below(
        &self,
        root: Option<&Path>,
        source: &Source,
        dialect: Dialect,
        env_file: Option<&Path>,
    ) -> Result<Configuration> {
        let options = ReadOptions {
            root: self.root.as_deref().or(root).map(Path::to_owned),
            for_other_machine: source.is_detached(),
            variables: self.visible(env_file)?,
            ..ReadOptions::new(dialect)
        };
        services_prosody::read(source, &options)
    }

    /// The server that NixOS settings make, if they make one.
    pub fn machine(
        &self,
        settings: &nixos::Settings,
        inventory: &Inventory,
        release: &Release,
        env_file: Option<&Path>,
    ) -> Result<Option<Machine>> {
        machine::of_settings(settings, inventory, release, |text, dialect| {
            self.read_written(text, dialect, env_file)
        })
    }

    /// The text of a prosody.cfg.lua that is not there as a file: on the machine it has its usual
    /// place.
    pub fn read_written(
        &self,
        text: &Source,
        dialect: Dialect,
        env_file: Option<&Path>,
    ) -> Result<Configuration> {
        let root = self.root.as_deref().unwrap_or(Path::new("/"));
        let options = ReadOptions {
            root: self.root.clone(),
            directory: Some(root.join("etc/prosody")),
            variables: self.visible(env_file)?,
            ..ReadOptions::new(dialect)
        };
        prosody::read(text, &options)
    }

    /// The same, with what its reader notices, and what Prosody of the other dialect would read.
    pub fn read_both(
        &self,
        source: &Source,
        dialect: Dialect,
        env_file: Option<&Path>,
    ) -> Result<(Configuration, Vec<Finding>)> {
        let configuration = self.read(source, dialect, env_file)?;
        let mut notes = configuration.findings.clone();
        match dialect {
            Dialect::V0_12 => match self.read(source, Dialect::V13, env_file) {
                Ok(newer) => notes.extend(prosody::differences(&configuration, &newer)),
                Err(error) => notes.push(prosody::cannot_read(&error, &configuration)),
            },
            // Nobody has to go back: it is good to know what would happen.
            Dialect::V13 => notes.extend(match self.read(source, Dialect::V0_12, env_file) {
                Ok(older) => {
                    let differences = prosody::differences(&older, &configuration);
                    let informational = |finding: Finding| finding.severity(Severity::Info);
                    differences.into_iter().map(informational).collect()
                }
                Err(error) => {
                    let finding = prosody::cannot_read(&error, &configuration);
                    vec![finding.severity(Severity::Info)]
                }
            }),
        }
        Ok((configuration, notes))
    }

    /// The variables of `--env` and of an environment file.
    pub fn visible(&self, env_file: Option<&Path>) -> Result<BTreeMap<String, String>> {
        let mut visible = BTreeMap::new();
        if let Some(file) = env_file {
            let source = Arc::new(Source::read(file)?);
            let variables = env_file::read(&source)?.into_iter();
            let variables = variables.map(|variable| variable.assignment);
            visible.extend(variables.map(|assignment| (assignment.name, assignment.value)));
        }
        for variable in &self.variables {
            let (name, value) = match variable.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => (variable.as_str(), of_environment(variable)?),
            };
            if name.is_empty() {
                return Err(Box::new(
                    Diagnostic::error(format!("invalid value `{variable}` for --env")).help(
                        "write `--env NAME=VALUE`, or `--env NAME` for its value in this \
                        environment",
                    ),
                ));
            }
            visible.insert(name.to_owned(), value);
        }
        Ok(visible)
    }
}

fn of_environment(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| {
        Box::new(
            Diagnostic::error(format!("--env {name}: the variable is not set"))
                .help(format!("write `--env {name}=VALUE`")),
        )
    })
}
