//! Starting the supervisor of the server in namespaces of its own, and reading what it reports.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::event::Event;
use super::job::{Job, SUPERVISOR};
use super::observation::{End, Observation};
use crate::diagnostic::{Diagnostic, Result};
use crate::terminal::printable_start;

/// Where programs are looked for.
pub const PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin";
/// How much longer than its own deadline the supervisor gets.
const GRACE: Duration = Duration::from_secs(10);
/// The most that is read of its events, in bytes. A server with 1,000 hosts reports 40 MiB.
const EVENTS: u64 = 256 * 1024 * 1024;
/// Directories that hold nothing which a server needs: one of them is covered by the private
/// directory. They are short, because Prosody stumbles over paths of 60 characters.
const COVERED: [&str; 5] = ["/dev/shm", "/mnt", "/media", "/srv", "/tmp"];
/// The namespaces, as options of `unshare`. The process ends with `unshare`, and all with it.
const NAMESPACES: [&str; 7] = [
    "--net",
    "--mount",
    "--pid",
    "--ipc",
    "--fork",
    "--kill-child",
    "--mount-proc",
];
/// For an ordinary user, who is root only in there.
const USER_NAMESPACE: [&str; 2] = ["--user", "--map-root-user"];

/// How a server is isolated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Isolation {
    /// New namespaces: loopback only, and everything read-only.
    #[default]
    Namespaces,
    /// The sandbox that this program already runs in, such as that of a Nix build. Refused if
    /// there is a network other than loopback. The server can write wherever its user can.
    Sandbox,
    /// None: your network and your files. The server can open its ports, reach other servers, and
    /// write wherever its user can.
    None,
}

/// Where Linux lists the devices in use, column by column: with a route, with an address. Others
/// are in every namespace where the kernel makes tunnels, and reach nothing.
const DEVICES_IN_USE: [(&str, usize); 2] = [("/proc/net/route", 0), ("/proc/net/if_inet6", 5)];

/// Looks whether there is loopback here, and no other network.
pub fn is_sandbox() -> Result<()> {
    let problem = match other_networks() {
        Err(error) => format!("cannot list the networks: {error}"),
        Ok(names) if names.is_empty() => match reach_loopback() {
            Ok(()) => return Ok(()),
            Err(error) => format!("cannot use loopback: {error}"),
        },
        Ok(names) => {
            let names: Vec<_> = names.iter().map(|name| printable_start(name, 20)).collect();
            format!("there is a network besides loopback: {}", names.join(", "))
        }
    };
    let message = format!("this is not a sandbox: {problem}");
    let help = "omit `--isolation sandbox`, or run it where loopback is the only network";
    Err(Box::new(Diagnostic::error(message).help(help)))
}

/// The devices besides loopback by which something can be reached.
fn other_networks() -> std::io::Result<BTreeSet<String>> {
    // Without IPv6 there is no file of its addresses, but one of all devices is always there.
    fs::metadata("/proc/net/dev")?;
    let mut names = BTreeSet::new();
    for (file, column) in DEVICES_IN_USE {
        let listed = fs::read_to_string(file).unwrap_or_default();
        let devices = listed
            .lines()
            .filter_map(|line| line.split_whitespace().nth(column));
        names.extend(
            devices
                .filter(|name| !["lo", "Iface"].contains(name))
                .map(str::to_owned),
        );
    }
    Ok(names)
}

/// A port can be opened while loopback is down, but nobody reaches it.
fn reach_loopback() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    TcpStream::connect(listener.local_addr()?).map(|_| ())
}

/// The directory that the server may write.
pub enum PrivateDirectory {
    /// Only the server sees it.
    Covering(PathBuf),
    /// Everybody sees it; the supervisor creates and removes it.
    Temporary(PathBuf),
}

impl PrivateDirectory {
    /// One that covers a directory which holds none of these paths.
    pub fn covering(root: &Path, avoid: &[&Path]) -> Result<Self> {
        let inside = |path: &str| root.join(path.trim_start_matches('/'));
        let directory = COVERED.iter().find(|directory| {
            inside(directory).is_dir() && !avoid.iter().any(|path| path.starts_with(directory))
        });
        let directory = directory.ok_or_else(|| {
            let message = format!("no directory to cover, looked for {}", COVERED.join(", "));
            Box::new(Diagnostic::error(message).help("create one of them, as an empty directory"))
        })?;
        Ok(Self::Covering(PathBuf::from(directory)))
    }

    /// A temporary one.
    pub fn temporary() -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self::Temporary(std::env::temp_dir().join(format!("r{random:x}")))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Covering(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // It exists only if the supervisor was killed.
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// The sockets of services that run here: a network namespace does not keep anybody from them.
pub fn sockets(root: Option<&Path>) -> Vec<PathBuf> {
    let mut paths = listed_sockets();
    // Those of processes that cannot be seen from here, such as of another container.
    let roots = [Some(Path::new("/")), root];
    for root in roots.into_iter().flatten() {
        for (directory, depth) in WITH_SOCKETS {
            collect_sockets(&root.join(directory), depth, &mut paths);
        }
    }
    paths.into_iter().collect()
}

/// Where services keep their sockets, and how many directories deep.
const WITH_SOCKETS: [(&str, usize); 3] = [("run", 4), ("var/run", 4), ("tmp", 1)];

/// The sockets of all networks in which a process runs.
fn listed_sockets() -> BTreeSet<PathBuf> {
    let mut networks = BTreeSet::new();
    let mut paths = BTreeSet::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in entries.map(|entry| entry.path()) {
        match fs::read_link(process.join("ns/net")) {
            Ok(network) if networks.insert(network.clone()) => (),
            _ => continue,
        }
        // Address, references, protocol, flags, type, state, inode, path.
        let listed = fs::read_to_string(process.join("net/unix")).unwrap_or_default();
        paths.extend(listed.lines().filter_map(|line| {
            let path = line.split_whitespace().nth(7)?;
            path.starts_with('/').then(|| PathBuf::from(path))
        }));
    }
    paths
}

fn collect_sockets(directory: &Path, depth: usize, paths: &mut BTreeSet<PathBuf>) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_socket() => {
                paths.insert(entry.path());
            }
            Ok(kind) if kind.is_dir() && depth > 0 => {
                collect_sockets(&entry.path(), depth - 1, paths);
            }
            _ => (),
        }
    }
}

/// Runs a job and collects what was observed.
pub fn run(job: &Job) -> Result<Observation> {
    let problem = |message: String| Box::new(Diagnostic::error(message));
    let own = std::env::current_exe()
        .map_err(|error| problem(format!("cannot find this program: {error}")))?;
    let mut command = if job.isolated {
        let mut command = Command::new("unshare");
        command.args(NAMESPACES);
        if !rustix::process::geteuid().is_root() {
            command.args(USER_NAMESPACE);
        }
        command.arg("--").arg(&own);
        command
    } else {
        Command::new(&own)
    };
    let errors = tempfile::tempfile()
        .map_err(|error| problem(format!("cannot create a temporary file: {error}")))?;
    let handle = errors.try_clone();
    let spawned = command
        .arg(SUPERVISOR)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(handle.map_or_else(|_| Stdio::null(), Stdio::from))
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if job.isolated => return Err(refused(&format!("unshare: {error}"))),
        Err(error) => return Err(problem(format!("cannot start {}: {error}", own.display()))),
    };
    let reported = exchange(&mut child, job);
    if job.isolated {
        // Ends at once what has not ended by itself; with it everything that it started.
        let _ = child.kill();
    }
    let _ = child.wait();
    let observation = reported.map_err(|error| problem(format!("cannot rehearse: {error}")))?;
    match observation {
        // It was to end by telling how the server ended.
        Some(Ok(observation)) if observation.end == End::Unknown => {
            let stderr = text(errors);
            let stderr = printable_start(stderr.trim().trim_start_matches("error: "), 500);
            Err(problem(format!("cannot rehearse: {stderr}")))
        }
        Some(Ok(observation)) => match observation.output.strip_prefix(CANNOT_START) {
            Some(reason) if observation.lua.is_none() => {
                let reason = printable_start(reason.trim(), 500);
                Err(problem(format!("cannot start the server: {reason}")))
            }
            None if observation.shows_no_prosody() => {
                let message =
                    "the program exited before it read the configuration, without a message";
                Err(Box::new(Diagnostic::error(message).help("pass a Prosody")))
            }
            _ => Ok(observation),
        },
        Some(Err(reason)) => Err(refused(&reason)),
        None => {
            let stderr = text(errors);
            match stderr.trim() {
                "" => Err(refused(
                    "the helper process of the server exited without a message",
                )),
                stderr => Err(refused(stderr)),
            }
        }
    }
}

/// What this program says in place of the server that it should have become.
const CANNOT_START: &str = "error: cannot start the server: ";

/// What was observed, or why there is no isolation; none when nothing was reported at all.
type Reported = Option<std::result::Result<Observation, String>>;

/// Hands over the job, and reads events until the process ends.
fn exchange(child: &mut Child, job: &Job) -> std::io::Result<Reported> {
    let mut input = child.stdin.take();
    if let Some(input) = &mut input {
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        // When it has ended already, its stderr contains the reason.
        let _ = input.write_all(&line);
    }
    let Some(output) = child.stdout.take() else {
        return Ok(None);
    };
    let events = read_events(output);
    let end = Instant::now() + job.deadline + GRACE;
    let mut observation = Observation::default();
    let mut is_isolated = false;
    loop {
        match events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Event::Isolated) => is_isolated = true,
            Ok(Event::NotIsolated { problem }) => return Ok(Some(Err(problem))),
            Ok(event) => observation.add(event),
            Err(RecvTimeoutError::Timeout) => {
                observation.add(Event::TimedOut);
                break;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // It ends when this closes; until here that meant that nobody waits any more.
    drop(input);
    Ok(is_isolated.then_some(Ok(observation)))
}

fn read_events(output: ChildStdout) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output.take(EVENTS)).lines() {
            let Ok(line) = line else { return };
            let Ok(event) = serde_json::from_str(&line) else {
                continue;
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    receiver
}

fn text(mut file: fs::File) -> String {
    use std::io::Seek;
    let mut bytes = Vec::new();
    let _ = file.rewind();
    let _ = file.take(4096).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn refused(reason: &str) -> Box<Diagnostic> {
    let reason = printable_start(reason.trim(), 500);
    Box::new(
        Diagnostic::error(format!("cannot isolate the server: {reason}")).help(
            "run it as root, or allow user namespaces. `--isolation none` gives the server access \
            to your network and your files",
        ),
    )
}
