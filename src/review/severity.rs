//! The kinds of changes: each with a stable code, its mirror, how much it matters, why, and what to do.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// How much a change matters to the admin; `--fail-on` compares by it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Happens unasked, or needs the admin's hand.
    Warning,
    /// Works today and will not.
    Breaking,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 3] = [Self::Breaking, Self::Warning, Self::Info];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What Prosody loads under a selection.
    Effect,
    /// The inventory.
    Inventory,
    /// The release.
    Release,
}

/// One row of the table of kinds.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// The stable code.
    pub code: &'static str,
    /// What it is about.
    pub part: Part,
    /// How much it matters when it touches what loads.
    pub severity: Severity,
    /// The kind that the same change has when it is looked at from the other side.
    pub mirror: Kind,
    /// Why it matters, in one sentence.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// Writes the enum, the list of all kinds and the table from one list of rows.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $code:literal $part:ident $severity:ident <> $mirror:ident, $why:literal, $help:literal;)+) => {
        /// The kinds of changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $code)] $kind,)+
        }

        impl Kind {
            /// All kinds, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Its row of the table.
            pub fn describe(self) -> Description {
                match self {
                    $(Self::$kind => Description {
                        code: $code,
                        part: Part::$part,
                        severity: Severity::$severity,
                        mirror: Self::$mirror,
                        why: $why,
                        help: $help,
                    },)+
                }
            }
        }
    };
}

kinds! {
    /// Loads today; the new release cannot load it.
    Breaks "breaks" Effect Breaking <> Mends,
        "A module that loads today is asked for as before, and the new side cannot load it.",
        "switch it off by name, or stay on the old release";
    /// Could not be loaded, and now can.
    Mends "mends" Effect Info <> Breaks,
        "A module that was asked for all the time, and that could not be loaded, loads.",
        "see whether it needs configuration";
    /// Cannot be loaded any more, but its replacement loads.
    Replaced "replaced" Effect Breaking <> Reinstated,
        "A module that loads today cannot be loaded any more; another one does its work.",
        "move its configuration to the replacement";
    /// Loads again where its replacement stood in.
    Reinstated "reinstated" Effect Info <> Replaced,
        "A module loads that so far another one stood in for.",
        "see whether both are needed";
    /// Loads today and will not be asked for.
    Stops "stops" Effect Breaking <> Starts,
        "A module that loads today will not load, though nobody changed a flag.",
        "enable it by name to keep it";
    /// Did not load and will be asked for.
    Starts "starts" Effect Warning <> Stops,
        "A module that does not load today will load, though nobody changed a flag.",
        "disable it by name to keep it out";
    /// A module of the inventory loads because others depend on it, unasked.
    PulledIn "pulled-in" Effect Warning <> NoLongerPulledIn,
        "A module loads past its flag because another one depends on it.",
        "disable the modules that pull it in, or accept it";
    /// A module of the inventory is not pulled in any more.
    NoLongerPulledIn "no-longer-pulled-in" Effect Info <> PulledIn,
        "A module that nobody asked for does not come along any more.",
        "enable it by name if you relied on it";
    /// A module loads under another name.
    LoadsAs "loads-as" Effect Warning <> LoadsAs,
        "The same entry of the inventory loads a module of another name.",
        "let your own configuration follow the new name";
    /// A module moves between `modules_enabled` and a component.
    PlacementChanged "placement-changed" Effect Warning <> PlacementChanged,
        "A component has an address of its own, a plain module has none.",
        "add or remove its `Component` section";
    /// Two modules that do not work beside each other load together.
    Clashes "clashes" Effect Breaking <> ClashEnds,
        "Two modules load together that do not work beside each other.",
        "disable one of the two by name";
    /// Two modules do not clash any more.
    ClashEnds "clash-ends" Effect Info <> Clashes,
        "Two modules that did not work beside each other do not load together any more.",
        "nothing";
    /// The HTTP ports open although http is off.
    HttpPortOpens "http-port-opens" Effect Warning <> HttpPortCloses,
        "The HTTP ports open although the http flag is off.",
        "bind `http_interfaces` and `https_interfaces` to loopback, or disable what needs mod_http";
    /// The HTTP ports stay closed again.
    HttpPortCloses "http-port-closes" Effect Info <> HttpPortOpens,
        "Nothing opens the HTTP ports past the http flag any more.",
        "nothing";
    /// A module outside the inventory loads with another one.
    DependencyStarts "dependency-starts" Effect Info <> DependencyStops,
        "A module outside the inventory loads because another one depends on it.",
        "nothing";
    /// A module outside the inventory does not load any more.
    DependencyStops "dependency-stops" Effect Info <> DependencyStarts,
        "A module outside the inventory, which only came along, does not load any more.",
        "enable it by hand if you relied on it";
    /// The inventory trusts a module less.
    Demoted "demoted" Inventory Warning <> Promoted,
        "The inventory trusts a module less than before, and other flags decide about it.",
        "read why, and decide whether you still want it";
    /// The inventory trusts a module more.
    Promoted "promoted" Inventory Info <> Demoted,
        "The inventory trusts a module more than before, and other flags decide about it.",
        "nothing";
    /// A module is new in the inventory.
    ModuleAdded "module-added" Inventory Info <> ModuleRemoved,
        "The inventory has one more module.",
        "nothing";
    /// A module is gone from the inventory.
    ModuleRemoved "module-removed" Inventory Info <> ModuleAdded,
        "The inventory does not know the module any more, and no flag loads it.",
        "remove it from your overrides by name";
    /// A module has another name in the inventory.
    ModuleRenamed "module-renamed" Inventory Info <> ModuleRenamed,
        "The inventory calls the module by another name.",
        "use the new name in your overrides";
    /// A module is of another category.
    Recategorised "recategorised" Inventory Info <> Recategorised,
        "The module is of another category, and other flags decide about it.",
        "nothing";
    /// Something else that the inventory says of a module.
    TextChanged "text-changed" Inventory Info <> TextChanged,
        "The inventory says something else of the module.",
        "nothing";
    /// Flags, levels, categories, profiles.
    SettingChanged "setting-changed" Inventory Info <> SettingChanged,
        "A flag, a level, a category or a profile of the inventory is another one.",
        "nothing";
    /// The modules stand in another order.
    Reordered "reordered" Inventory Info <> Reordered,
        "The modules stand in another order, which changes nothing that loads.",
        "nothing";
    /// A module is gone from the release, or only its README is left.
    Withdrawn "withdrawn" Release Warning <> Appeared,
        "Upstream withdrew a module, and Prosody logs an error when it is asked for it.",
        "use what replaces it, or do without it";
    /// The release has one more module.
    Appeared "appeared" Release Info <> Withdrawn,
        "Upstream has a module that it did not have before.",
        "nothing";
    /// A community module is part of Prosody now.
    Bundled "bundled" Release Warning <> Unbundled,
        "The module is part of Prosody now, and an installed community copy takes its place.",
        "stop installing the community copy";
    /// A module is not part of Prosody any more.
    Unbundled "unbundled" Release Warning <> Bundled,
        "The module is not part of Prosody any more and has to be installed.",
        "install it from prosody-modules";
    /// Upstream trusts a module less.
    StageLowered "stage-lowered" Release Warning <> StageRaised,
        "The people who wrote the module trust it less than before.",
        "read its README, and decide whether you still want it";
    /// Upstream trusts a module more.
    StageRaised "stage-raised" Release Info <> StageLowered,
        "The people who wrote the module trust it more than before.",
        "nothing";
    /// Upstream's label is another one, neither better nor worse.
    StageRelabelled "stage-relabelled" Release Info <> StageRelabelled,
        "Upstream's label of the module is another one, neither better nor worse.",
        "nothing";
    /// A community copy would take a bundled module's place.
    ShadowingBegan "shadowing-began" Release Warning <> ShadowingEnded,
        "A community module of the same name takes the place of the bundled one when installed.",
        "do not install the community copy";
    /// No community copy takes a bundled module's place.
    ShadowingEnded "shadowing-ended" Release Info <> ShadowingBegan,
        "No community module takes the place of the bundled one any more.",
        "nothing";
    /// A community copy of a bundled module has other labels.
    CopyChanged "copy-changed" Release Info <> CopyChanged,
        "What upstream says of a community copy of a bundled module is something else.",
        "nothing";
    /// A module depends on one more module.
    DependencyAdded "dependency-added" Release Info <> DependencyRemoved,
        "The module depends on one more, which may load with it.",
        "nothing";
    /// A module depends on one module less.
    DependencyRemoved "dependency-removed" Release Info <> DependencyAdded,
        "The module does not depend on another one any more.",
        "nothing";
    /// A module conflicts with one more feature of Prosody.
    ConflictAdded "conflict-added" Release Warning <> ConflictRemoved,
        "Prosody passes over a module that conflicts with a feature that it has.",
        "see in the log whether it still loads";
    /// A module conflicts with one feature less.
    ConflictRemoved "conflict-removed" Release Info <> ConflictAdded,
        "The module does not conflict with a feature of Prosody any more.",
        "nothing";
    /// A module requires one more feature of Prosody.
    RequirementAdded "requirement-added" Release Warning <> RequirementRemoved,
        "Prosody passes over a module that requires a feature that it has not.",
        "see in the log whether it still loads";
    /// A module requires one feature less.
    RequirementRemoved "requirement-removed" Release Info <> RequirementAdded,
        "The module does not require a feature of Prosody any more.",
        "nothing";
    /// The last trace of a module that was withdrawn is gone.
    StubRemoved "stub-removed" Release Info <> StubAdded,
        "The README that was left of a module is gone, too.",
        "nothing";
    /// Upstream has a README for a module that it does not have.
    StubAdded "stub-added" Release Info <> StubRemoved,
        "Upstream has a README for a module without any code.",
        "nothing";
    /// The one-line summary of a module.
    SummaryChanged "summary-changed" Release Info <> SummaryChanged,
        "Upstream describes the module in other words.",
        "nothing";
    /// The version or the revision of the release.
    ReleaseChanged "release-changed" Release Info <> ReleaseChanged,
        "The version or the revision of the release is another one.",
        "nothing";
}

impl Kind {
    /// Its stable code.
    pub fn code(self) -> &'static str {
        self.describe().code
    }

    /// What it is about.
    pub fn part(self) -> Part {
        self.describe().part
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// The meaning of every code as a Markdown table, for the documentation.
pub fn table() -> String {
    let mut out = String::from(
        "| code | about | severity | mirror | why it matters | what to do |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for kind in Kind::ALL {
        let row = kind.describe();
        let about = match row.part {
            Part::Effect => "what loads",
            Part::Inventory => "inventory",
            Part::Release => "release",
        };
        let help = if row.help == "nothing" { "" } else { row.help };
        out.push_str(&format!(
            "| `{}` | {about} | {} | `{}` | {} | {help} |\n",
            row.code, row.severity, row.mirror, row.why
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_mirror_and_words() {
        let mut codes = std::collections::BTreeSet::new();
        for kind in Kind::ALL {
            let row = kind.describe();
            let mirror = row.mirror.describe();
            assert_eq!(
                mirror.mirror, *kind,
                "{kind} and {} are no mirrors",
                mirror.code
            );
            assert_eq!(mirror.part, row.part, "{kind}");
            assert!(codes.insert(row.code), "{kind} twice");
            assert!(row.why.ends_with('.') && row.why.len() > 20, "{kind}");
            assert!(!row.help.is_empty() && !row.help.ends_with('.'), "{kind}");
            assert_eq!(
                serde_json::to_value(kind).ok(),
                Some(row.code.into()),
                "{kind}"
            );
        }
    }

    /// Better news has a worse mirror: two that are each other's mirror are not both breaking.
    #[test]
    fn no_pair_breaks_both_ways() {
        for kind in Kind::ALL {
            let row = kind.describe();
            if row.mirror != *kind && row.severity == Severity::Breaking {
                assert_ne!(row.mirror.describe().severity, Severity::Breaking, "{kind}");
            }
        }
    }
}
