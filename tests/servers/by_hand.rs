//! What docs/operating.md tells people to do by hand, done on real servers.

use std::fs;

use crate::setup::{self, line_in};
use crate::support::command::{run, tool};
use crate::support::prosody::{Installation, Server};

fn printed(arguments: &[&str]) -> String {
    run(&mut tool(arguments)).success().stdout
}

/// A server whose configuration includes the fragment, as written by the commands themselves.
fn server(installation: &Installation, with_plugin: bool) -> Server {
    Server::start(installation, |setup| {
        let release = setup.folder.join("release.json");
        let snapshot = setup::snapshot(installation).to_json().unwrap();
        fs::write(&release, snapshot).unwrap();
        let plugins = setup.folder.display().to_string();
        let release = release.display().to_string();
        let mut arguments = vec![
            "resolve",
            "--profile",
            "personal",
            "--enable",
            "admin_shell",
            "--release",
            &release,
            "--format",
            "lua",
        ];
        if with_plugin {
            arguments.extend(["--plugins", &plugins]);
            let plugin = setup.folder.join("mod_stability_profile.lua");
            fs::write(plugin, printed(&["plugin"])).unwrap();
        }
        fs::write(setup.folder.join("stability.lua"), printed(&arguments)).unwrap();
        // The comment tells the test server that the admin shell is asked for already.
        "-- modules_enabled = { \"admin_shell\" }\nInclude \"stability.lua\"\n\
         http_external_url = \"https://localhost/\"\nVirtualHost \"localhost\"\n"
            .to_owned()
    })
}

#[test]
fn the_fragment_is_included_and_the_commands_of_the_document_exist() {
    for installation in Installation::all() {
        let server = server(&installation, true);
        let line = line_in(&server.log()).unwrap();
        assert!(line.contains("Core=11"), "{line}");
        let commands: [&[&str]; 7] = [
            &["shell", "module", "list"],
            &["shell", "module:info(\"mam\")"],
            &["shell", "stability"],
            &["shell", "config", "reload"],
            &["shell", "module", "reload", "mam", "localhost"],
            &["about"],
            &["check", "config"],
        ];
        for command in commands {
            let said = server.prosodyctl(command);
            assert!(
                said.status.success(),
                "{command:?} on {}: {said:?}",
                installation.full_version
            );
        }
        let said = server.shell(&["module:list_loaded()"]);
        assert!(!said.status.success(), "{said:?}");
    }
}

#[test]
fn without_the_plugin_the_fragment_loads_just_as_well() {
    for installation in Installation::all() {
        let server = server(&installation, false);
        let log = server.log();
        assert!(!log.contains("Unable to load module"), "{log}");
        assert!(server.modules()["localhost"].contains_key("carbons"));
    }
}
