//! Texts that grow while they are read: the program stays far below 2 GB of memory.

use std::process::Command;

use super::support::command::{Said, TOOL, run};
use super::support::folder::{scratch, write};

/// What the program says of a file with this content, with no more than 2 GB to say it.
fn read_in_little_memory(arguments: &[&str], name: &str, content: &str) -> Said {
    let folder = scratch();
    write(folder.path(), name, content);
    limited(arguments, folder.path(), name)
}

fn limited(arguments: &[&str], folder: &std::path::Path, name: &str) -> Said {
    let said = run(Command::new("sh")
        .args(["-c", "ulimit -v 2000000; exec \"$0\" \"$@\"", TOOL])
        .args(arguments)
        .arg(folder.join(name))
        .env("NO_COLOR", "1"));
    assert!(
        matches!(said.code(), Some(0..=2)),
        "{}: {:.1000}",
        said.status,
        said.stderr
    );
    assert!(!said.stderr.contains("panicked"), "{:.1000}", said.stderr);
    said
}

/// Each line of the `.env` is twice as long as the one before.
#[test]
fn variables_that_double_each_other() {
    let folder = scratch();
    let doubled: String = (0..40)
        .map(|n| format!("A{}=$A{n}$A{n}\n", n + 1))
        .collect();
    write(folder.path(), ".env", &format!("A0=aaaaaaaa\n{doubled}"));
    let text = "environment:\n  - PROSODY_ENABLE_BETA=$A40\n  - PROSODY_ENABLE_HTTP=true\n";
    write(folder.path(), "stack.yml", text);
    let said = limited(
        &["migrate", "--kind", "compose"],
        folder.path(),
        "stack.yml",
    );
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("cannot determine a value"),
        "{}",
        said.stderr
    );
}

/// Ten thousand settings share one expression of a megabyte, and each says what it is.
#[test]
fn a_long_expression_that_many_settings_share() {
    let settings: String = (0..10_000).map(|n| format!("m{n} = x;\n")).collect();
    let text = format!(
        "let x = (\"{}\").a; in {{ services.prosody-stability.modules = {{ {settings} }}; }}",
        "a".repeat(1_000_000)
    );
    let said = read_in_little_memory(
        &["diff", "--fail-on", "breaking", "--config"],
        "c.nix",
        &text,
    );
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("its value is the variable"),
        "{:.1000}",
        said.stderr
    );
}

#[test]
fn a_string_that_is_put_together_of_many_long_ones() {
    let text = format!(
        "let a = \"{}\"; in {{ services.prosody-stability.profile = \"{}\"; }}",
        "a".repeat(4_000),
        "${a}".repeat(1_000_000)
    );
    let said = read_in_little_memory(
        &["diff", "--fail-on", "breaking", "--config"],
        "c.nix",
        &text,
    );
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("too deep or too long to follow"),
        "{:.1000}",
        said.stderr
    );
}

/// Many settings at the end of a very long path.
#[test]
fn a_long_path_that_many_settings_share() {
    let settings: String = (0..100_000).map(|n| format!("a{n} = 1;\n")).collect();
    let text = format!(
        "{{ {}services.prosody-stability = {{ enterprise = true; {settings} }}; }}",
        "a . ".repeat(1_500)
    );
    let said = read_in_little_memory(&["migrate", "--kind", "nix"], "c.nix", &text);
    assert_eq!(said.code(), Some(0), "{:.1000}", said.stderr);
}
