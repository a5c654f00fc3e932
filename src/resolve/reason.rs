//! Why a module loads or does not: typed, and worded in one place.
//!
//! [`WORDING`] is emitted for the NixOS module as well, which fills in the same texts.

use std::fmt;

use crate::inventory::{Flag, Rollout};
use crate::release::availability::Missing;
use crate::report::Place;

/// The texts of all reasons by name; words in braces are filled in.
///
/// Only the NixOS module words what services.prosody does.
pub const WORDING: [(&str, &str); 21] = [
    ("core", "core modules are always on"),
    ("enabled", "enabled explicitly"),
    ("disabled", "disabled explicitly"),
    ("flag", "{flag} is {value} ({origin})"),
    (
        "broken",
        "upstream stage broken in {version}, so flags do not enable it",
    ),
    (
        "needsSetup",
        "does not work until {option} is set, so flags do not enable it",
    ),
    ("requiredBy", "required by {by} although {reason}"),
    (
        "optionalOf",
        "optional dependency of {by} although {reason}",
    ),
    (
        "keptOut",
        "{reason}; kept out by modules_disabled, optional dependency of {by}",
    ),
    ("absent", "not in Prosody {version} or prosody-modules"),
    (
        "notPackaged",
        "not in Prosody {version} or this package of prosody-modules",
    ),
    ("withNote", "{reason}; {note}"),
    ("readmeOnly", "only its README remains in {version}"),
    ("requires", "requires {other}: {reason}"),
    (
        "conflicts",
        "conflicts with the feature {other} of Prosody {version}",
    ),
    (
        "lacksFeature",
        "requires the feature {other}, which Prosody {version} does not have",
    ),
    (
        "notEnabledByServices",
        "services.prosody does not enable it although {reason}",
    ),
    (
        "enabledByServices",
        "services.prosody enables it although {reason}",
    ),
    ("inModulesDisabled", "listed in modules_disabled"),
    ("notInherited", "components do not inherit it"),
    ("madeOf", "the component is made of it"),
];

/// Why a module is in its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No flag covers it.
    Core,
    /// The selection names it.
    Explicit {
        /// Whether it enables the module.
        enabled: bool,
    },
    /// The flags that decide about it.
    Flags(Vec<FlagReason>),
    /// An option of the configuration enables it.
    Configured {
        /// The option: `modules_enabled`, or one that chooses a module.
        option: String,
        /// Where it does.
        place: Place,
    },
    /// An option that is not set enables it.
    Default {
        /// The option.
        option: String,
    },
    /// The component is made of it.
    ComponentModule {
        /// Where the component is defined.
        place: Option<Place>,
    },
    /// Prosody loads it automatically.
    Automatic,
    /// The configuration lists it in `modules_disabled`.
    ConfiguredOff {
        /// Where it does.
        place: Place,
    },
    /// Prosody ignores it because another module is enabled.
    Superseded {
        /// The other module.
        by: String,
    },
    /// A component does not take it over from the server.
    NotInherited,
    /// The flags ask for it, and leave it out because upstream calls it broken.
    Broken {
        /// The version of the release.
        version: String,
    },
    /// The flags ask for it, and leave it out because it does not work until it is set up.
    NeedsSetup {
        /// The option to set.
        option: String,
    },
    /// The release cannot load it.
    Unavailable {
        /// What the release lacks.
        missing: Missing,
        /// The version of the release.
        version: String,
        /// What the inventory says became of the module.
        note: Option<String>,
    },
    /// Other modules load it.
    PulledIn {
        /// The modules that depend on it, by their names in Prosody.
        by: Vec<String>,
        /// Whether they require it.
        edge: Edge,
        /// Why it would not load otherwise.
        although: Box<Reason>,
    },
    /// Other modules would load it, and `modules_disabled` prevents it.
    KeptOut {
        /// The modules that it is an optional dependency of.
        by: Vec<String>,
        /// Why it is off.
        reason: Box<Reason>,
    },
}

/// One flag, its value, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagReason {
    /// The flag.
    pub flag: Flag,
    /// Its value.
    pub value: Rollout,
    /// Who set it: `default`, `profile community`, a file with the line.
    pub origin: String,
}

/// How strongly one module depends on another.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// It does not load without the other one.
    Hard,
    /// It loads the other one unless `modules_disabled` names it: `module:depends(name, true)`.
    Soft,
}

impl Reason {
    /// Where the configuration enables the module, or forbids it.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Configured { place, .. } | Self::ConfiguredOff { place } => Some(place),
            Self::ComponentModule { place } => place.as_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Core => fill("core", &[]),
            Self::Explicit { enabled: true } => fill("enabled", &[]),
            Self::Explicit { enabled: false } => fill("disabled", &[]),
            Self::Flags(flags) => {
                let flags: Vec<_> = flags.iter().map(FlagReason::to_string).collect();
                flags.join(", ")
            }
            Self::Configured { option, place } => format!("{option} ({place})"),
            Self::Default { option } => format!("default of {option}"),
            Self::ComponentModule { place } => match place {
                Some(place) => format!("{} ({place})", fill("madeOf", &[])),
                None => fill("madeOf", &[]),
            },
            Self::Automatic => "Prosody loads it automatically".to_owned(),
            Self::ConfiguredOff { place } => format!("modules_disabled ({place})"),
            Self::Superseded { by } => format!("Prosody ignores it because of {by}"),
            Self::NotInherited => fill("notInherited", &[]),
            Self::Broken { version } => fill("broken", &[("version", version)]),
            Self::NeedsSetup { option } => fill("needsSetup", &[("option", option)]),
            Self::Unavailable {
                missing,
                version,
                note,
            } => unavailable(missing, version, note.as_deref()),
            Self::PulledIn { by, edge, although } => {
                let text = match edge {
                    Edge::Hard => "requiredBy",
                    Edge::Soft => "optionalOf",
                };
                fill(
                    text,
                    &[("by", &by.join(", ")), ("reason", &although.to_string())],
                )
            }
            Self::KeptOut { by, reason } => fill(
                "keptOut",
                &[("by", &by.join(", ")), ("reason", &reason.to_string())],
            ),
        })
    }
}

impl fmt::Display for FlagReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = [
            ("flag", self.flag.name()),
            ("value", &self.value.to_string()),
            ("origin", &self.origin),
        ];
        f.write_str(&fill("flag", &values))
    }
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a release lacks, with what the inventory says became of the module.
pub fn unavailable(missing: &Missing, version: &str, note: Option<&str>) -> String {
    let reason = missing_in_words(missing, version);
    match (note, missing) {
        // The note is about the module itself, not about one that it requires.
        (Some(note), Missing::Absent | Missing::NotPackaged | Missing::ReadmeOnly) => {
            fill("withNote", &[("reason", &reason), ("note", note)])
        }
        _ => reason,
    }
}

/// What a release lacks, as the end of a sentence about the module.
pub fn missing_in_words(missing: &Missing, version: &str) -> String {
    let version = ("version", version);
    match missing {
        Missing::Absent => fill("absent", &[version]),
        Missing::NotPackaged => fill("notPackaged", &[version]),
        Missing::ReadmeOnly => fill("readmeOnly", &[version]),
        Missing::Requires(other, missing) => {
            let reason = missing_in_words(missing, version.1);
            fill("requires", &[("other", other), ("reason", &reason)])
        }
        Missing::Conflicts(feature) => fill("conflicts", &[("other", feature), version]),
        Missing::LacksFeature(feature) => fill("lacksFeature", &[("other", feature), version]),
        Missing::Disabled => fill("inModulesDisabled", &[]),
        Missing::NeedsComponent => "loads on components only".to_owned(),
    }
}

/// The text of this name with its words filled in, each once: what is filled in is not read again.
fn fill(name: &str, values: &[(&str, &str)]) -> String {
    let template = WORDING.iter().find(|(known, _)| *known == name);
    let mut rest = template.map_or(name, |(_, text)| text);
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (word, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == word);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_each_word_once() {
        let flag = FlagReason {
            flag: Flag::Beta,
            value: Rollout::All(false),
            origin: "profile {value}".to_owned(),
        };
        assert_eq!(flag.to_string(), "beta is off (profile {value})");
    }

    #[test]
    fn the_note_is_about_the_module_itself() {
        let needs = Missing::Requires("rtbl".to_owned(), Box::new(Missing::Absent));
        assert_eq!(
            unavailable(&needs, "13.0", Some("moved")),
            "requires rtbl: not in Prosody 13.0 or prosody-modules"
        );
        assert_eq!(
            unavailable(&Missing::ReadmeOnly, "13.0", Some("withdrawn")),
            "only its README remains in 13.0; withdrawn"
        );
    }
}
