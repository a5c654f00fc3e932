//! The test servers themselves: they start, say what they loaded, and leave nothing behind.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use crate::support::prosody::answer::{GLOBAL, names};
use crate::support::prosody::{Installation, Server, localhost_with};

const CORE: [&str; 12] = [
    "roster",
    "saslauth",
    "tls",
    "dialback",
    "disco",
    "private",
    "vcard",
    "version",
    "uptime",
    "time",
    "ping",
    "admin_shell",
];

#[test]
fn what_is_loaded_is_what_was_asked_for_and_what_that_needs() {
    for installation in Installation::all() {
        let server = Server::start(&installation, |_| localhost_with(&CORE));
        let mut expected = installation.always_loaded();
        expected.extend(CORE);
        expected.extend(["adhoc", "admin_socket"]); // by uptime and admin_shell

        let modules = server.modules();
        assert_eq!(names(&modules), expected, "{}", installation.full_version);
        assert!(
            modules
                .values()
                .flat_map(|modules| modules.values())
                .all(Option::is_none),
            "{modules:?}"
        );
        assert!(modules[GLOBAL].contains_key("admin_socket"));
        assert!(modules["localhost"].contains_key("roster"));
        assert!(!server.log().contains("\terror\t"), "{}", server.log());
    }
}

#[test]
fn dependencies_are_told_per_host() {
    for installation in Installation::all() {
        let server = Server::start(&installation, |_| {
            localhost_with(&["uptime", "bosh"])
                + "Component \"upload.localhost\" \"http_file_share\"\n"
        });
        let dependencies = |module, host| server.module_info(module, host).unwrap().dependencies;

        assert_eq!(
            dependencies("uptime", "localhost"),
            ["adhoc".to_owned()].into()
        );
        assert_eq!(dependencies("bosh", GLOBAL), ["http".to_owned()].into());
        let on_the_host: &[&str] = match installation.version {
            "0.12" => &["http"],
            _ => &["http", "http_altconnect"],
        };
        assert_eq!(
            dependencies("bosh", "localhost"),
            on_the_host.iter().map(|name| (*name).to_owned()).collect()
        );
        assert_eq!(
            dependencies("http_file_share", "upload.localhost"),
            ["cron", "disco", "http"].map(str::to_owned).into()
        );
        // Its own section is empty or absent; what depends on it stands in another one.
        assert_eq!(dependencies("adhoc", "localhost"), BTreeSet::new());
        assert_eq!(
            server.module_info("uptime", "localhost").unwrap().status,
            "[core] Loaded"
        );
        assert!(server.module_infos("mam").is_empty());
    }
}

#[test]
fn what_cannot_be_loaded_is_absent_and_logged_and_what_does_not_work_carries_a_remark() {
    for installation in Installation::all() {
        let server = Server::start(&installation, |setup| {
            fs::write(
                setup.folder.join("mod_limping.lua"),
                r#"module:set_status("warn", "one leg (left)")"#,
            )
            .unwrap();
            fs::write(setup.folder.join("mod_broken.lua"), r#"error("no legs")"#).unwrap();
            let plugins = format!("plugin_paths = {{ {:?} }}\n", setup.folder);
            plugins + &localhost_with(&["ping", "no_such_module", "limping", "broken"])
        });
        let host = &server.modules()["localhost"];

        assert!(host.contains_key("ping"));
        assert_eq!(host["limping"].as_deref(), Some("warn: one leg (left)"));
        assert!(!host.contains_key("no_such_module"));
        assert!(!host.contains_key("broken"));
        assert!(
            server
                .log()
                .contains("Unable to load module 'no_such_module'")
        );
        assert!(server.log().contains("Error initializing module 'broken'"));
    }
}

#[test]
fn a_server_listens_on_its_own_ports_and_frees_them() {
    for installation in Installation::all() {
        // A configuration that would have it otherwise does not prevail.
        let mut server = Server::start(&installation, |_| {
            format!(
                "interfaces = {{ \"*\" }}\nhttp_interfaces = {{ \"*\" }}\nhttps_ports = {{ 5281 }}\n{}",
                localhost_with(&["http"])
            )
        });
        let ports = server.ports();
        for port in [ports.c2s, ports.s2s, ports.http] {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        }
        // An answer means that these connections are dealt with: 0.12 hangs when the signal to end
        // reaches it while it sets up a connection on the s2s port.
        server.modules();
        for line in server
            .log()
            .lines()
            .filter(|line| line.contains("Activated service"))
        {
            assert!(
                line.contains("on [127.0.0.1]:") || line.contains("on no ports"),
                "{line}"
            );
        }
        assert!(
            server
                .log()
                .contains("Activated service 'http' on [127.0.0.1]:")
        );

        assert!(server.stop().success());
        assert!(server.log().contains("Shutdown complete"));
        for port in [ports.c2s, ports.s2s, ports.http] {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        }
        let folder = server.folder().to_owned();
        drop(server);
        assert!(!folder.exists());
    }
}

#[test]
fn a_port_that_somebody_else_took_meanwhile_is_no_failure() {
    for installation in Installation::all() {
        let taken = OnceCell::new();
        let server = Server::start(&installation, |setup| {
            // Only the first attempt loses its port.
            taken
                .get_or_init(|| TcpListener::bind((Ipv4Addr::LOCALHOST, setup.ports.c2s)).unwrap());
            localhost_with(&["ping"])
        });
        let taken = taken.get().unwrap().local_addr().unwrap().port();
        assert_ne!(server.ports().c2s, taken);
        TcpStream::connect((Ipv4Addr::LOCALHOST, server.ports().c2s)).unwrap();
    }
}

#[test]
fn the_admin_shell_is_there_even_when_the_configuration_has_none() {
    for installation in Installation::all() {
        let server = Server::start(&installation, |_| localhost_with(&["ping"]));
        assert!(names(&server.modules()).contains("admin_shell"));
    }
}

#[test]
fn bundled_and_community_modules_are_told_apart() {
    for installation in Installation::all() {
        let (bundled, community) = (installation.bundled(), installation.community());
        assert!(bundled.contains("smacks") && !bundled.contains("firewall"));
        assert!(community.contains("firewall") && !community.contains("smacks"));
        assert_eq!(
            bundled.contains("cloud_notify"),
            installation.version == "13.0"
        );
        assert!(bundled.contains("adhoc") && bundled.contains("muc"));
        assert!(community.contains("auth_dovecot"));
        // Debian's 13.0 really has one community module that shadows a bundled one.
        let both: Vec<_> = bundled.intersection(&community).collect();
        assert_eq!(
            both,
            if installation.version == "13.0" {
                vec!["flags"]
            } else {
                vec![]
            }
        );
        assert!(
            installation
                .modules_folder()
                .join("mod_smacks.lua")
                .is_file()
        );
    }
}
