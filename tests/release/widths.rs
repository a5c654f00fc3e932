//! The table of `resolve` on terminals of several widths, against the text that people see there.
//!
//! When the table changes on purpose, write the files under `tests/release/widths/` again with
//! `EXPECT=overwrite cargo test --test release widths`, and read the difference.

use std::path::PathBuf;

use prosody_stability::check;
use prosody_stability::inventory::Inventory;
use prosody_stability::release::builtin;
use prosody_stability::resolve::{resolve, table};

use crate::support::{root, selection_of};

/// A narrow window, the classic width, and two wide ones.
const WIDTHS: [usize; 4] = [60, 80, 120, 200];

/// The table of the profile `enterprise` on Prosody 13.0, without colours.
fn rendered(width: usize) -> String {
    let inventory = Inventory::builtin();
    let (release, _) = builtin::find("13.0", false).unwrap();
    let selection = selection_of(&inventory, "enterprise");
    let resolution = resolve(&inventory, &release, &selection, false);
    let findings = check::selection::findings(&inventory, &resolution);
    let text = table::render(&inventory, &resolution, &findings, Some(width));
    anstream::adapter::strip_str(&text).to_string()
}

fn file(width: usize) -> PathBuf {
    root().join(format!("tests/release/widths/{width}.txt"))
}

#[test]
fn the_table_looks_like_its_examples() {
    for width in WIDTHS {
        let text = rendered(width);
        if std::env::var_os("EXPECT").is_some_and(|value| value == "overwrite") {
            std::fs::write(file(width), &text).unwrap();
        }
        let expected = std::fs::read_to_string(file(width)).unwrap();
        assert!(text == expected, "at {width} columns:\n{text}");
    }
}

#[test]
fn no_line_below_the_line_of_the_guide_is_wider_than_the_terminal() {
    for width in WIDTHS {
        for line in rendered(width).lines().skip(1) {
            assert!(line.chars().count() <= width, "at {width} columns: {line}");
        }
    }
}

#[test]
fn a_reason_stands_beside_its_module_where_it_has_24_columns() {
    let roster = "  roster                   core    load         ";
    // The reason begins in column 49, and is 26 columns long.
    let first = 48 + 24;
    assert!(rendered(first).contains(&format!("{roster}core modules are always\n")));
    assert!(rendered(first - 1).contains("\n      core modules are always on\n"));
}

#[test]
fn the_risk_is_shown_from_100_columns_on() {
    assert!(rendered(100).contains("core    low     load"));
    assert!(rendered(99).contains("core    load"));
}
