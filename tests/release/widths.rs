//! The table of `resolve` on terminals of several widths, against the text that people see there.
//!
//! When the table changes on purpose, write the files under `tests/release/widths/` again with
//! `EXPECT=overwrite cargo test --test release widths`, and read the difference.

use std::path::PathBuf;

use prosody_stability::check;
use prosody_stability::inventory::Inventory;
use prosody_stability::release::builtin;
use prosody_stability::resolve::resolve;
use prosody_stability::resolve::table::{self, View};

use crate::support::{root, selection_of};

/// A narrow window, the classic width, and two wide ones.
const WIDTHS: [usize; 4] = [60, 80, 120, 200];

/// The table of the profile `enterprise` on Prosody 13.0, without colours; with `all`, as `--all`
/// shows it.
fn rendered(width: usize, all: bool) -> String {
    let inventory = Inventory::builtin();
    let (release, _) = builtin::find("13.0", false).unwrap();
    let selection = selection_of(&inventory, "enterprise");
    let resolution = resolve(&inventory, &release, &selection, false);
    let findings = check::selection::findings(&inventory, &resolution);
    let view = View {
        width: Some(width),
        all,
    };
    let text = table::render(&inventory, &resolution, &findings, view);
    anstream::adapter::strip_str(&text).to_string()
}

fn file(width: usize, all: bool) -> PathBuf {
    let all = if all { "-all" } else { "" };
    root().join(format!("tests/release/widths/{width}{all}.txt"))
}

#[test]
fn the_table_looks_like_its_examples() {
    for (width, all) in WIDTHS
        .into_iter()
        .flat_map(|width| [(width, false), (width, true)])
    {
        let text = rendered(width, all);
        if std::env::var_os("EXPECT").is_some_and(|value| value == "overwrite") {
            std::fs::write(file(width, all), &text).unwrap();
        }
        let expected = std::fs::read_to_string(file(width, all)).unwrap();
        assert!(text == expected, "at {width} columns:\n{text}");
    }
}

#[test]
fn no_line_below_the_line_of_the_guide_is_wider_than_the_terminal() {
    for width in WIDTHS {
        for line in rendered(width, false).lines().skip(1) {
            assert!(line.chars().count() <= width, "at {width} columns: {line}");
        }
    }
}

#[test]
fn a_reason_stands_beside_its_module_where_it_has_24_columns() {
    let roster = "  roster                   core    load         ";
    // The reason begins in column 49, and is 26 columns long.
    let first = 48 + 24;
    assert!(rendered(first, true).contains(&format!("{roster}core modules are always\n")));
    assert!(rendered(first - 1, true).contains("\n      core modules are always on\n"));
}

#[test]
fn the_risk_is_shown_from_100_columns_on() {
    assert!(rendered(100, true).contains("core    low     load"));
    assert!(rendered(99, true).contains("core    load"));
}

#[test]
fn a_table_hides_no_module() {
    let [folded, all] = [false, true].map(|all| rendered(80, all));
    let words: Vec<&str> = folded.split([' ', ',', '\n']).collect();
    let inventory = Inventory::builtin();
    assert!(inventory.modules.len() > 50);
    for name in inventory.modules.keys() {
        assert!(words.contains(&name.as_str()), "{name} in:\n{folded}");
    }
    let [lines, all] = [&folded, &all].map(|text| text.lines().count());
    assert!(lines * 3 < all * 2, "{lines} of {all} lines:\n{folded}");
}
