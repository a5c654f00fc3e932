//! Where a server cannot be cut off, it is not started.

use crate::room::{As, PLACE, Room, is_root};
use crate::support::command::TOOL;
use crate::support::prosody::Installation;
use crate::support::skip::skip_optional;

const HELP: &str =
    "run it as root, or allow user namespaces. `--isolation none` gives the server access";

/// Runs a shell script as an ordinary user; `"$@"` is the rehearsal of a server that would write outside.
fn refused(script: &str, reason: &str) {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    if !is_root() {
        skip_optional("a rehearsal without rights is refused: needs root to become another user");
        return;
    }
    let Some(room) = Room::new() else { return };
    let prosody = installation.prosody();
    let config = format!("{PLACE}/writes-outside.cfg.lua");
    let happened = room.run(
        As::Root,
        &[
            "sh",
            "-c",
            script,
            "sh",
            "setpriv",
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            TOOL,
            "rehearse",
            "--config",
            &config,
            "--prosody",
            prosody.to_str().unwrap(),
        ],
    );
    happened.left_nothing();
    let said = &happened.said;
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stdout.is_empty(), "{said:?}");
    assert!(
        said.stderr
            .starts_with("error: cannot isolate the server: "),
        "{said:?}"
    );
    assert!(said.stderr.contains(reason), "{said:?}");
    let flat = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(HELP), "{said:?}");
}

/// The limit of a user namespace counts for all below it, and ends with it.
#[test]
fn user_namespaces_are_forbidden() {
    let script = "mkfifo /tmp/out/done
        unshare --user sh -c 'read end </tmp/out/done' &
        holder=$!
        exec 3>/tmp/out/done
        until echo '0 0 65536' >/proc/$holder/gid_map; do sleep 0.01; done 2>/dev/null
        echo '0 0 65536' >/proc/$holder/uid_map
        nsenter --target $holder --user --setuid 0 --setgid 0 \\
            sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"' sh \"$@\"
        code=$?
        echo >&3
        wait $holder
        rm /tmp/out/done
        exit $code";
    refused(script, "No space left on device");
}

/// Nobody but root is known in this namespace: the server runs as root there, with no right at all, and whoever asks
/// for another user is told.
#[test]
fn no_other_user_can_be_had() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let prosody = installation.prosody();
    let prosody = prosody.to_str().unwrap();
    let config = format!("{PLACE}/writes-outside.cfg.lua");
    let command = [
        "unshare",
        "--user",
        "--map-root-user",
        TOOL,
        "rehearse",
        "--config",
        &config,
        "--prosody",
        prosody,
    ];
    let Some(room) = Room::new() else { return };
    let happened = room.run(As::Root, &command);
    happened.left_nothing();
    let said = happened.said.success();
    assert!(said.stdout.starts_with("Prosody 13.0.1, "), "{said:?}");
    assert!(said.stdout.contains("Read-only file system"), "{said:?}");

    let happened = room.run(As::Root, &[&command[..], &["--user", "1:1"]].concat());
    happened.left_nothing();
    let said = &happened.said;
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stderr.starts_with("error: cannot rehearse: "),
        "{said:?}"
    );
    assert!(said.stderr.contains("Invalid argument"), "{said:?}");
}

#[test]
fn there_is_no_unshare() {
    let script = "mkdir /tmp/out/bin; ln -s \"$(command -v setpriv)\" /tmp/out/bin/; \
        PATH=/tmp/out/bin; export PATH; \"$@\"; code=$?; PATH=/bin:/usr/bin; rm -r /tmp/out/bin; exit $code";
    refused(script, "unshare: No such file or directory");
}
