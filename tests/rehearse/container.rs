//! 13.0.7 in the file system of a container: a small Debian sid, on which this system's programs and libraries do not fit.

use std::path::{Path, PathBuf};

use crate::room::{As, PLACE, Room, servers, users};
use crate::support::folder::{write, write_script};
use crate::support::json::{findings, list, text};
use crate::support::skip::skip_or_fail;

/// The file system, as `scripts/prosody-servers` unpacks it.
pub fn sid() -> Option<PathBuf> {
    let root = servers().join("sid-root");
    if !root.join("installed").exists() {
        skip_or_fail(&format!(
            "no {}: run scripts/prosody-servers",
            root.display()
        ));
        return None;
    }
    Some(root)
}

/// A room in which that file system has a configuration and a module of its own, and the place for one that is brought
/// in; the file system itself is not touched.
pub fn room(root: &Path) -> Option<Room> {
    let room = Room::new()?;
    write(&room.path("tmp/etc"), "prosody.cfg.lua", INSIDE);
    write(&room.path("tmp/etc"), "modules/mod_own.lua", OWN);
    let root = root.display();
    let script = format!(
        "#!/bin/sh -e\n\
         mount --bind /tmp/etc '{root}/etc/prosody'\n\
         mount -t tmpfs -o mode=1777 tmpfs '{root}/tmp'\n\
         mkdir '{root}/tmp/c'\n"
    );
    write_script(&room.path("tmp"), "mount.sh", &script);
    Some(room)
}

const INSIDE: &str = r#"
plugin_paths = { "/etc/prosody/modules" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "own", "nowhere" }
VirtualHost "example.com"
    authentication = "internal_hashed"
"#;
const OWN: &str = r#"
local file = io.open("/etc/prosody/written", "w");
module:set_status("error", file and "written" or "not written");
"#;

#[test]
fn with_the_configuration_inside() {
    let Some(root) = sid() else { return };
    for &who in users() {
        let Some(room) = room(&root) else { return };
        let config = root.join("etc/prosody/prosody.cfg.lua");
        let config = config.display().to_string();
        let happened = room.tool(
            who,
            &[
                "rehearse",
                "--config",
                &config,
                "--prosody",
                root.to_str().unwrap(),
                "--format",
                "json",
            ],
        );
        happened.left_nothing();
        let said = &happened.said;
        assert_eq!(said.code(), Some(1), "{said:?}");
        let report = said.json();
        assert_eq!(text(&report["sides"][0]["release"]), "13.0.7");
        let messages: Vec<_> = findings(&report)
            .into_iter()
            .map(|it| (text(&it["code"]), it["reason"].as_str()))
            .collect();
        assert!(
            messages.contains(&("module-fails", Some("no file of that name"))),
            "{messages:?}"
        );
        assert!(
            messages.contains(&("failed", Some("not written"))),
            "{messages:?}"
        );
        assert!(
            !messages.iter().any(|it| it.0 == "login-fails"),
            "{messages:?}"
        );
    }
}

/// A configuration of this system, at the path where the container mounts it.
#[test]
fn with_a_configuration_that_is_brought_in() {
    let Some(root) = sid() else { return };
    for &who in users() {
        for name in ["nothing-wrong", "uploads-lost", "writes-outside", "forks"] {
            let Some(room) = room(&root) else { return };
            let config = format!("{PLACE}/{name}.cfg.lua");
            let happened = room.tool(
                who,
                &[
                    "rehearse",
                    "--config",
                    &config,
                    "--prosody",
                    root.to_str().unwrap(),
                    "--format",
                    "json",
                ],
            );
            happened.left_nothing();
            let report = happened.said.json();
            let failed: Vec<_> = list(&report["findings"])
                .iter()
                .filter(|it| it["code"] == "module-fails")
                .map(|it| text(&it["subject"]))
                .collect();
            let expected: &[&str] = match name {
                "uploads-lost" => &["http_upload", "vcard_muc"],
                _ => &[],
            };
            assert_eq!(failed, expected, "{:?}", happened.said);
            assert_eq!(text(&report["sides"][0]["release"]), "13.0.7");
        }
    }
}

#[test]
fn against_the_server_of_this_system() {
    let Some(root) = sid() else { return };
    let Some(old) = crate::support::prosody::Installation::find("0.12") else {
        return;
    };
    let Some(room) = room(&root) else { return };
    let config = format!("{PLACE}/uploads-lost.cfg.lua");
    let prosody = old.prosody();
    let happened = room.tool(
        As::Root,
        &[
            "rehearse",
            "--config",
            &config,
            "--prosody",
            prosody.to_str().unwrap(),
            "--against",
            root.to_str().unwrap(),
            "--format",
            "json",
        ],
    );
    happened.left_nothing();
    let report = happened.said.json();
    let sides: Vec<_> = list(&report["sides"])
        .iter()
        .map(|side| text(&side["release"]))
        .collect();
    assert_eq!(sides, ["0.12.3", "13.0.7"]);
    let breaks: Vec<_> = list(&report["findings"])
        .iter()
        .filter(|it| it["code"] == "breaks")
        .map(|it| text(&it["subject"]))
        .collect();
    assert_eq!(breaks, ["http_upload", "vcard_muc"], "{:?}", happened.said);
}
