//! `--profile`, `--beta`, `--env-file` …: what the user wants.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Failure, print_message};
use crate::configuration::variables::Variable;
use crate::configuration::{env_file, environment};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Flag, Inventory, Rollout};
use crate::release::Release;
use crate::review::Subject;
use crate::review::side::Side;
use crate::selection::{Origin, Selection, known_module, value};
use crate::source::Source;

#[derive(Clone, Debug, clap::Args)]
#[command(
    next_help_heading = "Selection (later ones override: profile, env file, environment, flags, \
    modules)"
)]
pub struct SelectionArgs {
    /// Use the flags of a profile: personal, community, enterprise or development.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Read PROSODY_ENABLE_* from an environment file (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Read PROSODY_ENABLE_* from the environment.
    #[arg(long)]
    from_env: bool,
    /// Stable security modules.
    #[arg(long, value_name = "BOOL", value_parser = value::switch)]
    security: Option<bool>,
    /// Stable modern XMPP modules.
    #[arg(long, value_name = "BOOL", value_parser = value::switch)]
    modern: Option<bool>,
    /// Beta modules, all or of some categories.
    #[arg(long, value_name = "BOOL|CATEGORY,…", value_parser = value::rollout)]
    beta: Option<Rollout>,
    /// Alpha modules, all or of some categories.
    #[arg(long, value_name = "BOOL|CATEGORY,…", value_parser = value::rollout)]
    alpha: Option<Rollout>,
    /// HTTP services.
    #[arg(long, value_name = "BOOL", value_parser = value::switch)]
    http: Option<bool>,
    /// Administration modules.
    #[arg(long, value_name = "BOOL", value_parser = value::switch)]
    admin: Option<bool>,
    /// Load a module, whatever the flags say (may be repeated).
    #[arg(long, value_name = "MODULE", value_delimiter = ',')]
    enable: Vec<String>,
    /// Do not load a module, whatever the flags say (may be repeated).
    #[arg(long, value_name = "MODULE", value_delimiter = ',')]
    disable: Vec<String>,
}

/// Where to look for a module that an inventory does not have.
#[derive(Clone, Copy)]
struct ModuleSources<'a> {
    /// The inventory of the other side of a review, or the same again.
    other: &'a Inventory<'a>,
    /// The releases that are looked at.
    releases: &'a [&'a Release],
}

impl SelectionArgs {
    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.profile.is_none()
            && self.env_file.is_none()
            && !self.from_env
            && self.flags().next().is_none()
            && self.enable.is_empty()
            && self.disable.is_empty()
    }

    /// The selection; warnings about it go to standard error.
    pub fn load(&self, inventory: &Inventory, release: &Release) -> Result<Selection, Failure> {
        let mut messages = Vec::new();
        let env_file = self.read_env_file()?;
        let sources = ModuleSources {
            other: inventory,
            releases: &[release],
        };
        let selection = self.apply(inventory, env_file.as_ref(), sources, &mut messages)?;
        messages.iter().for_each(print_message);
        Ok(selection)
    }

    /// Whether profile, variables and flags can be read, before a server is queried for its release.
    pub fn check_flags(&self, inventory: &Inventory) -> Result<(), Failure> {
        let flags = Self {
            enable: Vec::new(),
            disable: Vec::new(),
            ..self.clone()
        };
        let sources = ModuleSources {
            other: inventory,
            releases: &[],
        };
        let env_file = flags.read_env_file()?;
        flags.apply(inventory, env_file.as_ref(), sources, &mut Vec::new())?;
        Ok(())
    }

    /// The selection as a policy for a server that is configured by other means; none when nothing is
    /// selected. An environment file may be there for other variables only.
    pub fn policy(
        &self,
        inventory: &Inventory,
        release: &Release,
    ) -> Result<Option<Selection>, Failure> {
        let mut messages = Vec::new();
        let mut env_file = self.read_env_file()?;
        if let Some(source) = &env_file {
            let variables = env_file::read(&Arc::new(source.clone()))?;
            if !variables.iter().any(Variable::is_ours) {
                env_file = None;
            }
        }
        if env_file.is_none() && self.without_env_file().is_empty() {
            return Ok(None);
        }
        let sources = ModuleSources {
            other: inventory,
            releases: &[release],
        };
        let selection = self.apply(inventory, env_file.as_ref(), sources, &mut messages)?;
        messages.iter().for_each(print_message);
        Ok(Some(selection))
    }

    /// The same without the environment file.
    pub fn without_env_file(&self) -> Self {
        Self {
            env_file: None,
            ..self.clone()
        }
    }

    /// The environment file, whose variables a configuration may see as well.
    pub fn env_file(&self) -> Option<&Path> {
        self.env_file.as_deref()
    }

    /// What the selection means for two inventories; a module may be in one of them only.
    pub fn subject(&self, old: &Side, new: &Side) -> Result<Subject, Failure> {
        let mut messages = Vec::new();
        let env_file = self.read_env_file()?;
        let releases = &[&old.release, &new.release];
        let [of_old, of_new] = [new, old].map(|other| ModuleSources {
            other: &other.inventory,
            releases,
        });
        let before = self.apply(&old.inventory, env_file.as_ref(), of_old, &mut Vec::new());
        let after = self.apply(&new.inventory, env_file.as_ref(), of_new, &mut messages)?;
        messages.iter().for_each(print_message);
        let name = self.profile.as_deref().unwrap_or("selection");
        let before = before.map_err(|error| Box::new(error.about("OLD")))?;
        Ok(Subject::of_selection(name, before, after))
    }

    fn read_env_file(&self) -> Result<Option<Source>, Box<Diagnostic>> {
        self.env_file.as_deref().map(Source::read).transpose()
    }

    /// The selection for one inventory; modules that only the other one knows are skipped.
    fn apply(
        &self,
        inventory: &Inventory,
        env_file: Option<&Source>,
        sources: ModuleSources<'_>,
        messages: &mut Vec<Diagnostic>,
    ) -> Result<Selection, Box<Diagnostic>> {
        let mut selection = Selection::defaults(inventory);
        if let Some(profile) = &self.profile {
            selection.set_profile(inventory, profile)?;
        }
        if let Some(source) = env_file {
            env_file::apply(&mut selection, inventory, source, messages)?;
        }
        if self.from_env {
            // A name or value that is not text cannot be a flag.
            let variables = std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .map(|(name, value)| (name, value.to_string_lossy().into_owned()));
            environment::apply(&mut selection, inventory, variables, messages)?;
        }
        for (flag, value) in self.flags() {
            selection.set_flag(flag, value, Origin::CommandLine)?;
        }
        for (names, on) in [(&self.enable, true), (&self.disable, false)] {
            for name in names {
                let is_in_inventory = known_module(inventory, name).is_ok();
                if !is_in_inventory && known_module(sources.other, name).is_ok() {
                    continue;
                }
                match sources
                    .releases
                    .iter()
                    .find_map(|release| release.name_of(name))
                {
                    Some(real) if !is_in_inventory => {
                        selection.set_module_outside_inventory(real, on)?
                    }
                    _ => selection.set_module(inventory, name, on)?,
                }
            }
        }
        Ok(selection)
    }

    fn flags(&self) -> impl Iterator<Item = (Flag, Rollout)> {
        [
            (Flag::Security, self.security.map(Rollout::All)),
            (Flag::Modern, self.modern.map(Rollout::All)),
            (Flag::Beta, self.beta.clone()),
            (Flag::Alpha, self.alpha.clone()),
            (Flag::Http, self.http.map(Rollout::All)),
            (Flag::Admin, self.admin.map(Rollout::All)),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value?)))
    }
}
