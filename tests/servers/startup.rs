//! The plugin and the Lua fragment on real Prosody servers.

use std::fs;

use prosody_stability::inventory::Inventory;

use crate::setup::{self, Choice, line_in};
use crate::support::prosody::{Installation, Server};

#[test]
fn the_startup_line_is_that_of_resolve_for_each_profile() {
    let inventory = Inventory::builtin();
    let mut held = 0;
    for installation in Installation::all() {
        let release = setup::snapshot(&installation);
        for profile in inventory.profiles.keys() {
            for enforce in [true, false] {
                let choice = Choice::profile(&inventory, &release, profile).enforced(enforce);
                let server = Server::start(&installation, |_| choice.config(setup::plugins()));
                let name = format!(
                    "{profile} on {}, enforce {enforce}",
                    installation.full_version
                );
                let log = server.log();
                let expected = choice.resolution().profile_line.to_string();
                assert_eq!(line_in(&log).as_deref(), Some(&*expected), "{name}");
                assert!(!log.contains(" expected "), "{name}:\n{log}");
                assert!(!log.contains("Not in the plan"), "{name}:\n{log}");
                let shell = server.shell(&["stability"]);
                assert!(shell.status.success(), "{name}: {shell:?}");
                assert!(
                    shell.stdout.lines().any(|line| line == expected),
                    "{name}: {shell:?}"
                );
                held += 1;
            }
        }
    }
    println!("{held} servers");
}

#[test]
fn a_module_that_is_deleted_is_warned_of() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let release = setup::snapshot(&installation);
        let choice = Choice::profile(&inventory, &release, "personal");
        let copy = setup::Copy::without(&installation, &["mod_carbons.lua"]);
        let server = copy.start(|_| choice.config(setup::plugins()));
        let log = server.log();
        assert!(
            log.contains("mod_carbons is expected but not loaded"),
            "{log}"
        );
        let before = choice.resolution().profile_line.0;
        let line = setup::counts(&log);
        assert_eq!(line[1], before[1] - 1, "one stable module less: {line:?}");
        assert_eq!(line[0], before[0]);
        let shell = server.shell(&["stability"]);
        assert!(
            shell
                .stdout
                .contains("warn: mod_carbons is expected but not loaded"),
            "{shell:?}"
        );
    }
}

#[test]
fn a_module_that_fails_and_one_beyond_the_plan_are_named() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let release = setup::snapshot(&installation);
        let choice = Choice::profile(&inventory, &release, "personal");
        let server = Server::start(&installation, |setup| {
            let folder = setup.folder.join("plugins");
            fs::create_dir_all(&folder).unwrap();
            let broken = "module:set_status('error', 'sick')\n";
            fs::write(folder.join("mod_carbons.lua"), broken).unwrap();
            fs::write(folder.join("mod_wild.lua"), "").unwrap();
            let plugin = prosody_stability::plan::PLUGIN_TEXT;
            fs::write(folder.join("mod_stability_profile.lua"), plugin).unwrap();
            let config = choice.config(&folder.display().to_string());
            config.replacen("modules_enabled = {", "modules_enabled = {\n\"wild\";", 1)
        });
        let log = server.log();
        assert!(
            log.contains("mod_carbons is expected but does not work: on localhost (error: sick)"),
            "{log}"
        );
        assert!(log.contains("Not in the plan: wild"), "{log}");
    }
}

#[test]
fn the_plugin_survives_reloads_and_a_missing_table() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let release = setup::snapshot(&installation);
        let choice = Choice::profile(&inventory, &release, "personal");
        let server = Server::start(&installation, |_| choice.config(setup::plugins()));
        let expected = choice.resolution().profile_line.to_string();
        for module in ["stability_profile", "admin_shell", "stability_profile"] {
            let said = server.shell(&["module", "reload", module]);
            assert!(said.status.success(), "{module}: {said:?}");
        }
        let lines = server.log().matches(&expected).count();
        assert_eq!(lines, 3, "at the start and after each of two reloads");
        let shell = server.shell(&["stability"]);
        assert!(shell.stdout.contains(&expected), "{shell:?}");
        let said = server.shell(&["module", "unload", "stability_profile"]);
        assert!(said.status.success(), "{said:?}");
        let shell = server.shell(&["stability"]);
        assert!(!shell.stdout.contains("Module stability"), "{shell:?}");

        let plugins = setup::plugins();
        let server = Server::start(&installation, |_| {
            format!(
                "plugin_paths = {{ {plugins:?} }}\nmodules_enabled = {{ \"stability_profile\" }}\n\
                 VirtualHost \"localhost\"\n"
            )
        });
        assert!(server.log().contains("does not contain a table of modules"));
        let server = Server::start(&installation, |_| {
            format!(
                "plugin_paths = {{ {plugins:?} }}\nmodules_enabled = {{ \"stability_profile\" }}\n\
                 stability_profile = {{ groups = {{ Core = 1 }} }}\nVirtualHost \"localhost\"\n"
            )
        });
        assert!(server.log().contains("cannot be used"), "{}", server.log());
    }
}
