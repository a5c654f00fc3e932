//! One trouble as a finding: what it means, and what to do.

use std::collections::BTreeSet;

use super::expected::Expected;
use super::start::place_in;
use super::trouble::{Cause, Kind, PortProblem, Trouble};
use crate::configuration::HostKind;
use crate::configuration::deciding::MODULES_ENABLED;
use crate::release::packages::how_to_install;
use crate::report::{Code, Finding, GLOBAL, Place, Severity};
use crate::resolve::replacement;

/// One trouble as a finding.
pub fn finding(trouble: &Trouble, expected: Expected<'_>) -> Finding {
    let subject = &trouble.subject;
    let finding = match &trouble.kind {
        Kind::Module(cause) => module_fails(cause, trouble, expected),
        Kind::Complains => Finding::new(Code::Failed, format!("{subject} does not work")),
        Kind::Port(problem) => port_fails(*problem, trouble),
        Kind::ReadOnly => Finding::new(
            Code::CannotJudge,
            format!("{subject} tries to write outside its data directory"),
        ),
        Kind::Network => Finding::new(
            Code::CannotJudge,
            format!("{subject} tries to access the network"),
        ),
        Kind::Deprecated if trouble.words.starts_with(CONFIGURATION) => Finding::new(
            Code::LoggedWarning,
            "the configuration uses a deprecated setting",
        ),
        Kind::Refused | Kind::Warning | Kind::Deprecated => {
            Finding::new(Code::LoggedWarning, format!("{subject} logs a warning"))
        }
        Kind::Error => match missing_driver(&trouble.words) {
            Some((driver, package)) => Finding::new(
                Code::Failed,
                format!("the database driver {driver} is missing"),
            )
            .help(format!(
                "install {package} (Debian), or change the option `sql`"
            )),
            None if trouble.words.starts_with(STORAGE) => {
                Finding::new(Code::Failed, "a storage driver does not load")
            }
            None => Finding::new(Code::LoggedError, format!("{subject} logs an error")),
        },
    };
    let words = trouble
        .words
        .strip_prefix(CONFIGURATION)
        .unwrap_or(&trouble.words);
    let said = match trouble.lines {
        0 | 1 => words.to_owned(),
        lines => format!("{words} (and {} more like it)", lines - 1),
    };
    let finding = match &finding.reason {
        None if !said.is_empty() => finding.because(said),
        _ => finding,
    };
    let place = finding.place.clone().or_else(|| place_in(words));
    Finding {
        selections: hosts_in_words(&trouble.hosts),
        place,
        ..finding.about(subject)
    }
}

/// How Prosody begins a warning about the configuration; a place follows.
const CONFIGURATION: &str = "Configuration warning: ";

/// How Prosody says that nothing is kept in this storage.
const STORAGE: &str = "Failed to load storage driver plugin ";

/// The drivers of databases, with Debian's packages.
const DRIVERS: [(&str, &str); 3] = [
    ("MySQL", "lua-dbi-mysql"),
    ("PostgreSQL", "lua-dbi-postgresql"),
    ("SQLite3", "lua-dbi-sqlite3"),
];

/// The missing driver that an error of the database library names.
fn missing_driver(words: &str) -> Option<(&'static str, &'static str)> {
    let (_, rest) = words.split_once("Cannot load driver ")?;
    let found = DRIVERS.iter().find(|(driver, _)| rest.starts_with(driver));
    found.copied()
}

/// The hosts of a finding; the global section alone needs no word.
fn hosts_in_words(hosts: &BTreeSet<String>) -> Vec<String> {
    let named = hosts.iter().filter(|host| *host != GLOBAL);
    named.cloned().collect()
}

fn module_fails(cause: &Cause, trouble: &Trouble, expected: Expected<'_>) -> Finding {
    let name = &trouble.subject;
    let message = format!("{name} does not load");
    let finding = match cause {
        Cause::Unknown => {
            let message = format!("cannot know whether {name} loads");
            Finding::new(Code::CannotKnow, message)
                .because("a directory of plugin_paths does not exist here")
        }
        Cause::NotFound => Finding::new(Code::ModuleFails, message)
            .because("no file of that name")
            .help(match replacement_of(name, expected) {
                Some(other) => format!("use {other} instead"),
                None => "install it, or remove it from modules_enabled".to_owned(),
            }),
        Cause::Library(library) if library.starts_with("prosody.") || library.contains("util.") => {
            Finding::new(Code::ModuleFails, message)
                .because(format!("this Prosody has no library {library}"))
                .help("install a version of the module for this release")
        }
        Cause::Library(library) => Finding::new(Code::ModuleFails, message)
            .because(format!("the Lua library {library} is missing"))
            .help(how_to_install(library)),
        Cause::Dependency(module) => Finding::new(Code::ModuleFails, message)
            .because(format!("requires {module}, which does not load"))
            .help(format!("install {module}, or disable {name}")),
        Cause::Unfit => Finding::new(Code::ModuleFails, message),
        Cause::Syntax => Finding::new(Code::ModuleFails, message)
            .help("install a version of the module for this release"),
        Cause::Silent => {
            Finding::new(Code::ModuleFails, message).because("the log gives no reason")
        }
        Cause::Raised => Finding::new(Code::ModuleFails, message),
    };
    let finding = match required_option(name, trouble, expected) {
        Some(option) if *cause == Cause::Raised => finding.help(format!("set `{option}`")),
        _ => finding,
    };
    Finding {
        place: place_of(name, trouble, expected),
        ..finding
    }
}

/// What to use instead of a module that this release does not have.
fn replacement_of<'a>(name: &str, expected: Expected<'a>) -> Option<&'a str> {
    let module = expected
        .inventory
        .by_real_name(name)
        .map(|(_, module)| module);
    let facts = expected.release.modules.get(name);
    replacement(expected.release, module, facts).filter(|other| *other != name)
}

/// An option without which the module does not load, that is set on none of the hosts.
fn required_option(name: &str, trouble: &Trouble, expected: Expected<'_>) -> Option<String> {
    let facts = expected.release.modules.get(name)?;
    let configuration = expected.configuration?;
    let required = facts
        .options
        .named
        .iter()
        .filter(|(_, option)| option.required);
    let is_unset = |option: &str| {
        let mut hosts = trouble.hosts.iter();
        hosts.any(|host| configuration.setting(host, option).is_none())
    };
    let mut unset = required.map(|(name, _)| name).filter(|name| is_unset(name));
    unset.next().cloned()
}

/// Where the configuration enables a module.
fn place_of(name: &str, trouble: &Trouble, expected: Expected<'_>) -> Option<Place> {
    let configuration = expected.configuration?;
    let host = trouble.hosts.iter().find(|host| *host != GLOBAL)?;
    let section = configuration.host(host)?;
    if section.kind == HostKind::Component(name.to_owned()) {
        return section.place.clone();
    }
    let own = section.options.get(MODULES_ENABLED);
    let global = configuration.global()?.options.get(MODULES_ENABLED);
    let lists = [own, global].into_iter().flatten();
    let mut asking = lists.filter(|list| list.strings().contains(&name));
    asking.next().map(|list| list.place_of(name).clone())
}

fn port_fails(problem: PortProblem, trouble: &Trouble) -> Finding {
    let finding = Finding::new(Code::PortFails, "a port does not open");
    match problem {
        PortProblem::InUse => finding.help("use a different port for each service"),
        PortProblem::NoRight => finding
            .severity(Severity::Info)
            .help("nothing, if the service has CAP_NET_BIND_SERVICE"),
        PortProblem::ForeignAddress => Finding::new(
            Code::CannotJudge,
            "a service listens on an address that does not exist in this rehearsal",
        )
        .because(&trouble.words),
        PortProblem::Other => finding,
    }
}
