//! The manual pages, as `mandoc` and readers take them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::{printed, run, tool};
use crate::support::skip::skip_or_fail;

/// All pages, in a directory that did not exist.
fn pages() -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("share/man/man1");
    run(&mut tool(&[
        "man".as_ref(),
        "--dir".as_ref(),
        dir.as_os_str(),
    ]))
    .success();
    let mut pages: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    (folder, pages)
}

fn has_mandoc() -> bool {
    let has = run(Command::new("sh").args(["-c", "command -v mandoc"])).code() == Some(0);
    if !has {
        skip_or_fail("there is no mandoc to look at the manual pages");
    }
    has
}

#[test]
fn there_is_one_page_for_each_subcommand() {
    let help = printed("--help");
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let mut expected: BTreeSet<String> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|name| *name != "help")
        .map(|name| format!("prosody-stability-{name}.1"))
        .collect();
    assert!(expected.len() > 10, "{expected:?}");
    expected.insert("prosody-stability.1".to_owned());
    let (_folder, pages) = pages();
    let names = pages
        .iter()
        .map(|page| page.file_name().unwrap().to_str().unwrap().to_owned());
    assert_eq!(names.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn mandoc_finds_nothing_to_complain_of() {
    if !has_mandoc() {
        return;
    }
    let (_folder, pages) = pages();
    let lint = run(Command::new("mandoc")
        .args(["-Tlint", "-Wall"])
        .args(&pages));
    let said = format!("{}{}", lint.stdout, lint.stderr);
    assert!(said.is_empty(), "{said}");
    assert_eq!(lint.code(), Some(0));
}

#[test]
fn each_page_has_every_section_with_something_in_it() {
    let (_folder, pages) = pages();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "\"EXIT STATUS\"",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "\"SEE ALSO\"",
        ] {
            let name = page.display();
            let head = format!(".SH {section}\n");
            let (_, body) = text
                .split_once(&head)
                .unwrap_or_else(|| panic!("{name}: no {section}"));
            let (body, _) = body.split_once("\n.SH").unwrap_or((body, ""));
            let said = body.lines().filter(|line| !line.starts_with('.'));
            assert!(said.count() > 0, "{name}: {section} is empty");
        }
    }
}

#[test]
fn a_reader_sees_examples_and_exit_codes_as_the_help_has_them() {
    if !has_mandoc() {
        return;
    }
    let (_folder, pages) = pages();
    for (subcommand, expected) in [
        (
            "diff",
            &[
                "prosody-stability diff HEAD~1:prosody.cfg.lua prosody.cfg.lua",
                "prosody-stability diff --flake 'git+file:.?ref=main' . --fail-on breaking",
                "0 success, 1 a change of severity --fail-on or higher, 2 invalid",
                "/etc/prosody/prosody.cfg.lua",
                "prosody-stability(1), prosody(1), prosodyctl(1)",
            ][..],
        ),
        (
            "snapshot",
            &[
                "prosody-stability snapshot --prosody prosody --community prosody-modules \\",
                "--version 13.0 --revision \"$(git -C prosody rev-parse HEAD)\" --output 13.0.json",
            ],
        ),
        (
            "check",
            &["0 success, 1 a check failed (--check, --fail-on), 2"],
        ),
        ("explain", &["0 success, 2 invalid usage or input."]),
    ] {
        let name = format!("prosody-stability-{subcommand}.1");
        let page = pages.iter().find(|page| page.ends_with(&name)).unwrap();
        let shown = run(Command::new("mandoc")
            .args(["-Tutf8", "-Owidth=120"])
            .arg(page))
        .success();
        // Overstruck letters are bold or underlined.
        let mut text = String::new();
        for c in shown.stdout.chars() {
            match c {
                '\u{8}' => drop(text.pop()),
                _ => text.push(c),
            }
        }
        for line in expected {
            assert!(text.contains(line), "{subcommand}: no {line:?} in\n{text}");
        }
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let dir = file.join("man1");
    let said = run(&mut tool(&[
        "man".as_ref(),
        "--dir".as_ref(),
        dir.as_os_str(),
    ]));
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("cannot write manual pages into"),
        "{said:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
