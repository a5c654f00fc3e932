//! A small world for one rehearsal: its own processes, mounts, network and temporary directories, in
//! which everything can be counted.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::command::{CommandOutput, TOOL, run};
use crate::support::folder::scratch;
use crate::support::root;
use crate::support::skip::skip_or_fail;

/// The user without rights.
pub const NOBODY: u32 = 65534;

/// Where the configurations are in a room; a path of less than 60 characters, as Prosody needs it.
pub const PLACE: &str = "/tmp/c";

/// Whom the command runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    Root,
    Ordinary,
}

/// What is below one directory.
pub struct Room {
    directory: TempDir,
    kill_after: Option<Duration>,
}

/// What happened in a room.
pub struct Happened {
    pub said: CommandOutput,
    before: String,
    after: String,
    /// Packets on the device that leads outside.
    pub sent: u32,
}

impl Room {
    /// A room with the configurations and plugins of this area at [`PLACE`]; none after `skip_or_fail`.
    pub fn new() -> Option<Self> {
        if !can_have_rooms() {
            skip_or_fail("no namespaces: they need root, and the packages util-linux and iproute2");
            return None;
        }
        let directory = scratch();
        let room = Self {
            directory,
            kill_after: None,
        };
        for name in ["tmp", "tmp/home", "tmp/data", "tmp/out", "var-tmp"] {
            fs::create_dir(room.path(name)).unwrap();
            open_to_all(&room.path(name));
        }
        let here = root().join("tests/rehearse");
        copy(&here.join("configurations"), &room.path("tmp/c"));
        copy(&here.join("plugins"), &room.path("tmp/c/plugins"));
        Some(room)
    }

    /// The same, where the command is killed after a while.
    pub fn killing_after(self, moment: Duration) -> Self {
        Self {
            kill_after: Some(moment),
            ..self
        }
    }

    /// A file or directory of the room, as it is seen from outside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs the command under test.
    pub fn tool(&self, who: As, arguments: &[impl AsRef<OsStr>]) -> Happened {
        let mut all = vec![OsStr::new(TOOL)];
        all.extend(arguments.iter().map(AsRef::as_ref));
        self.run(who, &all)
    }

    /// Runs any command.
    pub fn run(&self, who: As, command: &[impl AsRef<OsStr>]) -> Happened {
        let mut room = self.command(who);
        room.args(command);
        let said = run(&mut room);
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap();
        let sent = read("sent");
        let sent = sent.trim().parse();
        Happened {
            sent: sent.unwrap_or_else(|_| panic!("the room itself failed: {}", said.stderr)),
            said,
            before: read("before"),
            after: read("after"),
        }
    }

    fn command(&self, who: As) -> Command {
        let mut command = Command::new("unshare");
        if !is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        let directory = self.directory.path();
        command
            .args(NAMESPACES)
            .arg("sh")
            .arg(root().join("tests/rehearse/room.sh"))
            .arg(directory)
            .args([root(), &servers()])
            .arg("--")
            .current_dir("/")
            .env("HOME", "/tmp/home")
            .env("TMPDIR", "/tmp")
            .env("NO_COLOR", "1")
            .env_remove("KILL_AFTER");
        if let Some(moment) = self.kill_after {
            command.env("KILL_AFTER", moment.as_secs_f64().to_string());
        }
        if who == As::Ordinary {
            let id = NOBODY.to_string();
            command
                .args(["setpriv", "--reuid", &id, "--regid", &id])
                .arg("--clear-groups");
        }
        command
    }
}

const NAMESPACES: [&str; 7] = [
    "--net",
    "--mount",
    "--pid",
    "--ipc",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

impl Happened {
    /// Fails unless everything is as it was, and nothing was sent outside.
    #[track_caller]
    pub fn left_nothing(&self) {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (lines(&self.before), lines(&self.after));
        let more: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
        let less: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
        let context = || format!("left: {more:#?}\nmissing: {less:#?}\n{:?}", self.said);
        assert_eq!(before.len(), after.len(), "{}", context());
        assert!(more.is_empty() && less.is_empty(), "{}", context());
        assert_eq!(self.sent, 0, "packets left loopback: {:?}", self.said);
    }

    /// The lines of what is there afterwards and was not before.
    pub fn more(&self) -> Vec<&str> {
        let before: Vec<_> = self.before.lines().collect();
        let after = self.after.lines();
        after.filter(|line| !before.contains(line)).collect()
    }
}

pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Those that a test can use to run the command: another user needs a real root.
pub fn users() -> &'static [As] {
    match is_root() {
        true => &[As::Root, As::Ordinary],
        false => &[As::Root],
    }
}

fn can_have_rooms() -> bool {
    let mut command = Command::new("unshare");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(NAMESPACES);
    command.args(["ip", "link", "add", "outside", "type", "veth"]);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Where the servers are.
pub fn servers() -> PathBuf {
    match std::env::var_os("PROSODY_SERVERS").filter(|folder| !folder.is_empty()) {
        Some(folder) => root().join(folder),
        None => root().join("target/prosody-servers"),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    open_to_all(to);
}

/// So that the server's user could write there, if nothing kept it from that.
fn open_to_all(directory: &Path) {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
}
