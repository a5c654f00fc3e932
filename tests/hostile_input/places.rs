//! What is wrong is said with its place.

use std::io::Write;

use super::{READERS, read_bytes, read_file, refusal};
use crate::support::command::printed;

/// The line and column of the first `mark` in a text; the mark itself is taken out.
fn place(marked: &str) -> (String, String) {
    let at = marked.find('§').expect("a mark");
    let line = marked[..at].matches('\n').count() + 1;
    let column = marked[..at]
        .chars()
        .rev()
        .take_while(|c| *c != '\n')
        .count()
        + 1;
    (marked.replacen('§', "", 1), format!(":{line}:{column}\n"))
}

fn refused_at(reader: &[&str], marked: &str, expected: &str) {
    let (text, place) = place(marked);
    let message = refusal(&read_bytes(reader, text.as_bytes()));
    assert!(message.contains(&place), "expected {place} in\n{message}");
    assert!(
        message.contains(expected),
        "expected `{expected}` in\n{message}"
    );
}

fn emitted(format: &str) -> String {
    printed(&format!("emit --format {format}"))
}

/// Replaces what stands exactly once.
fn edit(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1)
}

#[test]
fn of_what_no_literal_attribute_set_has() {
    let nix = emitted("nix");
    let version = "schemaVersion = 1;";
    for (marked, expected) in [
        (
            "schemaVersion = 1; §schemaVersion = 1;",
            "duplicate field `schemaVersion`",
        ),
        ("§inherit (x) y; schemaVersion = 1;", "found `inherit`"),
        ("schemaVersion = §with x; 1;", "found `with`"),
        ("schemaVersion = §let x = 1; in x;", "found `let … in`"),
        ("schemaVersion = §f 1;", "found the name `f`"),
        ("schemaVersion = §(1);", "found a parenthesis"),
        ("schemaVersion = 1§ + 0;", "found `+`, expected `;`"),
        ("schemaVersion = §x: 1;", "found"),
        ("schemaVersion = §./version.nix;", "found a path"),
        ("schemaVersion = §''1'';", "found an indented string"),
        ("schemaVersion = §1.5;", "found a number with a fraction"),
        ("schemaVersion = §-1;", "found `-`"),
        ("schemaVersion = §99999999999999999999;", "too large"),
        ("schemaVersion = §2;", "unknown schema version 2"),
        ("schemaVersion = §[ 1 ];", "invalid type"),
        ("§${x} = 1; schemaVersion = 1;", "found an interpolation"),
        (
            "\"§${x}\" = 1; schemaVersion = 1;",
            "found an interpolation",
        ),
        (
            "flags§.beta = true; schemaVersion = 1;",
            "a dotted attribute path",
        ),
        ("§schemaVersoin = 1;", "did you mean `schemaVersion`?"),
        ("§or = 1; schemaVersion = 1;", "found `or`"),
        ("schemaVersion§;", "expected `=`"),
        (
            "schemaVersion = 1§\u{a0};",
            "white space that Nix does not allow",
        ),
        (
            "§# one\rtwo\n schemaVersion = 1;",
            "a comment with a carriage return",
        ),
    ] {
        let marked = marked.replace("1§ + 0", "1 §+ 0");
        refused_at(READERS[1], &edit(&nix, version, &marked), expected);
    }
    refused_at(
        READERS[1],
        &format!("{}§x", nix),
        "expected the end of the file",
    );
    refused_at(
        READERS[1],
        &edit(&nix, "flags = {", "flags = §["),
        "an attribute set",
    );
    let cut = nix.trim_end().trim_end_matches('}').trim_end();
    refused_at(READERS[1], &format!("{cut}§"), "the file ends here");
    refused_at(
        READERS[1],
        &format!("{cut} §\"a"),
        "this string is never closed",
    );
}

/// Here only the name of the file tells what it is meant to be.
#[test]
fn of_an_expression_that_does_not_open_as_a_set() {
    for (text, expected) in [
        ("rec { schemaVersion = 1; }", "found a recursive set"),
        ("{ lib }: { schemaVersion = 1; }", "unknown field `lib`"),
        ("let x = 1; in { schemaVersion = x; }", "found `let … in`"),
        ("with builtins; { }", "found `with`"),
        ("import ./other.nix", "found the name `import`"),
        ("(({ schemaVersion = 1; }))", "found a parenthesis"),
    ] {
        let mut file = tempfile::Builder::new().suffix(".nix").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let message = refusal(&read_file(READERS[1], file.path()));
        assert!(
            message.contains(expected),
            "expected `{expected}` in\n{message}"
        );
        assert!(message.contains(".nix:1:"), "{message}");
    }
}

#[test]
fn of_a_name_that_stands_twice() {
    let nix = emitted("nix");
    let roster = "{ category = \"core\"; stability = \"core\"; purpose = \"\"; }";
    let doubled = format!("modules = {{ roster = {roster}; \"§roster\" = {roster};");
    refused_at(
        READERS[1],
        &edit(&nix, "modules = {", &doubled.replace("\"§", "§\"")),
        "listed twice",
    );
    // Also in the part that is only written.
    let doubled = "releases = { \"0.1\" = { a = 1; §a = 2; }; };";
    let without = nix.split_once("  releases = {").unwrap().0;
    refused_at(
        READERS[1],
        &format!("{without}  {doubled}\n}}\n"),
        "listed twice",
    );

    let json = emitted("json");
    let text = edit(
        &json,
        "\"renamedFlags\": {",
        "\"renamedFlags\": { \"a\": \"beta\", §\"a\": \"beta\",",
    );
    refused_at(READERS[1], &text, "listed twice");

    let guide = "# Security (Stable)\n\n| Module | Purpose |\n|---|---|\n| a | x |\n| §a | y |\n";
    refused_at(READERS[0], guide, "module `a` is listed twice");
}

#[test]
fn of_a_name_that_nix_reserves() {
    for name in ["__toString", "outPath"] {
        let what = format!("invalid name `{name}`");
        let module = r#"{ "category": "core", "stability": "core", "purpose": "" }"#;
        let flags = "\"flags\": { \"security\": true }";
        let json = emitted("json");
        for (list, entry) in [
            ("modules", module.to_owned()),
            ("profiles", format!("{{ {flags} }}")),
            ("renamedFlags", "\"beta\"".to_owned()),
        ] {
            let text = json.replacen(
                &format!("\"{list}\": {{"),
                &format!("\"{list}\": {{ §\"{name}\": {entry},"),
                1,
            );
            refused_at(READERS[1], &text, &what);
        }
        let nix = emitted("nix");
        let module = "{ category = \"core\"; stability = \"core\"; purpose = \"\"; }";
        let text = edit(
            &nix,
            "modules = {",
            &format!("modules = {{ §{name} = {module};"),
        );
        refused_at(READERS[1], &text, &what);
        let guide =
            format!("# Security (Stable)\n\n| Module | Purpose |\n|---|---|\n| §{name} | x |\n");
        refused_at(READERS[0], &guide, &what);
    }
}

#[test]
fn of_flags_and_risk_that_the_rule_does_not_give() {
    let nix = emitted("nix");
    let roster = nix.find("    roster = {").unwrap();
    let edited = |old: &str, new: &str| {
        format!("{}{}", &nix[..roster], edit(&nix[roster..], old, new)).replacen(
            "roster = {",
            "roster = §{",
            1,
        )
    };
    refused_at(
        READERS[1],
        &edited("flags = [ ]", "flags = [ \"beta\" ]"),
        "`flags` is [beta], but",
    );
    refused_at(
        READERS[1],
        &edited("risk = \"low\"", "risk = \"high\""),
        "the risk of stability `core` is `low`",
    );
    refused_at(
        READERS[1],
        &edited("category = \"core\"", "category = \"http\""),
        "no flag covers category",
    );
}

#[test]
fn of_json_that_is_cut_off_or_wrong() {
    let json = emitted("json");
    for cut in (1..json.len()).step_by(997) {
        let cut = (0..=cut)
            .rev()
            .find(|at| json.is_char_boundary(*at))
            .unwrap();
        let message = refusal(&read_bytes(READERS[1], &json.as_bytes()[..cut]));
        let last = json[..cut].matches('\n').count() + 1;
        assert!(message.contains("EOF"), "{message}");
        assert!(
            message.contains(&format!(":{last}:")),
            "expected line {last} in\n{message}"
        );
    }
    refused_at(
        READERS[1],
        "{\n  \"schemaVersion\": §2,\n  \"flags\": {}\n}",
        "unknown schema version 2",
    );
    refused_at(
        READERS[1],
        "{\n  §\"schemaVersoin\": 1\n}",
        "did you mean `schemaVersion`?",
    );
    refused_at(
        READERS[1],
        "{ \"a\": \"x§\\u0000\" }",
        "cannot contain a NUL character",
    );
}

#[test]
fn of_an_environment_file() {
    for (marked, expected) in [
        (
            "A=1\nPROSODY_ENABLE_BETA=§maybe\n",
            "expected true, false, or categories",
        ),
        (
            "A=1\nPROSODY_ENABLE_HTTP=§security\n",
            "expected true or false",
        ),
        (
            "A=1\nPROSODY_ENABLE_BETA=§\"true\n",
            "this quote is never closed",
        ),
        ("A=1\n§PROSODY_ENABLE_BETA true\n", "expected `NAME=value`"),
        (
            "PROSODY_ENABLE_ALPHA=true\n§PROSODY_ENABLE_ENTERPRISE=false\n",
            "name the same flag `alpha`",
        ),
    ] {
        refused_at(READERS[2], marked, expected);
    }
}

#[test]
fn of_a_guide() {
    for (marked, expected) in [
        (
            "# Inventory\n\n§| Name | Purpose |\n|---|---|\n| a | x |\n",
            "has no module column",
        ),
        (
            "# Security\n\n§| Module | Purpose |\n|---|---|\n| a | x |\n",
            "no stability for module `a`",
        ),
        (
            "# Enterprise (Stable)\n\n| Module | Purpose |\n|---|---|\n| §a | x |\n",
            "no flag covers category",
        ),
        (
            "# Security\n\n| Module | Purpose | Stability |\n|---|---|---|\n| a | x | §betta |\n",
            "did you mean `beta`?",
        ),
        (
            "# Security (Beta)\n\n| Module | Purpose |\n|---|---|\n|  §| x |\n",
            "a row without a module name",
        ),
    ] {
        refused_at(READERS[0], marked, expected);
    }
}

/// A place in the middle of a very long line has its true column.
#[test]
fn in_a_very_long_line() {
    let blanks = " ".repeat(5_000);
    refused_at(
        READERS[1],
        &format!("{{ {blanks}§inherit x; }}"),
        "found `inherit`",
    );
    refused_at(
        READERS[1],
        &format!("{{ {blanks}§\"wrong\": 1 }}"),
        "unknown field `wrong`",
    );
}

/// What is quoted from an input never reaches the terminal as a control sequence.
#[test]
fn without_control_characters() {
    for (reader, text) in [
        (READERS[1], "{\"\\u001b[31m\": 1}"),
        (READERS[1], "{ \"\u{1b}[31m\" = 1; }"),
        (READERS[2], "PROSODY_ENABLE_BETA=\u{1b}[31m\n"),
        (
            READERS[0],
            "# Inventory\n\n| \u{1b}[31m | Purpose |\n|---|---|\n| a | x |\n",
        ),
    ] {
        let message = refusal(&read_bytes(reader, text.as_bytes()));
        assert!(!message.contains('\u{1b}'), "{message:?}");
    }
}
