//! The configuration: a server as it is set up, host by host, with the place of each setting.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Result};
pub use crate::report::GLOBAL;
use crate::report::{Code, Finding, Place};

/// Whose rules a `prosody.cfg.lua` is read by: the same text can mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Prosody 0.12 and before.
    V0_12,
    /// Prosody 13.0 and later.
    V13,
}

/// A server as it is set up.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The file that was named.
    pub name: String,
    /// Whose rules it was read by.
    pub dialect: Dialect,
    /// Whether it is the text that NixOS writes for this release: another release gets another one.
    pub is_written: bool,
    /// All hosts in the order in which they are defined; the global section, [`GLOBAL`], is first.
    pub hosts: IndexMap<String, Host>,
    /// Every file that was read, the named one first.
    pub files: Vec<String>,
    /// The options that the files read themselves, as variables.
    pub read_back: BTreeSet<String>,
    /// What the reader noticed, with places: what could not be determined
    /// ([`Code::Undecided`](crate::report::Code)), what Prosody warns about, what it ignores.
    pub findings: Vec<Finding>,
}

/// The global section, a virtual host or a component.
#[derive(Clone, Debug)]
pub struct Host {
    /// What it is.
    pub kind: HostKind,
    /// Where it is defined first; the global section has no place.
    pub place: Option<Place>,
    /// What is set on it, by the name of the option, in the order in which they are set first.
    pub options: IndexMap<String, Setting>,
    /// The modules that options choose.
    pub backends: Vec<Backend>,
}

/// What a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// The global section.
    Global,
    /// A host with accounts.
    VirtualHost,
    /// A component, with the module that it is made of: `component` for an external one.
    Component(String),
}

/// A module that an option chooses on a host, or that holds where it is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The module by its name in Prosody.
    pub module: String,
    /// The option that chooses it.
    pub option: &'static str,
    /// Where the option is set; none where the default holds.
    pub place: Option<Place>,
}

/// What an option is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its value.
    pub value: Value,
    /// Where it is set; the last assignment when there are several.
    pub place: Place,
    /// Where the strings of a list are, as far as the text shows it.
    pub items: BTreeMap<String, Place>,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(String),
    /// A table: what is at 1, 2, 3 …, and what is under other keys, sorted.
    Table(Vec<Value>, BTreeMap<String, Value>),
    /// A function, which Prosody keeps and never calls.
    Function,
    /// The handle of this list, kept by mistake in place of the list: Prosody 13.0 reads three
    /// internal fields from it.
    Handle(String),
    /// A text that is not read, because it is secret: `Credential`, `FileContents` and the like.
    Secret,
    /// What nothing here can know, and why: a call that the sandbox refuses.
    Unknown(String),
}

impl Configuration {
    /// A host by its name, [`GLOBAL`] for the global section.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.get(name)
    }

    /// The global section.
    pub fn global(&self) -> Option<&Host> {
        self.host(GLOBAL)
    }

    /// An error, with its place, when a part of it cannot be determined.
    pub fn determined(&self) -> Result<()> {
        let mut findings = self.findings.iter();
        let Some(unknown) = findings.find(|finding| finding.code == Code::Undecided) else {
            return Ok(());
        };
        let place = unknown.place.as_ref();
        let place = place.map_or(String::new(), |place| format!("{place}: "));
        let error = Diagnostic::error(format!("{place}{}", unknown.sentence()));
        Err(Box::new(error.maybe_help(unknown.help.as_deref())))
    }

    /// What an option is set to on a host: its own setting, else the global one.
    pub fn setting(&self, host: &str, option: &str) -> Option<&Setting> {
        let own = self.host(host).and_then(|host| host.options.get(option));
        own.or_else(|| self.global()?.options.get(option))
    }

    /// The virtual hosts and components, without the global section and without those whose
    /// `enabled` is false.
    pub fn active(&self) -> impl Iterator<Item = (&str, &Host)> {
        let hosts = self.hosts.iter().map(|(name, host)| (name.as_str(), host));
        hosts.filter(|(name, host)| self.is_active(name, host))
    }

    /// One of them by its name.
    pub fn active_host(&self, name: &str) -> Option<(&str, &Host)> {
        let (name, host) = self.hosts.get_key_value(name)?;
        self.is_active(name, host).then_some((name, host))
    }

    fn is_active(&self, name: &str, host: &Host) -> bool {
        host.kind != HostKind::Global
            && self.setting(name, "enabled").map(|setting| &setting.value)
                != Some(&Value::Boolean(false))
    }
}

impl Setting {
    /// The texts in a list, or a single text as a list of one; sorted and each once, as Prosody
    /// reads sets.
    pub fn strings(&self) -> Vec<&str> {
        let mut strings: Vec<&str> = match &self.value {
            Value::String(text) => vec![text],
            Value::Table(items, _) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        strings.sort_unstable();
        strings.dedup();
        strings
    }

    /// Where one text of a list is: its own line, or that of the whole list.
    pub fn place_of(&self, item: &str) -> &Place {
        self.items.get(item).unwrap_or(&self.place)
    }

    /// Why the value or a part of it is unknown.
    pub fn unknown(&self) -> Option<&str> {
        self.value.unknown()
    }
}

impl Value {
    /// The text, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Why it or a part of it is unknown.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Table(items, fields) => {
                items.iter().chain(fields.values()).find_map(Self::unknown)
            }
            _ => None,
        }
    }
}

impl Dialect {
    /// Whose rules a version of Prosody reads by; those of the newest for anything that is not a version.
    pub fn of(version: &str) -> Self {
        let major = version.split('.').next().and_then(|part| part.parse().ok());
        match major {
            Some(0_u32) => Self::V0_12,
            _ => Self::V13,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0_12 => "0.12",
            Self::V13 => "13.0",
        })
    }
}
