//! Nothing that is printed of an inventory or a release controls a terminal or a GitHub workflow.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::harmless::{HOSTILE, harmless, report, say};
use super::spoilt::{hostile_inventory, hostile_release};
use crate::support::command::{run, run_with, tool};
use crate::support::folder::{scratch, write};

#[test]
fn of_an_inventory() {
    let folder = scratch();
    let file = hostile_inventory(folder.path());
    let inventory: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let last = |of: &str| {
        let mut names = inventory[of].as_object().unwrap().keys();
        names.next_back().unwrap().clone()
    };
    let (module, profile) = (last("modules"), last("profiles"));
    assert!(module.contains('\u{9b}') && profile.contains('\u{9b}'));
    let with = ["--inventory", &file];
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", &module],
        &["explain", &module],
        &["explain", &module, "--format", "json"],
        &["explain", "nothing"],
        &["emit"],
        &["emit", "--format", "json"],
        &["emit", "--format", "markdown"],
        &["resolve"],
        &["resolve", "--color", "never"],
        &["resolve", "--profile", &profile],
        &["resolve", "--profile", "nothing"],
        &["resolve", "--format", "json"],
        &["resolve", "--format", "lua"],
        &[
            "resolve",
            "--format",
            "lua",
            "--plugins",
            HOSTILE,
            "--profile",
            &profile,
        ],
        &["resolve", "--format", "nix", "--profile", &profile],
        &["resolve", "--format", "nix", "--enable", &module],
        &["resolve", "--enable", &module, "--alpha", "true"],
    ] {
        say(&[arguments, &with].concat());
    }
    report(&[&["check", "--profile", &profile][..], &with].concat());
    let builtin = "inventory/prosody.json";
    for sides in [[&*file, builtin], [builtin, &*file]] {
        report(&["diff", "--all", sides[0], sides[1]]);
        say(&["diff", "--format", "patch", sides[0], sides[1]]);
    }
    // JSON can say everything, and says the same.
    let emitted = say(&["emit", "--format", "json", "--inventory", &file]).json();
    let purpose = |value: &Value| value["modules"][&module]["purpose"].clone();
    assert_eq!(purpose(&emitted), purpose(&inventory));
    assert!(purpose(&emitted).as_str().unwrap().contains(HOSTILE));
}

#[test]
fn of_a_release() {
    let folder = scratch();
    let file = hostile_release(folder.path());
    let with = ["--release", &file];
    say(&[&["resolve"][..], &with].concat());
    for format in ["json", "lua"] {
        say(&[
            &["resolve", "--alpha", "true", "--format", format][..],
            &with,
        ]
        .concat());
    }
    for format in ["text", "json"] {
        say(&[&["explain", "carbons", "--format", format][..], &with].concat());
    }
    report(&[&["check"][..], &with].concat());
    let release: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let mut names = release["modules"].as_object().unwrap().keys();
    let module = names.next_back().unwrap();
    let config = write(
        folder.path(),
        "prosody.cfg.lua",
        &format!(
            "modules_enabled = {{ [[{}]], 'carbons' }}\nVirtualHost 'a'\n",
            module.replace('\r', "")
        ),
    );
    for arguments in [
        &["list", "--all"][..],
        &["list", "--all", "--format", "json"],
        &["list", "--all", module],
        &["explain", module],
        &["explain", module, "--format", "json"],
        &["options"],
        &["options", "--format", "json"],
        &["options", module],
        &["options", "::error::"],
        &["options", "admin_socket"],
        &["resolve", "--enable", module],
        &["resolve", "--config", &config],
        &["resolve", "--config", &config, "--format", "json"],
        &[
            "resolve", "--config", &config, "--beta", "false", "--format", "lua",
        ],
    ] {
        say(&[arguments, &with].concat());
    }
    report(&[&["check", "--config", &config][..], &with].concat());
    report(
        &[
            &[
                "status",
                "--config",
                &config,
                "--listing",
                "tests/cli/docs/listing.txt",
            ][..],
            &with,
        ]
        .concat(),
    );
    for sides in [format!("{file}..13.0"), format!("13.0..{file}")] {
        report(&["diff", "--all", "--release", &sides]);
    }
    for sides in [["13.0", &file], [&file, "13.0"]] {
        report(&["diff", "--all", sides[0], sides[1]]);
        say(&["diff", "--format", "patch", sides[0], sides[1]]);
    }
}

#[test]
fn with_colours() {
    let folder = scratch();
    let inventory = hostile_inventory(folder.path());
    let release = hostile_release(folder.path());
    let sides = format!("0.12..{release}");
    for arguments in [
        &["explain", "carbons", "--release", &*release][..],
        &["resolve", "--release", &release],
        &["diff", "--all", "--release", &sides],
        &["list", "--inventory", &inventory],
        &["resolve", "--inventory", &inventory],
        &["explain", "mam", "--inventory", &inventory],
        &["check", "--inventory", &inventory],
        &["diff", "--all", "inventory/prosody.json", &inventory],
        &["resolve", "--profile", HOSTILE],
    ] {
        let arguments = [arguments, &["--color", "always"]].concat();
        let mut said = run(&mut tool(&arguments));
        assert!(
            said.stdout.contains("\u{1b}[") || said.stderr.contains("\u{1b}["),
            "{said:?}"
        );
        // All that is left without the codes for colours and the like.
        for text in [&mut said.stdout, &mut said.stderr] {
            let parts = text.split("\u{1b}[");
            let strip = |(index, part): (usize, &str)| match part.find('m') {
                Some(end)
                    if index > 0
                        && part[..end].bytes().all(|b| b.is_ascii_digit() || b == b';') =>
                {
                    // None of the input's: it asks for red alone, and we for a bright or a bold one.
                    assert_ne!(&part[..end], "31m");
                    part[end + 1..].to_owned()
                }
                _ => {
                    if index > 0 {
                        format!("\u{1b}[{part}")
                    } else {
                        part.to_owned()
                    }
                }
            };
            *text = parts.enumerate().map(strip).collect();
        }
        harmless(&said, &arguments);
    }
}

#[test]
fn nothing_long() {
    const LONG: usize = 1024 * 1024;
    let folder = scratch();
    let inventory = include_str!("../../inventory/prosody.json");
    let mut value: Value = serde_json::from_str(inventory).unwrap();
    for module in value["modules"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .take(3)
    {
        module["purpose"] = "x ".repeat(LONG / 2).into();
    }
    let file = write(folder.path(), "long.json", &value.to_string());
    let name = "x".repeat(LONG);
    let release = json!({ "schemaVersion": 2, "version": name, "sources": {}, "modules": {} });
    let release = write(folder.path(), "release.json", &release.to_string());
    for arguments in [
        &["list", "--inventory", &*file][..],
        &["explain", "mam", "--inventory", &file],
        &["resolve", "--release", &release],
        &[
            "diff",
            "--all",
            "--format",
            "text",
            "inventory/prosody.json",
            &file,
        ],
        &[
            "diff",
            "--all",
            "--format",
            "markdown",
            "inventory/prosody.json",
            &file,
        ],
        &[
            "diff",
            "--all",
            "--format",
            "github",
            "inventory/prosody.json",
            &file,
        ],
        &["check", "--format", "github", "--release", &release],
        &[
            "diff",
            "--format",
            "text",
            "--release",
            &format!("{release}..13.0"),
        ],
        &[
            "diff",
            "--format",
            "github",
            "--release",
            &format!("{release}..13.0"),
        ],
    ] {
        let said = say(arguments);
        assert!(
            said.stderr.len() < 100_000,
            "{arguments:?}: {}",
            said.stderr.len()
        );
        assert!(
            said.stdout.len() < 200_000,
            "{arguments:?}: {}",
            said.stdout.len()
        );
    }
    for arguments in [
        &["migrate", "-"][..],
        &["import", "-"],
        &["resolve", "--env-file", "-"],
    ] {
        let said = run_with(
            &mut tool(arguments),
            format!("PROSODY_ENABLE_BETA={name}\n").as_bytes(),
        );
        assert!(said.stderr.len() < 100_000, "{arguments:?}");
    }
}

/// The built-in inventory with this as the purpose of two modules and the title of a profile.
fn with_text(folder: &Path, text: &str) -> String {
    let inventory = include_str!("../../inventory/prosody.json");
    let mut inventory: Value = serde_json::from_str(inventory).unwrap();
    for module in ["mam", "carbons"] {
        inventory["modules"][module]["purpose"] = text.into();
    }
    let profiles = inventory["profiles"].as_object_mut().unwrap();
    let profile = profiles.remove("community").unwrap();
    profiles.insert(text.to_owned(), profile);
    write(folder, "text.json", &inventory.to_string())
}

#[test]
fn nix_says_the_same_where_it_has_escapes() {
    let folder = scratch();
    let text = "::error::a\n::error::b\r\t##[error]c ${d} \"";
    let inventory = with_text(folder.path(), text);
    let old = say(&["emit"]).success().stdout;
    let new = say(&["emit", "--inventory", &inventory]).success().stdout;
    let emitted = write(folder.path(), "new.nix", &new);
    let read = run(&mut tool(&[
        "list",
        "--format",
        "json",
        "--inventory",
        &emitted,
    ]));
    assert_eq!(read.json()["inventory"]["mam"]["purpose"], text);

    let builtin = "inventory/prosody.json";
    let patch = say(&["diff", "--format", "patch", builtin, &inventory]).success();
    let file = write(folder.path(), "inventory.nix", &old);
    let mut command = Command::new("patch");
    command.arg("-p1").current_dir(folder.path());
    run_with(&mut command, patch.stdout.as_bytes()).success();
    assert_eq!(fs::read_to_string(file).unwrap(), new);
}

#[test]
fn markdown_mentions_and_links_nothing() {
    let folder = scratch();
    let text = "@all #1 o/r#2 GH-3 https://example.org www.example.org $x$ a@example.org";
    let inventory = with_text(folder.path(), text);
    let builtin = "inventory/prosody.json";
    for sides in [[builtin, &*inventory], [&*inventory, builtin]] {
        let arguments = ["diff", "--all", "--format", "markdown", sides[0], sides[1]];
        let shown = say(&arguments).success().stdout;
        assert!(shown.contains("https:"), "{shown}");
        // What is code is shown as it is: `@all #1 …` is the name of a profile.
        let parts = shown.split('`').step_by(2);
        for part in parts {
            for link in ["@a", "@e", "#1", "#2", "GH-3", "://", "www.", "$x", "x$"] {
                assert!(!part.contains(link), "{link} in {part}");
            }
        }
    }
}
