//! What a rehearsed server cannot do: write, reach the network or another service, or undo that.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use crate::room::{As, Happened, PLACE, Room, is_root, users};
use crate::support::command::TOOL;
use crate::support::folder::write_script;
use crate::support::prosody::Installation;

fn rehearse(
    room: &Room,
    who: As,
    installation: &Installation,
    name: &str,
    more: &[&str],
) -> Happened {
    let config = format!("{PLACE}/{name}.cfg.lua");
    let prosody = installation.prosody();
    let mut arguments = vec!["rehearse", "--all", "--config", &config, "--prosody"];
    arguments.push(prosody.to_str().unwrap());
    arguments.extend(more);
    room.tool(who, &arguments)
}

/// The meter works: without isolation, the same plugins get out.
#[test]
fn without_isolation_the_network_and_the_files_are_there() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let Some(room) = Room::new() else { return };
    let listener = UnixListener::bind(room.path("tmp/listener")).unwrap();
    listener.set_nonblocking(true).unwrap();
    fs::set_permissions(room.path("tmp/listener"), PermissionsExt::from_mode(0o777)).unwrap();
    let happened = rehearse(
        &room,
        As::Root,
        &installation,
        "connects",
        &["--without-isolation"],
    );
    assert!(
        happened.sent >= 2,
        "{} packets: {:?}",
        happened.sent,
        happened.said
    );
    assert!(listener.accept().is_ok(), "{:?}", happened.said);
    assert!(happened.more().is_empty(), "{:?}", happened.more());

    let Some(room) = room_with_mounts() else {
        return;
    };
    let happened = rehearse(
        &room,
        As::Root,
        &installation,
        "writes-outside",
        &["--without-isolation"],
    );
    let places = ["/mnt/x", "/mnt/a b/x", "/mnt/a b/below/x", "/mnt/twice/x"];
    for place in places {
        let line = format!("{place} f ");
        let written = happened.more().iter().any(|file| file.starts_with(&line));
        assert!(written, "{place}: {:?}", happened.said);
    }
    for path in ["tmp/home/x", "tmp/c/x", "tmp/data/x", "var-tmp/x", "tmp/x"] {
        assert!(room.path(path).exists(), "{path}: {:?}", happened.said);
    }
}

#[test]
fn no_connection_leaves_it() {
    for installation in Installation::all() {
        for &who in users() {
            let Some(room) = Room::new() else { return };
            let listener = UnixListener::bind(room.path("tmp/listener")).unwrap();
            listener.set_nonblocking(true).unwrap();
            fs::set_permissions(room.path("tmp/listener"), PermissionsExt::from_mode(0o777))
                .unwrap();
            for name in ["connects", "asks-dns"] {
                let happened = rehearse(&room, who, &installation, name, &[]);
                happened.left_nothing();
                assert_eq!(happened.said.code(), Some(0), "{:?}", happened.said);
            }
            let connected = listener.accept();
            assert!(
                connected.is_err(),
                "a socket of another service was reached"
            );
        }
    }
}

/// A room with more file systems: one below another, one that is there twice, one with a blank in its name.
fn room_with_mounts() -> Option<Room> {
    let room = Room::new()?;
    let script = "#!/bin/sh -e\n\
        mkdir '/mnt/a b' /mnt/twice\n\
        mount -t tmpfs -o mode=1777 tmpfs '/mnt/a b'\n\
        mkdir -m 1777 '/mnt/a b/below'\n\
        mount -t tmpfs -o mode=1777,nosuid,noexec tmpfs '/mnt/a b/below'\n\
        mount --bind /tmp/home /mnt/twice\n";
    write_script(&room.path("tmp"), "mount.sh", script);
    Some(room)
}

/// Another file system than `/` is read-only as well, and nobody in there can change that: not even a server that runs
/// as root.
#[test]
fn no_file_system_can_be_written() {
    for installation in Installation::all() {
        for &who in users() {
            for name in ["writes-outside", "remounts"] {
                let as_root: &[&str] = &["--user", "0:0"];
                let more: &[&[&str]] = if who == As::Root && is_root() {
                    &[&[], as_root]
                } else {
                    &[&[]]
                };
                for more in more {
                    let Some(room) = room_with_mounts() else {
                        return;
                    };
                    let happened = rehearse(&room, who, &installation, name, more);
                    happened.left_nothing();
                    let said = &happened.said;
                    assert_eq!(said.code(), Some(0), "{said:?}");
                    assert!(!said.stdout.contains("was written"), "{said:?}");
                }
            }
        }
    }
}

/// What the caller has open is not open in there, and there is no terminal.
#[test]
fn nothing_that_is_open_is_inherited() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    for &who in users() {
        let Some(room) = Room::new() else { return };
        let config = format!("{PLACE}/descriptors.cfg.lua");
        let prosody = installation.prosody();
        let open = room.path("tmp/out/open");
        fs::write(&open, "").unwrap();
        fs::set_permissions(&open, PermissionsExt::from_mode(0o666)).unwrap();
        let happened = room.run(
            who,
            &[
                "script",
                "--quiet",
                "--return",
                "--command",
                &format!(
                    "{TOOL} rehearse --config {config} --prosody {} 5>>/tmp/out/open",
                    prosody.display()
                ),
                "/tmp/out/terminal",
            ],
        );
        assert_eq!(happened.said.code(), Some(0), "{:?}", happened.said);
        let shown = fs::read_to_string(room.path("tmp/out/terminal")).unwrap();
        assert!(shown.contains("Prosody 13.0.1"), "{shown}");
        assert!(!shown.contains("written through"), "{shown}");
        assert_eq!(fs::read_to_string(&open).unwrap(), "");
    }
}

/// `--without-isolation` leaves no process and no file, though the server detached one.
#[test]
fn without_isolation_nothing_is_left_behind() {
    for installation in Installation::all() {
        for &who in users() {
            for name in ["forks", "writes-data", "raises", "syntax-error"] {
                let Some(room) = Room::new() else { return };
                rehearse(&room, who, &installation, name, &["--without-isolation"]).left_nothing();
            }
        }
    }
}

#[test]
fn the_command_says_that_it_is_not_cut_off() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let Some(room) = Room::new() else { return };
    let happened = rehearse(
        &room,
        As::Root,
        &installation,
        "nothing-wrong",
        &["--without-isolation"],
    );
    let warning = "warning: the server starts with access to your network and your files";
    assert!(
        happened.said.stderr.starts_with(warning),
        "{:?}",
        happened.said
    );
}
