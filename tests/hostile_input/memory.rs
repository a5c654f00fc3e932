//! Texts that grow while they are read: the program stays far below 2 GB of memory.

use std::process::Command;

use super::support::command::{CommandOutput, TOOL, run};
use super::support::folder::{scratch, write};

/// What the program says of a file with this content, with no more than 2 GB to say it.
fn read_in_little_memory(arguments: &[&str], name: &str, content: &str) -> CommandOutput {
    let folder = scratch();
    write(folder.path(), name, content);
    limited(arguments, folder.path(), name)
}

fn limited(arguments: &[&str], folder: &std::path::Path, name: &str) -> CommandOutput {
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

/// As many threads as there are files, and each file takes a gigabyte while it is parsed.
#[test]
fn plugins_as_large_as_any_that_is_read() {
    let folder = scratch();
    let plugins = folder.path().join("plugins");
    for index in 0..4 {
        let text = "local x ".repeat(2 * 1024 * 1024 / 8);
        write(&plugins, &format!("mod_a{index}.lua"), &text);
    }
    let said = run(Command::new("sh")
        .args(["-c", "ulimit -v 3000000; exec \"$0\" \"$@\"", TOOL])
        .args(["snapshot", "--version", "1", "--revision", "r", "--prosody"])
        .arg(&plugins)
        .env("RAYON_NUM_THREADS", "4"))
    .success();
    assert_eq!(said.json()["modules"].as_object().unwrap().len(), 4);
}

/// A guide takes many times as much memory as text, so that less of it is read.
#[test]
fn guides_as_large_as_any_that_is_read() {
    const MIB: usize = 1024 * 1024;
    let table = "# Security (Stable)\n\n| Module | Purpose |\n|---|---|\n";
    let rows: String = (0..60_000).map(|n| format!("| m{n} | x |\n")).collect();
    let small_tables = "|a\n|-\n".repeat(MIB / 6);
    for (text, code) in [
        (format!("{table}{rows}"), 0),
        (small_tables, 2),
        ("[".repeat(MIB), 2),
    ] {
        assert!(text.len() > MIB * 3 / 4 && text.len() <= MIB);
        let folder = scratch();
        let file = write(folder.path(), "guide.md", &text);
        let said = run(Command::new("sh")
            .args(["-c", "ulimit -v 400000; exec \"$0\" \"$@\"", TOOL])
            .args(["import", &file]));
        assert_eq!(said.code(), Some(code), "{:.1000}", said.stderr);
    }
}

/// Many options whose names are one long text.
#[test]
fn a_long_text_that_many_options_share() {
    let folder = scratch();
    let text = format!(
        "local a = '{}'\n{}",
        "a".repeat(1_000_000),
        "module:get_option(a) module:get_option('o', a)\n".repeat(20_000)
    );
    write(folder.path(), "plugins/mod_a.lua", &text);
    let said = run(Command::new("sh")
        .args(["-c", "ulimit -v 3000000; exec \"$0\" \"$@\"", TOOL])
        .args(["snapshot", "--version", "1", "--revision", "r", "--prosody"])
        .arg(folder.path()))
    .success();
    assert_eq!(said.json()["modules"].as_object().unwrap().len(), 1);
}

/// Each sum has the lines of its first list, and there are many sums.
#[test]
fn a_sum_of_lists_of_many_lines() {
    let text = format!("x = {{{}}}{}\n", "\n".repeat(200_000), " + {}".repeat(900));
    let folder = scratch();
    let file = write(folder.path(), "prosody.cfg.lua", &text);
    let said = run(Command::new("sh")
        .args(["-c", "ulimit -v 1000000; exec \"$0\" \"$@\"", TOOL])
        .args(["check", "--config", &file]));
    assert_eq!(said.code(), Some(2), "{:.1000}", said.stderr);
    assert!(
        said.stderr.contains("lists cannot be concatenated"),
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
