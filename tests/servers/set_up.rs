//! A module that works with a component and an option, set up by what the fragment and the NixOS module write.

use std::thread;
use std::time::{Duration, Instant};

use prosody_stability::inventory::Inventory;
use serde_json::Value;

use crate::setup::{self, Choice, line_in};
use crate::status::{Scanned, found, status_of};
use crate::support::command::POLL;
use crate::support::prosody::{Installation, Namespace, Server};
use crate::support::{machine, nix, selection_of};

/// The module; it calls servers outside, so that it runs in a network of its own.
const MODULE: &str = "pubsub_serverinfo";
/// Until it has made its node.
const READY: Duration = Duration::from_secs(20);

/// Waits until the module has published: the component has its node.
fn assert_publishes(server: &Server) {
    let nodes =
        "> prosody.hosts[\"pubsub.localhost\"].modules.pubsub.service.nodes.serverinfo ~= nil";
    let end = Instant::now() + READY;
    loop {
        let said = server.shell(&[nodes]);
        if said.stdout.contains("true") {
            return;
        }
        assert!(Instant::now() < end, "{said:?}\n{}", server.log());
        thread::sleep(POLL);
    }
}

#[test]
fn the_fragment_sets_it_up_where_it_is_enabled_by_name() {
    let (Some(installation), Some(namespace)) = (Installation::find("13.0"), Namespace::find())
    else {
        return;
    };
    let inventory = Inventory::builtin();
    let scanned = Scanned::new(&installation);
    let mut selection = selection_of(&inventory, "personal");
    selection.set_module(&inventory, MODULE, true).unwrap();
    let choice = Choice::new(&inventory, &scanned.release, selection);
    let config = choice.config(setup::plugins());
    let more = ["--enable", MODULE, "--format", "json"];

    let server = Server::start_in(namespace, &installation, |_| config.clone());
    assert_publishes(&server);
    let planned = choice.resolution().profile_line.to_string();
    assert_eq!(line_in(&server.log()), Some(planned));
    let said = status_of(&server, &scanned.file, "personal", &more);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(server.modules()["pubsub.localhost"].contains_key("pubsub"));

    // Without what the fragment says in comments it does not work, and that is told.
    let host = "VirtualHost \"localhost\"\n";
    let end = config.find(host).unwrap() + host.len();
    let server = Server::start_in(namespace, &installation, |_| config[..end].to_owned());
    let said = status_of(&server, &scanned.file, "personal", &more);
    assert_eq!(said.code(), Some(1), "{said:?}");
    let report = said.json();
    assert_eq!(found(&report, "failed", Some("localhost")), [MODULE]);
    assert_eq!(found(&report, "missing", None), ["pubsub"]);
}

#[test]
fn flags_alone_leave_it_out_and_count_without_it() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let inventory = Inventory::builtin();
    let scanned = Scanned::new(&installation);
    let choice = Choice::profile(&inventory, &scanned.release, "personal");
    let server = Server::start(&installation, |_| choice.config(setup::plugins()));
    let line = line_in(&server.log()).unwrap();
    assert!(line.contains("Beta=8"), "{line}");
    let said = status_of(&server, &scanned.file, "personal", &[]);
    assert_eq!(said.code(), Some(0), "{said:?}");
}

#[test]
fn the_nixos_module_sets_it_up_where_it_is_enabled_by_name() {
    if !nix::is_here() {
        return;
    }
    let (Some(installation), Some(namespace)) = (Installation::find("13.0"), Namespace::find())
    else {
        return;
    };
    let host =
        "{ services.prosody.virtualHosts.main = { enabled = true; domain = \"localhost\"; }; }";
    let ours = machine::ours(
        "profile = \"personal\"; modules.pubsub_serverinfo = true; modules.admin_shell = true;",
    );
    for upstream in machine::upstreams()
        .into_iter()
        .filter(|upstream| *upstream != "old")
    {
        let machine = machine::on(upstream, &format!("{host} {ours}"));
        let Value::String(text) = nix::evaluate(&format!("({machine}).text")) else {
            panic!("no text");
        };
        let from = text.find("VirtualHost \"localhost\"").unwrap();
        let end = "admins = { \"localhost\" }\n";
        let to = from + text[from..].find(end).unwrap() + end.len();
        let enabled = machine::names_in("modules_enabled", &text);
        let enabled: Vec<_> = enabled.iter().map(|name| format!("{name:?};")).collect();
        let table = crate::nixos_module::table(&text);
        let server = Server::start_in(namespace, &installation, |_| {
            format!(
                "plugin_paths = {{ {:?} }}\nmodules_enabled = {{ {} }}\n{table}\n{}",
                setup::plugins(),
                enabled.concat(),
                &text[from..to]
            )
        });
        assert_publishes(&server);
        let log = server.log();
        assert!(!log.contains("mod_pubsub is expected"), "{log}");
        assert!(!log.contains("mod_pubsub_serverinfo is expected"), "{log}");
    }
}
