//! A fingerprint names a change, and not how it is worded: allow files depend on it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::{findings, list, names, text};
use crate::support::root;

/// The built-in inventory in which carbons clashes with these, each with its effect.
fn inventory(folder: &Path, name: &str, clashes: &[(&str, &str)]) -> String {
    let text = read(root(), "inventory/prosody.json");
    let mut inventory: Value = serde_json::from_str(&text).unwrap();
    let clashes = clashes.iter();
    let clashes = clashes.map(|(with, effect)| json!({ "with": with, "effect": effect }));
    inventory["modules"]["carbons"]["clashes"] = clashes.collect();
    write(folder, name, &inventory.to_string())
}

/// The findings of a review with the facts below them, each as message with reason, and fingerprint.
fn found(old: &str, new: &str, code: &str) -> Vec<[String; 2]> {
    let arguments = ["diff", old, new, "--profile", "community", "--all"];
    let review = run(tool(&arguments).args(["--format", "json"])).success();
    let review = review.json();
    let all = list(&review["findings"]).iter().flat_map(|entry| {
        let facts = entry["facts"].as_array().into_iter().flatten();
        std::iter::once(entry).chain(facts)
    });
    let with_code = all.filter(|finding| finding["code"] == code);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = with_code.map(|finding| {
        let words = [&finding["message"], &finding["reason"]].map(text);
        [words.join(": "), text(&finding["fingerprint"])]
    });
    pairs.collect()
}

#[test]
fn two_wordings_of_a_clash_have_one_fingerprint_and_two_clashes_have_two() {
    let folder = scratch();
    let none = inventory(folder.path(), "none.json", &[]);
    let terse = inventory(folder.path(), "terse.json", &[("smacks", "nothing works")]);
    let effects = [("smacks", "messages get lost"), ("mam", "messages double")];
    let both = inventory(folder.path(), "both.json", &effects);

    for [old, new, code] in [
        [&none, &terse, "clashes"].map(String::from),
        [&terse, &none, "clash-ends"].map(String::from),
    ] {
        let first = found(&old, &new, &code);
        let other = match code.as_str() {
            "clashes" => found(&none, &both, &code),
            _ => found(&both, &none, &code),
        };
        let [[words, fingerprint]] = &first[..] else {
            panic!("{first:#?}");
        };
        let [[one, same], [_, different]] = &other[..] else {
            panic!("{other:#?}");
        };
        if code == "clashes" {
            assert_ne!(words, one);
        }
        assert_eq!(fingerprint, same);
        assert_ne!(fingerprint, different);
    }
}

/// Of everything that needs action when the built-in releases change: by code and subject.
#[test]
fn the_fingerprints_of_a_known_upgrade_stay() {
    let arguments = ["diff", "--release", "0.12..13.0", "--profile", "community"];
    let review = run(tool(&arguments).args(["--format", "json"])).success();
    let review = review.json();
    let all = list(&review["findings"]).iter().flat_map(|entry| {
        let facts = entry["facts"].as_array().into_iter().flatten();
        std::iter::once(entry).chain(facts)
    });
    let needs_action = all.filter(|finding| finding["severity"] != "info");
    let lines = needs_action.map(|finding| {
        let text = |name: &str| finding[name].as_str().unwrap_or("-").to_owned();
        ["fingerprint", "code", "subject"].map(text).join(" ")
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    let expected: Vec<&str> = FINGERPRINTS.lines().collect();
    assert_eq!(lines, expected);
}

const FINGERPRINTS: &str = "\
18f105b161deb9f2 bundled http_altconnect
58ff9a02dec7d4ba stops statistics
5c9e859bc354fd4d upgrade-note http_file_share
663a3c97d65c998b upgrade-note http_upload
9015fc3568598b07 upgrade-note -
a55fde7d3e9ed788 replaced http_upload
ae9526e0a2306181 stage-lowered prometheus
c0b99a5634a8c14d option-default-changed firewall
da360aebddf62ac1 bundled cloud_notify
";

#[test]
fn an_option_that_changes_on_two_hosts_is_two_changes_with_places() {
    let folder = scratch();
    let hosts =
        "VirtualHost 'a.example'\nc2s_timeout = 2\nVirtualHost 'b.example'\nc2s_timeout = 2\n";
    let old = write(folder.path(), "old.cfg.lua", hosts);
    let new = hosts
        .replace("2\nV", "3\nV")
        .replace("c2s_timeout = 2\n", "");
    let new = write(folder.path(), "new.cfg.lua", &format!("\nlog = 'x'\n{new}"));
    let review = run(&mut tool(&[
        "diff", &old, &new, "--format", "json", "--all",
    ]))
    .json();
    let all = findings(&review).into_iter();
    let changed: Vec<_> = all.filter(|f| f["code"] == "option-changed").collect();
    let brief: Vec<_> = changed
        .iter()
        .map(|f| {
            let hosts = names(&f["selections"]).join(" ");
            format!("{} {} {hosts}", f["place"]["line"], text(&f["message"]))
        })
        .collect();
    assert_eq!(
        brief,
        [
            "2 log is set a.example b.example",
            "4 c2s_timeout changes on a.example a.example",
            "4 c2s_timeout is no longer set on b.example b.example",
        ]
    );
    let fingerprints: BTreeSet<_> = changed.iter().map(|f| text(&f["fingerprint"])).collect();
    assert_eq!(fingerprints.len(), 3, "{changed:#?}");
}
