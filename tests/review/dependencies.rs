//! Dependencies that the new release does not have: the module is there, and cannot load.

use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::{list, text};
use crate::support::root;

/// Release 13.0 after a change of its modules.
fn release(change: impl Fn(&mut serde_json::Map<String, Value>)) -> String {
    let file = read(root(), "inventory/releases/13.0.json");
    let mut release: Value = serde_json::from_str(&file).unwrap();
    change(release["modules"].as_object_mut().unwrap());
    release.to_string()
}

/// The changes of a code, of the review of two releases for one selection.
fn changes(old: &str, new: &str, code: &str, more: &[&str]) -> Vec<Value> {
    let folder = scratch();
    let old = write(folder.path(), "old.json", old);
    let new = write(folder.path(), "new.json", new);
    let arguments = ["diff", &old, &new, "--all", "--format", "json"];
    let review = run(tool(&arguments).args(more)).success().json();
    let mut found = Vec::new();
    for entry in list(&review["findings"]) {
        let facts = entry["facts"].as_array().into_iter().flatten();
        let all = std::iter::once(entry).chain(facts);
        found.extend(all.filter(|change| change["code"] == code).cloned());
    }
    found
}

#[test]
fn a_dependency_that_the_new_release_lacks_is_told_and_its_return_as_well() {
    // As Debian packages them: muc_rtbl is there, and rtbl is not.
    let with = release(|_| ());
    let without = release(|modules| {
        modules.shift_remove("rtbl").unwrap();
    });
    let lost = changes(&with, &without, "dependency-missing", &[]);
    let [lost] = lost.as_slice() else {
        panic!("{lost:?}");
    };
    assert_eq!(lost["subject"], "muc_rtbl");
    assert_eq!(lost["after"], "rtbl");
    assert!(
        text(&lost["reason"]).contains("not in Prosody 13.0"),
        "{lost}"
    );
    let back = changes(&without, &with, "dependency-supplied", &[]);
    let [back] = back.as_slice() else {
        panic!("{back:?}");
    };
    assert_eq!(
        (&back["subject"], &back["before"]),
        (&json!("muc_rtbl"), &json!("rtbl"))
    );
    assert_eq!(
        changes(&without, &without, "dependency-missing", &[]),
        Vec::<Value>::new()
    );
}

#[test]
fn it_is_a_warning_where_the_module_loads() {
    let selection = ["--profile", "community"];
    let conditional = |name: &'static str| {
        move |modules: &mut serde_json::Map<String, Value>| {
            modules[name]["depends"]["conditional"] = json!(["not_there"]);
        }
    };
    for (name, severity, touches) in [("mam", "warning", true), ("muc_search", "info", false)] {
        let lost = changes(
            &release(|_| ()),
            &release(conditional(name)),
            "dependency-missing",
            &selection,
        );
        let [lost] = lost.as_slice() else {
            panic!("{lost:?}");
        };
        assert_eq!(lost["subject"], name);
        assert_eq!(lost["severity"], severity, "{lost}");
        assert_eq!(lost["selections"].is_array(), touches, "{lost}");
        assert!(text(&lost["message"]).contains("conditionally"), "{lost}");
    }
}

#[test]
fn a_module_that_always_needs_it_breaks() {
    let needs = release(|modules| {
        modules["mam"]["depends"] = json!({ "always": ["not_there"] });
    });
    let breaks = changes(
        &release(|_| ()),
        &needs,
        "breaks",
        &["--profile", "community"],
    );
    assert!(
        breaks.iter().any(|change| change["subject"] == "mam"),
        "{breaks:?}"
    );
    let lost = changes(&release(|_| ()), &needs, "dependency-missing", &[]);
    assert!(
        text(&lost[0]["message"]).contains("mam cannot load"),
        "{lost:?}"
    );
}

/// Names that a module computes when it runs are in no file: that is said, not passed over.
#[test]
fn dependencies_that_nobody_can_name_are_told_as_unknown() {
    let computed = release(|modules| {
        modules["mam"]["depends"] = json!({ "computed": true });
    });
    let added =
        |old: &str, new: &str, code: &str| changes(old, new, code, &["--profile", "community"]);
    let plain = release(|modules| {
        modules["mam"]
            .as_object_mut()
            .unwrap()
            .shift_remove("depends");
    });
    for (old, new, code) in [
        (&plain, &computed, "dependency-added"),
        (&computed, &plain, "dependency-removed"),
    ] {
        let found = added(old, new, code);
        let [found] = found.as_slice() else {
            panic!("{code}: {found:?}");
        };
        assert_eq!(found["subject"], "mam");
        assert!(
            text(&found["message"]).contains("names are unknown"),
            "{found}"
        );
    }
    let folder = scratch();
    let file = write(folder.path(), "release.json", &computed);
    for (selection, said) in [("--enable=mam", 1), ("--disable=mam", 0)] {
        let arguments = ["check", "--release", &file, selection, "--format", "json"];
        let report = run(&mut tool(&arguments)).success().json();
        let unknown = list(&report["findings"]).iter();
        let unknown = unknown.filter(|finding| finding["code"] == "unknown-dependency");
        assert_eq!(
            unknown
                .filter(|finding| finding["subject"] == "mam")
                .count(),
            said
        );
    }
}

#[test]
fn check_tells_what_may_fail_of_what_loads() {
    let folder = scratch();
    let release = release(|modules| {
        modules["mam"]["depends"]["conditional"] = json!(["not_there"]);
        modules["muc_search"]["depends"]["conditional"] = json!(["not_there"]);
    });
    let release = write(folder.path(), "release.json", &release);
    let arguments = ["check", "--release", &release, "--format", "json"];
    let report = run(tool(&arguments).args(["--profile", "community"])).json();
    let found = list(&report["findings"]).iter();
    let dangling: Vec<_> = found
        .filter(|finding| finding["code"] == "dangling-dependency")
        .collect();
    let [mam] = dangling.as_slice() else {
        panic!("{dangling:?}");
    };
    assert_eq!(mam["subject"], "mam");
    assert!(
        text(&mam["message"]).contains("requires not_there"),
        "{mam}"
    );
}
