//! Running a command that may hang.

use std::io::{Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often something that has no event to wait for is looked at again.
pub const POLL: Duration = Duration::from_millis(10);

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `command` to its end; one that takes longer than `limit` is killed, and the test fails.
pub fn run_within(command: &mut Command, limit: Duration) -> Said {
    // Files, not pipes: nobody has to read them while the command runs.
    let mut stdout = tempfile::tempfile().expect("a temporary file");
    let mut stderr = tempfile::tempfile().expect("a temporary file");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().expect("a second handle"))
        .stderr(stderr.try_clone().expect("a second handle"))
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let status = wait_within(&mut child, limit);
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let mut text = [String::new(), String::new()];
    for (file, text) in [&mut stdout, &mut stderr].into_iter().zip(&mut text) {
        let mut bytes = Vec::new();
        file.rewind()
            .and_then(|()| file.read_to_end(&mut bytes))
            .expect("the output can be read");
        *text = String::from_utf8_lossy(&bytes).into_owned();
    }
    let [stdout, stderr] = text;
    let status = status
        .unwrap_or_else(|| panic!("{command:?} took longer than {limit:?}\n{stdout}{stderr}"));
    Said {
        status,
        stdout,
        stderr,
    }
}

/// The exit status of `child`, or `None` when it still runs after `limit`.
pub fn wait_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours can be waited for") {
            return Some(status);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(POLL);
    }
}
