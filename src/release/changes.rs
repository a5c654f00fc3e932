//! What an upgrade changes beyond modules and options: defaults, ports, who may create rooms.
//!
//! People edit the files, in `inventory/changes/`. Each says what is so from its version on.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::version::numbers;
use crate::report::Severity;

/// The format of files of changes that this version reads.
pub const SCHEMA_VERSION: u32 = 1;

/// The built-in files, oldest first.
const BUILT_IN: [&str; 2] = [
    include_str!("../../inventory/changes/0.12.json"),
    include_str!("../../inventory/changes/13.0.json"),
];

/// What an upgrade to one version of Prosody changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Changes {
    /// Format of this file; always 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema_version: u32,
    /// The version of Prosody that brought the changes.
    pub version: String,
    /// The changes.
    pub changes: Vec<CuratedChange>,
    /// Options with another name than before, or than expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_options: Vec<RenamedOption>,
    /// The version of this branch since which a component inherits what the header of its module
    /// names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inheritance_since: Option<String>,
}

/// One thing that an upgrade changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CuratedChange {
    /// A stable name of the change.
    pub id: String,
    /// How severe it is for a server that it concerns.
    pub severity: Severity,
    /// Which servers it concerns.
    pub concerns: Concerns,
    /// What changed, in a few words.
    pub title: String,
    /// What that means, in whole sentences.
    pub text: String,
    /// What to do.
    pub help: String,
    /// Where Prosody says it itself.
    pub link: String,
    /// The modules that it is about, by their names in Prosody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
    /// The options that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What the server logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<String>,
}

/// Which servers a change concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Concerns {
    /// All of them.
    Always,
    /// Those that load one of the modules.
    Loaded,
    /// Those that set one of the options.
    Set,
    /// Those that load one of the modules, if there are any, and set none of the options.
    Unset,
}

/// An option with another name than before, or than expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenamedOption {
    /// The name that is wrong now.
    pub from: String,
    /// The name that is right.
    pub to: String,
    /// What else there is to know.
    pub note: String,
    /// The module that read the former name, where another module takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The value must change as well, so that the name cannot be replaced alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub value_differs: bool,
}

impl Changes {
    /// Reads a file of changes.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let changes: Self = serde_json::from_str(text)?;
        if changes.schema_version != SCHEMA_VERSION {
            return Err(ReadError::Version(changes.schema_version));
        }
        Ok(changes)
    }
}

/// Why a file of changes could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not the JSON of such a file.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It was written for a version with another format.
    #[error("unknown schemaVersion {0}, expected {SCHEMA_VERSION}")]
    Version(u32),
}

/// All changes that are built in, oldest first.
pub fn all() -> &'static [Changes] {
    static PARSED: OnceLock<Vec<Changes>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let read = BUILT_IN.into_iter().map(|text| match Changes::read(text) {
            Ok(changes) => changes,
            // A test reads these very files, so no released program gets here.
            Err(error) => unreachable!("built-in changes do not parse: {error}"),
        });
        read.collect()
    })
}

/// The options that have another name in a version, oldest first; none for anything that is not a number.
pub fn renamed_in(version: &str) -> Vec<&'static RenamedOption> {
    let version = numbers(version);
    let applicable = all().iter().filter(|changes| {
        let since = numbers(&changes.version);
        version.is_some() && since <= version
    });
    applicable
        .flat_map(|changes| &changes.renamed_options)
        .collect()
}

/// The version of a branch since which components inherit what the header of their module names.
pub fn inheritance_since(branch: &str) -> Option<Vec<u32>> {
    let changes = all().iter().find(|changes| changes.version == branch)?;
    numbers(changes.inheritance_since.as_deref()?)
}

/// What an upgrade from one version to another changes, oldest first; nothing for a way back, and for
/// versions that are no numbers.
pub fn between(old: &str, new: &str) -> impl Iterator<Item = &'static Changes> {
    let way = numbers(old).zip(numbers(new));
    all().iter().filter(move |changes| {
        let (Some((old, new)), Some(since)) = (&way, numbers(&changes.version)) else {
            return false;
        };
        // 0.12.4 is no older than 0.12, and 13.0 no older than 13.0.
        *old < since && since <= *new
    })
}
