//! A package holds a part of prosody-modules: what it leaves out is not gone.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::list;
use crate::support::root;

/// Release 13.0 from this source of community modules, without these modules.
fn release(folder: &Path, name: &str, source: Option<&str>, without: &[&str]) -> String {
    let mut release: Value =
        serde_json::from_str(&read(root(), "inventory/releases/13.0.json")).unwrap();
    let fields = release.as_object_mut().unwrap();
    let mut sources = json!({ "prosody": { "kind": "prosody", "what": "Prosody" } });
    if let Some(kind) = source {
        sources["modules"] = json!({ "kind": kind, "what": "prosody-modules" });
    }
    fields.insert("sources".to_owned(), sources);
    let modules = release["modules"].as_object_mut().unwrap();
    for (_, module) in modules.iter_mut() {
        module.as_object_mut().unwrap().shift_remove("source");
    }
    for module in without {
        modules.shift_remove(*module).unwrap();
    }
    write(folder, name, &release.to_string())
}

/// Reviews two releases for a server with firewall.
fn diff(old: &str, new: &str) -> CommandOutput {
    let arguments = [
        "diff",
        old,
        new,
        "--profile",
        "personal",
        "--format",
        "json",
    ];
    run(tool(&arguments).args(["--fail-on", "breaking"]))
}

/// All that is said of a module, with the facts.
fn about<'a>(review: &'a Value, module: &str) -> Vec<&'a Value> {
    let entries = list(&review["findings"]).iter();
    let all = entries.flat_map(|entry| {
        let facts = entry["facts"].as_array().into_iter().flatten();
        std::iter::once(entry).chain(facts)
    });
    all.filter(|finding| finding["subject"] == module).collect()
}

fn of_code<'a>(findings: &[&'a Value], code: &str) -> &'a Value {
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("{code} in {findings:?}"))
}

#[test]
fn what_a_package_leaves_out_is_not_gone_from_prosody_modules() {
    let rows = [
        (
            Some("package"),
            "firewall is not in this package",
            "not in Prosody 13.0 or this package of prosody-modules",
        ),
        (
            Some("collection"),
            "firewall is no longer in prosody-modules",
            "not in Prosody 13.0 or prosody-modules",
        ),
        (
            None,
            "firewall is no longer in prosody-modules",
            "not in Prosody 13.0 or prosody-modules",
        ),
    ];
    for (source, fact, reason) in rows {
        let folder = scratch();
        let old = release(folder.path(), "old.json", Some("collection"), &[]);
        let new = release(folder.path(), "new.json", source, &["firewall"]);
        let said = diff(&old, &new);
        assert_eq!(said.code(), Some(1), "{source:?}: it breaks: {said:?}");
        let review = said.json();
        let firewall = about(&review, "firewall");
        assert_eq!(of_code(&firewall, "withdrawn")["message"], fact);
        let breaks = firewall.iter().find(|f| f["severity"] == "breaking");
        let breaks = breaks.unwrap_or_else(|| panic!("{firewall:?}"));
        let message = format!("{} {}", breaks["message"], breaks["reason"]);
        assert!(message.contains(reason), "{source:?}: {message}");
    }
}

#[test]
fn a_bundled_module_is_gone_whatever_the_package_holds() {
    let folder = scratch();
    let old = release(folder.path(), "old.json", Some("package"), &[]);
    let new = release(folder.path(), "new.json", Some("package"), &["carbons"]);
    let review = diff(&old, &new).json();
    let withdrawn = of_code(&about(&review, "carbons"), "withdrawn");
    assert_eq!(withdrawn["message"], "carbons is no longer in Prosody");
}

#[test]
fn what_the_old_package_left_out_is_not_new_upstream() {
    let folder = scratch();
    let old = release(folder.path(), "old.json", Some("package"), &["firewall"]);
    let new = release(folder.path(), "new.json", Some("collection"), &[]);
    let review = diff(&old, &new).json();
    let appeared = of_code(&about(&review, "firewall"), "appeared");
    assert_eq!(appeared["message"], "firewall was not in the old package");
}

#[test]
fn the_reason_for_one_release_names_the_package_as_well() {
    let folder = scratch();
    let package = release(
        folder.path(),
        "package.json",
        Some("package"),
        &["firewall"],
    );
    let arguments = ["resolve", "--format", "json", "--release", &package];
    let resolution = run(&mut tool(&arguments)).success().json();
    let modules = list(&resolution["modules"]);
    let firewall = modules.iter().find(|module| module["name"] == "firewall");
    assert_eq!(
        firewall.unwrap()["reason"],
        "not in Prosody 13.0 or this package of prosody-modules"
    );
}
