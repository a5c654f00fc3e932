//! Settings of the NixOS module that say what a selection says, those of hosts as well.

use prosody_stability::inventory::{Flag, Inventory};
use prosody_stability::selection::{Origin, nixos_module};

use crate::support::selection_of;

#[test]
fn a_host_has_only_what_differs_from_the_server() {
    let inventory = Inventory::builtin();
    let mut server = selection_of(&inventory, "community");
    server.override_module("carbons", false);
    server.host("same.example", None);
    let quiet = server.host("quiet.example", None);
    quiet.override_module("carbons", false);
    quiet.override_module("smacks", false);
    let bold = server.host("bold.example", None);
    bold.set_flag(Flag::Alpha, true.into(), Origin::CommandLine)
        .unwrap();
    bold.set_flag(Flag::Http, true.into(), Origin::CommandLine)
        .unwrap();
    let small = server.host("small.example", None);
    small.set_profile(&inventory, "personal").unwrap();
    let rooms = server.host("rooms.example", Some("muc"));
    rooms.override_module("muc_moderation", true);
    let text = nixos_module::write(&inventory, &server, None).unwrap();
    // The http flag is on in the profile of the server, too.
    let expected = r#"{
  services.prosody-stability = {
    enable = true;
    profile = "community";
    modules = {
      carbons = false;
    };
    virtualHosts = {
      "same.example" = { };
      "quiet.example" = {
        modules = {
          smacks = false;
        };
      };
      "bold.example" = {
        alpha = true;
      };
      "small.example" = {
        profile = "personal";
      };
    };
    components = {
      "rooms.example" = {
        modules = {
          muc_moderation = true;
        };
      };
    };
  };
}
"#;
    assert_eq!(text, expected);
}

#[test]
fn a_module_is_not_both_enabled_and_disabled() {
    let inventory = Inventory::builtin();
    let mut selection = selection_of(&inventory, "community");
    selection.set_module(&inventory, "carbons", true).unwrap();
    selection.set_module(&inventory, "carbons", true).unwrap();
    let error = selection
        .set_module(&inventory, "carbons", false)
        .unwrap_err();
    let message = "module `carbons` is both enabled and disabled";
    assert!(error.to_string().contains(message), "{error}");
}
