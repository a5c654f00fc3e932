//! Nesting a hundred thousand deep: no reader goes as deep with its stack.

use super::{READERS, read_bytes, read_stdin, refusal};

const DEEP: usize = 100_000;

fn refused_everywhere(text: &str, expected: &str) {
    for output in [
        read_bytes(READERS[1], text.as_bytes()),
        read_stdin(READERS[1], text.as_bytes()),
    ] {
        let message = refusal(&output);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn json() {
    refused_everywhere(&"[".repeat(DEEP), "expected a JSON object");
    refused_everywhere(&"{\"a\":".repeat(DEEP), "unknown field `a`");
    refused_everywhere(
        &format!("{{\"flags\":{}", "[".repeat(DEEP)),
        "not an inventory",
    );
    // Even where nothing is expected of a value.
    refused_everywhere(
        &format!("{{\"$schema\":{}", "[".repeat(DEEP)),
        "not an inventory",
    );
    refused_everywhere(
        &format!("{{\"releases\":{}", "{\"a\":".repeat(DEEP)),
        "not an inventory",
    );
}

#[test]
fn nix() {
    refused_everywhere(&"{ a = ".repeat(DEEP), "unknown field `a`");
    for unit in ["{ a = ", "[ "] {
        let deep = format!("{{ releases = {}", unit.repeat(DEEP));
        refused_everywhere(&deep, "nested more than 64 deep");
    }
    let deep = format!("{{ releases = {}", "(".repeat(DEEP));
    refused_everywhere(&deep, "found a parenthesis");
    let deep = format!("{{ releases = {}", "''${".repeat(DEEP));
    refused_everywhere(&deep, "found an indented string");
    let deep = format!("{{ releases = {}", "\"${".repeat(DEEP));
    refused_everywhere(&deep, "found an interpolation");
    refused_everywhere(
        &format!("{{ a = {}", "\"${".repeat(DEEP)),
        "unknown field `a`",
    );
}

#[test]
fn markdown() {
    for unit in [">", "> ", "- ", "1. ", "*", "[", "> - ", "\n> "] {
        refusal(&read_bytes(READERS[0], unit.repeat(DEEP).as_bytes()));
        let table = "| Module | Purpose |\n|---|---|\n| mam | x |\n";
        refusal(&read_bytes(
            READERS[0],
            format!("{}{table}", unit.repeat(DEEP)).as_bytes(),
        ));
    }
    // A list in a list, each in a line of its own, two blanks deeper.
    let lists: String = (0..1_000)
        .map(|depth| format!("{}- a\n", "  ".repeat(depth)))
        .collect();
    refusal(&read_bytes(READERS[0], lists.as_bytes()));
}
