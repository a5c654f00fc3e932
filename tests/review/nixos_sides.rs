//! Two NixOS configurations as the sides of a review.

use std::path::Path;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write};

const SERVER: &str = "{ imports = [ ./modules.nix ]; services.prosody = {\n  enable = true;\n  xmppComplianceSuite = false;\n  virtualHosts.chat = { domain = \"example.org\"; enabled = true; };\n}; }\n";

fn diff(folder: &Path, arguments: &[&str]) -> CommandOutput {
    run(tool(&["diff"]).args(arguments).current_dir(folder))
}

fn flags(settings: &str) -> String {
    format!("{{ services.prosody-stability = {{ enable = true; {settings} }}; }}\n")
}

#[test]
fn flags_of_both_sides_are_compared() {
    let folder = scratch();
    write(folder.path(), "old.nix", &flags("profile = \"community\";"));
    write(
        folder.path(),
        "new.nix",
        &flags("profile = \"community\"; modern = false;"),
    );
    let said = diff(folder.path(), &["old.nix", "new.nix", "--fail-on", "info"]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(said.stdout.contains("\n  community  "), "{said:?}");
    assert!(said.stdout.contains("mam, "), "{said:?}");
    let same = diff(folder.path(), &["old.nix", "old.nix", "--fail-on", "info"]);
    assert_eq!(same.code(), Some(0), "{same:?}");
}

/// On one side a host has settings of its own: on the other it has those of the server.
#[test]
fn a_host_that_gets_settings_is_compared() {
    let folder = scratch();
    write(folder.path(), "old.nix", &flags(""));
    let own = "virtualHosts.\"example.org\".modules.carbons = false;";
    write(folder.path(), "new.nix", &flags(own));
    for sides in [["old.nix", "new.nix"], ["new.nix", "old.nix"]] {
        let said = diff(
            folder.path(),
            &[&sides[..], &["--fail-on", "info"]].concat(),
        );
        assert_eq!(said.code(), Some(1), "{said:?}");
        assert!(said.stdout.contains("carbons will "), "{said:?}");
        assert!(said.stdout.contains("(example.org)"), "{said:?}");
    }
}

/// Each side imports the files beside it.
#[test]
fn servers_of_both_sides_are_compared_with_what_they_import() {
    let folder = scratch();
    for (side, modules) in [("old", "\"mam\" \"turn_external\""), ("new", "\"mam\"")] {
        write(folder.path(), &format!("{side}/configuration.nix"), SERVER);
        let modules = format!("{{ services.prosody.extraModules = [ {modules} ]; }}\n");
        write(folder.path(), &format!("{side}/modules.nix"), &modules);
    }
    let sides = ["old/configuration.nix", "new/configuration.nix"];
    let said = diff(
        folder.path(),
        &[&sides[..], &["--fail-on", "info"]].concat(),
    );
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        said.stdout
            .starts_with("Prosody 13.0, old/configuration.nix → new/configuration.nix: "),
        "{said:?}"
    );
    assert!(said.stdout.contains("example.org"), "{said:?}");
    assert!(
        said.stdout
            .contains("turn_external will not load: no longer configured"),
        "{said:?}"
    );
}

#[test]
fn what_cannot_be_compared_is_doubt() {
    let folder = scratch();
    write(folder.path(), "flags.nix", &flags(""));
    write(
        folder.path(),
        "off.nix",
        "{ services.prosody-stability.enable = false; }\n",
    );
    write(
        folder.path(),
        "server.nix",
        &SERVER.replace("imports = [ ./modules.nix ];", ""),
    );
    write(folder.path(), "nothing.nix", "{ }\n");
    write(
        folder.path(),
        "prosody.cfg.lua",
        "VirtualHost \"example.org\"\n",
    );
    for (sides, expected) in [
        (
            ["flags.nix", "server.nix"],
            "server.nix enables services.prosody, and flags.nix does not",
        ),
        (
            ["flags.nix", "off.nix"],
            "off.nix: services.prosody-stability.enable differs from flags.nix",
        ),
        (
            ["prosody.cfg.lua", "server.nix"],
            "NEW (server.nix) is the NixOS configuration of a server",
        ),
        (
            ["flags.nix", "nothing.nix"],
            "NEW: not an emitted inventory",
        ),
    ] {
        let said = diff(
            folder.path(),
            &[&sides[..], &["--fail-on", "breaking"]].concat(),
        );
        assert_eq!(said.code(), Some(2), "{sides:?} {said:?}");
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(all.contains(expected), "{sides:?} {said:?}");
    }
    let twice = diff(
        folder.path(),
        &["flags.nix", "flags.nix", "--config", "flags.nix"],
    );
    assert_eq!(twice.code(), Some(2), "{twice:?}");
    assert!(twice.stderr.contains("both describe a server"), "{twice:?}");
}
