//! Finds the changes between two sides, and how much each matters.

mod effect;
mod inventory;
mod release;
mod seen;

use std::collections::HashSet;

use super::rename::Renames;
use super::severity::{Kind, Part, Severity};
use super::side::Side;
use super::{Change, Counts, Label, Review, Reviewed, Subject};
use crate::inventory::Inventory;
use crate::release::Release;
use crate::resolve::resolve;
use effect::Effect;
use seen::{Loaded, Seen};

/// Reviews what lies between two sides, under every subject.
pub fn review(old: &Side, new: &Side, subjects: &[Subject]) -> Review {
    let renames = Renames::find(&old.inventory, &new.inventory);
    let mut changes = inventory::changes(&old.inventory, &new.inventory, &renames);
    changes.extend(release::changes(&old.release, &new.release));
    let releases = [&old.release, &new.release];
    let inventories = [&old.inventory, &new.inventory].map(|inventory| known(inventory, releases));
    let mut effects = Vec::new();
    let mut selections = Vec::new();
    for subject in subjects {
        let resolved_old = resolve(&inventories[0], &old.release, &subject.old);
        let resolved_new = resolve(&inventories[1], &new.release, &subject.new);
        let seen = [
            Seen::new(&inventories[0], &resolved_old, &subject.old),
            Seen::new(&inventories[1], &resolved_new, &subject.new),
        ];
        for effect in effect::effects(&seen[0], &seen[1], &renames) {
            merge(&mut effects, effect, &subject.name);
        }
        let touched = [&seen[0], &seen[1]].map(touched);
        for change in &mut changes {
            if touches(change, &renames, &touched) {
                change.selections.push(subject.name.clone());
            }
        }
        selections.push(Reviewed {
            name: subject.name.clone(),
            counts: Counts::default(),
            loads_before: seen[0].loaded.len(),
            loads_after: seen[1].loaded.len(),
        });
    }
    weigh(&mut changes);
    changes.extend(effects);
    changes.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut review = Review {
        old: Label::of(old),
        new: Label::of(new),
        counts: Counts::default(),
        selections,
        undecided: Vec::new(),
        changes,
        stale: Vec::new(),
    };
    review.count();
    review
}

/// The part of an inventory that either release knows.
///
/// A module that neither has loads on neither side: most of a huge inventory need not be resolved.
fn known<'a>(inventory: &Inventory<'a>, releases: [&Release; 2]) -> Inventory<'a> {
    let mut keep = vec![false; inventory.modules.len()];
    for name in releases.iter().flat_map(|release| release.modules.keys()) {
        if let Some(index) = inventory.modules.get_index_of(name) {
            keep[index] = true;
        }
    }
    for (index, module) in inventory.modules.values().enumerate() {
        let has = |name| {
            releases
                .iter()
                .any(|release| release.modules.contains_key(name))
        };
        keep[index] |= module.real_name().is_some_and(has);
    }
    inventory.only(|index| keep[index])
}

/// The worst first, and what loads before what is behind it.
fn order(change: &Change) -> (Part, std::cmp::Reverse<Severity>, Kind, &str, &str) {
    let worst = std::cmp::Reverse(change.severity);
    (
        change.part,
        worst,
        change.kind,
        &change.subject,
        &change.fingerprint,
    )
}

/// One change for all the subjects that have it.
fn merge(effects: &mut Vec<Change>, effect: Effect, subject: &str) {
    let Effect { change, severity } = effect;
    let same = effects.iter_mut().find(|known| {
        known.severity == severity
            && known.fingerprint == change.fingerprint
            && known.message == change.message
    });
    match same {
        Some(known) => known.selections.push(subject.to_owned()),
        None => effects.push(Change {
            severity,
            selections: vec![subject.to_owned()],
            ..change
        }),
    }
}

/// The names of what loads on a side, in Prosody and in the inventory.
fn touched<'a>(seen: &Seen<'a>) -> HashSet<&'a str> {
    let mut names = HashSet::new();
    for (real, loaded) in &seen.loaded {
        names.insert(*real);
        if let Loaded::Asked { name, .. } | Loaded::PulledIn { name, .. } = loaded {
            names.insert(name);
        }
    }
    names
}

/// Whether a change is about something that loads, on the side where that matters: nobody has to
/// remove the copy of a module that did not load.
fn touches(change: &Change, renames: &Renames<'_>, [old, new]: &[HashSet<&str>; 2]) -> bool {
    let subject = change.subject.as_str();
    let former = match change.part {
        Part::Inventory => renames.to_old(subject),
        Part::Release | Part::Effect => subject,
    };
    match change.kind {
        Kind::Bundled | Kind::Withdrawn => old.contains(subject),
        Kind::Unbundled | Kind::Appeared => new.contains(subject),
        _ => old.contains(former) || new.contains(subject),
    }
}

/// Gives the changes of the inventory and the release that touch what loads their severity.
///
/// That a module moved or is gone says it all; what else changed with it is good to know.
fn weigh(changes: &mut [Change]) {
    let says_it_all = |change: &&Change| {
        let moved = [Kind::Withdrawn, Kind::Bundled, Kind::Unbundled];
        moved.contains(&change.kind) && !change.selections.is_empty()
    };
    let moved: HashSet<String> = changes
        .iter()
        .filter(says_it_all)
        .map(|c| c.subject.clone())
        .collect();
    for change in changes
        .iter_mut()
        .filter(|change| !change.selections.is_empty())
    {
        let is_aside = change.part == Part::Release && moved.contains(&change.subject);
        if !is_aside || says_it_all(&&*change) {
            change.severity = change.kind.describe().severity;
        }
    }
}
