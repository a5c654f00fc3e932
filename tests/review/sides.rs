//! What may stand for a side: standard input, and a guide with what is wrong in it.

use crate::support::command::{run, run_with, tool};
use crate::support::root;

const INVENTORY: &str = "inventory/prosody.json";
const GUIDE: &str = "tests/cmd/import.in/guide.md";

#[test]
fn one_side_may_be_standard_input() {
    let text = std::fs::read(root().join(INVENTORY)).unwrap();
    for sides in [["-", INVENTORY], [INVENTORY, "-"]] {
        let said = run_with(tool(&["diff"]).args(sides), &text).success();
        assert!(said.stdout.contains("nothing changes"), "{said:?}");
    }
    let said = run_with(&mut tool(&["diff", "-", "-"]), &text);
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("cannot both be standard input"),
        "{said:?}"
    );
}

#[test]
fn what_is_wrong_in_a_guide_is_said_of_either_side() {
    for sides in [[GUIDE, INVENTORY], [INVENTORY, GUIDE]] {
        let said = run(tool(&["diff"]).args(sides)).success();
        let remark = "the sample line says Core=2";
        assert_eq!(said.stderr.matches(remark).count(), 1, "{said:?}");
    }
    let both = run(&mut tool(&["diff", GUIDE, GUIDE])).success();
    assert_eq!(
        both.stderr.matches("the sample line").count(),
        2,
        "{both:?}"
    );
    // The inventory behind both sides is read as well.
    let behind = run(&mut tool(&[
        "diff",
        "--release",
        "0.12..13.0",
        "--inventory",
        GUIDE,
    ]))
    .success();
    assert_eq!(
        behind.stderr.matches("the sample line").count(),
        1,
        "{behind:?}"
    );
}

#[test]
fn the_notes_of_a_scan_are_counted_for_the_side_they_concern() {
    let plugins = tempfile::tempdir().unwrap();
    std::fs::write(plugins.path().join("mod_hello.lua"), "").unwrap();
    let quiet = run(tool(&["diff", "13.0"]).arg(plugins.path())).success();
    assert!(!quiet.stderr.contains("scan"), "{quiet:?}");
    std::fs::write(plugins.path().join("notes.txt"), "no module").unwrap();
    let noted = run(tool(&["diff", "13.0"]).arg(plugins.path())).success();
    let note = format!("the scan of {} has 1 note", plugins.path().display());
    assert!(noted.stderr.contains(&note), "{noted:?}");
}

#[test]
fn sides_of_different_kinds_are_named() {
    let configuration = "tests/cmd/configuration.in/prosody.cfg.lua";
    assert!(root().join(configuration).is_file());
    let release = "inventory/releases/13.0.json";
    for (sides, kinds) in [
        (
            [configuration, INVENTORY],
            ["the configuration of a server", "an inventory"],
        ),
        ([INVENTORY, release], ["an inventory", "a release"]),
    ] {
        let said = run(tool(&["diff"]).args(sides));
        assert_eq!(said.code(), Some(2));
        let [old, new] = [0, 1].map(|side| format!("({}) is {}", sides[side], kinds[side]));
        let expected = format!("OLD {old}, and NEW {new}");
        assert!(said.stderr.contains(&expected), "{expected}: {said:?}");
    }
}
