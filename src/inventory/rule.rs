//! The rule: which flags a module needs by where the guide lists it, and the risk of its level.
//!
//! This is the only place that knows it; `emit` writes its result beside every module.

use std::fmt;

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// How mature a module is, in the guide's judgement.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Stability {
    /// Part of Prosody, always on.
    Core,
    /// Ready for production.
    Stable,
    /// Mostly stable, with edge cases.
    Beta,
    /// Experimental.
    Alpha,
}

/// What a module is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Essential XMPP.
    Core,
    /// Against spam and abuse.
    Security,
    /// What today's clients expect.
    Modern,
    /// Measuring, logging, compliance.
    Enterprise,
    /// Services over HTTP.
    Http,
    /// For administrators of the server.
    Admin,
}

/// A flag for a group of modules, `PROSODY_ENABLE_<FLAG>` in the environment.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// Stable security modules.
    Security,
    /// Stable modern XMPP modules.
    Modern,
    /// Beta modules of every category.
    Beta,
    /// Alpha modules of every category.
    Alpha,
    /// HTTP services.
    Http,
    /// Administration modules.
    Admin,
}

/// How much can go wrong with a module, by the guide's risk assessment.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Safe for production.
    Low,
    /// To be watched.
    Medium,
    /// For development and testing only.
    High,
}

impl Stability {
    /// All levels, most mature first.
    pub const ALL: [Self; 4] = [Self::Core, Self::Stable, Self::Beta, Self::Alpha];

    /// The word for it in JSON, Nix and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Stable => "stable",
            Self::Beta => "beta",
            Self::Alpha => "alpha",
        }
    }

    /// The risk that the guide assigns to modules of this level.
    pub fn risk(self) -> Risk {
        match self {
            Self::Core | Self::Stable => Risk::Low,
            Self::Beta => Risk::Medium,
            Self::Alpha => Risk::High,
        }
    }
}

impl Stability {
    /// Its colour on a terminal: the guide's green, yellow and red.
    pub fn style(self) -> Style {
        match self {
            Self::Core => AnsiColor::Cyan,
            Self::Stable => AnsiColor::Green,
            Self::Beta => AnsiColor::Yellow,
            Self::Alpha => AnsiColor::Red,
        }
        .on_default()
    }
}

impl Category {
    /// All categories in the guide's order.
    pub const ALL: [Self; 6] = [
        Self::Core,
        Self::Security,
        Self::Modern,
        Self::Enterprise,
        Self::Http,
        Self::Admin,
    ];

    /// The word for it in JSON, Nix and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Security => "security",
            Self::Modern => "modern",
            Self::Enterprise => "enterprise",
            Self::Http => "http",
            Self::Admin => "admin",
        }
    }
}

impl Flag {
    /// All flags in the guide's order.
    pub const ALL: [Self; 6] = [
        Self::Security,
        Self::Modern,
        Self::Beta,
        Self::Alpha,
        Self::Http,
        Self::Admin,
    ];

    /// The word for it in JSON, Nix and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Modern => "modern",
            Self::Beta => "beta",
            Self::Alpha => "alpha",
            Self::Http => "http",
            Self::Admin => "admin",
        }
    }
}

impl Risk {
    /// The word for it in JSON, Nix and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The flags that a module needs, all of them; `None` where the rule has no row.
pub fn flags_needed(category: Category, stability: Stability) -> Option<&'static [Flag]> {
    use Category as C;
    use Stability as S;
    Some(match (category, stability) {
        (C::Core, S::Core) => &[],
        (C::Security, S::Stable) => &[Flag::Security],
        (C::Modern, S::Stable) => &[Flag::Modern],
        (C::Security | C::Modern | C::Enterprise, S::Beta) => &[Flag::Beta],
        (C::Security | C::Modern | C::Enterprise, S::Alpha) => &[Flag::Alpha],
        (C::Http, S::Stable) => &[Flag::Http],
        (C::Http, S::Beta) => &[Flag::Http, Flag::Beta],
        (C::Http, S::Alpha) => &[Flag::Http, Flag::Alpha],
        (C::Admin, S::Stable) => &[Flag::Admin],
        (C::Admin, S::Beta) => &[Flag::Admin, Flag::Beta],
        (C::Admin, S::Alpha) => &[Flag::Admin, Flag::Alpha],
        // `core` is always on and so has one level; enterprise has no flag for stable modules.
        (C::Core, _) | (_, S::Core) | (C::Enterprise, S::Stable) => return None,
    })
}

/// The flags that a module needs, as the row of the rule: two bytes, where a list would take sixteen in
/// each module of a huge inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NeededFlags {
    category: Category,
    stability: Stability,
}

impl NeededFlags {
    /// `None` where the rule has no row.
    pub(super) fn new(category: Category, stability: Stability) -> Option<Self> {
        flags_needed(category, stability).map(|_| Self {
            category,
            stability,
        })
    }

    pub(super) fn all(self) -> &'static [Flag] {
        flags_needed(self.category, self.stability).unwrap_or_default()
    }
}

impl Serialize for NeededFlags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all().serialize(serializer)
    }
}

impl fmt::Display for Stability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
