//! The rehearsal: a Prosody started with the user's own configuration, isolated from the world, to
//! see what it really loads, and ended.
//!
//! From the outside in: [`server`] finds the program, [`user`] the user that it runs as, `isolation` starts
//! `supervisor` in namespaces of its own, which starts the server with the files of `wrapper`.
//! `observer.lua` runs in the server and writes events; an [`Observation`] is made of them. [`trials`]
//! tries one module after the other in this way, with configurations of ours.
//!
//! ```
//! // The server may be a command, a store path, unpacked packages, or the file system of a container.
//! use prosody_stability::rehearse::Server;
//!
//! let empty = tempfile::tempdir()?;
//! let error = Server::find(empty.path()).unwrap_err();
//! assert!(error.render(false).contains("help: pass a prosody command"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod client;
pub mod compare;
pub mod event;
pub mod expected;
mod explain;
mod isolation;
pub mod job;
pub mod observation;
pub mod problem;
mod recorded;
pub mod review;
pub mod server;
pub mod single;
mod start;
#[cfg(target_os = "linux")]
pub mod supervisor;
#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
pub mod supervisor;
pub mod trials;
pub mod user;
mod wrapper;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Result};
pub use isolation::Isolation;
pub use observation::Observation;
pub use server::Server;
pub use user::User;

/// How long a server is left alone after its start, until it is looked at: what waits for a timer
/// of the next moment has happened then.
const SETTLE: Duration = Duration::from_millis(300);
/// The name of a configuration of ours.
const GENERATED: &str = "ours.cfg.lua";
/// The account that the client uses.
const ACCOUNT: (&str, &str) = ("rehearsal", "rehearsal-of-an-upgrade");

/// What to rehearse.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The server.
    pub server: Server,
    /// Its configuration.
    pub configuration: ConfigurationFile,
    /// The environment variables of the server; it gets no others but `PATH` and `HOME`.
    pub environment: BTreeMap<String, String>,
    /// Whom the server runs as. Only root can choose; none is the user who asks.
    pub user: Option<User>,
    /// How to cut it off.
    pub isolation: Isolation,
    /// How long everything may take.
    pub deadline: Duration,
    /// On how many virtual hosts a client logs in.
    pub clients: usize,
}

/// The configuration of a rehearsed server.
#[derive(Clone, Debug)]
pub enum ConfigurationFile {
    /// The user's, as the server sees it; absolute.
    Existing(PathBuf),
    /// A generated one, in the private directory.
    Generated {
        /// What it says.
        text: String,
        /// The directories that it names.
        directories: Vec<PathBuf>,
    },
}

impl Rehearsal {
    /// Starts the server, observes it, and ends it.
    ///
    /// An error says why nothing could be rehearsed. A server that does not start is none: that is
    /// what was observed.
    pub fn observe(&self) -> Result<Observation> {
        if self.isolation == Isolation::Sandbox {
            isolation::is_sandbox()?;
            if self.server.root().is_some() {
                let message = "the file system of a container needs its own namespaces";
                let help = "omit `--isolation sandbox`";
                return Err(Box::new(Diagnostic::error(message).help(help)));
            }
        }
        let private = self.private_directory()?;
        let directory = private.path();
        let isolated = self.isolation == Isolation::Namespaces;
        let (command, launcher) = self.command(directory);
        let job = job::Job {
            isolated,
            directory: directory.to_owned(),
            root: self.server.root().map(Path::to_owned),
            shared_directory: self.shared_directory(),
            sockets: match isolated {
                true => isolation::sockets(self.server.root()),
                false => Vec::new(),
            },
            files: self.files(directory, launcher),
            start: job::Start {
                root: self.server.root().map(Path::to_owned),
                user: self.user.clone(),
                drop_rights: self.isolation != Isolation::None || self.user.is_some(),
                command,
                environment: self.variables(directory),
                directory: directory.join("data"),
            },
            deadline: self.deadline,
            account: (ACCOUNT.0.to_owned(), ACCOUNT.1.to_owned()),
        };
        isolation::run(&job)
    }

    /// Where the server keeps what it writes.
    fn private_directory(&self) -> Result<isolation::PrivateDirectory> {
        if self.isolation != Isolation::Namespaces {
            return Ok(isolation::PrivateDirectory::temporary());
        }
        let root = self.server.root().unwrap_or(Path::new("/"));
        let mut avoid = vec![self.program()];
        match &self.configuration {
            ConfigurationFile::Existing(path) => avoid.push(path),
            ConfigurationFile::Generated { directories, .. } => {
                avoid.extend(directories.iter().map(PathBuf::as_path));
            }
        }
        isolation::PrivateDirectory::covering(root, &avoid)
    }

    fn program(&self) -> &Path {
        match &self.server {
            Server::Command(path) => path,
            Server::Unpacked { root, .. } => root,
            Server::Container { command, .. } => command,
        }
    }

    /// The directory of the configuration, when it has to be shared_directory into a container.
    fn shared_directory(&self) -> Option<PathBuf> {
        let root = self.server.root()?;
        let ConfigurationFile::Existing(path) = &self.configuration else {
            return None;
        };
        let inside = root.join(path.strip_prefix("/").ok()?);
        if inside.exists() {
            return None;
        }
        path.parent().map(Path::to_owned)
    }

    /// The command with its arguments, and the text of the command where it is one of ours.
    fn command(&self, directory: &Path) -> (Vec<std::ffi::OsString>, Option<String>) {
        let launcher = self.server.launcher();
        let program = match &self.server {
            Server::Unpacked { .. } => directory.join(job::LAUNCHER),
            _ => self.program().to_owned(),
        };
        let config = directory.join(wrapper::WRAPPER);
        let command = vec![
            program.into(),
            "-F".into(),
            "--config".into(),
            config.into(),
        ];
        (command, launcher)
    }

    fn files(&self, directory: &Path, launcher: Option<String>) -> BTreeMap<String, String> {
        let (configuration, text) = match &self.configuration {
            ConfigurationFile::Existing(path) => (path.clone(), None),
            ConfigurationFile::Generated { text, .. } => {
                (directory.join(GENERATED), Some(text.clone()))
            }
        };
        let settings = wrapper::Settings {
            directory,
            configuration: configuration.parent().unwrap_or(Path::new("/")),
            is_service_user: self.user.is_some(),
            is_for_other_machine: self.isolation == Isolation::Sandbox,
            settle: SETTLE.as_secs_f64(),
            accounts: self.clients,
            account: ACCOUNT,
        };
        let mut files = vec![
            (
                wrapper::WRAPPER,
                wrapper::wrapper(directory, &configuration),
            ),
            (wrapper::SETTINGS, settings.lua()),
            (wrapper::OBSERVER_FILE, wrapper::OBSERVER.to_owned()),
            (wrapper::PLACEHOLDER, "placeholder\n".to_owned()),
            ("certificate.pem", wrapper::CERTIFICATE.to_owned()),
            ("key.pem", wrapper::KEY.to_owned()),
        ];
        files.extend(launcher.map(|text| (job::LAUNCHER, text)));
        files.extend(text.map(|text| (GENERATED, text)));
        let named = files.into_iter();
        named.map(|(name, text)| (name.to_owned(), text)).collect()
    }

    fn variables(&self, directory: &Path) -> BTreeMap<String, String> {
        let home = directory.join("data").to_string_lossy().into_owned();
        let mut variables = BTreeMap::from([
            ("PATH".to_owned(), isolation::PATH.to_owned()),
            ("HOME".to_owned(), home),
        ]);
        variables.extend(self.server.lua_paths());
        variables.extend(self.environment.clone());
        variables
    }
}

/// Looks whether the configuration is where the server will look for it.
pub fn place_of_configuration(path: &Path, server: &Server) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).map_err(|error| {
        Box::new(Diagnostic::error(format!(
            "cannot find {}: {error}",
            path.display()
        )))
    })?;
    let Some(root) = server.root() else {
        return Ok(absolute);
    };
    // Below the container's file system: its path inside is without that.
    let canonical = std::fs::canonicalize(&absolute).unwrap_or(absolute);
    if let Ok(inside) = canonical.strip_prefix(root) {
        return Ok(Path::new("/").join(inside));
    }
    let directory = canonical.parent().unwrap_or(Path::new("/"));
    let there = root.join(directory.strip_prefix("/").unwrap_or(directory));
    if there.is_dir() {
        return Ok(canonical);
    }
    let directory = directory.display();
    let message = format!("the file system of the server has no directory {directory}");
    let help = "pass a configuration at the path where the server reads it";
    Err(Box::new(Diagnostic::error(message).help(help)))
}
