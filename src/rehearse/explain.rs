//! One problem as a finding: what it means, and what to do.

use std::collections::BTreeSet;

use super::expected::Expected;
use super::problem::{Cause, PortError, Problem, ProblemKind};
use super::start::place_in;
use crate::configuration::HostKind;
use crate::configuration::deciding::MODULES_ENABLED;
use crate::release::availability::Loadable;
use crate::release::packages::how_to_install;
use crate::report::{Code, Finding, GLOBAL, Place, Severity};
use crate::resolve::replacement;

/// One problem as a finding.
pub fn finding(problem: &Problem, expected: Expected<'_>) -> Finding {
    let subject = &problem.subject;
    let finding = match &problem.kind {
        ProblemKind::Module(cause) => module_fails(cause, problem, expected),
        ProblemKind::Complains => Finding::new(Code::Failed, format!("{subject} does not work")),
        ProblemKind::Port(error) => port_fails(*error, problem),
        ProblemKind::ReadOnly => Finding::new(
            Code::CannotJudge,
            format!("{subject} tries to write outside its data directory"),
        ),
        ProblemKind::Network => Finding::new(
            Code::CannotJudge,
            format!("{subject} tries to access the network"),
        ),
        ProblemKind::Deprecated if problem.message.starts_with(CONFIGURATION) => Finding::new(
            Code::LoggedWarning,
            "the configuration uses a deprecated setting",
        ),
        ProblemKind::Refused | ProblemKind::Warning | ProblemKind::Deprecated => {
            Finding::new(Code::LoggedWarning, format!("{subject} logs a warning"))
        }
        ProblemKind::Error => match missing_driver(&problem.message) {
            Some((driver, package)) => Finding::new(
                Code::Failed,
                format!("the database driver {driver} is missing"),
            )
            .help(format!(
                "install {package} (Debian), or change the option `sql`"
            )),
            None if problem.message.starts_with(STORAGE) => {
                Finding::new(Code::Failed, "a storage driver does not load")
            }
            None => Finding::new(Code::LoggedError, format!("{subject} logs an error")),
        },
    };
    let message = problem
        .message
        .strip_prefix(CONFIGURATION)
        .unwrap_or(&problem.message);
    let reason = match problem.lines {
        0 | 1 => message.to_owned(),
        lines => format!("{message} (and {} more like it)", lines - 1),
    };
    let finding = match &finding.reason {
        None if !reason.is_empty() => finding.reason(reason),
        _ => finding,
    };
    let place = finding.place.clone().or_else(|| place_in(message));
    Finding {
        selections: named_hosts(&problem.hosts),
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
fn missing_driver(message: &str) -> Option<(&'static str, &'static str)> {
    let (_, rest) = message.split_once("Cannot load driver ")?;
    let driver = DRIVERS.iter().find(|(driver, _)| rest.starts_with(driver));
    driver.copied()
}

/// The hosts of a finding; the global section alone needs no word.
fn named_hosts(hosts: &BTreeSet<String>) -> Vec<String> {
    let named = hosts.iter().filter(|host| *host != GLOBAL);
    named.cloned().collect()
}

fn module_fails(cause: &Cause, problem: &Problem, expected: Expected<'_>) -> Finding {
    let name = &problem.subject;
    let message = format!("{name} does not load");
    let finding = match cause {
        Cause::Unknown => {
            let message = format!("cannot know whether {name} loads");
            Finding::new(Code::CannotKnow, message)
                .reason("a directory of plugin_paths does not exist here")
        }
        Cause::NotFound => Finding::new(Code::ModuleFails, message)
            .reason("no file of that name")
            .help(match replacement_of(name, expected) {
                Some(other) => format!("use {other} instead"),
                None => "install it, or remove it from modules_enabled".to_owned(),
            }),
        Cause::Library(library) if library.starts_with("prosody.") || library.contains("util.") => {
            Finding::new(Code::ModuleFails, message)
                .reason(format!("this Prosody has no library {library}"))
                .help("install a version of the module for this release")
        }
        Cause::Library(library) => Finding::new(Code::ModuleFails, message)
            .reason(format!("the Lua library {library} is missing"))
            .help(how_to_install(library)),
        Cause::Dependency(module) => Finding::new(Code::ModuleFails, message)
            .reason(format!("requires {module}, which does not load"))
            .help(format!("install {module}, or disable {name}")),
        Cause::Unfit => Finding::new(Code::ModuleFails, message),
        Cause::Syntax => Finding::new(Code::ModuleFails, message)
            .help("install a version of the module for this release"),
        Cause::Silent => Finding::new(Code::ModuleFails, message).reason("the log gives no reason"),
        Cause::Raised => Finding::new(Code::ModuleFails, message),
    };
    let finding = match required_option(name, problem, expected) {
        Some(option) if *cause == Cause::Raised => finding.help(format!("set `{option}`")),
        _ => finding,
    };
    Finding {
        place: place_of(name, problem, expected),
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
    let loadable = &mut Loadable::new(expected.release);
    replacement(loadable, module, facts).filter(|other| *other != name)
}

/// An option without which the module does not load, that is set on none of the hosts.
fn required_option(name: &str, problem: &Problem, expected: Expected<'_>) -> Option<String> {
    let facts = expected.release.modules.get(name)?;
    let configuration = expected.configuration?;
    let required = facts
        .options
        .named
        .iter()
        .filter(|(_, option)| option.required);
    let is_unset = |option: &str| {
        let mut hosts = problem.hosts.iter();
        hosts.any(|host| configuration.setting(host, option).is_none())
    };
    let mut unset = required.map(|(name, _)| name).filter(|name| is_unset(name));
    unset.next().cloned()
}

/// Where the configuration enables a module.
fn place_of(name: &str, problem: &Problem, expected: Expected<'_>) -> Option<Place> {
    let configuration = expected.configuration?;
    let host = problem.hosts.iter().find(|host| *host != GLOBAL)?;
    let section = configuration.host(host)?;
    if section.kind == HostKind::Component(name.to_owned()) {
        return section.place.clone();
    }
    let host_list = section.options.get(MODULES_ENABLED);
    let global_list = configuration.global()?.options.get(MODULES_ENABLED);
    let lists = [host_list, global_list].into_iter().flatten();
    let mut enabling = lists.filter(|list| list.strings().contains(&name));
    enabling.next().map(|list| list.place_of(name).clone())
}

fn port_fails(error: PortError, problem: &Problem) -> Finding {
    let finding = Finding::new(Code::PortFails, "a port does not open");
    match error {
        PortError::InUse => finding.help("use a different port for each service"),
        PortError::NoRight => finding
            .severity(Severity::Info)
            .help("nothing, if the service has CAP_NET_BIND_SERVICE"),
        PortError::ForeignAddress => Finding::new(
            Code::CannotJudge,
            "a service listens on an address that does not exist in this rehearsal",
        )
        .reason(&problem.message),
        PortError::Other => finding,
    }
}
