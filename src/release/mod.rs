//! What one Prosody version plus one prosody-modules revision really ships.
//!
//! ```
//! use prosody_stability::release::builtin;
//!
//! let release = builtin::newest();
//! assert!(release.usable("mam").is_ok());
//! assert!(release.usable("no_such_module").is_err());
//! ```

pub mod availability;
pub mod builtin;
pub mod changes;
pub mod distribution;
pub mod history;
mod module_options;
pub mod observed;
pub mod options;
pub mod packages;
pub mod read;
mod sources;
mod version;

pub use module_options::ModuleOptions;
pub use observed::Observed;
pub use options::{Libraries, OptionType, Options, ReleaseOption, Scalar};
pub use sources::{Source, SourceKind, Sources};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::json;

/// The format of release files that this version writes; it reads the former ones, too.
pub const SCHEMA_VERSION: u32 = 2;

/// The modules of one Prosody version and one prosody-modules revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Format of this file; always 2.
    #[schemars(range(min = 2, max = 2))]
    pub schema_version: u32,
    /// Prosody's version, such as `13.0`.
    pub version: String,
    /// The sources that the facts were read from, by short names.
    pub sources: Sources,
    /// The day on which its authors stopped to care for it, such as `2024-08-22`. Left out while they do,
    /// and where it is not known. NixOS and `check` are about the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_of_life: Option<String>,
    /// The features that this Prosody says it has. Modules conflict with them or require them.
    /// Unknown if it is omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// The options that Prosody's core reads. Unknown if it is omitted, and then those of the
    /// modules are unknown as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<Options>,
    /// Every module by name, without the `mod_`, sorted.
    pub modules: IndexMap<String, ReleaseModule>,
}

/// One module of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseModule {
    /// Whether Prosody brings the module itself.
    pub origin: Origin,
    /// The source that it was read from, by its short name. Left out if that is the first source of
    /// Prosody for a bundled module, the first one of community modules for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Only a README is left: there is nothing to load.
    #[serde(default, rename = "stub", skip_serializing_if = "std::ops::Not::not")]
    pub readme_only: bool,
    /// Upstream's own labels of a community module; empty when it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage: Vec<Stage>,
    /// The one-line summary of a community module's README.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The module that takes its place, by its README.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// The module that moves its data to the one that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
    /// Modules that are loaded along with it.
    #[serde(default, skip_serializing_if = "Depends::is_empty")]
    pub depends: Depends,
    /// Features of Prosody with which the module is not loaded (`--% conflicts:`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Features of Prosody without which the module is not loaded (`--% requires:`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Modules that a component made of this module inherits from the global section.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherit_modules: Vec<String>,
    /// The options that it reads.
    #[serde(default, skip_serializing_if = "ModuleOptions::is_empty")]
    #[schemars(with = "Options")]
    pub options: ModuleOptions,
    /// The Lua libraries that it needs.
    #[serde(default, skip_serializing_if = "Libraries::is_empty")]
    pub libraries: Libraries,
    /// A community module of the same name. Installed, it shadows the bundled one,
    /// unless only its README is left, or it conflicts with a feature of this Prosody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community_copy: Option<Box<CommunityCopy>>,
    /// What happened when it was tried alone on a server of this release. Left out where nobody
    /// tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
}

/// Where a module comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Part of Prosody.
    Bundled,
    /// Part of prosody-modules.
    Community,
}

/// Upstream's label of a community module.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// `Stage-Stable`
    Stable,
    /// `Stage-Beta`
    Beta,
    /// `Stage-Alpha`
    Alpha,
    /// `Stage-Experimental`
    Experimental,
    /// `Stage-Merged`: it became part of Prosody.
    Merged,
    /// `Stage-Obsolete`
    Obsolete,
    /// `Stage-Deprecated`
    Deprecated,
    /// `Stage-Broken`
    Broken,
    /// Any other stage, as upstream wrote it.
    #[serde(untagged)]
    Other(String),
}

impl Stage {
    /// The word for it.
    pub fn name(&self) -> &str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
            Self::Alpha => "alpha",
            Self::Experimental => "experimental",
            Self::Merged => "merged",
            Self::Obsolete => "obsolete",
            Self::Deprecated => "deprecated",
            Self::Broken => "broken",
            Self::Other(label) => label,
        }
    }

    /// The stage a README's label names; labels about other things give none.
    pub fn from_label(label: &str) -> Option<Self> {
        let label = label.trim();
        let (prefix, stage) = label.split_once(['-', '_', ' ', ':'])?;
        if !prefix.eq_ignore_ascii_case("stage") {
            return None;
        }
        Some(match stage.trim().to_ascii_lowercase().as_str() {
            "stable" => Self::Stable,
            "beta" => Self::Beta,
            "alpha" => Self::Alpha,
            "experimental" => Self::Experimental,
            "merged" => Self::Merged,
            "obsolete" => Self::Obsolete,
            "deprecated" => Self::Deprecated,
            "broken" => Self::Broken,
            _ => Self::Other(label.to_owned()),
        })
    }
}

/// The dependencies of a module by kind; a name is listed under the most certain kind only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Depends {
    /// Always loaded with it; if one is missing, the module does not load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub always: Vec<String>,
    /// Loaded with it under some condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditional: Vec<String>,
    /// Those of the conditional ones that are loaded when no option says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_default: Vec<String>,
    /// Loaded with it unless the user disables them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub soft: Vec<String>,
    /// Observed, not read: a server loaded them with it, and its code does not show that they load
    /// when no option says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<String>,
    /// It depends on further modules, whose names are computed when it runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub computed: bool,
}

impl Depends {
    /// The modules that load with it under a default configuration.
    pub fn loading(&self) -> impl Iterator<Item = &str> {
        self.always
            .iter()
            .chain(&self.by_default)
            .chain(&self.observed)
            .map(String::as_str)
    }

    /// Whether there are none of any kind.
    pub fn is_empty(&self) -> bool {
        self.always.is_empty()
            && self.conditional.is_empty()
            && self.soft.is_empty()
            && self.observed.is_empty()
            && !self.computed
    }
}

/// A community module with the name of a bundled one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommunityCopy {
    /// Only a README is left, so it takes no one's place.
    #[serde(default, rename = "stub", skip_serializing_if = "std::ops::Not::not")]
    pub readme_only: bool,
    /// Upstream's labels of the copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage: Vec<Stage>,
    /// Features of Prosody with which the copy is skipped and the bundled module is loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// The options that the copy reads.
    #[serde(default, skip_serializing_if = "ModuleOptions::is_empty")]
    #[schemars(with = "Options")]
    pub options: ModuleOptions,
    /// The Lua libraries that the copy needs.
    #[serde(default, skip_serializing_if = "Libraries::is_empty")]
    pub libraries: Libraries,
}

impl From<ReleaseModule> for CommunityCopy {
    fn from(module: ReleaseModule) -> Self {
        Self {
            readme_only: module.readme_only,
            stage: module.stage,
            conflicts: module.conflicts,
            options: module.options,
            libraries: module.libraries,
        }
    }
}

impl Release {
    /// The text of the release file; the same release gives the same bytes.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        json::to_string(self)
    }

    /// A module's name as the release writes it; `mod_` in front is taken as Prosody's file name.
    pub fn name_of(&self, typed: &str) -> Option<&str> {
        let names = [Some(typed), typed.strip_prefix("mod_")];
        let mut matches = names.into_iter().flatten();
        matches.find_map(|name| Some(self.modules.get_key_value(name)?.0.as_str()))
    }

    /// Whether its core or one of its modules reads an option by this name.
    pub fn reads(&self, option: &str) -> bool {
        let modules = self.modules.values().map(|facts| &*facts.options);
        let mut all = modules.chain(&self.core);
        all.any(|options| options.named.contains_key(option))
    }
}
