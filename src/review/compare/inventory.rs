//! What changed between two inventories: enough to make the one from the other.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::inventory::{Inventory, Module};
use crate::review::rename::Renames;
use crate::review::severity::Kind;
use crate::review::{Change, Details};

/// What the rule derives from category and stability, so that it changes with them.
const DERIVED: [&str; 2] = ["flags", "risk"];

/// Everything that changed, module by module, then the settings.
pub(super) fn changes(old: &Inventory, new: &Inventory, renames: &Renames<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut is_kept = vec![false; old.modules.len()];
    let mut kept: Vec<(usize, &str, &str)> = Vec::with_capacity(new.modules.len());
    for (position, (name, module)) in new.modules.iter().enumerate() {
        let former = renames.to_old(name);
        // Mostly the next one of the old inventory, which needs no search.
        let next = kept.last().map_or(0, |(index, _, _)| index + 1);
        let neighbour = old
            .modules
            .get_index(next)
            .filter(|(key, _)| *key == former);
        let found = match neighbour {
            Some((_, before)) => Some((next, before)),
            None => old
                .modules
                .get_full(former)
                .map(|(index, _, before)| (index, before)),
        };
        let Some((index, before)) = found else {
            changes.push(added(Kind::ModuleAdded, name, module, position));
            continue;
        };
        is_kept[index] = true;
        kept.push((index, former, name));
        if former != name.as_str() {
            let message = format!("{former} is called {name} in the inventory now");
            let details = Details::of(former, name.as_str());
            changes.push(Change::new(Kind::ModuleRenamed, name, message, details));
        }
        if before != module {
            changes.extend(module_changes(name, before, module));
        }
    }
    for (position, (name, module)) in old.modules.iter().enumerate() {
        if !is_kept[position] {
            changes.push(added(Kind::ModuleRemoved, name, module, position));
        }
    }
    changes.extend(order(&mut kept));
    let settings = [old, new].map(|inventory| json(&inventory.only(|_| false)));
    setting_changes("", &settings[0], &settings[1], &mut changes);
    changes
}

/// A module that only one of the inventories has.
fn added(kind: Kind, name: &str, module: &Module, position: usize) -> Change {
    let what = format!("{} {}", module.category(), module.stability());
    let message = match kind {
        Kind::ModuleAdded => format!("{name} ({what}) is new in the inventory"),
        _ => format!("{name} ({what}) is gone from the inventory"),
    };
    let mut details = Details {
        position: Some(position),
        ..Details::default()
    };
    let side = match kind {
        Kind::ModuleAdded => &mut details.after,
        _ => &mut details.before,
    };
    *side = Some(json(module));
    Change::new(kind, name, message, details)
}

fn module_changes(name: &str, old: &Module, new: &Module) -> Vec<Change> {
    let (before, after) = (json(old), json(new));
    let empty = serde_json::Map::new();
    let before = before.as_object().unwrap_or(&empty);
    let after = after.as_object().unwrap_or(&empty);
    let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for field in fields {
        let (was, is) = (before.get(field), after.get(field));
        if was == is || DERIVED.contains(&field.as_str()) {
            continue;
        }
        let (kind, message) = match field.as_str() {
            "stability" if old.stability() < new.stability() => {
                let message = format!(
                    "{name} is {} now, it was {}",
                    new.stability(),
                    old.stability()
                );
                (Kind::Demoted, message)
            }
            "stability" => {
                let message = format!(
                    "{name} is {} now, it was {}",
                    new.stability(),
                    old.stability()
                );
                (Kind::Promoted, message)
            }
            "category" => {
                let message = format!(
                    "{name} is of category {} now, it was {}",
                    new.category(),
                    old.category()
                );
                (Kind::Recategorised, message)
            }
            _ => (
                Kind::TextChanged,
                changed(&format!("{field} of {name}"), was, is),
            ),
        };
        let details = Details::field(field, was.cloned(), is.cloned());
        changes.push(Change::new(kind, name, message, details));
    }
    changes
}

/// That the modules which both inventories have stand in another order.
fn order(kept: &mut [(usize, &str, &str)]) -> Option<Change> {
    if kept.is_sorted() {
        return None;
    }
    let after: Vec<&str> = kept.iter().map(|(_, _, name)| *name).collect();
    let after: Value = after.into();
    kept.sort_unstable();
    let before: Vec<&str> = kept.iter().map(|(_, former, _)| *former).collect();
    let message = "the modules stand in another order in the inventory".to_owned();
    let details = Details::of(before, after);
    Some(Change::new(Kind::Reordered, "modules", message, details))
}

/// Compares settings down to the values that are no sets; `at` is a JSON pointer.
fn setting_changes(at: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        changes.push(setting_change(at, Some(old), Some(new)));
        return;
    };
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        match (before.get(key), after.get(key)) {
            (Some(was), Some(is)) => setting_changes(&at, was, is, changes),
            (was, is) => changes.push(setting_change(&at, was, is)),
        }
    }
}

fn setting_change(at: &str, was: Option<&Value>, is: Option<&Value>) -> Change {
    let subject = at.trim_start_matches('/').replace('/', ".");
    let message = changed(&subject, was, is);
    let details = Details::field(at, was.cloned(), is.cloned());
    Change::new(Kind::SettingChanged, &subject, message, details)
}

/// A change of any value in one short sentence.
pub(super) fn changed(what: &str, was: Option<&Value>, is: Option<&Value>) -> String {
    match (was.map(short), is.map(short)) {
        (Some(was), Some(is)) => format!("{what} is {is} now, it was {was}"),
        (None, Some(is)) => format!("{what} is {is} now"),
        (Some(was), None) => format!("{what} is not set any more, it was {was}"),
        (None, None) => what.to_owned(),
    }
}

/// A value in no more than 60 characters; the whole of it stands in the details.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Only maps with keys that are no text cannot be JSON, and the model has none.
pub(super) fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
