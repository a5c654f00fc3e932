//! What went wrong in a rehearsal: the lines of the log as causes, and what is not loaded on any host.

use std::collections::{BTreeMap, BTreeSet};

use super::event::LogLine;
use super::observation::Observation;
use crate::report::GLOBAL;

/// One thing that went wrong, on every host where it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong.
    pub kind: ProblemKind,
    /// The module, the service, or who logged it.
    pub subject: String,
    /// The hosts, sorted; `*` is the global section.
    pub hosts: BTreeSet<String>,
    /// The server's own words, in one line.
    pub message: String,
    /// How many lines say it, in words that differ in names, numbers and paths only.
    pub lines: usize,
}

/// What can go wrong. What compares equal is the same problem on two servers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A module that the configuration enables does not load.
    Module(Cause),
    /// A loaded module says that it does not work.
    Complains,
    /// A port does not open.
    Port(PortError),
    /// Prosody passes over a file that conflicts with what it has.
    Refused,
    /// Something cannot be written outside of the private directory.
    ReadOnly,
    /// Something cannot be reached, because there is only loopback.
    Network,
    /// Prosody warns about how the configuration is written.
    Deprecated,
    /// Any other error in the log.
    Error,
    /// Any other warning in the log.
    Warning,
}

/// Why a module does not load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// There is no file for it.
    NotFound,
    /// There is none, and some of the directories to look in do not exist here.
    Unknown,
    /// It requires a Lua library that is missing.
    Library(String),
    /// It requires a module that does not load.
    Dependency(String),
    /// It is not for this kind of host, or for another Prosody or Lua.
    Unfit,
    /// Its code is no Lua that this version reads.
    Syntax,
    /// It raised an error.
    Raised,
    /// The log does not contain the reason.
    Silent,
}

/// Why a port does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortError {
    /// Two services want it.
    InUse,
    /// Ports below 1024 need a right.
    NoRight,
    /// It belongs to another machine's address.
    ForeignAddress,
    /// Another reason.
    Other,
}

/// The formats that Prosody 0.12 and 13.0 log when a module does not load: the module is the first
/// argument, the reason the last one.
const LOAD_FORMATS: [&str; 2] = [
    "Unable to load module '%s': %s",
    "Error initializing module '%s' on '%s': %s",
];
/// The file cannot be used: conflicting or missing features, another version of Lua.
const REFUSED: &str = "Not loading module, ";
const PORT_FORMAT: &str = "Failed to open server port %d on %s, %s";
const SAME_PORT: &str = "Multiple services configured to listen on the same port";
/// What is reported about the certificates that a rehearsal replaces.
const CERTIFICATES: &str = "certmanager";

impl Observation {
    /// Everything that went wrong, sorted by kind and subject.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let mut explained = BTreeSet::new();
        let refused: BTreeMap<&str, &str> = self.log.iter().filter_map(refused).collect();
        for line in &self.log {
            if let Some((module, cause)) = self.load_failure(line) {
                let host = line.host_of_failure();
                explained.insert((host.to_owned(), module.to_owned()));
                // What others require, and what loads in spite of it, is reported with them.
                if !self.is_requested(host, module) || self.is_loaded(host, module) {
                    continue;
                }
                match refused.get(module) {
                    Some(reason) => {
                        problems.add(ProblemKind::Module(Cause::Unfit), module, host, reason)
                    }
                    None => problems.add(ProblemKind::Module(cause), module, host, line.reason()),
                }
            } else if let Some(kind) = kind_of(line).filter(|_| !self.is_reported_with_module(line))
            {
                problems.add(kind, &line.subject(), &line.host, first_line(&line.text));
            }
        }
        for host in self.hosts.iter().filter(|host| host.host != GLOBAL) {
            let component = host.component.iter().filter(|name| *name != "component");
            for module in host.requested.iter().chain(component) {
                let is_explained = explained.contains(&(host.host.clone(), module.clone()));
                if !is_explained && !self.is_loaded(&host.host, module) {
                    problems.add(ProblemKind::Module(Cause::Silent), module, &host.host, "");
                }
            }
        }
        for host in &self.hosts {
            for (name, module) in &host.modules {
                if module.complains() {
                    let message = module.message.as_deref().unwrap_or_default();
                    problems.add(ProblemKind::Complains, name, &host.host, message);
                }
            }
        }
        problems.0.into_values().collect()
    }

    /// Whether it says why a file was skipped whose module does not load: that is reported together.
    fn is_reported_with_module(&self, line: &LogLine) -> bool {
        let Some((module, _)) = refused(line) else {
            return false;
        };
        let mut hosts = self.hosts.iter().map(|host| host.host.as_str());
        hosts.any(|host| self.is_requested(host, module) && !self.is_loaded(host, module))
    }

    fn is_requested(&self, host: &str, module: &str) -> bool {
        self.host(host).is_none_or(|host| {
            let is_component = host.component.as_deref() == Some(module);
            is_component || host.requested.iter().any(|name| name == module)
        })
    }

    /// Whether a module is loaded on a host or for all hosts.
    pub fn is_loaded(&self, host: &str, module: &str) -> bool {
        let on = |host: &str| {
            self.host(host)
                .is_some_and(|host| host.modules.contains_key(module))
        };
        on(host) || on(GLOBAL)
    }

    /// The module that does not load, and why, if a line contains that.
    fn load_failure<'a>(&self, line: &'a LogLine) -> Option<(&'a str, Cause)> {
        if !LOAD_FORMATS.contains(&line.format.as_str()) {
            return None;
        }
        let reason = line.arguments.last()?;
        let cause = cause_of(reason, line.format == LOAD_FORMATS[0]);
        let cause = match cause {
            Cause::NotFound if !self.missing_directories.is_empty() => Cause::Unknown,
            cause => cause,
        };
        Some((line.arguments.first()?, cause))
    }
}

/// The fewest digits that name a session.
const SESSION_DIGITS: usize = 7;

impl LogLine {
    /// The host on which a module does not load: the second of three arguments, else the one that
    /// is being filled.
    fn host_of_failure(&self) -> &str {
        match self.arguments.as_slice() {
            [_, host, _] => host,
            _ => &self.host,
        }
    }

    /// The first line of the last argument, without where in which file.
    fn reason(&self) -> &str {
        first_line(
            self.arguments
                .last()
                .map_or("", |reason| without_place(reason)),
        )
    }

    /// Who logs it: `example.com:tls` and `mod_tls` are both `tls`, and each session, as in
    /// `c2s55882bc04660`, is what it is a session of.
    fn subject(&self) -> String {
        let name = self.source.rsplit(':').next().unwrap_or(&self.source);
        let kind = name.trim_end_matches(|letter: char| letter.is_ascii_hexdigit());
        let name = match name.len() - kind.len() {
            SESSION_DIGITS.. if !kind.is_empty() => kind,
            _ => name,
        };
        name.strip_prefix("mod_").unwrap_or(name).to_owned()
    }
}

/// A file that Prosody passes over, as the module that it is of, and why.
fn refused(line: &LogLine) -> Option<(&str, &str)> {
    let path = line
        .arguments
        .last()
        .filter(|_| line.format.starts_with(REFUSED))?;
    let name = path.rsplit('/').next()?.strip_prefix("mod_")?;
    let reason = line.text.strip_prefix(REFUSED)?;
    let reason = reason.strip_suffix(path.as_str()).unwrap_or(reason);
    Some((
        name.strip_suffix(".lua")?,
        reason.trim_end_matches([':', ' ']),
    ))
}

/// Why a module does not load, from the error that Lua or Prosody gave.
fn cause_of(reason: &str, is_file: bool) -> Cause {
    let first = first_line(reason);
    let between = |start: &str, end: &str| {
        let (_, rest) = reason.split_once(start)?;
        Some(rest.split_once(end)?.0.to_owned())
    };
    if is_file {
        // Lua's own errors of syntax tell a place, and what they met.
        let is_syntax = first.contains(" near ") || first.contains("expected");
        return match first {
            _ if is_syntax => Cause::Syntax,
            _ if first.contains("No such file") || first.contains("ould not") => Cause::NotFound,
            _ => Cause::Unfit,
        };
    }
    if let Some(library) = between("module '", "' not found") {
        return Cause::Library(library);
    }
    if let Some(module) = between("Unable to load required module, mod_", ":")
        .or_else(|| between("Unable to load required module, mod_", " "))
    {
        return Cause::Dependency(module.trim_end_matches([':', ',']).to_owned());
    }
    Cause::Raised
}

/// What another line of the log reports, if it is problem.
fn kind_of(line: &LogLine) -> Option<ProblemKind> {
    let has = |what: &str| line.text.contains(what);
    let is_error = line.level == "error";
    if line.level == "info" || line.source == CERTIFICATES {
        return None;
    }
    Some(match line.format.as_str() {
        format if format.starts_with(REFUSED) => ProblemKind::Refused,
        format if format.starts_with(SAME_PORT) => ProblemKind::Port(PortError::InUse),
        PORT_FORMAT if has("in use") => ProblemKind::Port(PortError::InUse),
        PORT_FORMAT if has("privileges") || has("denied") => ProblemKind::Port(PortError::NoRight),
        PORT_FORMAT if has("annot assign") => ProblemKind::Port(PortError::ForeignAddress),
        PORT_FORMAT => ProblemKind::Port(PortError::Other),
        _ if has("Read-only file system") => ProblemKind::ReadOnly,
        _ if has("unreachable") || has("Temporary failure in name resolution") => {
            ProblemKind::Network
        }
        _ if has("deprecated") => ProblemKind::Deprecated,
        _ if is_error => ProblemKind::Error,
        _ => ProblemKind::Warning,
    })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

/// An error of Lua without the file and the line in front: these differ between two servers.
pub(super) fn without_place(text: &str) -> &str {
    let is_place = |part: &str| part.contains('/') || part.starts_with("[string");
    let mut parts = text.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(line), Some(rest)) if is_place(file) && line.parse::<u32>().is_ok() => {
            rest.trim_start()
        }
        _ => text,
    }
}

/// Problems, each once for all hosts.
#[derive(Default)]
struct Problems(BTreeMap<(ProblemKind, String, String), Problem>);

impl Problems {
    fn add(&mut self, kind: ProblemKind, subject: &str, host: &str, message: &str) {
        // Two lines of one module are two problems only when they say different things.
        let text = match kind {
            ProblemKind::Module(_) => String::new(),
            _ => general(message),
        };
        let key = (kind.clone(), subject.to_owned(), text);
        let problem = self.0.entry(key).or_insert_with(|| Problem {
            kind,
            subject: subject.to_owned(),
            hosts: BTreeSet::new(),
            message: message.to_owned(),
            lines: 0,
        });
        problem.lines += 1;
        problem.hosts.insert(host.to_owned());
    }
}

/// Words without what differs between two hosts or two servers, and between two lines of one kind:
/// numbers, addresses in memory, paths, and names in backticks.
pub fn general(words: &str) -> String {
    let general = words.split(' ').map(|word| match word {
        _ if word.contains('/') => "PATH".to_owned(),
        _ if word.starts_with('`') => "NAME".to_owned(),
        _ if word.starts_with("0x") => "ADDRESS".to_owned(),
        _ => word.chars().filter(|c| !c.is_ascii_digit()).collect(),
    });
    general.collect::<Vec<_>>().join(" ")
}
