//! What is to be rehearsed, and how this program is called to do it in the namespaces.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::user::User;

/// What is to be rehearsed, as it crosses into the namespaces.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Whether to seal the surroundings. The private directory covers one that exists then, and is
    /// created otherwise.
    pub isolated: bool,
    /// The private directory, as the server sees it.
    pub directory: PathBuf,
    /// The file system that the server sees as its own.
    pub root: Option<PathBuf>,
    /// A directory of ours that the server sees at the same path in its own file system.
    pub shared_directory: Option<PathBuf>,
    /// Sockets of other services, which nobody may talk to.
    pub sockets: Vec<PathBuf>,
    /// Files in the private directory, by name.
    pub files: BTreeMap<String, String>,
    /// How to start the server.
    pub start: Start,
    /// How long everything may take.
    pub deadline: Duration,
    /// Name and password of the account that the client uses.
    pub account: (String, String),
}

/// The first argument by which this program becomes the supervisor of a server.
pub const SUPERVISOR: &str = "rehearse-supervisor";
/// The command of unpacked packages, as a file of the private directory.
pub const LAUNCHER: &str = "prosody";
/// The argument by which this program becomes the server.
pub const START: &str = "--start";
/// The names of files in the private directory.
pub const EVENTS: &str = "events";

/// How the server is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// The root directory to change to.
    pub root: Option<PathBuf>,
    /// The user to become.
    pub user: Option<User>,
    /// Whether to give up every right that root has.
    pub drop_rights: bool,
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// All environment variables.
    pub environment: BTreeMap<String, String>,
    /// Where it starts.
    pub directory: PathBuf,
}

impl Start {
    /// Gives the private directory to the server's user.
    pub fn give_directory(&self, place: &Path) -> io::Result<()> {
        let Some(user) = &self.user else {
            return Ok(());
        };
        chown(place, Some(user.uid), Some(user.gid))?;
        for entry in std::fs::read_dir(place)? {
            chown(entry?.path(), Some(user.uid), Some(user.gid))?;
        }
        Ok(())
    }
}
