//! A rehearsal that is killed, and many at once: nothing is left behind.

use std::time::{Duration, Instant};

use crate::failures::side_by_side;
use crate::room::{As, PLACE, Room, users};
use crate::support::prosody::Installation;

/// How many rehearsals each user has killed.
const KILLED: u64 = 100;
/// How many run at once.
const AT_ONCE: usize = 20;

/// The same moments in every run of the tests.
fn random(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}

#[test]
fn killed_at_any_moment() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let prosody = installation.prosody();
    let config = format!("{PLACE}/forks.cfg.lua");
    let arguments = [
        "rehearse",
        "--config",
        &config,
        "--prosody",
        prosody.to_str().unwrap(),
    ];
    for &who in users() {
        let Some(room) = Room::new() else { return };
        let start = Instant::now();
        room.tool(who, &arguments).left_nothing();
        let whole = start.elapsed().as_micros();
        let moments: Vec<_> = (0..KILLED)
            .map(|seed| Duration::from_micros(random(seed) % u64::try_from(whole).unwrap()))
            .collect();
        let killed = std::sync::atomic::AtomicUsize::new(0);
        side_by_side(&moments, |moment| {
            let Some(room) = Room::new() else { return };
            let happened = room.killing_after(*moment).tool(who, &arguments);
            happened.left_nothing();
            // 128 and the signal, as a shell tells it.
            let is_killed = happened.said.code() == Some(137);
            killed.fetch_add(usize::from(is_killed), std::sync::atomic::Ordering::Relaxed);
        });
        let killed = killed.into_inner();
        assert!(
            killed >= 50,
            "only {killed} of {KILLED} were killed before their end"
        );
    }
}

/// The same without namespaces that end what is in them.
#[test]
fn killed_at_any_moment_without_isolation() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let prosody = installation.prosody();
    let config = format!("{PLACE}/forks.cfg.lua");
    let arguments = [
        "rehearse",
        "--without-isolation",
        "--config",
        &config,
        "--prosody",
        prosody.to_str().unwrap(),
    ];
    let moments: Vec<_> = (0..20)
        .map(|seed| Duration::from_millis(random(seed) % 600))
        .collect();
    side_by_side(&moments, |moment| {
        let Some(room) = Room::new() else { return };
        room.killing_after(*moment)
            .tool(As::Root, &arguments)
            .left_nothing();
    });
}

#[test]
fn many_at_once() {
    let installations = Installation::all();
    let (Some(old), Some(new)) = (installations.first(), installations.last()) else {
        return;
    };
    for &who in users() {
        let Some(room) = Room::new() else { return };
        // Not in /tmp, where everything is counted.
        let script = format!(
            "for number in $(seq {AT_ONCE}); do \
                \"$@\" --format json >/tmp/out/$number 2>&1 & \
            done; wait; \
            sort -u /tmp/out/* | sha256sum; cat /tmp/out/1 | sort -u | sha256sum; cat /tmp/out/1; rm /tmp/out/*"
        );
        let (old, new) = (old.prosody(), new.prosody());
        let config = format!("{PLACE}/uploads-lost.cfg.lua");
        let command = [
            "sh",
            "-c",
            &script,
            "sh",
            crate::support::command::TOOL,
            "rehearse",
            "--config",
            &config,
            "--prosody",
            old.to_str().unwrap(),
            "--against",
            new.to_str().unwrap(),
        ];
        let happened = room.run(who, &command);
        happened.left_nothing();
        let said = happened.said.success();
        let mut lines = said.stdout.splitn(3, '\n');
        let (all, first, report) = (lines.next(), lines.next(), lines.next().unwrap());
        assert!(report.contains("http_upload will not load"), "{report}");
        assert_eq!(all, first, "not all reports are the same");
    }
}
