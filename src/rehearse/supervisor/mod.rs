//! The supervisor of the rehearsed server: the first process in the namespaces that `unshare` makes.
//!
//! It seals the surroundings, starts the server, passes on what the observer writes, and ends. With
//! it everything ends that the server has started, and the private directory is gone. It ends as
//! well when its standard input closes: then the process that started the rehearsal is gone.

mod descendants;
mod devices;
mod mounts;
mod network;
mod starter;
mod visit;

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio, exit};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, Mode, mkfifoat};

use super::client::ClientView;
use super::event::Event;
use super::job::{EVENTS, Job, LAUNCHER, START, SUPERVISOR};
pub use starter::start;
use visit::Visit;

/// The most that is reported of the server's own output, in bytes.
const OUTPUT: u64 = 64 * 1024;
/// The most that one line of the observer may have, in bytes.
const LINE: u64 = 4 * 1024 * 1024;

const OUTPUT_FILE: &str = "output";

/// What can happen while the server runs.
enum ServerEvent {
    /// The observer has written a line.
    Line(String),
    /// The server ended.
    Ended(Option<i32>),
}

/// Does the job that standard input begins with, and writes events to standard output. `own` is
/// this program.
pub fn run(own: &Path) -> io::Result<()> {
    let mut input = BufReader::new(io::stdin());
    let mut line = String::new();
    input.read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    if !job.isolated {
        return run_unisolated(own, &job, input);
    }
    exit_with_input(input, || ());
    let place = outer_path(&job);
    if let Err(problem) = isolate(&job, &place) {
        return send_event(&Event::NotIsolated { problem });
    }
    send_event(&Event::Isolated)?;
    prepare(&job, &place)?;
    let server = spawn(own, &job, &place)?;
    supervise(server, &job, &place)
}

/// Without namespaces, that end and forget everything by themselves.
fn run_unisolated(own: &Path, job: &Job, input: impl Read + Send + 'static) -> io::Result<()> {
    descendants::adopt()?;
    let place = job.directory.clone();
    DirBuilder::new().mode(0o755).create(&place)?;
    let result = send_event(&Event::Isolated)
        .and_then(|()| prepare(job, &place))
        .and_then(|()| spawn(own, job, &place))
        .and_then(|server| {
            // Not before: nothing is made any more while it is removed.
            let place = place.clone();
            exit_with_input(input, move || clean_up(&place));
            supervise(server, job, &job.directory)
        });
    clean_up(&place);
    result
}

fn clean_up(place: &Path) {
    descendants::end();
    let _ = fs::remove_dir_all(place);
}

/// Ends this process when the other end of its input is gone: nothing more is sent.
fn exit_with_input(mut input: impl Read + Send + 'static, before: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        let mut rest = Vec::new();
        let _ = input.read_to_end(&mut rest);
        before();
        exit(1);
    });
}

/// Passes on what the server reports until it has reported everything.
fn supervise(mut server: Child, job: &Job, place: &Path) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    // Open for both, so that it never ends before the server does.
    let fifo = File::options()
        .read(true)
        .write(true)
        .open(place.join(EVENTS))?;
    let lines = sender.clone();
    thread::spawn(move || read_lines(fifo, &lines));
    thread::spawn(move || {
        let code = server.wait().ok().and_then(|status| status.code());
        let _ = sender.send(ServerEvent::Ended(code));
    });
    follow(&receiver, job, Instant::now() + job.deadline)?;
    let output = read_output(&place.join(OUTPUT_FILE));
    send_event(&Event::Output { text: output })
}

/// Where the private directory is before the server's file system becomes the root.
fn outer_path(job: &Job) -> PathBuf {
    match &job.root {
        Some(root) => root.join(job.directory.strip_prefix("/").unwrap_or(&job.directory)),
        None => job.directory.clone(),
    }
}

/// Cuts everything off, and looks whether it is.
fn isolate(job: &Job, place: &Path) -> Result<(), String> {
    network::loopback_only()?;
    mounts::isolate(job, place)
}

fn prepare(job: &Job, place: &Path) -> io::Result<()> {
    fs::create_dir(place.join("data"))?;
    for (name, text) in &job.files {
        let file = place.join(name);
        fs::write(&file, text)?;
        if name == LAUNCHER {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        }
    }
    mkfifoat(CWD, place.join(EVENTS), Mode::RUSR | Mode::WUSR)?;
    job.start.give_directory(place)
}

fn spawn(own: &Path, job: &Job, place: &Path) -> io::Result<Child> {
    let output = File::create(place.join(OUTPUT_FILE))?;
    let mut command = Command::new(own);
    command
        .args([SUPERVISOR, START])
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output);
    let mut server = command.spawn()?;
    // Not as an argument, which every user of the system can read.
    if let Some(mut input) = server.stdin.take() {
        input.write_all(&serde_json::to_vec(&job.start)?)?;
    }
    Ok(server)
}

fn read_lines(fifo: File, lines: &Sender<ServerEvent>) {
    let mut reader = BufReader::new(fifo);
    loop {
        let mut line = Vec::new();
        match (&mut reader).take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&line).into_owned();
                if lines.send(ServerEvent::Line(line)).is_err() {
                    return;
                }
            }
        }
    }
}

/// Passes on what happens until the server has reported everything, ended, or taken too long.
fn follow(receiver: &Receiver<ServerEvent>, job: &Job, deadline: Instant) -> io::Result<()> {
    let mut visit = Visit::default();
    loop {
        let time_left = deadline.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(time_left) {
            Ok(ServerEvent::Line(line)) => {
                let event = forward(&line)?;
                if let Some(Event::Finished { .. }) = event {
                    let time_left = deadline.saturating_duration_since(Instant::now());
                    let views = visit.view_hosts(&job.account, time_left);
                    let all_log_in = views.iter().all(ClientView::logs_in);
                    for view in views {
                        send_event(&Event::Client(Box::new(view)))?;
                    }
                    return match all_log_in {
                        true => Ok(()),
                        false => forward_remaining(receiver),
                    };
                }
                event.iter().for_each(|event| visit.note(event));
            }
            Ok(ServerEvent::Ended(code)) => {
                forward_remaining(receiver)?;
                return send_event(&Event::Ended { code });
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return send_event(&Event::TimedOut);
            }
        }
    }
}

/// How long the pipe is still read when nothing more has to come.
const DRAIN_TIME: Duration = Duration::from_millis(50);

/// What the server wrote before is in the pipe; the reader may not have been there yet.
fn forward_remaining(receiver: &Receiver<ServerEvent>) -> io::Result<()> {
    while let Ok(ServerEvent::Line(line)) = receiver.recv_timeout(DRAIN_TIME) {
        forward(&line)?;
    }
    Ok(())
}

/// Writes a line of the observer to standard output; anything else is dropped.
fn forward(line: &str) -> io::Result<Option<Event>> {
    let Ok(event) = serde_json::from_str(line) else {
        return Ok(None);
    };
    send_event(&event)?;
    Ok(Some(event))
}

fn send_event(event: &Event) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

fn read_output(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(path) {
        use std::io::{Seek, SeekFrom};
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let _ = file.seek(SeekFrom::Start(length.saturating_sub(OUTPUT)));
        let _ = file.take(OUTPUT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
