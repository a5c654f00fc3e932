//! Running a command that is not trusted to end, or to print little.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};

/// How often a running command is checked.
const POLL: Duration = Duration::from_millis(10);

/// What a command may do before it is ended.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// How much it may print, in bytes.
    pub output: u64,
    /// Whether it may ask for a password at the terminal.
    pub is_interactive: bool,
}

/// What a command printed, and how it ended.
pub struct Output {
    pub end: Termination,
    pub stdout: String,
    pub stderr: String,
}

/// How a command ended.
#[derive(Clone, Copy, Debug)]
pub enum Termination {
    /// By itself.
    Exited(ExitStatus),
    /// It took too long and was killed.
    TimedOut,
    /// It printed too much and was killed.
    TooMuchOutput,
}

/// Runs a command, without input, to its end or to a limit. At a limit everything that it started
/// is killed with it.
pub fn run(command: &mut Command, limits: Limits) -> io::Result<Output> {
    // Files, not pipes: a grandchild that outlives the command would keep a pipe open.
    let mut files = [tempfile::tempfile()?, tempfile::tempfile()?];
    let mut child = command
        .stdin(Stdio::null())
        .stdout(files[0].try_clone()?)
        .stderr(files[1].try_clone()?)
        .process_group(0)
        .spawn()?;
    let group = Pid::from_raw(child.id().cast_signed());
    let foreground = limits.is_interactive.then(|| Foreground::give(group));
    let ended = wait(&mut child, &files, limits);
    if !matches!(ended, Ok(Termination::Exited(_))) {
        // Fails when nothing is left to kill.
        let _ = killpg(group, Signal::SIGKILL);
        child.wait()?;
    }
    drop(foreground);
    let end = ended?;
    let [stdout, stderr] = files.each_mut().map(|file| text(file, limits.output));
    Ok(Output {
        end,
        stdout: stdout?,
        stderr: stderr?,
    })
}

fn wait(child: &mut Child, files: &[File; 2], limits: Limits) -> io::Result<Termination> {
    let start = Instant::now();
    loop {
        let status = child.try_wait()?;
        for file in files {
            if file.metadata()?.len() > limits.output {
                return Ok(Termination::TooMuchOutput);
            }
        }
        if let Some(status) = status {
            return Ok(Termination::Exited(status));
        }
        if start.elapsed() >= limits.time {
            return Ok(Termination::TimedOut);
        }
        thread::sleep(POLL);
    }
}

fn text(file: &mut File, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The terminal, as long as the command has it: a process group of its own could not ask for a
/// password otherwise, as `sudo` does.
struct Foreground {
    terminal: File,
    ours: Pid,
}

impl Foreground {
    /// Gives the terminal to a process group, if there is one and it is ours to give.
    fn give(group: Pid) -> Option<Self> {
        let terminal = File::open("/dev/tty").ok()?;
        let ours = getpgrp();
        if tcgetpgrp(&terminal) != Ok(ours) {
            return None;
        }
        tcsetpgrp(&terminal, group).ok()?;
        // Whoever has asked before was stopped.
        let _ = killpg(group, Signal::SIGCONT);
        Some(Self { terminal, ours })
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        // Taking the terminal back from the background stops who does not block this signal.
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGTTOU);
        if signals.thread_block().is_ok() {
            let _ = tcsetpgrp(&self.terminal, self.ours);
            let _ = signals.thread_unblock();
        }
    }
}
