//! How severe findings are.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How severe a finding is; `--fail-on` compares by it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No action needed.
    Info,
    /// Not requested, or needs manual action.
    Warning,
    /// Does not work.
    Error,
    /// Works today and will not (reviews only).
    Breaking,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
