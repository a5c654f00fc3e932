//! What a client finds on a real server, with each flag on and off.

use std::net::Ipv4Addr;
use std::time::Duration;

use prosody_stability::inventory::{Flag, Inventory};
use prosody_stability::rehearse::client::{self, ClientView};
use prosody_stability::release::Release;

use crate::certificate::ssl_option;
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

/// More than enough: a visit takes about 0.1 s.
const DEADLINE: Duration = Duration::from_secs(60);

/// Where a client finds it.
#[derive(Clone, Copy)]
enum Place {
    /// In the stream's features before login.
    Secured,
    /// In the stream's features after login.
    After,
    /// In what this address can do.
    Address(&'static str),
    /// A query of this name has a result.
    Query,
}

const HOST: Place = Place::Address("localhost");
const ACCOUNT: Place = Place::Address("juliet@localhost");
const UPLOAD: Place = Place::Address("http-file-share.localhost");

/// A feature: its module, the flags it needs, and where a client finds what.
type Feature = (&'static str, &'static [Flag], Place, &'static str);

const FEATURES: [Feature; 17] = [
    ("ping", &[], HOST, "urn:xmpp:ping"),
    ("version", &[], HOST, "jabber:iq:version"),
    ("private", &[], Place::Query, "private storage"),
    ("roster", &[], Place::Query, "roster"),
    ("blocklist", &[Flag::Security], HOST, "urn:xmpp:blocking"),
    ("blocklist", &[Flag::Security], Place::Query, "blocklist"),
    ("carbons", &[Flag::Modern], HOST, "urn:xmpp:carbons:2"),
    ("carbons", &[Flag::Modern], Place::Query, "carbons"),
    (
        "csi_simple",
        &[Flag::Modern],
        Place::After,
        "urn:xmpp:csi:0 csi",
    ),
    ("mam", &[Flag::Modern], ACCOUNT, "urn:xmpp:mam:2"),
    ("mam", &[Flag::Modern], Place::Query, "mam"),
    ("smacks", &[Flag::Modern], Place::After, "urn:xmpp:sm:3 sm"),
    ("cloud_notify", &[Flag::Beta], ACCOUNT, "urn:xmpp:push:0"),
    (
        "vcard4",
        &[Flag::Beta],
        ACCOUNT,
        "urn:ietf:params:xml:ns:vcard-4.0",
    ),
    (
        "invites_register",
        &[Flag::Beta],
        Place::Secured,
        "urn:xmpp:ibr-token:0 register",
    ),
    (
        "http_file_share",
        &[Flag::Http, Flag::Beta],
        UPLOAD,
        "urn:xmpp:http:upload:0",
    ),
    (
        "http_file_share",
        &[Flag::Http, Flag::Beta],
        Place::Query,
        "upload slot at http-file-share.localhost",
    ),
];

fn finds(view: &ClientView, place: Place, feature: &str) -> bool {
    let names = match place {
        Place::Secured => view.secured.as_ref(),
        Place::After => view.after.as_ref(),
        Place::Query => return view.queries.get(feature).is_some_and(Result::is_ok),
        Place::Address(address) => view.addresses.get(address).and_then(|it| it.as_ref().ok()),
    };
    names.is_some_and(|names| names.iter().any(|name| name == feature))
}

fn view(
    installation: &Installation,
    inventory: &Inventory,
    release: &Release,
    on: &[Flag],
) -> ClientView {
    let choice = Choice::flags(inventory, release, on);
    let server = Server::start(installation, |setup| {
        let ssl = ssl_option(setup.folder, "");
        format!("{ssl}{}", choice.config(setup::plugins()))
    });
    server
        .prosodyctl(&["register", "juliet", "localhost", "secret"])
        .success();
    let address = (Ipv4Addr::LOCALHOST, server.ports().c2s).into();
    let view = client::view_host(address, false, "localhost", "juliet", "secret", DEADLINE);
    assert_eq!(view.end.error, None, "{on:?}");
    // Every server answers what it does not know, too.
    let mut answers = view.queries.values();
    assert!(
        !answers.any(|it| *it == Err("no answer".to_owned())),
        "{view:#?}"
    );
    view
}

#[test]
fn a_client_finds_what_the_flags_allow_and_nothing_else() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let release = setup::snapshot(&installation);
        let mut mismatches = Vec::new();
        let mut seen = 0;
        let mut look = |on: &[Flag]| {
            let view = view(&installation, &inventory, &release, on);
            for (name, needs, place, feature) in FEATURES {
                let expected = needs.iter().all(|flag| on.contains(flag));
                if finds(&view, place, feature) != expected {
                    mismatches.push(format!(
                        "{name} ({feature}) with {on:?}: expected {expected}"
                    ));
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
