//! A `prosodyctl` that floods or hangs.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::command::{CommandOutput, POLL, TOOL, run_with, run_within, tool};
use crate::support::folder::{read, scratch, write_script};

fn status(script: &str, timeout: &str) -> CommandOutput {
    let arguments = ["status", "--prosodyctl", script, "--timeout", timeout];
    run_within(&mut tool(&arguments), Duration::from_secs(60))
}

#[test]
fn a_flood_is_ended_early() {
    let folder = scratch();
    for (name, text) in [
        ("stdout", "exec yes\n"),
        ("stderr", "exec yes >&2\n"),
        ("child", "yes &\nyes\n"),
    ] {
        let script = write_script(folder.path(), name, &format!("#!/bin/sh\n{text}"));
        let start = Instant::now();
        let said = status(&script, "50");
        assert!(
            start.elapsed() < Duration::from_secs(25),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(
            said.stderr.contains("printed more than 16 MiB"),
            "{}",
            said.stderr
        );
    }
}

/// `sudo` asks at the terminal, which only the foreground may read.
#[test]
fn it_may_ask_for_a_password() {
    let folder = scratch();
    let asks = "#!/bin/sh\nread -r line </dev/tty\necho \"$line\" >\"$0.txt\"\nexit 1\n";
    let script = write_script(folder.path(), "asks", asks);
    let line = format!(
        "{TOOL} status --timeout 20 --prosodyctl {script}; read -r line </dev/tty; echo \"$line\" >{script}.after"
    );
    let said = run_with(&mut in_terminal(&line), b"secret\nagain\n");
    assert_eq!(read(folder.path(), "asks.txt"), "secret\n", "{said:?}");
    assert!(said.stdout.contains("asks` failed"), "{said:?}");
    // The terminal is ours again: what comes later can read from it.
    assert_eq!(read(folder.path(), "asks.after"), "again\n", "{said:?}");
}

/// In the background, giving away the terminal would stop it.
#[test]
fn in_the_background_it_leaves_the_terminal_alone() {
    let folder = scratch();
    let script = write_script(folder.path(), "fails", "#!/bin/sh\nexit 1\n");
    let line = format!(
        "set -m; {TOOL} status --timeout 20 --prosodyctl {script} >{script}.txt 2>&1 & wait $!"
    );
    let said = run_within(&mut in_terminal(&line), Duration::from_secs(30));
    let answer = read(folder.path(), "fails.txt");
    assert!(answer.contains("fails` failed"), "{answer} {said:?}");
}

/// Runs a line of shell in a terminal of its own.
fn in_terminal(line: &str) -> Command {
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", line, "/dev/null"]);
    terminal
}

#[test]
fn what_it_started_ends_with_it() {
    let folder = scratch();
    let script = write_script(
        folder.path(),
        "hang",
        "#!/bin/sh\nsleep 600 &\necho $! >\"$0.pid\"\nwait\n",
    );
    let said = status(&script, "1");
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("timed out after 1 s"), "{said:?}");
    let pid = fs::read_to_string(folder.path().join("hang.pid")).unwrap();
    let stat = Path::new("/proc").join(pid.trim()).join("stat");
    // Killed at once; it is gone when whoever adopted it has noticed.
    let is_alive = || fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
    let end = Instant::now() + Duration::from_secs(10);
    while is_alive() && Instant::now() < end {
        std::thread::sleep(POLL);
    }
    assert!(!is_alive(), "the grandchild still runs");
}
