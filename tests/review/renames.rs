//! Two entries are one module only where something shows it: another name alone hides a loss.

use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::list;
use crate::support::root;

fn inventory_json() -> Value {
    serde_json::from_str(&read(root(), "inventory/prosody.json")).unwrap()
}

/// The inventory with one entry under another name, as `change` makes it.
fn renamed(from: &str, to: &str, change: impl Fn(&mut Value)) -> Value {
    let mut inventory = inventory_json();
    let modules = inventory["modules"].as_object_mut().unwrap();
    let mut module = modules.shift_remove(from).unwrap();
    change(&mut module);
    modules.insert(to.to_owned(), module);
    inventory
}

/// Codes and subjects of all changes of the inventory and of what loads, there and back.
fn review(old: &Value, new: &Value) -> [Vec<(String, String)>; 2] {
    let folder = scratch();
    let old = write(folder.path(), "old.json", &old.to_string());
    let new = write(folder.path(), "new.json", &new.to_string());
    [[&old, &new], [&new, &old]].map(|[old, new]| {
        let arguments = ["diff", old, new, "--all", "--format", "json"];
        let review = run(&mut tool(&arguments)).success().json();
        let mut changes = Vec::new();
        for entry in list(&review["findings"]) {
            let facts = entry["facts"].as_array().into_iter().flatten();
            for change in std::iter::once(entry).chain(facts) {
                let text = |field: &str| change[field].as_str().unwrap_or_default().to_owned();
                changes.push((text("code"), text("subject")));
            }
        }
        changes.sort();
        changes
    })
}

fn has(changes: &[(String, String)], code: &str, subject: &str) -> bool {
    changes
        .iter()
        .any(|change| (change.0.as_str(), change.1.as_str()) == (code, subject))
}

/// Another purpose, and no specification: nothing shows that it is the same.
fn other(module: &mut Value) {
    module["purpose"] = "Draws maps".into();
    module.as_object_mut().unwrap().shift_remove("xeps");
}

#[test]
fn another_name_for_another_purpose_is_a_removal_and_an_addition() {
    for (from, to) in [("mam", "map"), ("time", "time2")] {
        let [there, back] = review(&inventory_json(), &renamed(from, to, other));
        assert!(has(&there, "module-removed", from), "{there:?}");
        assert!(has(&there, "module-added", to), "{there:?}");
        assert!(has(&back, "module-removed", to), "{back:?}");
        assert!(has(&back, "module-added", from), "{back:?}");
        assert!(!has(&there, "module-renamed", to), "{there:?}");
        assert!(!has(&back, "module-renamed", from), "{back:?}");
    }
    let [there, _] = review(&inventory_json(), &renamed("mam", "map", other));
    assert!(has(&there, "stops", "mam"), "{there:?}");
}

#[test]
fn the_inventory_may_say_what_an_entry_was_called() {
    for former in [json!(["mam"]), json!(["archive", "mam"])] {
        let new = renamed("mam", "map", |module| {
            other(module);
            module["renamedFrom"] = former.clone();
        });
        let [there, back] = review(&inventory_json(), &new);
        assert!(has(&there, "module-renamed", "map"), "{there:?}");
        assert!(has(&back, "module-renamed", "mam"), "{back:?}");
        for changes in [there, back] {
            for code in ["module-removed", "module-added"] {
                assert!(changes.iter().all(|change| change.0 != code), "{changes:?}");
            }
        }
    }
}

#[test]
fn a_former_name_that_is_still_there_is_another_module() {
    let mut new = inventory_json();
    let mut map = new["modules"]["mam"].clone();
    other(&mut map);
    map["renamedFrom"] = json!(["mam"]);
    new["modules"]["map"] = map;
    let [there, back] = review(&inventory_json(), &new);
    assert!(has(&there, "module-added", "map"), "{there:?}");
    assert!(has(&back, "module-removed", "map"), "{back:?}");
}

#[test]
fn of_two_that_claim_a_name_one_gets_it_there_and_back() {
    let mut new = renamed("mam", "map", |module| {
        other(module);
        module["renamedFrom"] = json!(["mam"]);
    });
    let mut second = new["modules"]["map"].clone();
    second["renamedFrom"] = json!(["archive", "mam"]);
    new["modules"]["archive2"] = second;
    let [there, back] = review(&inventory_json(), &new);
    assert!(has(&there, "module-renamed", "map"), "{there:?}");
    assert!(has(&there, "module-added", "archive2"), "{there:?}");
    assert!(has(&back, "module-renamed", "mam"), "{back:?}");
    assert!(has(&back, "module-removed", "archive2"), "{back:?}");
}

#[test]
fn the_same_specification_makes_them_one_where_no_other_module_has_it() {
    let purpose = |module: &mut Value| module["purpose"] = "Draws maps".into();
    let [there, back] = review(&inventory_json(), &renamed("mam", "map", purpose));
    assert!(has(&there, "module-renamed", "map"), "{there:?}");
    assert!(has(&back, "module-renamed", "mam"), "{back:?}");
}

#[test]
fn the_name_in_prosody_shows_that_two_entries_are_one() {
    let calls_itself = |name: &'static str| {
        move |module: &mut Value| {
            other(module);
            module["upstream"] = json!({ "name": name });
        }
    };
    let [there, back] = review(
        &inventory_json(),
        &renamed("mam", "map", calls_itself("mam")),
    );
    assert!(has(&there, "module-renamed", "map"), "{there:?}");
    assert!(has(&back, "module-renamed", "mam"), "{back:?}");
    let [there, back] = review(
        &inventory_json(),
        &renamed("mam", "map", calls_itself("maps")),
    );
    assert!(!has(&there, "module-renamed", "map"), "{there:?}");
    assert!(!has(&back, "module-renamed", "mam"), "{back:?}");
}
