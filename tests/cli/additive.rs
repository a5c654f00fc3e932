//! `resolve --config prosody.cfg.lua --format lua`: what the admin loads stays, and changes are named.

use std::collections::BTreeSet;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{list, text};

const LISTS: &str = "modules_enabled = { \"roster\", \"saslauth\", \"tls\", \"disco\", \"mine\", \"turn_external\", \"carbons\", \"vcard4\", \"invites_register\", \"invites\" }\nmodules_disabled = { \"offline\", \"limits\" }\n";
const HOSTS: &str = "VirtualHost \"a\"\nVirtualHost \"b\"\nmodules_enabled = { \"bosh\", \"groups\" }\nComponent \"rooms.a\" \"muc\"\n";
const FLAGS: [&str; 4] = [
    "--beta=false",
    "--modern=false",
    "--enable",
    "smacks,invites_register",
];

fn said(folder: &tempfile::TempDir, arguments: &[&str]) -> CommandOutput {
    run(tool(arguments).current_dir(folder.path()))
}

fn fragment(folder: &tempfile::TempDir, release: &str, more: &[&str]) -> CommandOutput {
    let arguments = [
        "resolve",
        "--config",
        "p.cfg.lua",
        "--format",
        "lua",
        "--release",
        release,
    ];
    said(folder, &[&arguments, more].concat())
}

/// What a host of a configuration asks for and does not switch off, by names in Prosody.
fn asked(folder: &tempfile::TempDir, release: &str, host: &str) -> BTreeSet<String> {
    let arguments = [
        "resolve",
        "--config",
        "p.cfg.lua",
        "--format",
        "json",
        "--release",
        release,
    ];
    let hosts = said(folder, &arguments).success().json();
    let host = list(&hosts["hosts"])
        .iter()
        .find(|one| text(&one["host"]) == host)
        .unwrap();
    let modules = list(&host["modules"])
        .iter()
        .filter(|m| text(&m["state"]) != "off");
    modules
        .map(|m| text(m.get("loadsAs").unwrap_or(&m["name"])).to_owned())
        .collect()
}

#[test]
fn beside_a_configuration_it_keeps_what_the_admin_loads() {
    for release in ["0.12", "13.0"] {
        let folder = scratch();
        write(folder.path(), "p.cfg.lua", &format!("{LISTS}{HOSTS}"));
        let before = asked(&folder, release, "a");
        let text = fragment(&folder, release, &FLAGS).success().stdout;
        write(folder.path(), "stability.lua", &text);
        let with = format!("{LISTS}Include \"stability.lua\"\n{HOSTS}");
        write(folder.path(), "p.cfg.lua", &with);
        let after = asked(&folder, release, "a");
        let gone: Vec<&str> = before.difference(&after).map(String::as_str).collect();
        // `invites` is off, and `invites_register` requires it.
        assert_eq!(gone, ["carbons", "vcard4"], "{release}:\n{text}");
        let new: BTreeSet<&str> = after.difference(&before).map(String::as_str).collect();
        for name in ["smacks", "blocklist", "tombstones", "private"] {
            assert!(
                new.contains(name),
                "{release}: no {name} in {new:?}\n{text}"
            );
            assert!(text.contains(&format!("-- + {name}: ")), "{text}");
        }
        for name in &new {
            let is_named = text.contains(&format!("-- + {name}: "));
            assert!(is_named, "{release}: {name} is not named in\n{text}");
        }
        for part in [
            "-- - carbons: modern is off",
            "-- - vcard4: beta is off",
            "invites stays: required by invites_register although modern is off",
            "limits is in modules_disabled (p.cfg.lua:2): remove it there",
            "bosh is in the modules_enabled of b (p.cfg.lua:5) although http is off",
        ] {
            assert!(text.contains(part), "{release}: no `{part}` in\n{text}");
        }
        assert_eq!(
            text.contains("modules_enabled = {"),
            release == "0.12",
            "{text}"
        );
        assert_eq!(
            text.contains("modules_enabled {"),
            release == "13.0",
            "{text}"
        );
        assert!(asked(&folder, release, "b").contains("groups"));
    }
}

#[test]
fn what_a_module_outside_the_inventory_requires_stays() {
    let folder = scratch();
    let main =
        "modules_enabled = { \"roster\", \"invites\", \"invites_page\" }\nVirtualHost \"a\"\n";
    write(folder.path(), "p.cfg.lua", main);
    let text = fragment(&folder, "13.0", &["--modern=false", "--beta=false"])
        .success()
        .stdout;
    let part = "invites stays although its flags are off: invites_page requires it";
    assert!(text.contains(part), "{text}");
    assert!(!text.contains("modules_disabled"), "{text}");
}

#[test]
fn a_list_that_is_not_there_is_begun() {
    let folder = scratch();
    write(folder.path(), "p.cfg.lua", "VirtualHost \"a\"\n");
    let text = fragment(&folder, "13.0", &["--profile", "personal"])
        .success()
        .stdout;
    write(folder.path(), "stability.lua", &text);
    write(
        folder.path(),
        "p.cfg.lua",
        "Include \"stability.lua\"\nVirtualHost \"a\"\n",
    );
    assert!(asked(&folder, "13.0", "a").contains("carbons"), "{text}");
}

#[test]
fn it_needs_flags_and_a_configuration_that_is_known() {
    let folder = scratch();
    write(folder.path(), "p.cfg.lua", HOSTS);
    let cases: [(&[&str], &str); 3] = [
        (&[], "needs flags"),
        (&["--beta=false", "--plugins", "x"], "keeps your own lists"),
        (&["--beta=false", "--enforce"], "keeps your own lists"),
    ];
    for (more, part) in cases {
        let said = fragment(&folder, "13.0", more);
        assert_eq!(
            (said.code(), said.stdout.as_str()),
            (Some(2), ""),
            "{said:?}"
        );
        assert!(said.stderr.contains(part), "{said:?}");
    }
    write(
        folder.path(),
        "p.cfg.lua",
        "modules_enabled = RunScript \"x\"\nVirtualHost \"a\"\n",
    );
    let said = fragment(&folder, "13.0", &["--beta=false"]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stderr
            .contains("p.cfg.lua:1: cannot determine modules_enabled"),
        "{said:?}"
    );
}

#[test]
fn alone_it_says_that_it_is_a_whole_list() {
    let folder = scratch();
    let text = said(&folder, &["resolve", "--format", "lua"])
        .success()
        .stdout;
    let header: String = text
        .lines()
        .take_while(|line| line.starts_with("--"))
        .collect();
    assert!(
        header.contains("This is the whole modules_enabled"),
        "{text}"
    );
    assert!(header.contains("--config prosody.cfg.lua"), "{text}");
}
