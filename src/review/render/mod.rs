//! A review as text, Markdown, GitHub annotations and a patch; as JSON it is itself.

pub mod github;
pub mod markdown;
pub mod patch;
pub mod text;

use super::severity::{Part, Severity};
use super::{Change, Counts, Review};

/// The counts in words: `1 breaking, 2 warnings, 30 to know`.
fn counted(counts: Counts) -> String {
    let Counts {
        breaking,
        warning,
        info,
        accepted,
    } = counts;
    let s = if warning == 1 { "" } else { "s" };
    let mut text = format!("{breaking} breaking, {warning} warning{s}, {info} to know");
    if accepted > 0 {
        text.push_str(&format!(", {accepted} accepted"));
    }
    text
}

/// What is compared: `Prosody 0.12 → 13.0, inventory built-in`.
fn title(review: &Review) -> String {
    let both = |old: &str, new: &str| {
        if old == new {
            old.to_owned()
        } else {
            format!("{old} → {new}")
        }
    };
    format!(
        "Prosody {}, inventory {}",
        both(&review.old.release, &review.new.release),
        both(&review.old.inventory, &review.new.inventory)
    )
}

/// The selections that a change touches, in words; nothing when there is only one to look at.
fn selections(review: &Review, change: &Change) -> String {
    let all = review.selections.len();
    match change.selections.len() {
        0 => String::new(),
        _ if all == 1 => String::new(),
        some if some == all => "everywhere".to_owned(),
        _ => change.selections.join(", "),
    }
}

/// The heading of a part.
fn heading(part: Part) -> &'static str {
    match part {
        Part::Effect => "What will load",
        Part::Inventory => "Inventory",
        Part::Release => "Release",
    }
}

/// Whether a change need not be shown to a person who has little time: of the release, and nothing
/// to act on.
fn is_aside(change: &Change) -> bool {
    change.part == Part::Release && change.severity == Severity::Info
}
