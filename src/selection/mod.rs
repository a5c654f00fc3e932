//! The selection: profile, flags and single modules, and where each setting comes from.
//!
//! Settings are applied in the order of precedence, lowest first: defaults, profile, environment
//! file, environment, flags, single modules. Each later one wins.
//!
//! ```
//! use prosody_stability::inventory::{Category, Flag, Inventory, Rollout};
//! use prosody_stability::selection::{Origin, Selection};
//!
//! let inventory = Inventory::builtin();
//! let mut selection = Selection::defaults(&inventory);
//! selection.set_flag(Flag::Beta, Rollout::Only(vec![Category::Http]), Origin::CommandLine)?;
//! assert!(selection.allows(Flag::Beta, Category::Http));
//! assert!(!selection.allows(Flag::Beta, Category::Security));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod nixos_module;
pub mod value;

use std::fmt;

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Result, did_you_mean, nearest};
use crate::inventory::{Category, Flag, FlagValues, Inventory, Rollout};
use crate::release::builtin;

/// Profile, flags and single modules, each with its origin.
#[derive(Clone, Debug)]
pub struct Selection {
    profile: Option<String>,
    flags: FlagValues,
    origins: [Origin; 6],
    modules: IndexMap<String, bool>,
    hosts: IndexMap<String, HostSelection>,
}

/// What holds on one host instead of the whole server.
#[derive(Clone, Debug)]
pub struct HostSelection {
    /// The module that a component is made of; none for a virtual host.
    pub component: Option<String>,
    /// All that is selected there: what the server's selection says, where the host says nothing else.
    pub selection: Selection,
}

/// Who set a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: the inventory's default holds.
    Default,
    /// A profile.
    Profile(String),
    /// An environment file, with the line.
    EnvFile(String, usize),
    /// A variable of the process.
    Environment(String),
    /// The command line.
    CommandLine,
    /// A NixOS configuration, with the line.
    NixFile(String, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::EnvFile(file, line) | Self::NixFile(file, line) => write!(f, "{file}:{line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

impl Selection {
    /// The inventory's defaults.
    pub fn defaults(inventory: &Inventory) -> Self {
        Self {
            profile: None,
            flags: inventory.flags.defaults(),
            origins: std::array::from_fn(|_| Origin::Default),
            modules: IndexMap::new(),
            hosts: IndexMap::new(),
        }
    }

    /// Takes all flags from a profile of the inventory.
    pub fn set_profile(&mut self, inventory: &Inventory, name: &str) -> Result<()> {
        let Some(profile) = inventory.profiles.get(name) else {
            let names = inventory.profiles.keys().map(String::as_str);
            return Err(Box::new(
                Diagnostic::error(format!("unknown profile `{name}`"))
                    .maybe_help(did_you_mean(name, names.clone()))
                    .help(format!(
                        "the profiles are: {}",
                        names.collect::<Vec<_>>().join(", ")
                    )),
            ));
        };
        self.profile = Some(name.to_owned());
        self.flags = profile.flags.clone();
        self.origins = std::array::from_fn(|_| Origin::Profile(name.to_owned()));
        Ok(())
    }

    /// Sets one flag; an error when a plain boolean is given a list of categories.
    pub fn set_flag(&mut self, flag: Flag, value: Rollout, origin: Origin) -> Result<()> {
        self.flags.set(flag, value).ok_or_else(|| {
            Box::new(
                Diagnostic::error(format!(
                    "`{flag}` is on or off, and does not take a list of categories"
                ))
                .help("only beta and alpha take a list of categories"),
            )
        })?;
        self.origins[flag as usize] = origin;
        Ok(())
    }

    /// Enables or disables a single module, whatever its flags are.
    pub fn set_module(&mut self, inventory: &Inventory, name: &str, on: bool) -> Result<()> {
        let name = known_module(inventory, name)?;
        self.set_module_outside_inventory(name, on)
    }

    /// The same for a module outside the inventory, by its name in Prosody.
    pub fn set_module_outside_inventory(&mut self, name: &str, on: bool) -> Result<()> {
        match self.modules.insert(name.to_owned(), on) {
            Some(before) if before != on => Err(Box::new(Diagnostic::error(format!(
                "module `{name}` is both enabled and disabled"
            )))),
            _ => Ok(()),
        }
    }

    /// Enables or disables a module here, whatever was said of it before.
    pub fn override_module(&mut self, name: &str, on: bool) {
        self.modules.insert(name.to_owned(), on);
    }

    /// Leaves a module to the flags again.
    pub fn reset_module(&mut self, name: &str) {
        self.modules.shift_remove(name);
    }

    /// The hosts on which something else holds than on the server, by their names.
    pub fn hosts(&self) -> &IndexMap<String, HostSelection> {
        &self.hosts
    }

    /// What holds on a host: so far what holds on the server.
    pub fn host(&mut self, name: &str, component: Option<&str>) -> &mut Selection {
        let same = HostSelection {
            component: component.map(str::to_owned),
            selection: Self {
                hosts: IndexMap::new(),
                ..self.clone()
            },
        };
        &mut self.hosts.entry(name.to_owned()).or_insert(same).selection
    }

    /// The profile, when one was chosen.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The values of all flags.
    pub fn flags(&self) -> &FlagValues {
        &self.flags
    }

    /// Who set a flag.
    pub fn origin(&self, flag: Flag) -> &Origin {
        &self.origins[flag as usize]
    }

    /// Whether a module was enabled or disabled explicitly.
    pub fn module(&self, name: &str) -> Option<bool> {
        self.modules.get(name).copied()
    }

    /// The modules that were enabled or disabled explicitly.
    pub fn modules(&self) -> &IndexMap<String, bool> {
        &self.modules
    }

    /// Whether a flag is on for modules of a category.
    pub fn allows(&self, flag: Flag, category: Category) -> bool {
        self.flags.allows(flag, category)
    }
}

/// The module's name as the inventory writes it; `mod_` in front is taken as Prosody's file name.
pub fn known_module<'a>(inventory: &'a Inventory, name: &str) -> Result<&'a str> {
    let module = inventory
        .modules
        .get_key_value(name)
        .or_else(|| inventory.modules.get_key_value(name.strip_prefix("mod_")?));
    module
        .map(|(name, _)| name.as_str())
        .ok_or_else(|| unknown_module(inventory, name))
}

fn unknown_module(inventory: &Inventory, name: &str) -> Box<Diagnostic> {
    let error = Diagnostic::error(format!("no module `{name}` in the inventory"));
    let module = name.strip_prefix("mod_").unwrap_or(name);
    let releases: Vec<&str> = builtin::all()
        .into_iter()
        .filter(|release| release.modules.contains_key(module))
        .map(|release| release.version.as_str())
        .collect();
    if !releases.is_empty() {
        return Box::new(error.help(format!(
            "{module} exists in Prosody {}; on NixOS, `services.prosody.extraModules` enables it",
            releases.join(" and ")
        )));
    }
    let outside = builtin::newest().modules.keys().map(String::as_str);
    let near = inventory
        .nearest_module(name)
        .or_else(|| nearest(module, outside));
    Box::new(
        error
            .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
            .help("run `prosody-stability list --all` to list all modules"),
    )
}
