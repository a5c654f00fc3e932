//! 13.0.7 in the file system of a container: a small Debian sid, on which this system's programs and libraries do not fit.

use std::fs;
use std::path::{Path, PathBuf};

use crate::room::{As, PLACE, Room, servers, users};
use crate::support::json::{findings, list, text};
use crate::support::skip::skip_or_fail;

/// The file system, as `scripts/prosody-servers` unpacks it.
fn sid() -> Option<PathBuf> {
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

/// The same file system with files of one's own in it; what is not written to is shared.
fn with(root: &Path, room: &Room, files: &[(&str, &str)]) {
    let target = room.path("tmp/root");
    let done = std::process::Command::new("cp")
        .args(["-a", "--link"])
        .arg(root)
        .arg(&target)
        .status()
        .unwrap();
    assert!(done.success());
    for (name, content) in files {
        let path = target.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

const INSIDE: &str = r#"
plugin_paths = { "/opt/modules" }
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
        let Some(room) = Room::new() else { return };
        with(
            &root,
            &room,
            &[
                ("etc/prosody/prosody.cfg.lua", INSIDE),
                ("opt/modules/mod_own.lua", OWN),
            ],
        );
        let happened = room.tool(
            who,
            &[
                "rehearse",
                "--config",
                "/tmp/root/etc/prosody/prosody.cfg.lua",
                "--prosody",
                "/tmp/root",
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
            let Some(room) = Room::new() else { return };
            // The mount point has to be there, as it is in a container.
            with(&root, &room, &[("tmp/c/.keep", "")]);
            let config = format!("{PLACE}/{name}.cfg.lua");
            let happened = room.tool(
                who,
                &[
                    "rehearse",
                    "--config",
                    &config,
                    "--prosody",
                    "/tmp/root",
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
    let Some(room) = Room::new() else { return };
    with(&root, &room, &[("tmp/c/.keep", "")]);
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
            "/tmp/root",
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
