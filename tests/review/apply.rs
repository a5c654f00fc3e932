//! Makes the new side from the old one and the reported changes, on plain JSON: shares nothing with
//! the code that finds the changes.

use prosody_stability::report::Finding;
use serde_json::{Map, Value};

/// What the rule derives, so that no change reports it.
const DERIVED: [&str; 2] = ["flags", "risk"];

/// The inventory that the changes make of another one.
pub fn inventory(old: &Value, changes: &[Finding]) -> Value {
    let mut new = old.clone();
    let mut modules: Vec<(String, Value)> = object(&new["modules"]).clone().into_iter().collect();
    for change in changes {
        let code = change.code.name();
        let details = &change.details;
        match code {
            "module-removed" => modules.retain(|(name, _)| *name != *subject(change)),
            "module-renamed" => {
                let former = details.before.as_ref().unwrap().as_str().unwrap();
                let entry = modules.iter_mut().find(|(name, _)| name == former).unwrap();
                entry.0.clone_from(subject(change));
            }
            "setting-changed" => set(&mut new, details.field.as_deref().unwrap(), &details.after),
            _ => {}
        }
    }
    if let Some(order) = changes.iter().find(|c| c.code.name() == "reordered") {
        let order = order.details.after.as_ref().unwrap().as_array().unwrap();
        modules.sort_by_key(|(name, _)| order.iter().position(|n| n == name.as_str()).unwrap());
    }
    let mut added: Vec<&Finding> = changes
        .iter()
        .filter(|c| c.code.name() == "module-added")
        .collect();
    added.sort_by_key(|change| change.details.position);
    for change in added {
        let module = change.details.after.clone().unwrap();
        modules.insert(
            change.details.position.unwrap(),
            (subject(change).clone(), module),
        );
    }
    for change in changes {
        if matches!(
            change.code.name(),
            "promoted" | "demoted" | "recategorised" | "text-changed"
        ) {
            let (_, module) = modules
                .iter_mut()
                .find(|(name, _)| name == subject(change))
                .unwrap();
            let field = change.details.field.as_deref().unwrap();
            put(
                module.as_object_mut().unwrap(),
                field,
                &change.details.after,
            );
        }
    }
    new["modules"] = Value::Object(modules.into_iter().collect());
    without_derived(new)
}

fn subject(change: &Finding) -> &String {
    change.subject.as_ref().unwrap()
}

/// The same without what the rule derives.
pub fn without_derived(mut inventory: Value) -> Value {
    for module in inventory["modules"].as_object_mut().unwrap().values_mut() {
        for field in DERIVED {
            module.as_object_mut().unwrap().shift_remove(field);
        }
    }
    inventory
}

/// The release that the changes make of another one.
pub fn release(old: &Value, changes: &[Finding]) -> Value {
    let mut new = old.clone();
    for change in changes {
        let details = &change.details;
        let field = details.field.as_deref();
        if let Some(field) = field.and_then(|field| field.strip_prefix("modules/")) {
            for (name, value) in object(details.after.as_ref().unwrap()) {
                let value = (!value.is_null()).then(|| value.clone());
                put(new["modules"][name].as_object_mut().unwrap(), field, &value);
            }
            continue;
        }
        if change.code.name() == "release-changed" {
            put(new.as_object_mut().unwrap(), field.unwrap(), &details.after);
            continue;
        }
        let modules = new["modules"].as_object_mut().unwrap();
        let Some(field) = field else {
            put(modules, subject(change), &details.after);
            continue;
        };
        let module = modules[subject(change)].as_object_mut().unwrap();
        match field.split_once('/') {
            Some((outer, kind)) => {
                let outer = module
                    .entry(outer)
                    .or_insert_with(|| Value::Object(Map::new()));
                let outer = outer.as_object_mut().unwrap();
                if kind == "computed" {
                    put(outer, kind, &details.after);
                } else {
                    item(outer, kind, change);
                }
            }
            None if matches!(field, "conflicts" | "requires") => item(module, field, change),
            None => put(module, field, &details.after),
        }
    }
    new["modules"].as_object_mut().unwrap().sort_keys();
    new
}

/// One item more or less in a sorted list.
fn item(of: &mut Map<String, Value>, field: &str, change: &Finding) {
    let list = of.entry(field).or_insert_with(|| Value::Array(Vec::new()));
    let list = list.as_array_mut().unwrap();
    match (&change.details.before, &change.details.after) {
        (Some(gone), None) => list.retain(|item| item != gone),
        (None, Some(come)) => list.push(come.clone()),
        other => panic!("{other:?}"),
    }
    list.sort_by_key(|item| item.as_str().unwrap().to_owned());
}

fn put(of: &mut Map<String, Value>, field: &str, value: &Option<Value>) {
    match value {
        Some(value) => drop(of.insert(field.to_owned(), value.clone())),
        None => drop(of.shift_remove(field)),
    }
}

fn set(root: &mut Value, pointer: &str, value: &Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = root.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    put(parent, &key.replace("~1", "/").replace("~0", "~"), value);
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}
