//! The inventory: which modules there are, how mature each is, and what the flags are called.
//!
//! One model, read from JSON ([`json`]) and from the Nix attribute set that `emit` writes ([`nix`]).
//!
//! ```
//! use prosody_stability::inventory::{Flag, Inventory, Stability};
//!
//! let inventory = Inventory::builtin();
//! let upload = &inventory.modules["http_file_share"];
//! assert_eq!(upload.stability(), Stability::Beta);
//! assert_eq!(upload.flags(), [Flag::Http, Flag::Beta]);
//! ```

pub mod json;
mod keyed;
mod module;
pub mod nix;
pub mod profile_line;
mod rule;
mod spec;
mod text;
mod values;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use keyed::refused;
pub use module::{Clash, Correction, Module, ModuleSource, Placement, Upstream};
pub use rule::{Category, Flag, Risk, Stability, flags_needed};
pub use spec::spec_url;
pub use text::Text;
pub use values::{FlagValues, Rollout};

/// The version of the inventory's form that this tool reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// The curated list of modules with what the flags, levels, categories and profiles mean.
// The texts of its modules are part of the input, `'a`; `into_owned` makes it outlive that. (No
// documentation, because the schema prints that.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Inventory<'a> {
    /// Where editors find the schema; not kept.
    #[serde(rename = "$schema", default, skip_serializing)]
    #[schemars(with = "Option<String>")]
    schema: Ignored,
    /// The version of this form: 1.
    #[serde(deserialize_with = "known_version")]
    #[schemars(range(min = 1, max = 1))]
    pub schema_version: u32,
    /// The six flags.
    pub flags: Flags,
    /// Flags under their former names, and what each is called now.
    #[serde(deserialize_with = "keyed::unique")]
    pub renamed_flags: IndexMap<String, Flag>,
    /// What each stability level means and what the guide advises for it.
    pub stabilities: Stabilities,
    /// The categories in the guide's order.
    pub categories: Categories,
    /// Named sets of flag values.
    #[serde(deserialize_with = "keyed::unique")]
    pub profiles: IndexMap<String, Profile>,
    /// Modules that every Prosody loads by itself, whatever is configured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub always_loaded: Vec<String>,
    /// Modules that some versions of Prosody load by themselves, for the platform they run on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loaded_by_platform: Vec<String>,
    /// How the names of modules start that carry out a choice of the user's, such as
    /// `storage = "sql"`: they load whatever the flags say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<String>,
    /// Modules that a component inherits from the global section.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherited_by_components: Vec<String>,
    /// Modules that refuse to load on a virtual host, and are no modules of the inventory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub component_only: Vec<String>,
    /// The modules by the name the guide gives them, in the guide's order.
    #[serde(deserialize_with = "keyed::unique")]
    pub modules: IndexMap<Text<'a>, Module<'a>>,
    /// Only in emitted files: the modules by the group they count in; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    groups: Ignored,
    /// Only in emitted files: the modules that load as components; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    components: Ignored,
    /// Only in emitted files: the modules that work only where they are set up; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    #[serde(alias = "setUp")]
    need_setup: Ignored,
    /// Only in emitted files: the texts of reasons; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    reasons: Ignored,
    /// Only in emitted files: rules and words that the NixOS module needs; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    constants: Ignored,
    /// Only in emitted files: the modules that no release has; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    #[serde(alias = "nowhere")]
    in_no_release: Ignored,
    /// Only in emitted files: what each release ships of the modules; not read.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    releases: Ignored,
}

/// A value that is read and forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Ignored)
    }
}

fn known_version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        SCHEMA_VERSION => Ok(SCHEMA_VERSION),
        other => Err(serde::de::Error::custom(format!(
            "unknown schema version {other}, expected {SCHEMA_VERSION}"
        ))),
    }
}

/// The six flags, one field each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flags {
    /// Stable security modules.
    pub security: FlagInfo,
    /// Stable modern XMPP modules.
    pub modern: FlagInfo,
    /// Beta modules of every category.
    pub beta: FlagInfo,
    /// Alpha modules of every category.
    pub alpha: FlagInfo,
    /// HTTP services.
    pub http: FlagInfo,
    /// Administration modules.
    pub admin: FlagInfo,
}

impl Flags {
    /// What the inventory says of one flag.
    pub fn get(&self, flag: Flag) -> &FlagInfo {
        match flag {
            Flag::Security => &self.security,
            Flag::Modern => &self.modern,
            Flag::Beta => &self.beta,
            Flag::Alpha => &self.alpha,
            Flag::Http => &self.http,
            Flag::Admin => &self.admin,
        }
    }

    pub(crate) fn get_mut(&mut self, flag: Flag) -> &mut FlagInfo {
        match flag {
            Flag::Security => &mut self.security,
            Flag::Modern => &mut self.modern,
            Flag::Beta => &mut self.beta,
            Flag::Alpha => &mut self.alpha,
            Flag::Http => &mut self.http,
            Flag::Admin => &mut self.admin,
        }
    }

    /// The values that hold when nobody sets anything.
    pub fn defaults(&self) -> FlagValues {
        FlagValues {
            security: self.security.default,
            modern: self.modern.default,
            beta: self.beta.default.into(),
            alpha: self.alpha.default.into(),
            http: self.http.default,
            admin: self.admin.default,
        }
    }
}

/// One flag: its name in the environment, its default and what it enables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagInfo {
    /// The environment variable, `PROSODY_ENABLE_…`.
    pub env: String,
    /// Whether it is on when nobody sets it.
    pub default: bool,
    /// What it enables, human-readable.
    pub description: String,
}

/// The four stability levels, one field each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stabilities {
    /// Always on.
    pub core: Level,
    /// On by default.
    pub stable: Level,
    /// On by default, can be disabled as a whole.
    pub beta: Level,
    /// Off unless enabled.
    pub alpha: Level,
}

impl Stabilities {
    /// What the inventory says of one level.
    pub fn get(&self, stability: Stability) -> &Level {
        match stability {
            Stability::Core => &self.core,
            Stability::Stable => &self.stable,
            Stability::Beta => &self.beta,
            Stability::Alpha => &self.alpha,
        }
    }
}

/// What one stability level means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its heading in the guide.
    pub title: String,
    /// When its modules are on.
    pub status: String,
    /// What to expect of its modules.
    pub description: String,
    /// How to update its modules.
    pub updates: String,
    /// What to do when one of its modules makes trouble.
    pub advice: Vec<String>,
}

/// The six categories, one field each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Categories {
    /// Essential XMPP.
    pub core: CategoryInfo,
    /// Against spam and abuse.
    pub security: CategoryInfo,
    /// What today's clients expect.
    pub modern: CategoryInfo,
    /// Measuring, logging, compliance.
    pub enterprise: CategoryInfo,
    /// Services over HTTP.
    pub http: CategoryInfo,
    /// For administrators of the server.
    pub admin: CategoryInfo,
}

impl Categories {
    /// What the inventory says of one category.
    pub fn get(&self, category: Category) -> &CategoryInfo {
        match category {
            Category::Core => &self.core,
            Category::Security => &self.security,
            Category::Modern => &self.modern,
            Category::Enterprise => &self.enterprise,
            Category::Http => &self.http,
            Category::Admin => &self.admin,
        }
    }
}

/// One category, human-readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryInfo {
    /// Its heading in the guide.
    pub title: String,
    /// What its modules have in common.
    pub description: String,
}

/// A named set of flag values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its heading in the guide.
    pub title: String,
    /// How many users it is meant for, where the guide says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<String>,
    /// Whom it is for.
    pub description: String,
    /// A value for each of the six flags.
    pub flags: FlagValues,
}

impl Inventory<'static> {
    /// The inventory that is built into the program: the Module Stability Guide's 51 modules.
    pub fn builtin() -> Self {
        match json::parse(include_str!("../../inventory/prosody.json")) {
            Ok(inventory) => inventory,
            // A test reads this very file, so no released program gets here.
            Err(error) => unreachable!("the built-in inventory does not parse: {error}"),
        }
    }
}

impl<'a> Inventory<'a> {
    /// The same inventory, independent of the input it was read from.
    pub fn into_owned(mut self) -> Inventory<'static> {
        let modules = std::mem::take(&mut self.modules).into_iter();
        let modules = modules.map(|(name, module)| (name.into_owned(), module.into_owned()));
        Inventory {
            modules: modules.collect(),
            ..self.only(|_| false)
        }
    }

    /// The same settings with some of the modules only, chosen by their place in the order.
    pub fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let modules = self.modules.iter().enumerate();
        let kept = modules.filter(|(index, _)| keep(*index));
        Self {
            schema: Ignored,
            schema_version: self.schema_version,
            flags: self.flags.clone(),
            renamed_flags: self.renamed_flags.clone(),
            stabilities: self.stabilities.clone(),
            categories: self.categories.clone(),
            profiles: self.profiles.clone(),
            always_loaded: self.always_loaded.clone(),
            loaded_by_platform: self.loaded_by_platform.clone(),
            backends: self.backends.clone(),
            inherited_by_components: self.inherited_by_components.clone(),
            component_only: self.component_only.clone(),
            modules: kept
                .map(|(_, (name, module))| (name.clone(), module.clone()))
                .collect(),
            groups: Ignored,
            components: Ignored,
            need_setup: Ignored,
            reasons: Ignored,
            constants: Ignored,
            in_no_release: Ignored,
            releases: Ignored,
        }
    }

    /// The module that Prosody knows by this name, with its name in the inventory.
    pub fn by_real_name(&self, real: &str) -> Option<(&str, &Module<'_>)> {
        let named = self.modules.get_key_value(real);
        let renamed = || {
            self.modules
                .iter()
                .find(|(_, module)| module.real_name() == Some(real))
        };
        named
            .or_else(renamed)
            .map(|(name, module)| (name.as_str(), module))
    }

    /// Whether a module carries out a choice of the user's, such as `storage = "sql"`.
    pub fn is_backend(&self, real: &str) -> bool {
        self.backends.iter().any(|prefix| real.starts_with(prefix))
    }

    /// How Prosody loads a module, by its name there.
    pub fn placement(&self, real: &str) -> Placement {
        if self.component_only.iter().any(|name| name == real) {
            return Placement::Component;
        }
        self.by_real_name(real)
            .map_or(Placement::Host, |(_, module)| module.placement)
    }

    /// A suggestion for a module name that is not in the inventory.
    pub fn nearest_module(&self, typed: &str) -> Option<&str> {
        let typed = typed.strip_prefix("mod_").unwrap_or(typed);
        crate::diagnostic::nearest(typed, self.modules.keys().map(Text::as_str))
    }
}
