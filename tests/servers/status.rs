//! `status` against real Prosody servers.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use prosody_stability::inventory::Inventory;
use prosody_stability::release::Release;
use serde_json::Value;
use tempfile::TempDir;

use crate::setup::{self, Choice, Copy};
use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write, write_script};
use crate::support::json::{list, text};
use crate::support::prosody::{Installation, Server};

pub fn run_status(arguments: &[&str]) -> CommandOutput {
    run(tool(&["status"]).args(arguments))
}

/// `status` for a server that runs a profile as the tests choose it.
pub fn status_of(server: &Server, release: &str, profile: &str, more: &[&str]) -> CommandOutput {
    let prosodyctl = server.installation().prosodyctl().display().to_string();
    let config = server.config_file().display().to_string();
    let common = [
        "--prosodyctl",
        &prosodyctl,
        "--config",
        &config,
        "--release",
        release,
        "--profile",
        profile,
        "--enable",
        "admin_shell",
    ];
    run_status(&[&common[..], more].concat())
}

/// The subjects of the findings with a code on a host, or on none.
pub fn found<'a>(report: &'a Value, code: &str, host: Option<&str>) -> Vec<&'a str> {
    let findings = list(&report["findings"]).iter();
    let findings = findings.filter(|f| f["code"] == code && f["host"].as_str() == host);
    findings.map(|f| text(&f["subject"])).collect()
}

/// An installation with a file that says what it is.
pub struct Scanned {
    pub folder: TempDir,
    pub release: Release,
    pub file: String,
}

impl Scanned {
    pub fn new(installation: &Installation) -> Self {
        let folder = scratch();
        let release = setup::snapshot(installation);
        let file = write(folder.path(), "release.json", &release.to_json().unwrap());
        Self {
            folder,
            release,
            file,
        }
    }
}

#[test]
fn a_server_as_planned_is_fine_for_each_profile() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let Scanned {
            folder,
            release,
            file,
        } = Scanned::new(&installation);
        for profile in inventory.profiles.keys() {
            let choice = Choice::profile(&inventory, &release, profile);
            let server = Server::start(&installation, |_| choice.config(setup::plugins()));
            let said = status_of(&server, &file, profile, &["--format", "json"]);
            let name = format!("{profile} on {}", installation.full_version);
            assert_eq!(said.code(), Some(0), "{name}: {said:?}");
            let status = said.json();
            let line = choice.resolution().profile_line.to_string();
            let lines = &status["profileLines"];
            assert_eq!(lines["running"], line.as_str(), "{name}");
            assert_eq!(lines["planned"], line.as_str(), "{name}");
            for finding in list(&status["findings"]) {
                assert_eq!(finding["code"], "pulled-in", "{name}: {finding}");
            }
            let said = status_of(&server, &file, profile, &[]);
            let counts = "0 errors, 0 warnings";
            assert!(said.stdout.contains(counts), "{name}: {said:?}");
            // What was saved says the same.
            let listing = ["module list", "stability plan"]
                .map(|question| {
                    let words: Vec<_> = question.split(' ').collect();
                    server.shell(&words).stdout
                })
                .concat();
            let listing = write(folder.path(), "listing", &listing);
            let said = run_status(&[
                "--listing",
                &listing,
                "--release",
                &file,
                "--profile",
                profile,
                "--enable",
                "admin_shell",
                "--format",
                "json",
            ]);
            assert_eq!(said.json(), status, "{name}");
        }
    }
}

#[test]
fn a_module_that_is_deleted_is_named_and_the_exit_code_is_1() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let scanned = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &scanned.release, "community");
        let copy = Copy::without(
            &installation,
            &["mod_carbons.lua", "mod_http_file_share.lua"],
        );
        let server = copy.start(|_| choice.config(setup::plugins()));
        let said = status_of(&server, &scanned.file, "community", &["--format", "json"]);
        assert_eq!(said.code(), Some(1), "{said:?}");
        let status = said.json();
        assert_eq!(found(&status, "missing", None), ["http_file_share"]);
        assert_eq!(found(&status, "missing", Some("localhost")), ["carbons"]);
        let said = status_of(&server, &scanned.file, "community", &[]);
        assert_eq!(said.code(), Some(1), "{said:?}");
        for name in ["carbons", "http_file_share"] {
            let line = format!("error     {name} is expected but not loaded");
            assert!(said.stdout.contains(&line), "{said:?}");
        }
        // What is not expected may be missing, but the server was configured to have it.
        let more = ["--disable", "carbons,http_file_share", "--format", "json"];
        let said = status_of(&server, &scanned.file, "community", &more);
        assert_eq!(said.code(), Some(1), "{said:?}");
        let report = said.json();
        assert_eq!(report["counts"]["error"], 1, "{report}");
        let mut findings = list(&report["findings"]).iter();
        let differs = findings.find(|f| f["code"] == "plan-differs").unwrap();
        let reason = "only on the server: carbons, http_file_share";
        assert_eq!(differs["reason"], reason);
    }
}

#[test]
fn failed_unexpected_pulled_in_and_shadowing_modules_are_told_apart() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let Scanned {
            folder, release, ..
        } = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &release, "enterprise").enforced(false);
        let plugins = folder.path().join("plugins");
        let copied = plugins.join("mod_smacks");
        fs::create_dir_all(&copied).unwrap();
        fs::copy(
            installation.modules_folder().join("mod_smacks.lua"),
            copied.join("mod_smacks.lua"),
        )
        .unwrap();
        let sick = "module:set_status('error', 'sick (very)')\n";
        fs::write(plugins.join("mod_carbons.lua"), sick).unwrap();
        fs::write(plugins.join("mod_wild.lua"), sick).unwrap();
        let plugin = prosody_stability::plan::PLUGIN_TEXT;
        fs::write(plugins.join("mod_stability_profile.lua"), plugin).unwrap();
        let server = Server::start(&installation, |_| {
            let config = choice.config(&plugins.display().to_string());
            config.replacen("modules_enabled = {", "modules_enabled = {\n\"wild\";", 1)
        });
        // The shipped release knows of the copy; the version is asked for.
        let prosodyctl = installation.prosodyctl().display().to_string();
        let config = server.config_file().display().to_string();
        let arguments = [
            "--prosodyctl",
            &prosodyctl,
            "--config",
            &config,
            "--profile",
            "enterprise",
            "--enforce=false",
            "--format",
            "json",
        ];
        let said = run_status(&arguments);
        assert_eq!(said.code(), Some(1), "{said:?}");
        let status_json = said.json();
        let release = &status_json["sides"][0]["release"];
        assert_eq!(release, installation.version, "asked for");
        let host = Some("localhost");
        // The worst first: nobody expects the wild one to work.
        assert_eq!(found(&status_json, "failed", host), ["carbons", "wild"]);
        let of = |name: &str| {
            let mut findings = list(&status_json["findings"]).iter();
            findings.find(|f| f["subject"] == name).unwrap()
        };
        assert_eq!(of("carbons")["reason"], "error: sick (very)");
        assert_eq!(of("carbons")["severity"], "error");
        assert_eq!(of("wild")["severity"], "warning");
        let shipped = prosody_stability::release::builtin::find(installation.version, false)
            .unwrap()
            .0;
        if shipped.has_shadow("smacks") {
            assert_eq!(found(&status_json, "shadowing", None), ["smacks"]);
        }
        if installation.version == "13.0" {
            assert_eq!(found(&status_json, "pulled-in", host), ["http_altconnect"]);
        }
    }
}

/// Unloads modules from a host of a running server.
fn unload(server: &Server, host: &str, names: &[&str]) {
    for name in names {
        let said = server.shell(&[&format!("module:unload({name:?}, {host:?})")]);
        let done = format!("Unloaded from {host}");
        assert!(said.stdout.contains(&done), "{said:?}");
    }
}

#[test]
fn what_prosody_loads_by_itself_is_missed_when_it_is_unloaded() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let scanned = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &scanned.release, "community");
        for (host, names) in [
            ("localhost", &["c2s"][..]),
            ("localhost", &["s2s"]),
            ("localhost", &["presence"]),
            ("localhost", &["auth_internal_hashed"]),
            ("localhost", &["storage_internal"]),
            ("localhost", &["authz_internal"]),
            ("localhost", &["c2s", "message", "offline", "presence"]),
            ("http-file-share.localhost", &["iq"]),
        ] {
            let server = Server::start(&installation, |_| choice.config(setup::plugins()));
            unload(&server, host, names);
            for fail_on in ["error", "breaking"] {
                let more = ["--fail-on", fail_on, "--format", "json"];
                let said = status_of(&server, &scanned.file, "community", &more);
                assert_eq!(said.code(), Some(1), "{names:?}: {said:?}");
                let missing = found(&said.json(), "missing", Some(host)).join(" ");
                assert_eq!(missing, names.join(" "), "{said:?}");
            }
        }
    }
}

#[test]
fn another_backend_takes_the_place_of_the_default() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let scanned = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &scanned.release, "personal");
        let server = Server::start(&installation, |_| {
            let config = choice.config(setup::plugins());
            let backends = "authentication = \"internal_plain\"\nstorage = \"memory\"\n";
            format!("{config}VirtualHost \"other.localhost\"\n{backends}")
        });
        let loaded = &server.modules()["other.localhost"];
        for (default, other) in [
            ("auth_internal_hashed", "auth_internal_plain"),
            ("storage_internal", "storage_memory"),
        ] {
            assert!(!loaded.contains_key(default) && loaded.contains_key(other));
        }
        let said = status_of(&server, &scanned.file, "personal", &[]);
        assert_eq!(said.code(), Some(0), "{said:?}");
    }
}

#[test]
fn a_host_that_may_be_either_is_a_doubt_until_the_server_tells() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let Scanned {
            folder,
            release,
            file,
        } = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &release, "personal");
        let server = Server::start(&installation, |_| {
            let config = choice.config(setup::plugins());
            format!("{config}Component \"rooms.localhost\" \"muc\"\n")
        });
        let names = ["c2s", "message", "offline", "presence"];
        unload(&server, "localhost", &names);
        let modules = server.shell(&["module", "list"]).stdout;
        let hosts = server.shell(&["host", "list"]).stdout;
        let status = |listing: &str| {
            let listing = write(folder.path(), "listing", listing);
            let common = ["--release", &file, "--profile", "personal"];
            let more = ["--enable", "admin_shell"];
            let more = [&more[..], &["--format", "json"]].concat();
            run_status(&[&["--listing", &listing], &common[..], &more[..]].concat())
        };
        let said = status(&modules);
        assert_eq!(said.code(), Some(2), "{said:?}");
        let of_code = |report: &Value, code: &str| {
            let findings = list(&report["findings"]).iter();
            let findings = findings.filter(|f| f["code"] == code);
            let hosts = findings.map(|f| text(&f["host"]).to_owned());
            hosts.collect::<Vec<_>>()
        };
        assert_eq!(of_code(&said.json(), "unknown-host"), ["localhost"]);
        let said = status(&format!("{modules}{hosts}"));
        assert_eq!(said.code(), Some(1), "{said:?}");
        let report = said.json();
        assert_eq!(of_code(&report, "unknown-host"), [""; 0]);
        assert_eq!(found(&report, "missing", Some("localhost")), names);
        let kinds: Vec<_> = list(&report["scopes"])
            .iter()
            .map(|scope| (text(&scope["name"]), text(&scope["kind"])))
            .collect();
        assert!(
            kinds.contains(&("rooms.localhost", "component")),
            "{kinds:?}"
        );
    }
}

#[test]
fn other_numbers_than_planned_are_an_error_with_both_lines() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let scanned = Scanned::new(&installation);
        let choice = Choice::profile(&inventory, &scanned.release, "community");
        let server = Server::start(&installation, |_| choice.config(setup::plugins()));
        let more = ["--disable", "uptime", "--format", "json"];
        let said = status_of(&server, &scanned.file, "community", &more);
        assert_eq!(said.code(), Some(1), "{said:?}");
        let report = said.json();
        assert_eq!(found(&report, "unexpected", Some("localhost")), ["uptime"]);
        let mut findings = list(&report["findings"]).iter();
        let differ = findings.find(|f| f["code"] == "counts-differ").unwrap();
        assert_eq!(differ["severity"], "error");
        let lines = &report["profileLines"];
        assert_ne!(lines["planned"], lines["running"]);
        for line in ["planned", "running"] {
            assert!(
                text(&differ["reason"]).contains(text(&lines[line])),
                "{differ}"
            );
        }
    }
}

#[test]
fn a_server_that_is_down_or_silent_is_exit_code_2_with_what_to_do() {
    for installation in Installation::all() {
        let prosodyctl = installation.prosodyctl().display().to_string();
        let folder = scratch();
        let text = format!(
            "run_as_root = true\ndata_path = {:?}\nVirtualHost \"localhost\"\n",
            folder.path().display().to_string()
        );
        let config = write(folder.path(), "prosody.cfg.lua", &text);
        let said = run_status(&["--prosodyctl", &prosodyctl, "--config", &config]);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(
            said.stderr.contains("cannot query the server: not running"),
            "{said:?}"
        );
        assert!(said.stderr.contains("admin_shell"), "{said:?}");
        assert_eq!(said.stdout, "");
    }
}

#[test]
fn a_command_that_hangs_is_ended_and_one_that_is_missing_is_named() {
    let folder = scratch();
    let script = write_script(
        folder.path(),
        "hang",
        "#!/bin/sh\necho $$ >\"$(dirname \"$0\")/pid\"\nexec sleep 600\n",
    );
    let start = Instant::now();
    let said = run_status(&["--prosodyctl", &script, "--timeout", "0.5"]);
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("timed out after 0.5 s"), "{said:?}");
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "it is ended");

    let said = run_status(&["--prosodyctl", "/nowhere/prosodyctl"]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("--prosodyctl"), "{said:?}");
}

#[test]
fn a_listing_that_is_none_is_exit_code_2() {
    let folder = scratch();
    let file = write(folder.path(), "listing", "nothing\n");
    let said = run_status(&["--listing", &file]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("lists no modules"), "{said:?}");
}
