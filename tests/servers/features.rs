//! What a client finds on a real server, with each flag on and off.

use prosody_stability::inventory::{Flag, Inventory};
use prosody_stability::release::Release;

use crate::client::{self, Found};
use crate::setup::{self, Choice};
use crate::support::prosody::{Installation, Server};

/// Flags that a test switches; alpha is for development.
const FLAGS: [Flag; 5] = [
    Flag::Security,
    Flag::Modern,
    Flag::Beta,
    Flag::Http,
    Flag::Admin,
];

/// A feature: its module, the flags it needs, and whether a client found it.
type Feature = (&'static str, &'static [Flag], fn(&Found) -> bool);

const FEATURES: [Feature; 8] = [
    ("blocklist", &[Flag::Security], |found| {
        found.host.contains("\"urn:xmpp:blocking\"") || found.host.contains("'urn:xmpp:blocking'")
    }),
    ("carbons", &[Flag::Modern], |found| {
        found.host.contains("urn:xmpp:carbons:2")
    }),
    ("mam", &[Flag::Modern], |found| {
        found.account.contains("urn:xmpp:mam:2")
    }),
    ("smacks", &[Flag::Modern], |found| {
        found.after.contains("urn:xmpp:sm:3")
    }),
    ("cloud_notify", &[Flag::Beta], |found| {
        found.account.contains("urn:xmpp:push:0")
    }),
    ("vcard4", &[Flag::Beta], |found| {
        found.account.contains("urn:ietf:params:xml:ns:vcard-4.0")
    }),
    ("invites_register", &[Flag::Beta], |found| {
        found.before.contains("urn:xmpp:ibr-token:0")
    }),
    ("http_file_share", &[Flag::Http, Flag::Beta], |found| {
        found.upload.contains("urn:xmpp:http:upload:0")
    }),
];

fn found(
    installation: &Installation,
    inventory: &Inventory,
    release: &Release,
    on: &[Flag],
) -> Found {
    let choice = Choice::flags(inventory, release, on);
    let server = Server::start(installation, |_| choice.config(setup::plugins()));
    let said = server.prosodyctl(&["register", "juliet", "localhost", "secret"]);
    assert!(said.status.success(), "{said:?}");
    client::look(server.ports().c2s, "juliet", "secret")
}

#[test]
fn a_client_finds_what_the_flags_allow_and_nothing_else() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let release = setup::snapshot(&installation);
        let mut mismatches = Vec::new();
        let mut seen = 0;
        let mut look = |on: &[Flag]| {
            let found = found(&installation, &inventory, &release, on);
            for (name, needs, is_there) in FEATURES {
                let expected = needs.iter().all(|flag| on.contains(flag));
                if is_there(&found) != expected {
                    mismatches.push(format!("{name} with {on:?}: expected {expected}"));
                }
                seen += 1;
            }
        };
        look(&[]);
        look(&FLAGS);
        for flag in [Flag::Security, Flag::Modern, Flag::Beta, Flag::Http] {
            let others = FLAGS.into_iter().filter(|other| *other != flag);
            look(&[flag]);
            look(&others.collect::<Vec<_>>());
        }
        assert!(
            mismatches.is_empty(),
            "{}: {mismatches:#?}",
            installation.full_version
        );
        println!("{}: {seen} features looked for", installation.full_version);
    }
}
