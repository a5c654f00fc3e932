//! What `check` says of settings of NixOS that differ on single hosts.

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{list, text};

#[test]
fn each_host_with_settings_of_its_own_has_a_scope_and_counts() {
    let folder = scratch();
    let settings = r#"{ services.prosody-stability = {
        enable = true;
        profile = "personal";
        virtualHosts."b.example".modules.carbons = false;
        components."rooms.example".modules.muc_moderation = true;
    }; }"#;
    let file = write(folder.path(), "server.nix", settings);
    let arguments = [
        "check",
        "--release",
        "13.0",
        "--config",
        &file,
        "--format",
        "json",
    ];
    let report = run(&mut tool(&arguments)).json();
    let scopes = list(&report["scopes"]);
    let named: Vec<_> = scopes
        .iter()
        .map(|scope| (text(&scope["name"]), text(&scope["kind"])))
        .collect();
    let expected = [
        ("personal", "selection"),
        ("b.example", "virtual-host"),
        ("rooms.example", "component"),
    ];
    assert_eq!(named, expected, "{report}");
    let modules: Vec<_> = scopes
        .iter()
        .map(|scope| scope["modules"].as_u64())
        .collect();
    // One less than everywhere, and on the component what it was given.
    assert_eq!(modules[1].map(|count| count + 1), modules[0], "{report}");
    assert!(modules[2] < modules[1], "{report}");
}
