//! What the observer in the rehearsed server writes, one JSON object a line; `observer.lua` is the
//! other end. The supervisor adds what only it knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client::ClientView;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Everything that was promised about the isolation holds; the server starts next.
    Isolated,
    /// The isolation cannot be had, and nothing was started.
    NotIsolated {
        /// Why.
        problem: String,
    },
    /// The observer runs.
    Begin {
        /// The version of Lua, as in `Lua 5.4`.
        lua: String,
        /// The version of Prosody, where its installation says it.
        #[serde(default)]
        version: Option<String>,
    },
    /// Reading the configuration takes long, and has come to this line.
    Reading {
        /// The file.
        file: String,
        /// The line.
        line: usize,
    },
    /// A module begins to load.
    Loading {
        /// On which host, `*` for all.
        host: String,
        /// Its name in Prosody.
        module: String,
    },
    /// The configuration reads an environment variable that is not set.
    UnsetVariable {
        /// Its name.
        name: String,
    },
    /// A file cannot be opened, while the configuration was read.
    MissingFile {
        /// Its path.
        path: String,
        /// Why, in the words of the system.
        problem: String,
    },
    /// Something was replaced, because a rehearsal cannot have it.
    Replaced(Replaced),
    /// The configuration is read; hosts come next.
    ConfigurationRead,
    /// A line of the log.
    Log(LogLine),
    /// All hosts are there.
    Started,
    /// What a host was asked to load, and what it loaded.
    Host(RunningHost),
    /// Where modules are looked for.
    PluginDirectories {
        /// The directories of `plugin_paths` that do not exist here.
        missing: Vec<String>,
    },
    /// The ports that are open.
    Services {
        /// One entry for each address.
        services: Vec<Service>,
        /// Why they are unknown, when they are.
        #[serde(default)]
        problem: Option<String>,
    },
    /// The options that are set on a host.
    Options {
        /// The host.
        host: String,
        /// How many are set.
        set: usize,
        /// Those that nothing has read until the end.
        unread: Vec<String>,
    },
    /// The options that a module has read.
    Reads {
        /// The module, by its name in Prosody.
        module: String,
        /// The options by name, sorted.
        options: Vec<String>,
    },
    /// An account was to be made for the client.
    Account {
        /// On which host.
        host: String,
        /// Whether it was made.
        made: bool,
        /// Why not.
        #[serde(default)]
        problem: Option<String>,
    },
    /// What a client found.
    Client(Box<ClientView>),
    /// The server has settled, and has reported everything.
    Finished {
        /// Its version.
        version: String,
    },
    /// The server ended by itself through `os.exit`.
    Exit {
        /// The exit code.
        code: i64,
    },
    /// The process of the server ended.
    Ended {
        /// The exit code; none when a signal ended it.
        code: Option<i32>,
    },
    /// The deadline has passed.
    TimedOut,
    /// What the server printed.
    Output {
        /// At most the last 64 KiB.
        text: String,
    },
}

/// Something that a rehearsal cannot have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Replaced {
    /// The host on which it is set.
    pub host: String,
    /// What it is.
    pub kind: ReplacedKind,
    /// The option or the file.
    pub name: String,
    /// Why it was replaced.
    pub reason: String,
}

/// What can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplacedKind {
    /// A certificate that is missing here: a fixed one.
    Certificate,
    /// A database: files in the private directory.
    Database,
    /// A file that the configuration reads: a placeholder.
    File,
    /// A file that the configuration includes, when it is for another machine: an empty one.
    Include,
}

/// A line of the log, before it is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Who logs it.
    pub source: String,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// The host that is being filled, `*` outside of that.
    pub host: String,
    /// The format, which identifies what happened.
    pub format: String,
    /// What the format is filled with.
    pub arguments: Vec<String>,
    /// Both together.
    pub text: String,
}

/// A host of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningHost {
    /// Its name, `*` for the global section.
    pub host: String,
    /// `global`, `local` or `component`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is loaded, by name.
    pub modules: BTreeMap<String, LoadedModule>,
    /// What the configuration and Prosody ask for.
    pub requested: Vec<String>,
    /// The module that the component is made of.
    #[serde(default)]
    pub component: Option<String>,
}

/// A module that is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedModule {
    /// The file that it comes from.
    #[serde(default)]
    pub path: Option<String>,
    /// What it says of itself: `core`, `info`, `warn` or `error`.
    #[serde(default)]
    pub status: Option<String>,
    /// The words to it.
    #[serde(default)]
    pub message: Option<String>,
    /// The modules that it enables itself.
    #[serde(default)]
    pub dependencies: Vec<String>,
}

impl LoadedModule {
    /// Whether it says of itself that it does not work.
    pub fn complains(&self) -> bool {
        self.status.as_deref() == Some("error")
    }
}

/// An open port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Service {
    /// The name of the service.
    pub service: String,
    /// The address.
    pub interface: String,
    /// The port.
    pub port: u16,
    /// Whether it begins with TLS.
    pub tls: bool,
}
