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
    /// All, the most severe first.
    pub const ALL: [Self; 4] = [Self::Breaking, Self::Error, Self::Warning, Self::Info];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Breaking => "breaking",
        }
    }

    /// The word behind a count.
    pub fn plural(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Error, 0 | 2..) => "errors",
            (Self::Warning, 0 | 2..) => "warnings",
            _ => self.name(),
        }
    }

    /// The heading over all of it.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Info => "Informational",
            Self::Warning => "Warnings",
            Self::Error => "Errors",
            Self::Breaking => "Breaking",
        }
    }

    /// Whether its count is shown although it is 0: a review begins with what breaks, anything else with what does not
    /// work.
    pub fn is_always_counted(self, in_review: bool) -> bool {
        match self {
            Self::Breaking => in_review,
            Self::Error => !in_review,
            Self::Warning | Self::Info => true,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
