//! Plans: what each NixOS machine of a flake runs as Prosody, as `nix/plans.nix` evaluates it.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Flag;
use crate::source::Source;

/// The form of plans that is read.
pub const SCHEMA_VERSION: u32 = 1;

/// What makes the function below of the names of the flags.
const OF_FLAGS: &str = include_str!("../../../nix/plans.nix");

/// The function that makes plans of `nixosConfigurations`, in Nix.
pub fn function() -> String {
    let flags = Flag::ALL.map(|flag| format!("\"{flag}\""));
    format!("(\n{OF_FLAGS}) [ {} ]", flags.join(" "))
}

/// What each machine of a flake runs as Prosody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plans {
    /// What this file is: `plans`.
    pub kind: PlansKind,
    /// The version of this form: 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema_version: u32,
    /// The machines by name; a container is `MACHINE/CONTAINER`.
    pub machines: IndexMap<String, Machine>,
}

/// What marks a file as plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlansKind {
    /// Plans of machines.
    #[default]
    Plans,
}

/// One NixOS system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Machine {
    /// Why nothing is known of it; absent where it was evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Its Prosody; `null` where it runs none.
    #[serde(default)]
    pub prosody: Option<Prosody>,
    /// The messages of the assertions that fail, so that it cannot be built.
    #[serde(default)]
    pub assertions: Vec<String>,
    /// The warnings that name Prosody.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What `services.prosody` does on a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prosody {
    /// The version of its package.
    pub version: String,
    /// The text of its prosody.cfg.lua; `null` where only a build shows it.
    pub configuration: Option<String>,
    /// The community modules that its package installs; `null` where its attributes do not say so.
    #[serde(default)]
    pub community_modules: Option<Vec<String>>,
    /// `services.prosody-stability`; `null` where that is off.
    #[serde(default)]
    pub stability: Option<Stability>,
}

/// What `services.prosody-stability` does on a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stability {
    /// The release whose facts hold.
    #[serde(default)]
    pub release: Option<String>,
    /// The profile, where one is set.
    #[serde(default)]
    pub profile: Option<String>,
    /// The flags.
    #[serde(default)]
    pub flags: BTreeMap<String, Value>,
    /// The modules that are set by name.
    #[serde(default)]
    pub modules: BTreeMap<String, Value>,
    /// What is set for single virtual hosts.
    #[serde(default)]
    pub virtual_hosts: BTreeMap<String, Value>,
    /// What is set for single components.
    #[serde(default)]
    pub components: BTreeMap<String, Value>,
    /// Whether optional dependencies whose flags are off are kept out.
    #[serde(default)]
    pub enforce: bool,
    /// The state of each module of the inventory.
    #[serde(default)]
    pub states: BTreeMap<String, String>,
    /// The counts in one line.
    #[serde(default)]
    pub profile_line: Option<String>,
    /// What the NixOS module finds, with the codes of `check`.
    #[serde(default)]
    pub findings: Vec<ModuleFinding>,
}

/// One finding of the NixOS module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModuleFinding {
    /// Its code.
    pub code: String,
    /// What it says.
    pub text: String,
}

impl Plans {
    /// Reads plans; the error names the place.
    pub fn read(source: &Source) -> Result<Self> {
        let plans: Self = serde_json::from_str(source.text()).map_err(|error| {
            let at = source.offset(error.line(), error.column());
            Box::new(
                Diagnostic::error(format!("invalid plans in {}: {error}", source.name()))
                    .at(source, at.saturating_sub(1)..at, "")
                    .help(
                        "write them with `nix eval --json .#nixosConfigurations --apply` and \
                    `lib.plans` of prosody-stability",
                    ),
            )
        })?;
        if plans.schema_version != SCHEMA_VERSION {
            let version = plans.schema_version;
            return Err(Box::new(
                Diagnostic::error(format!(
                    "unknown schemaVersion {version} in {}, expected {SCHEMA_VERSION}",
                    source.name()
                ))
                .help("write the plans with the same version of prosody-stability"),
            ));
        }
        Ok(plans)
    }

    /// Plans of these machines.
    pub fn of(machines: IndexMap<String, Machine>) -> Self {
        Self {
            kind: PlansKind::Plans,
            schema_version: SCHEMA_VERSION,
            machines,
        }
    }
}

impl Machine {
    /// A machine of which nothing is known.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self {
            failed: Some(reason.into()),
            ..Self::default()
        }
    }

    /// Whether it runs Prosody, or may do so.
    pub fn is_server(&self) -> bool {
        self.prosody.is_some() || self.failed.is_some()
    }
}
