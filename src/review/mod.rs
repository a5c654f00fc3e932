//! The review: what an upgrade changes, and what of it matters under the admin's flags.
//!
//! [`side`] reads what is compared, [`compare`] finds the changes, [`severity`] knows what each
//! kind of change means, [`allow`] what was accepted, and [`render`] shows it.

pub mod allow;
mod compare;
mod content;
mod rename;
pub mod render;
pub mod severity;
pub mod side;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::configuration::nixos::Settings;
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::selection::Selection;
pub use compare::review;
use severity::{Kind, Part, Severity};
use side::Side;

/// The same selection on both sides, under the name that the review calls it by.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name of a profile, or `selection`.
    pub name: String,
    /// What it means for the old inventory.
    pub old: Selection,
    /// What it means for the new inventory.
    pub new: Selection,
}

impl Subject {
    /// The profiles that both inventories have.
    pub fn profiles(old: &Inventory, new: &Inventory) -> Result<Vec<Self>> {
        let both = new
            .profiles
            .keys()
            .filter(|name| old.profiles.contains_key(*name));
        let subject = |name: &String| {
            let selection = |inventory: &Inventory| {
                let mut selection = Selection::defaults(inventory);
                selection.set_profile(inventory, name).map(|()| selection)
            };
            Ok(Self {
                name: name.clone(),
                old: selection(old)?,
                new: selection(new)?,
            })
        };
        both.map(subject).collect()
    }

    /// What the settings of a NixOS file select.
    pub fn of_config(settings: &Settings, old: &Inventory, new: &Inventory) -> Result<Self> {
        Ok(Self {
            name: settings.profile().unwrap_or("configuration").to_owned(),
            old: settings.selection(old, new)?,
            new: settings.selection(new, old)?,
        })
    }
}

/// What lies between two sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// What the old side is called.
    pub old: Label,
    /// What the new side is called.
    pub new: Label,
    /// How many changes there are of each severity; accepted ones count apart.
    pub counts: Counts,
    /// The selections that were looked at, each with its own counts.
    pub selections: Vec<Reviewed>,
    /// What about the selection could not be decided, and so was left at its default.
    pub undecided: Vec<String>,
    /// All changes, the worst first.
    pub changes: Vec<Change>,
    /// What the allow file accepts although no such change is there, or not any more.
    pub stale: Vec<allow::Stale>,
}

/// What a side is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Label {
    /// Where the inventory comes from.
    pub inventory: String,
    /// The version of the release.
    pub release: String,
}

impl Label {
    fn of(side: &Side) -> Self {
        Self {
            inventory: side.name.clone(),
            release: side.release.version.clone(),
        }
    }
}

/// How many changes there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Works today and will not.
    pub breaking: usize,
    /// Happens unasked, or needs the admin's hand.
    pub warning: usize,
    /// Good to know.
    pub info: usize,
    /// Of any severity, and accepted in the allow file.
    pub accepted: usize,
}

/// One selection that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reviewed {
    /// The name of a profile, or `selection`.
    pub name: String,
    /// How many changes touch what it loads.
    pub counts: Counts,
    /// How many modules load on the old side, with all that comes along.
    pub loads_before: usize,
    /// The same on the new side.
    pub loads_after: usize,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// Its kind.
    pub kind: Kind,
    /// What it is about.
    pub part: Part,
    /// How much it matters under the selections that were looked at.
    pub severity: Severity,
    /// The module by name, or the setting by path.
    pub subject: String,
    /// What changes, in a sentence without its final period.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The selections under which it touches what loads.
    pub selections: Vec<String>,
    /// Names this very change in an allow file.
    pub fingerprint: String,
    /// Why it is accepted, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// What exactly changed, for machines.
    #[serde(flatten)]
    pub details: Details,
}

/// What exactly changed: enough to make the new side from the old one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Details {
    /// The field of the module, or the JSON pointer to the setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The place of an added or removed module in its inventory, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
}

impl Details {
    /// What was there and what is there now.
    fn of(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self {
            before: Some(before.into()),
            after: Some(after.into()),
            ..Self::default()
        }
    }

    /// The same for one field.
    fn field(field: &str, before: Option<Value>, after: Option<Value>) -> Self {
        Self {
            field: Some(field.to_owned()),
            before,
            after,
            position: None,
        }
    }
}

impl Change {
    /// A change that touches no selection yet: good to know.
    fn new(kind: Kind, subject: &str, message: String, details: Details) -> Self {
        Self {
            kind,
            part: kind.part(),
            severity: Severity::Info,
            subject: subject.to_owned(),
            message,
            help: kind.describe().help.to_owned(),
            selections: Vec::new(),
            fingerprint: fingerprint(kind, subject, &details),
            accepted: None,
            details,
        }
    }
}

/// The same for the same change in every run, on every machine and in every version: FNV-1a.
///
/// Leaves out the wording and the selections, so that neither a better message nor another
/// profile makes an accepted change a new one; and the position, which other changes move.
fn fingerprint(kind: Kind, subject: &str, details: &Details) -> String {
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let parts = [
        kind.code(),
        subject,
        details.field.as_deref().unwrap_or_default(),
        &text(&details.before),
        &text(&details.after),
    ];
    let hash = parts
        .join("\u{1f}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

impl Review {
    /// Whether nothing lies between the two sides.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether a change that nobody accepted is at or above a severity.
    pub fn reaches(&self, severity: Severity) -> bool {
        self.open().any(|change| change.severity >= severity)
    }

    /// The changes that nobody accepted.
    pub fn open(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(|change| change.accepted.is_none())
    }

    /// The summary: everything but the changes themselves.
    pub fn without_changes(&self) -> Self {
        Self {
            old: self.old.clone(),
            new: self.new.clone(),
            counts: self.counts,
            selections: self.selections.clone(),
            undecided: self.undecided.clone(),
            changes: Vec::new(),
            stale: self.stale.clone(),
        }
    }

    /// Counts once more, after changes were accepted.
    fn count(&mut self) {
        self.counts = Counts::of(self.changes.iter());
        for reviewed in &mut self.selections {
            let touching = |change: &&Change| change.selections.contains(&reviewed.name);
            reviewed.counts = Counts::of(self.changes.iter().filter(touching));
        }
    }
}

impl Counts {
    fn of<'a>(changes: impl Iterator<Item = &'a Change>) -> Self {
        let mut counts = Self::default();
        for change in changes {
            *match (&change.accepted, change.severity) {
                (Some(_), _) => &mut counts.accepted,
                (None, Severity::Breaking) => &mut counts.breaking,
                (None, Severity::Warning) => &mut counts.warning,
                (None, Severity::Info) => &mut counts.info,
            } += 1;
        }
        counts
    }
}
