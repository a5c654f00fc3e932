//! What the NixOS module writes is Lua, and a real Prosody loads what it says.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use prosody_stability::inventory::Inventory;
use prosody_stability::plan::PLUGIN;
use serde_json::Value;

use crate::setup;
use crate::support::command::run;
use crate::support::folder::scratch;
use crate::support::prosody::answer::names;
use crate::support::prosody::{Installation, Server, localhost_with};
use crate::support::{PROFILES, machine, nix, skip};

/// The prosody.cfg.lua of a profile.
fn configuration(upstream: &str, profile: &str) -> String {
    let profile = format!("{{ services.prosody-stability.profile = {profile:?}; }}");
    let component = "{ services.prosody.httpFileShare = { domain = \"upload.localhost\"; }; }";
    let machine = machine::on(upstream, &format!("{profile} {component}"));
    match nix::evaluate(&format!("({machine}).text")) {
        Value::String(text) => text,
        other => panic!("{other} is no text"),
    }
}

/// A compiler of Lua by any of its names.
fn luac() -> Option<&'static str> {
    ["luac5.4", "luac5.3", "luac5.2", "luac"]
        .into_iter()
        .find(|name| Command::new(name).arg("-v").output().is_ok())
}

#[test]
fn the_configuration_of_every_profile_is_lua() {
    if !nix::is_here() {
        return;
    }
    let Some(luac) = luac() else {
        skip::skip_or_fail("luac is missing: apt-get install lua5.4");
        return;
    };
    let folder = scratch();
    let file = folder.path().join("prosody.cfg.lua");
    for upstream in machine::upstreams() {
        for profile in PROFILES {
            let text = configuration(upstream, profile);
            // Upstream fills in variables when the server starts: nothing of ours must look like one.
            assert!(!text.contains('$'), "{upstream} {profile}:\n{text}");
            fs::write(&file, &text).unwrap();
            let said = run(Command::new(luac).arg("-p").arg(&file));
            assert!(
                said.status.success(),
                "{upstream} {profile}: {}\n{text}",
                said.stderr
            );
        }
    }
}

/// Modules that Debian's packages of a release do not ship, or whose dependencies they do not.
const LEFT_OUT: [(&str, &[&str]); 2] = [
    (
        "0.12",
        &[
            "audit",
            "block_registrations",
            "cloud_notify_extensions",
            "http_altconnect",
            "invites_register_web", // needs password_policy
            "log_json",
            "measure_cpu",
            "measure_memory",
            "measure_message_e2ee",
            "password_reset",
            "prometheus",
            "spam_reporting",
            "statistics",
        ],
    ),
    (
        "13.0",
        &[
            "audit",
            "block_registrations",
            "log_json",
            "measure_cpu",
            "measure_memory",
            "measure_message_e2ee",
            "prometheus",
        ],
    ),
];

/// The plan that the module writes for the plugin.
pub fn table(configuration: &str) -> &str {
    let start = configuration.find("stability_profile = {").unwrap();
    let end = configuration[start..].find("\n}\n").unwrap();
    &configuration[start..start + end + 3]
}

/// The plugin has read its plan: it misses what is left out, and the component, and nothing else.
fn assert_reports(log: &str, left_out: &[&str], case: &str) {
    assert!(
        log.contains("Module stability profile: Core="),
        "{case}:\n{log}"
    );
    let missed: BTreeSet<_> = log
        .lines()
        .filter_map(|line| line.split_once("is expected but not loaded"))
        .filter_map(|(before, _)| before.trim_end().rsplit_once("mod_"))
        .map(|(_, name)| name)
        .filter(|name| *name != "http_file_share")
        .collect();
    assert_eq!(missed, left_out.iter().copied().collect(), "{case}:\n{log}");
}

/// Starts Prosody with the two lists of a profile's configuration.
fn assert_loads(installation: &Installation, upstream: &str, profile: &str) {
    let text = configuration(upstream, profile);
    let case = format!("Prosody {}, {profile}", installation.full_version);
    let (_, lacking) = LEFT_OUT
        .into_iter()
        .find(|(version, _)| *version == installation.version)
        .unwrap();
    let enabled = machine::names_in("modules_enabled", &text);
    let (left_out, usable): (Vec<_>, Vec<_>) = enabled
        .iter()
        .map(String::as_str)
        .partition(|name| lacking.contains(name));
    assert!(
        usable.contains(&PLUGIN),
        "{case}: the plugin is not enabled"
    );
    println!("{case}: left out: {left_out:?}");

    // The plan names admin_shell, so the test server does not add it by itself.
    let with_shell = [usable.as_slice(), &["admin_shell"]].concat();
    let disabled = machine::names_in("modules_disabled", &text);
    let list: String = disabled.iter().map(|name| format!("{name:?}; ")).collect();
    let server = Server::start(installation, |_| {
        format!(
            "plugin_paths = {{ {:?} }}\nmodules_disabled = {{ {list} }}\n{}{}",
            setup::plugins(),
            table(&text),
            localhost_with(&with_shell)
        )
    });
    assert_reports(&server.log(), &left_out, &case);
    let modules = server.modules();
    let loaded = names(&modules);
    for name in &usable {
        assert!(
            loaded.contains(name),
            "{case}: {name} did not load\n{}",
            server.log()
        );
    }
    let inventory = Inventory::builtin();
    for name in loaded {
        assert!(
            // The test server adds admin_shell, to be asked what it loaded.
            enabled.iter().any(|other| other == name)
                || name == "admin_shell"
                || inventory.by_real_name(name).is_none(),
            "{case}: {name} loaded, and nobody said so"
        );
    }
}

/// The release whose facts hold for one of the upstreams.
fn release(upstream: &str) -> Value {
    let machine = machine::on(upstream, "");
    nix::evaluate(&format!("({machine}).cfg.computed.release.version"))
}

fn assert_every_profile_loads(version: &str) {
    if !nix::is_here() {
        return;
    }
    let Some(installation) = Installation::find(version) else {
        return;
    };
    let matching: Vec<_> = machine::upstreams()
        .into_iter()
        .filter(|upstream| release(upstream) == version)
        .collect();
    assert!(!matching.is_empty());
    for upstream in matching {
        for profile in PROFILES {
            assert_loads(&installation, upstream, profile);
        }
    }
}

#[test]
fn every_profile_loads_on_the_old_prosody() {
    assert_every_profile_loads("0.12");
}

#[test]
fn every_profile_loads_on_the_new_prosody() {
    assert_every_profile_loads("13.0");
}

/// Without `modules_disabled` the same server loads the beta module that bosh asks for.
#[test]
fn unless_it_is_kept_out_a_beta_module_loads_without_beta() {
    if !nix::is_here() {
        return;
    }
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let text = configuration("new", "enterprise");
    assert_eq!(
        machine::names_in("modules_disabled", &text),
        ["http_altconnect"]
    );
    let server = Server::start(&installation, |_| localhost_with(&["bosh", "websocket"]));
    assert!(names(&server.modules()).contains("http_altconnect"));
}

/// Hosts with settings of their own, and what their server loads on each: on a virtual host of the server, on another one,
/// and on a component of rooms.
fn assert_hosts_load(version: &str, upstream: &str) {
    if !nix::is_here() {
        return;
    }
    let Some(installation) = Installation::find(version) else {
        return;
    };
    let hosts = "{ services.prosody = { \
        virtualHosts.localhost = { enabled = true; domain = \"localhost\"; }; \
        virtualHosts.other = { enabled = true; domain = \"other.localhost\"; }; \
        muc = [ { domain = \"rooms.localhost\"; } { domain = \"more.localhost\"; } ]; }; \
      services.prosody-stability = { \
        security = false; beta = false; modules.admin_shell = true; modules.lastactivity = false; \
        virtualHosts.other = { modern = false; modules.lastactivity = true; modules.mimicking = true; }; \
        components.\"rooms.localhost\" = { modern = false; modules.muc_mam = false; modules.vcard_muc = false; }; }; }";
    let machine = machine::on(upstream, hosts);
    let text = match nix::evaluate(&format!("({machine}).text")) {
        Value::String(text) => text,
        other => panic!("{other} is no text"),
    };
    let plugin = text
        .lines()
        .find(|line| line.starts_with("plugin_paths"))
        .unwrap();
    let ours = format!("plugin_paths = {{ {:?} }}", setup::plugins());
    let server = Server::start(&installation, |_| text.replace(plugin, &ours));
    let modules = server.modules();
    let loads = |host: &str, name: &str| modules[host].contains_key(name);
    // By hand: what the server loads, what the host has otherwise, and what components inherit.
    for (host, name, expected) in [
        ("localhost", "carbons", true),
        ("localhost", "mam", true),
        ("localhost", "lastactivity", false),
        ("localhost", "mimicking", false),
        ("localhost", "ping", true),
        ("other.localhost", "carbons", false),
        ("other.localhost", "mam", false),
        ("other.localhost", "smacks", false),
        ("other.localhost", "lastactivity", true),
        ("other.localhost", "mimicking", true),
        ("other.localhost", "ping", true),
        ("rooms.localhost", "muc", true),
        ("rooms.localhost", "smacks", false),
        ("rooms.localhost", "muc_mam", false),
        ("more.localhost", "muc_mam", true),
        ("more.localhost", "smacks", true),
    ] {
        assert_eq!(
            loads(host, name),
            expected,
            "Prosody {version}: {name} on {host}: {modules:?}\n{}",
            server.log()
        );
    }
    // The plugin knows that not every host loads what the server loads.
    let log = server.log();
    assert!(log.contains("Module stability profile: "), "{log}");
    assert!(!log.contains("Not in the plan"), "{log}");
    assert!(
        !log.contains("is expected on every host but not loaded"),
        "{log}"
    );
}

#[test]
fn hosts_with_settings_of_their_own_load_them_on_the_old_prosody() {
    assert_hosts_load("0.12", "old");
}

#[test]
fn hosts_with_settings_of_their_own_load_them_on_the_new_prosody() {
    assert_hosts_load("13.0", "new");
}
