//! What was observed in a rehearsal, in the order of its questions.

use std::collections::BTreeMap;

use super::client::ClientView;
use super::event::{Event, LoadedModule, LogLine, Replaced, RunningHost, Service};

/// Everything that a rehearsed server reported.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// How far it came.
    pub end: End,
    /// The version of Prosody, once it is up.
    pub version: Option<String>,
    /// The version of Lua.
    pub lua: Option<String>,
    /// How far reading the configuration had come, when that takes long: file and line.
    pub reading: Option<(String, usize)>,
    /// The module that was the last to begin loading, and on which host.
    pub loading: Option<(String, String)>,
    /// Whether the configuration was read.
    pub is_configuration_read: bool,
    /// The hosts, `*` among them.
    pub hosts: Vec<RunningHost>,
    /// The lines of the log, in order.
    pub log: Vec<LogLine>,
    /// The open ports, sorted.
    pub services: Vec<Service>,
    /// By host the options that are set and that nothing has read.
    pub unread: BTreeMap<String, Vec<String>>,
    /// By module the options that it has read.
    pub reads: BTreeMap<String, Vec<String>>,
    /// What was replaced, sorted.
    pub replaced: Vec<Replaced>,
    /// Environment variables that the configuration reads and that are not set.
    pub unset_variables: Vec<String>,
    /// Files that could not be opened, with the reason.
    pub missing_files: Vec<(String, String)>,
    /// Directories of `plugin_paths` that do not exist here.
    pub missing_directories: Vec<String>,
    /// The hosts on which an account was made.
    pub accounts: Vec<String>,
    /// By host why no account could be made.
    pub without_account: BTreeMap<String, String>,
    /// What clients found, one each host.
    pub clients: Vec<ClientView>,
    /// What it printed.
    pub output: String,
}

/// How a rehearsal ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The server was up and reported everything.
    Finished,
    /// The server ended by itself, with this exit code if with any.
    Ended(Option<i32>),
    /// It took too long.
    TimedOut,
    /// The supervisor ended without a result.
    #[default]
    Unknown,
}

impl Observation {
    /// Adds what an event contains.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Isolated | Event::NotIsolated { .. } => (),
            Event::Started => self.loading = None,
            Event::Begin { lua, version } => {
                self.lua = Some(lua);
                self.version = version;
            }
            Event::Reading { file, line } => self.reading = Some((file, line)),
            Event::Loading { host, module } => self.loading = Some((module, host)),
            Event::UnsetVariable { name } => self.unset_variables.push(name),
            Event::MissingFile { path, problem } => self.missing_files.push((path, problem)),
            Event::Replaced(replaced) => {
                if let Err(index) = self.replaced.binary_search(&replaced) {
                    self.replaced.insert(index, replaced);
                }
            }
            Event::ConfigurationRead => self.is_configuration_read = true,
            Event::Log(line) => self.log.push(line),
            Event::Host(host) => self.hosts.push(host),
            Event::PluginDirectories { missing } => self.missing_directories = missing,
            Event::Services { mut services, .. } => {
                services.sort();
                self.services = services;
            }
            Event::Options { host, unread, .. } => {
                self.unread.insert(host, unread);
            }
            Event::Reads { module, options } => {
                self.reads.insert(module, options);
            }
            Event::Account {
                host,
                made,
                problem,
            } => {
                if made {
                    self.accounts.push(host);
                } else {
                    let problem = problem.unwrap_or_default();
                    self.without_account.insert(host, problem);
                }
            }
            Event::Client(view) => self.clients.push(*view),
            Event::Finished { version } => {
                self.version = Some(version);
                self.end = End::Finished;
            }
            Event::Exit { .. } => (),
            Event::Ended { code } => self.end = End::Ended(code),
            Event::TimedOut => self.end = End::TimedOut,
            Event::Output { text } => self.output = text,
        }
    }

    /// All that is loaded, on whatever host.
    pub fn loaded(&self) -> impl Iterator<Item = (&String, &LoadedModule)> {
        self.hosts.iter().flat_map(|host| &host.modules)
    }

    /// Whether nothing shows that it was a Prosody.
    pub fn shows_no_prosody(&self) -> bool {
        let has_ended = matches!(self.end, End::Ended(_));
        has_ended && self.lua.is_none() && self.output.trim().is_empty()
    }

    /// A host by its name.
    pub fn host(&self, name: &str) -> Option<&RunningHost> {
        self.hosts.iter().find(|host| host.host == name)
    }
}
