//! `status` and the plan that a server carries for its plugin.

use std::fs;

use prosody_stability::inventory::Inventory;
use prosody_stability::plan::PLUGIN_TEXT;
use serde_json::Value;

use crate::setup::{self, Choice};
use crate::status::{Scanned, found, run_status, status_of};
use crate::support::folder::write;
use crate::support::json::{list, text};
use crate::support::prosody::{Installation, Server};

/// The one finding about the plan, when there is one.
fn about_plan(report: &Value) -> Option<&Value> {
    let mut findings = list(&report["findings"]).iter();
    findings.find(|finding| finding["code"] == "plan-differs")
}

#[test]
fn another_selection_than_the_one_configured_is_an_error() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let scanned = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &scanned.release, "personal");
        let server = Server::start(&installation, |_| choice.config(setup::plugins()));
        let said = status_of(&server, &scanned.file, "personal", &["--format", "json"]);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert_eq!(about_plan(&said.json()), None);
        let more = [
            "--enable",
            "bosh",
            "--disable",
            "uptime",
            "--format",
            "json",
        ];
        let said = status_of(&server, &scanned.file, "personal", &more);
        assert_eq!(said.code(), Some(1), "{said:?}");
        let report = said.json();
        let differs = about_plan(&report).unwrap();
        assert_eq!(differs["severity"], "error");
        assert_eq!(
            differs["reason"],
            "only on the server: uptime; only in your selection: bosh"
        );
    }
}

/// An older plugin, or one that says something else, has no plan; without the plugin there is none to miss.
#[test]
fn a_plugin_without_a_plan_is_a_warning_and_no_plugin_is_nothing() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let Scanned {
            folder,
            release,
            file,
        } = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &release, "personal");
        let prints =
            |text: &str| format!("local function print_plan(session) session.print({text:?}) end");
        let real = "local function print_plan(session)";
        for old in [
            prints("Core=11"),
            prints("Planned on every host: \u{1b}[31m\nPlanned on some host:\nKept out:"),
            format!("{real} error('broken') end"),
        ] {
            let plugins = folder.path().join("plugins");
            fs::create_dir_all(&plugins).unwrap();
            let other = format!("{old} {}", real.replace("print_plan", "unused"));
            let plugin = PLUGIN_TEXT.replace(real, &other);
            fs::write(plugins.join("mod_stability_profile.lua"), plugin).unwrap();
            let plugins = plugins.display().to_string();
            let server = Server::start(&installation, |_| choice.config(&plugins));
            let said = status_of(&server, &file, "personal", &["--format", "json"]);
            assert_eq!(said.code(), Some(0), "{old}: {said:?}");
            let report = said.json();
            assert_eq!(about_plan(&report).unwrap()["severity"], "warning", "{old}");
            assert!(!said.stdout.contains("u001b"), "{said:?}");
        }
        let server = Server::start(&installation, |_| {
            let config = choice.config(setup::plugins());
            config.replacen("\"stability_profile\";", "", 1)
        });
        let said = status_of(&server, &file, "personal", &["--format", "json"]);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert_eq!(about_plan(&said.json()), None);
    }
}

#[test]
fn what_the_configuration_keeps_out_on_purpose_is_no_error() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let scanned = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &scanned.release, "community");
        let server = Server::start(&installation, |_| {
            let config = choice.config(setup::plugins());
            assert!(config.contains("modules_disabled = {"));
            config.replacen("modules_disabled = {", "modules_disabled = {\n\"s2s\";", 1)
        });
        assert!(!server.modules()["localhost"].contains_key("s2s"));
        let said = status_of(&server, &scanned.file, "community", &["--format", "json"]);
        assert_eq!(said.code(), Some(0), "{said:?}");
        let report = said.json();
        assert_eq!(found(&report, "missing", Some("localhost")), ["s2s"]);
        for finding in list(&report["findings"])
            .iter()
            .filter(|f| f["subject"] == "s2s")
        {
            assert_eq!(finding["severity"], "info");
            assert_eq!(finding["reason"], "modules_disabled keeps it out");
        }
        // What is asked for is missed all the same.
        let server = Server::start(&installation, |_| {
            let config = choice.config(setup::plugins());
            config.replacen(
                "modules_disabled = {",
                "modules_disabled = {\n\"carbons\";",
                1,
            )
        });
        let said = status_of(&server, &scanned.file, "community", &["--format", "json"]);
        assert_eq!(said.code(), Some(1), "{said:?}");
        assert_eq!(
            found(&said.json(), "missing", Some("localhost")),
            ["carbons"]
        );
    }
}

#[test]
fn what_a_dependency_loads_on_a_condition_is_told_and_not_counted() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let Scanned {
            folder,
            mut release,
            ..
        } = Scanned::new(&installation);
        let ping = release.modules.get_mut("ping").unwrap();
        ping.depends.conditional.push("uptime".to_owned());
        let file = write(folder.path(), "release.json", &release.to_json().unwrap());
        let mut selection = crate::support::selection_of(&inventory, "personal");
        selection.set_module(&inventory, "uptime", false).unwrap();
        let choice = Choice::new(&inventory, &release, selection);
        let server = Server::start(&installation, |_| {
            let config = choice.config(setup::plugins());
            config.replacen("modules_enabled = {", "modules_enabled = {\n\"uptime\";", 1)
        });
        let more = ["--disable", "uptime", "--format", "json"];
        let said = status_of(&server, &file, "personal", &more);
        assert_eq!(said.code(), Some(0), "{said:?}");
        let report = said.json();
        assert_eq!(found(&report, "pulled-in", Some("localhost")), ["uptime"]);
        let lines = &report["profileLines"];
        assert_ne!(lines["planned"], lines["running"]);
    }
}

#[test]
fn a_listing_without_the_plan_says_what_to_add() {
    let folder = crate::support::folder::scratch();
    let listing = "Global:\n    stability_profile\nlocalhost:\n    c2s\nlocalhost\n";
    let listing = write(folder.path(), "listing", listing);
    let said = run_status(&["--listing", &listing, "--format", "json"]);
    let report = said.json();
    let help = text(&about_plan(&report).unwrap()["help"]).to_owned();
    assert!(help.contains("prosodyctl shell stability plan"), "{help}");
}
