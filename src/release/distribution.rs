//! What a distribution packages: its Prosody, and which community modules can be installed from it.

use std::collections::HashSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::version::numbers;
use super::{Release, Sources};
use crate::diagnostic::{Diagnostic, Result, nearest};
use crate::source::Source;

/// The format of distribution files that this version reads.
pub const SCHEMA_VERSION: u32 = 1;

/// The built-in distributions by name, oldest first.
const BUILT_IN: [(&str, &str); 4] = [
    (
        "debian-12",
        include_str!("../../inventory/distributions/debian-12.json"),
    ),
    (
        "debian-13",
        include_str!("../../inventory/distributions/debian-13.json"),
    ),
    (
        "debian-13-backports",
        include_str!("../../inventory/distributions/debian-13-backports.json"),
    ),
    (
        "debian-sid",
        include_str!("../../inventory/distributions/debian-sid.json"),
    ),
];

/// The names of what a distribution packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Distribution {
    /// Format of this file; always 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema_version: u32,
    /// Its short name, such as `debian-13`.
    pub name: String,
    /// Its human-readable name.
    pub title: String,
    /// The version of its Prosody.
    pub version: String,
    /// The packages that the names were read from.
    pub sources: Sources,
    /// The community modules that it packages, sorted.
    pub modules: Vec<String>,
}

impl Distribution {
    /// The names of those that are built in.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A distribution by name, or from a file with the names of what it packages.
    pub fn find(typed: &str) -> Result<Self> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == typed) {
            return Self::read(&Source::new(*name, *text));
        }
        let path = Path::new(typed);
        if typed == "-" || path.extension().is_some_and(|e| e == "json") || path.exists() {
            return Self::read(&Source::read(path)?);
        }
        let names = BUILT_IN.map(|(name, _)| name);
        let near = nearest(typed, names);
        Err(Box::new(
            Diagnostic::error(format!("unknown distribution `{typed}`"))
                .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
                .help(format!(
                    "the built-in distributions are: {}",
                    names.join(", ")
                ))
                .help("or pass a file in the format of `prosody-stability schema distribution`"),
        ))
    }

    /// Reads a distribution file; the error names the place.
    pub fn read(source: &Source) -> Result<Self> {
        let failed = || {
            Diagnostic::error(format!("{} is not a distribution file", source.name()))
                .help("`prosody-stability schema distribution` prints its format")
        };
        let distribution: Self = serde_json::from_str(source.text()).map_err(|error| {
            let at = source.offset(error.line(), error.column());
            let end = at.max(1).min(source.text().len());
            failed().at(source, at.saturating_sub(1)..end, error.to_string())
        })?;
        if distribution.schema_version != SCHEMA_VERSION {
            let version = distribution.schema_version;
            let help = format!("unknown schemaVersion {version}, expected {SCHEMA_VERSION}");
            return Err(Box::new(failed().help(help)));
        }
        Ok(distribution)
    }

    /// Whether its Prosody is of the branch of a release.
    pub fn has(&self, release: &Release) -> bool {
        let branch = |version: &str| numbers(version).map(|all| all.into_iter().take(2).collect());
        let [own, other]: [Option<Vec<u32>>; 2] =
            [&self.version, &release.version].map(|version| branch(version));
        own.is_some() && own == other
    }

    /// Those of some community modules that it does not package.
    pub fn not_packaged<'a>(&self, modules: &[&'a str]) -> Vec<&'a str> {
        let packaged: HashSet<&str> = self.modules.iter().map(String::as_str).collect();
        let missing = modules.iter().filter(|name| !packaged.contains(*name));
        missing.copied().collect()
    }
}
