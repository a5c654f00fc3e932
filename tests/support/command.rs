//! Running commands that may hang, first of all the one under test.

use std::ffi::OsStr;
use std::io::{ErrorKind, Read, Seek, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::root;

/// How often something that has no event to wait for is looked at again.
pub const POLL: Duration = Duration::from_millis(10);

/// Longer than any command of a test should take on a slow machine.
const LIMIT: Duration = Duration::from_secs(300);

/// The program under test.
pub const TOOL: &str = env!("CARGO_BIN_EXE_prosody-stability");

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct CommandOutput {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl CommandOutput {
    /// The same, of a command that has to succeed.
    #[track_caller]
    pub fn success(self) -> Self {
        assert!(self.status.success(), "{}\n{}", self.stdout, self.stderr);
        self
    }

    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// What was printed, which is JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The command under test, at the root of this repository, as it prints where there is no terminal.
pub fn tool(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(TOOL);
    command
        .args(arguments)
        .current_dir(root())
        .env("NO_COLOR", "1");
    command
}

/// What the command under test prints, with the words of a line as arguments; it has to succeed.
#[track_caller]
pub fn printed(line: &str) -> String {
    let arguments: Vec<_> = line.split(' ').collect();
    run(&mut tool(&arguments)).success().stdout
}

/// Runs a command to its end, without input.
pub fn run(command: &mut Command) -> CommandOutput {
    run_within(command, LIMIT)
}

/// Runs a command to its end, with this on standard input.
pub fn run_with(command: &mut Command, input: &[u8]) -> CommandOutput {
    finish(command, Some(input), LIMIT)
}

/// Runs `command` to its end; one that takes longer than `limit` is killed, and the test fails.
pub fn run_within(command: &mut Command, limit: Duration) -> CommandOutput {
    finish(command, None, limit)
}

fn finish(command: &mut Command, input: Option<&[u8]>, limit: Duration) -> CommandOutput {
    // Files, not pipes: nobody has to read them while the command runs.
    let mut stdout = tempfile::tempfile().expect("a temporary file");
    let mut stderr = tempfile::tempfile().expect("a temporary file");
    let mut child = command
        .stdin(input.map_or_else(Stdio::null, |_| Stdio::piped()))
        .stdout(stdout.try_clone().expect("a second handle"))
        .stderr(stderr.try_clone().expect("a second handle"))
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let pipe = child.stdin.take();
    let status = thread::scope(|scope| {
        // Beside the waiting: a command that does not read is ended all the same.
        if let (Some(mut pipe), Some(input)) = (pipe, input) {
            scope.spawn(move || match pipe.write_all(input) {
                // A command that has seen enough does not read to the end.
                Err(error) if error.kind() != ErrorKind::BrokenPipe => panic!("{error}"),
                _ => {}
            });
        }
        let status = wait_within(&mut child, limit);
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        status
    });
    let mut text = [String::new(), String::new()];
    for (file, text) in [&mut stdout, &mut stderr].into_iter().zip(&mut text) {
        let mut bytes = Vec::new();
        file.rewind()
            .and_then(|()| file.read_to_end(&mut bytes))
            .expect("the output can be read");
        *text = String::from_utf8(bytes)
            .unwrap_or_else(|error| panic!("{command:?} says what is no text: {error}"));
    }
    let [stdout, stderr] = text;
    let status = status
        .unwrap_or_else(|| panic!("{command:?} took longer than {limit:?}\n{stdout}{stderr}"));
    CommandOutput {
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
