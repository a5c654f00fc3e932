//! What changed between two inventories: enough to make the one from the other.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::inventory::{Inventory, Module};
use crate::report::change::change;
use crate::report::{Code, Details, Finding};
use crate::review::rename::Renames;

/// What the rule derives from category and stability, so that it changes with them.
const DERIVED: [&str; 2] = ["flags", "risk"];

/// Everything that changed, module by module, then the settings.
pub(super) fn changes(old: &Inventory, new: &Inventory, renames: &Renames<'_>) -> Vec<Finding> {
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
        let former_entry = match neighbour {
            Some((_, before)) => Some((next, before)),
            None => old
                .modules
                .get_full(former)
                .map(|(index, _, before)| (index, before)),
        };
        let Some((index, before)) = former_entry else {
            changes.push(added(Code::ModuleAdded, name, module, position));
            continue;
        };
        is_kept[index] = true;
        kept.push((index, former, name));
        if former != name.as_str() {
            let message = format!("{name} was renamed from {former}");
            let details = Details::of(former, name.as_str());
            changes.push(change(Code::ModuleRenamed, name, message, details));
        }
        if before != module {
            changes.extend(module_changes(name, before, module));
        }
    }
    for (position, (name, module)) in old.modules.iter().enumerate() {
        if !is_kept[position] {
            changes.push(added(Code::ModuleRemoved, name, module, position));
        }
    }
    changes.extend(order(&mut kept));
    let settings = [old, new].map(|inventory| json(&inventory.only(|_| false)));
    setting_changes("", &settings[0], &settings[1], &mut changes);
    changes
}

/// A module that only one of the inventories has.
fn added(code: Code, name: &str, module: &Module, position: usize) -> Finding {
    let placement = format!("{} {}", module.category(), module.stability());
    let message = match code {
        Code::ModuleAdded => format!("{name} ({placement}) is new in the inventory"),
        _ => format!("{name} ({placement}) is no longer in the inventory"),
    };
    let mut details = Details {
        position: Some(position),
        ..Details::default()
    };
    let side = match code {
        Code::ModuleAdded => &mut details.after,
        _ => &mut details.before,
    };
    *side = Some(json(module));
    change(code, name, message, details)
}

fn module_changes(name: &str, old: &Module, new: &Module) -> Vec<Finding> {
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
        let (code, message) = match field.as_str() {
            "stability" if old.stability() < new.stability() => {
                let [was, is] = [old.stability(), new.stability()];
                (Code::Demoted, format!("{name} moved from {was} to {is}"))
            }
            "stability" => {
                let [was, is] = [old.stability(), new.stability()];
                (Code::Promoted, format!("{name} moved from {was} to {is}"))
            }
            "category" => {
                let [was, is] = [old.category(), new.category()];
                let message = format!("{name} moved from category {was} to {is}");
                (Code::Recategorised, message)
            }
            _ => (
                Code::TextChanged,
                changed(&format!("{name}: {field}"), was, is),
            ),
        };
        let details = Details::field(field, was.cloned(), is.cloned());
        changes.push(change(code, name, message, details));
    }
    changes
}

/// That the modules which both inventories have are in another order.
fn order(kept: &mut [(usize, &str, &str)]) -> Option<Finding> {
    if kept.is_sorted() {
        return None;
    }
    let after: Vec<&str> = kept.iter().map(|(_, _, name)| *name).collect();
    let after: Value = after.into();
    kept.sort_unstable();
    let before: Vec<&str> = kept.iter().map(|(_, former, _)| *former).collect();
    let message = "the order of modules in the inventory changed".to_owned();
    let details = Details::of(before, after);
    Some(change(Code::Reordered, "modules", message, details))
}

/// Compares settings down to the values that are no sets; `at` is a JSON pointer.
fn setting_changes(at: &str, old: &Value, new: &Value, changes: &mut Vec<Finding>) {
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

fn setting_change(at: &str, was: Option<&Value>, is: Option<&Value>) -> Finding {
    let subject = at.trim_start_matches('/').replace('/', ".");
    let message = changed(&subject, was, is);
    let details = Details::field(at, was.cloned(), is.cloned());
    change(Code::SettingChanged, &subject, message, details)
}

/// A change of any value in one short sentence.
pub(super) fn changed(what: &str, was: Option<&Value>, is: Option<&Value>) -> String {
    match (was.map(short), is.map(short)) {
        (Some(was), Some(is)) => format!("{what} changed from {was} to {is}"),
        (None, Some(is)) => format!("{what} was set to {is}"),
        (Some(was), None) => format!("{what} was removed, it was {was}"),
        (None, None) => what.to_owned(),
    }
}

/// A value in no more than 60 characters; the details have the whole value.
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
