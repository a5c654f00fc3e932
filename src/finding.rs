//! Findings: what the admin should know about an inventory, a release or a selection.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// How much a finding matters; `--fail-on` compares by it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Probably not what the admin wants.
    Warning,
    /// Does not work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The kinds of findings, each with a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The security modules are off.
    SecurityOff,
    /// Experimental modules are on.
    AlphaOn,
    /// A core module is switched off by name.
    CoreDisabled,
    /// `prosodyctl shell` will not work.
    AdminShellLost,
    /// A wanted module is not in the release, or only as a stub, or is broken.
    Unavailable,
    /// A module loads because another one needs it, although its flag is off.
    PulledIn,
    /// The HTTP port is opened although http is off.
    HttpPortOpen,
    /// Two modules that do not work beside each other.
    Clash,
    /// A module does nothing until it is configured.
    NeedsConfiguration,
    /// A module that another one has superseded.
    Superseded,
    /// A XEP or RFC that is not written as one.
    SpecForm,
    /// A module that stands in no release that is known.
    UnknownName,
    /// The level trusts a module more than upstream does.
    LevelAboveStage,
    /// The level trusts a module less than upstream does.
    LevelBelowStage,
    /// A module without a purpose.
    NoPurpose,
    /// A community module with the name of a bundled one would take its place.
    Shadowing,
    /// A profile for production that switches alpha on or security off.
    ProfileRisk,
}

impl Code {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::SecurityOff,
        Self::AlphaOn,
        Self::CoreDisabled,
        Self::AdminShellLost,
        Self::Unavailable,
        Self::PulledIn,
        Self::HttpPortOpen,
        Self::Clash,
        Self::NeedsConfiguration,
        Self::Superseded,
        Self::SpecForm,
        Self::UnknownName,
        Self::LevelAboveStage,
        Self::LevelBelowStage,
        Self::NoPurpose,
        Self::Shadowing,
        Self::ProfileRisk,
    ];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// Why it matters, in one sentence.
    pub fn why(self) -> &'static str {
        self.described().1
    }

    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::SecurityOff => (
                "security-off",
                "A server that is open to others needs its defences against spam and abuse.",
            ),
            Self::AlphaOn => (
                "alpha-on",
                "Experimental modules may have bugs and change without notice.",
            ),
            Self::CoreDisabled => ("core-disabled", "Every client relies on the core modules."),
            Self::AdminShellLost => (
                "admin-shell-lost",
                "Without admin_shell, `prosodyctl shell` cannot reach the running server.",
            ),
            Self::Unavailable => (
                "unavailable",
                "Prosody logs an error for a module that it cannot load, and runs without it.",
            ),
            Self::PulledIn => (
                "pulled-in",
                "A module that another one depends on loads with it, past every flag.",
            ),
            Self::HttpPortOpen => (
                "http-port-open",
                "A module that needs mod_http opens the HTTP ports, whatever the http flag says.",
            ),
            Self::Clash => (
                "clash",
                "Both want the same thing, and one of them does not get it.",
            ),
            Self::NeedsConfiguration => (
                "needs-configuration",
                "The module loads without complaint and then does nothing.",
            ),
            Self::Superseded => (
                "superseded",
                "The newer module is maintained, the older one is not.",
            ),
            Self::SpecForm => (
                "spec-form",
                "A specification is written as XEP-0000 or RFC 0000, or nobody finds it.",
            ),
            Self::UnknownName => (
                "unknown-name",
                "A name that stands in no release is a typing error, or a module that never existed.",
            ),
            Self::LevelAboveStage => (
                "level-above-stage",
                "The inventory trusts the module more than the people who wrote it do.",
            ),
            Self::LevelBelowStage => (
                "level-below-stage",
                "Upstream has come to trust the module more than the inventory does.",
            ),
            Self::NoPurpose => (
                "no-purpose",
                "Nobody can judge a module without knowing what it is for.",
            ),
            Self::Shadowing => (
                "shadowing",
                "Prosody takes the community copy instead of the module that it brings itself.",
            ),
            Self::ProfileRisk => (
                "profile-risk",
                "A profile is taken as advice, and this one advises against best practice.",
            ),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that the admin should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The module it is about, by its name in the inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Finding {
    /// A finding about a module.
    pub fn of(
        code: Code,
        severity: Severity,
        module: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            module: Some(module.to_owned()),
            ..Self::new(code, severity, message, help)
        }
    }

    /// A finding about the whole.
    pub fn new(
        code: Code,
        severity: Severity,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            module: None,
            message: message.into(),
            help: help.into(),
        }
    }
}
