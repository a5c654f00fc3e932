//! What the rehearsal's client sees of real servers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use prosody_stability::rehearse::client::compare::{ClientChange, Location, differences};
use prosody_stability::rehearse::client::{self, ClientView, Reached};

use crate::certificate::ssl_option;
use crate::support::prosody::{Installation, Server};

/// More than enough: a visit takes about 0.1 s.
const DEADLINE: Duration = Duration::from_secs(60);

const MODULES: &[&str] = &[
    "blocklist",
    "bookmarks",
    "carbons",
    "disco",
    "mam",
    "pep",
    "ping",
    "private",
    "register",
    "roster",
    "saslauth",
    "smacks",
    "tls",
    "turn_external",
    "vcard4",
    "vcard_legacy",
];

/// What a server is started with: global options beside the certificate, fields of `ssl`, modules, what follows the host.
#[derive(Clone, Copy)]
struct Setting {
    options: &'static str,
    ssl: &'static str,
    modules: &'static [&'static str],
    after: &'static str,
}

const PLAIN_SETTING: Setting = Setting {
    options: "",
    ssl: "",
    modules: MODULES,
    after: "",
};

/// A server with one account.
fn start(installation: &Installation, setting: Setting) -> Server {
    let server = Server::start(installation, |setup| {
        let Setting {
            options,
            ssl,
            modules,
            after,
        } = setting;
        let ssl = ssl_option(setup.folder, ssl);
        let (port, modules) = (setup.ports.http, format!("{modules:?}"));
        let modules = modules.trim_matches(['[', ']']);
        format!(
            "{ssl}{options}\nturn_external_host = \"turn.example\"\nturn_external_secret = \"x\"\n\
             http_external_url = \"http://127.0.0.1:{port}/\"\n\
             modules_enabled = {{ {modules} }}\n\
             VirtualHost \"localhost\"\nc2s_require_encryption = true\n{after}"
        )
    });
    server
        .prosodyctl(&["register", "juliet", "localhost", "secret"])
        .success();
    server
}

fn address(server: &Server) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, server.ports().c2s).into()
}

fn look(server: &Server, password: &str) -> ClientView {
    let address = address(server);
    client::view_host(address, false, "localhost", "juliet", password, DEADLINE)
}

fn seen(installation: &Installation, setting: Setting) -> ClientView {
    look(&start(installation, setting), "secret")
}

#[test]
fn a_new_account_sees_the_server_over_starttls() {
    let after = "Component \"upload.localhost\" \"http_file_share\"\nhttp_file_share_size_limit = 4096\n\
                 Component \"rooms.localhost\" \"muc\"\n";
    for installation in Installation::all() {
        let view = seen(
            &installation,
            Setting {
                after,
                ..PLAIN_SETTING
            },
        );
        let version = &installation.full_version;
        assert_eq!(view.end.error, None, "{version}");
        assert_eq!(view.end.reached, Reached::Done, "{version}");
        assert_eq!(view.tls_version.as_deref(), Some("TLS 1.3"), "{version}");
        assert_eq!(view.left_out, 0, "{version}");

        // Before encryption it offers nothing but encryption, and says that it is required.
        let starttls = "urn:ietf:params:xml:ns:xmpp-tls starttls";
        let before = view.before.as_ref().unwrap();
        assert!(before.contains(&starttls.to_owned()), "{before:?}");
        assert!(
            before.contains(&format!("{starttls}/required")),
            "{before:?}"
        );
        assert!(
            !before.iter().any(|name| name.starts_with("mechanism ")),
            "{before:?}"
        );

        let secured = view.secured.as_ref().unwrap();
        let mechanisms: Vec<_> = secured
            .iter()
            .filter_map(|name| name.strip_prefix("mechanism "))
            .collect();
        let expected: &[&str] = match installation.version {
            "0.12" => &["PLAIN", "SCRAM-SHA-1"],
            _ => &["OAUTHBEARER", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"],
        };
        assert_eq!(mechanisms, expected, "{version}");
        assert!(!secured.contains(&starttls.to_owned()), "{secured:?}");

        let after = view.after.as_ref().unwrap();
        for name in [
            "urn:xmpp:sm:3 sm",
            "urn:ietf:params:xml:ns:xmpp-bind bind",
            "urn:ietf:params:xml:ns:xmpp-bind bind/required",
        ] {
            assert!(
                after.contains(&name.to_owned()),
                "{version}: no {name} in {after:?}"
            );
        }

        let addresses: Vec<_> = view.addresses.keys().collect();
        assert_eq!(
            addresses,
            [
                "juliet@localhost",
                "localhost",
                "rooms.localhost",
                "upload.localhost"
            ]
        );
        for (address, name) in [
            ("localhost", "identity server/im"),
            ("localhost", "urn:xmpp:blocking"),
            ("localhost", "urn:xmpp:carbons:2"),
            ("localhost", "urn:xmpp:extdisco:2"),
            ("juliet@localhost", "identity account/registered"),
            ("juliet@localhost", "identity pubsub/pep"),
            ("juliet@localhost", "urn:xmpp:mam:2"),
            ("rooms.localhost", "identity conference/text"),
            ("upload.localhost", "urn:xmpp:http:upload:0"),
            (
                "upload.localhost",
                "urn:xmpp:http:upload:0 max-file-size 4096",
            ),
        ] {
            let names = view.addresses[address].as_ref().unwrap();
            assert!(
                names.contains(&name.to_owned()),
                "{version}: no {name} in {names:?}"
            );
        }

        // The account is new: it has no bookmarks yet.
        let queries: Vec<_> = view
            .queries
            .iter()
            .map(|(name, answer)| (name.as_str(), answer.as_ref().map_err(String::as_str)))
            .collect();
        let expected = [
            ("blocklist", Ok(&())),
            ("bookmarks", Err("item-not-found")),
            ("carbons", Ok(&())),
            ("external services", Ok(&())),
            ("mam", Ok(&())),
            ("ping", Ok(&())),
            ("private storage", Ok(&())),
            ("roster", Ok(&())),
            ("upload slot at upload.localhost", Ok(&())),
            ("vcard", Ok(&())),
        ];
        assert_eq!(queries, expected, "{version}");

        let json = serde_json::to_string(&view).unwrap();
        assert_eq!(serde_json::from_str::<ClientView>(&json).unwrap(), view);
    }
}

#[test]
fn modules_that_are_not_loaded_are_not_seen() {
    for installation in Installation::all() {
        let bare = Setting {
            modules: &["disco", "saslauth", "tls"],
            ..PLAIN_SETTING
        };
        let bare = seen(&installation, bare);
        let full = seen(&installation, PLAIN_SETTING);
        let found = differences(&full, &bare);
        let mut lost: Vec<_> = found
            .iter()
            .filter(|it| it.lost)
            .filter_map(|it| it.ability.as_deref())
            .collect();
        lost.sort();
        lost.dedup();
        let expected = [
            "account registration",
            "blocking",
            "calls behind NAT",
            "carbons",
            "contact list",
            "message archive",
            "profile",
            "stream management",
        ];
        assert_eq!(lost, expected, "{}: {found:#?}", installation.full_version);
        // The way back takes nothing away.
        assert!(differences(&bare, &full).iter().all(|it| !it.lost));
        assert_eq!(differences(&full, &full), []);
    }
}

#[test]
fn each_mechanism_logs_in() {
    for installation in Installation::all() {
        for (options, mechanism) in [
            ("password_hash = \"SHA-256\"", "SCRAM-SHA-256"),
            ("password_hash = \"SHA-1\"", "SCRAM-SHA-1"),
            ("disable_sasl_mechanisms = { \"SCRAM-SHA-1\" }", "PLAIN"),
            ("authentication = \"internal_plain\"", "SCRAM-SHA-1"),
        ] {
            let view = seen(
                &installation,
                Setting {
                    options,
                    ..PLAIN_SETTING
                },
            );
            assert_eq!(
                view.end.error, None,
                "{} {options}",
                installation.full_version
            );
            let secured = view.secured.unwrap();
            assert!(
                secured.contains(&format!("mechanism {mechanism}")),
                "{secured:?}"
            );
        }
    }
}

#[test]
fn a_wrong_password_is_refused_by_the_server() {
    for installation in Installation::all() {
        for options in [
            "password_hash = \"SHA-256\"",
            "",
            "disable_sasl_mechanisms = { \"SCRAM-SHA-1\" }",
        ] {
            let server = start(
                &installation,
                Setting {
                    options,
                    ..PLAIN_SETTING
                },
            );
            let view = look(&server, "wrong");
            assert_eq!(view.end.reached, Reached::Encrypted);
            let error = view.end.error.as_deref().unwrap();
            assert!(
                error.starts_with("cannot log in: not-authorized"),
                "{options}: {error}"
            );
            assert_eq!(view.after, None);
            assert!(view.addresses.is_empty() && view.queries.is_empty());

            let right = look(&server, "secret");
            let found = differences(&right, &view);
            let new = view.end;
            assert_eq!(found.len(), 1, "{found:#?}");
            assert_eq!(found[0].change, ClientChange::NoLongerLogsIn { new });
            assert!(found[0].lost);
        }
    }
}

#[test]
fn servers_that_are_choosy_about_tls_are_seen() {
    for installation in Installation::all() {
        for (ssl, version) in [
            ("protocol = \"tlsv1_2\";", "TLS 1.2"),
            (
                "protocol = \"tlsv1_2\"; ciphers = \"ECDHE-ECDSA-AES256-GCM-SHA384\";",
                "TLS 1.2",
            ),
            ("curveslist = { \"P-256\" };", "TLS 1.3"),
            ("curveslist = { \"P-384\" };", "TLS 1.3"),
            ("curveslist = { \"X25519\" };", "TLS 1.3"),
        ] {
            let setting = Setting {
                ssl,
                ..PLAIN_SETTING
            };
            let view = seen(&installation, setting);
            assert_eq!(view.end.error, None, "{ssl}");
            assert_eq!(view.tls_version.as_deref(), Some(version), "{ssl}");
        }
    }
}

#[test]
fn tls_that_the_client_does_not_speak_is_an_error_of_that_step() {
    for installation in Installation::all() {
        let setting = Setting {
            ssl: "protocol = \"tlsv1_2\"; ciphers = \"ECDHE-ECDSA-AES256-SHA384\";",
            ..PLAIN_SETTING
        };
        let view = seen(&installation, setting);
        assert_eq!(view.end.reached, Reached::Connected);
        assert_eq!(
            view.end.error.as_deref(),
            Some("cannot encrypt: received fatal alert: HandshakeFailure")
        );
    }
}

#[test]
fn direct_tls_shows_the_same() {
    for installation in Installation::all() {
        let setting = Setting {
            options: "c2s_direct_tls_ports = { 5223 }",
            ..PLAIN_SETTING
        };
        let server = start(&installation, setting);
        let direct = (Ipv4Addr::LOCALHOST, server.ports().direct_tls).into();
        let direct = client::view_host(direct, true, "localhost", "juliet", "secret", DEADLINE);
        let starttls = look(&server, "secret");
        assert_eq!(direct.end, starttls.end, "{}", installation.full_version);
        assert_eq!(direct.end.reached, Reached::Done);
        assert_eq!(direct.before, None);
        assert_eq!(differences(&starttls, &direct), []);
    }
}

#[test]
fn without_encryption_no_password_is_sent() {
    for installation in Installation::all() {
        let server = start(
            &installation,
            Setting {
                options: "modules_disabled = { \"tls\" }",
                modules: &["disco", "saslauth"],
                after: "c2s_require_encryption = false",
                ..PLAIN_SETTING
            },
        );
        let view = look(&server, "secret");
        assert_eq!(
            view.end.error.as_deref(),
            Some("cannot encrypt: the server offers no encryption")
        );
        assert_eq!(view.end.reached, Reached::Connected);
        // It would have let the client in.
        let before = view.before.unwrap();
        assert!(before.contains(&"mechanism PLAIN".to_owned()), "{before:?}");
        assert!(
            !server.log().contains("Authenticated as"),
            "{}",
            server.log()
        );
        assert_eq!(view.secured, None);
    }
}

#[test]
fn an_unknown_host_is_an_error_of_the_stream() {
    for installation in Installation::all() {
        let server = start(&installation, PLAIN_SETTING);
        let view = client::view_host(
            address(&server),
            false,
            "elsewhere.example",
            "juliet",
            "secret",
            DEADLINE,
        );
        assert_eq!(view.end.reached, Reached::Connected);
        let error = view.end.error.unwrap();
        assert!(
            error.starts_with("cannot open a stream: the server ended the stream: host-unknown"),
            "{error}"
        );
    }
}

#[test]
fn an_upgrade_changes_what_clients_see() {
    let views: Vec<_> = Installation::all()
        .iter()
        .map(|installation| seen(installation, PLAIN_SETTING))
        .collect();
    let [old, new] = &views[..] else {
        return; // CommandOutput by `Installation::all`.
    };
    let found = differences(old, new);
    assert!(found.iter().all(|it| !it.lost), "{found:#?}");
    let changes: Vec<_> = found.into_iter().map(|it| it.change).collect();
    for change in [
        ClientChange::FeatureGained(Location::Secured, "mechanism SCRAM-SHA-1-PLUS".to_owned()),
        ClientChange::FeatureGained(Location::Secured, "mechanism OAUTHBEARER".to_owned()),
        ClientChange::FeatureGained(
            Location::Before,
            "urn:xmpp:stream-limits:0 limits".to_owned(),
        ),
    ] {
        assert!(changes.contains(&change), "no {change:?} in {changes:#?}");
    }
}
