//! What `explain` shows of dependencies: as a tree, in text and in JSON.

use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::list;

/// What `explain NAME` prints about a release with these modules.
fn explained(modules: &Value, arguments: &[&str]) -> String {
    let folder = scratch();
    let release =
        json!({ "schemaVersion": 2, "version": "13.0", "sources": {}, "modules": modules });
    let release = write(folder.path(), "release.json", &release.to_string());
    let arguments = [&["explain", "--release", &release], arguments].concat();
    run(&mut tool(&arguments)).success().stdout
}

/// The lines of a field of the text.
fn field<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!("  {name:15}");
    let lines = text.lines().skip_while(|line| !line.starts_with(&start));
    let mut lines = lines.map(|line| line.split_at_checked(17).unwrap_or(("", "")));
    let first = lines.next().map(|(_, rest)| rest);
    let more = lines.take_while(|(label, _)| label.trim().is_empty());
    first
        .into_iter()
        .chain(more.map(|(_, rest)| rest))
        .collect()
}

fn needs(always: &[&str]) -> Value {
    json!({ "origin": "bundled", "depends": { "always": always } })
}

/// `top` depends on others in every way; `one` and `two` depend on each other.
fn modules() -> Value {
    json!({
        "top": { "origin": "bundled", "depends": {
            "always": ["one", "gone"],
            "conditional": ["switched", "rare"],
            "byDefault": ["switched"],
            "soft": ["bosh"],
        }},
        "one": needs(&["two", "shared"]),
        "two": needs(&["one", "shared"]),
        "shared": needs(&["leaf"]),
        "leaf": needs(&[]),
        "switched": needs(&["shared"]),
        "rare": needs(&["leaf"]),
        "bosh": needs(&[]),
        "carbons": needs(&["one"]),
    })
}

#[test]
fn each_module_has_its_kind_and_its_state_and_is_shown_once() {
    let text = explained(&modules(), &["top", "--enable", "top"]);
    // What `top` requires is missing, so that it does not load, and nothing because of it.
    assert!(text.contains("unavailable: requires gone"), "{text}");
    let shown = field(&text, "depends on");
    assert!(shown.contains(&"├─ gone (unavailable)"), "{text}");
    assert_eq!(shown.last(), Some(&"└─ bosh (optional, off)"), "{text}");

    let mut modules = modules();
    modules["top"]["depends"]["always"] = json!(["one"]);
    let text = explained(&modules, &["top", "--enable", "top"]);
    let expected = [
        "├─ one (dependency)",
        "│  ├─ two (dependency)",
        "│  │  ├─ one (dependency, cycle)",
        "│  │  └─ shared (dependency)",
        "│  │     └─ leaf (dependency)",
        "│  └─ shared (dependency, see above)",
        "├─ switched (by default, dependency)",
        "│  └─ shared (dependency, see above)",
        // What it would load in turn is not shown.
        "├─ rare (conditionally, off)",
        "└─ bosh (optional, pulled-in)",
    ];
    assert_eq!(field(&text, "depends on"), expected, "{text}");
}

#[test]
fn what_pulls_a_module_in_is_shown_up_to_what_loads_anyway() {
    let text = explained(&modules(), &["leaf"]);
    let expected = [
        "└─ shared (dependency)",
        "   ├─ one (dependency)",
        "   │  ├─ carbons (load)",
        "   │  └─ two (dependency)",
        "   │     └─ one (dependency, cycle)",
        "   └─ two (dependency, see above)",
    ];
    assert_eq!(field(&text, "pulled in by"), expected, "{text}");
    // Nothing that loads depends on it.
    let text = explained(&modules(), &["leaf", "--modern", "off"]);
    assert!(!text.contains("pulled in by"), "{text}");
}

#[test]
fn the_trees_are_in_the_json() {
    let text = explained(&modules(), &["carbons", "--format", "json"]);
    let explanation: Value = serde_json::from_str(&text).unwrap();
    let [one] = list(&explanation["dependencies"]) else {
        panic!("{text}");
    };
    let said = |node: &Value| json!([node["name"], node["how"], node["state"], node["leftOut"]]);
    assert_eq!(said(one), json!(["one", "requires", "dependency", null]));
    let below: Vec<Value> = list(&one["nodes"]).iter().map(said).collect();
    let expected = json!([
        ["two", "requires", "dependency", null],
        ["shared", "requires", "dependency", "above"]
    ]);
    assert_eq!(Value::from(below), expected);
    assert_eq!(
        said(&one["nodes"][0]["nodes"][0]),
        json!(["one", "requires", "dependency", "cycle"])
    );
}

/// Each of many modules requires the next one; carbons requires the first, and nothing is below the last.
fn chain(length: usize, has_end: bool) -> Value {
    let links = (0..length).map(|index| {
        let next = format!("m{}", index + 1);
        (format!("m{index}"), needs(&[&next]))
    });
    let mut modules: serde_json::Map<String, Value> = links.collect();
    if has_end {
        modules.insert(format!("m{length}"), needs(&[]));
    }
    modules.insert("carbons".to_owned(), needs(&["m0"]));
    modules.into()
}

#[test]
fn a_chain_of_any_length_is_followed_and_shown_to_its_eighth_module() {
    let text = explained(&chain(20_000, true), &["m0"]);
    let shown = field(&text, "depends on");
    assert_eq!(shown.len(), 8, "{shown:?}");
    let last = shown[7].trim_start();
    assert_eq!(last, "└─ m8 (dependency, and more)");
    assert_eq!(field(&text, "pulled in by"), ["└─ carbons (load)"]);

    // All of them cannot load. Why is said with the beginning and the end of the chain.
    let text = explained(&chain(20_000, false), &["carbons"]);
    let here = field(&text, "here").join(" ");
    let start = "unavailable: requires m0: requires m1: requires m2: ";
    let end = "requires m19999: requires m20000: not in Prosody 13.0 or prosody-modules";
    assert!(here.starts_with(start) && here.ends_with(end), "{here}");
    assert!(here.len() < 500, "{here}");
}
