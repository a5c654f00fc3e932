//! One rehearsal as findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::client::ClientView;
use super::event::{Kind as Replacement, RunningHost};
use super::observation::{End, Observation};
use super::trouble::{Cause, Kind, PortProblem, Trouble, without_place};
use crate::configuration::{Configuration, HostKind};
use crate::inventory::Inventory;
use crate::plan::{Plan, shadowing};
use crate::release::Release;
use crate::release::packages::how_to_install;
use crate::report::{
    Code, Counts, Finding, GLOBAL, Place, Report, Scope, ScopeKind, Severity, Side, counted,
};
use crate::resolve::{Request, replacement};

/// What a rehearsal is held against: the facts of a release, and the configuration as it is read
/// without running a server.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The inventory.
    pub inventory: &'a Inventory<'a>,
    /// The facts.
    pub release: &'a Release,
    /// What is configured, with places.
    pub configuration: Option<&'a Configuration>,
    /// Where reading it without a server failed, when it did.
    pub unreadable: Option<&'a Place>,
}

/// What Prosody says, and what it means where that is hard to guess.
const MEANINGS: [(&str, &str); 1] = [(
    "bad argument #2 to 'format'",
    "shorten the path of the configuration to less than 60 characters: Prosody cannot print a \
     warning about a longer one",
)];

/// What no rehearsal sees.
pub const NOT_SEEN: &str = "your data and its migration, databases, federation, external services, \
     and what happens after the start";

/// One rehearsal of a configuration, called `name`.
pub fn report(observation: &Observation, expected: Expected<'_>, name: &str) -> Report {
    let mut findings = Vec::new();
    match does_not_start(observation, expected) {
        Some(finding) => findings.push(finding),
        None => {
            let troubles = observation.troubles();
            findings.extend(troubles.iter().map(|trouble| finding(trouble, expected)));
            findings.extend(unexpected(observation, expected, &troubles));
            findings.extend(copies(observation, expected.release));
            findings.extend(observation.clients.iter().filter_map(login_fails));
        }
    }
    findings.extend(cannot_judge(observation));
    findings.extend(unread(observation, expected));
    findings.push(not_seen());
    Report::of_one(
        side(observation, expected, name),
        scopes(observation),
        findings,
    )
}

/// The side that was rehearsed.
pub fn side(observation: &Observation, expected: Expected<'_>, name: &str) -> Side {
    Side {
        inventory: "built-in".to_owned(),
        release: match &observation.version {
            Some(version) => version.clone(),
            None => expected.release.version.clone(),
        },
        configuration: Some(name.to_owned()),
    }
}

/// The hosts with the modules that they have loaded.
pub fn scopes(observation: &Observation) -> Vec<Scope> {
    let hosts = observation.hosts.iter();
    let scopes = hosts.map(|host| Scope {
        name: host.host.clone(),
        kind: match host.kind.as_str() {
            "global" => ScopeKind::Global,
            "component" => ScopeKind::Component,
            _ => ScopeKind::VirtualHost,
        },
        counts: Counts::default(),
        modules_before: None,
        modules: host.modules.len(),
        files: files(host),
    });
    scopes.collect()
}

/// By module the file that it was loaded from.
fn files(host: &RunningHost) -> BTreeMap<String, String> {
    let modules = host.modules.iter();
    let files = modules.filter_map(|(name, module)| Some((name.clone(), module.path.clone()?)));
    files.collect()
}

/// Community copies that are loaded instead of bundled modules.
fn copies(observation: &Observation, release: &Release) -> Vec<Finding> {
    let modules = observation
        .hosts
        .iter()
        .flat_map(|host| host.modules.values());
    let paths = modules.filter_map(|module| module.path.as_ref().map(PathBuf::from));
    shadowing(release, &paths.collect::<Vec<_>>())
}

/// What stands at the end of every rehearsal.
pub fn not_seen() -> Finding {
    Finding::new(
        Code::NotSeen,
        format!("a rehearsal does not see {NOT_SEEN}"),
    )
}

/// Why the server did not come up, when it did not.
pub fn does_not_start(observation: &Observation, expected: Expected<'_>) -> Option<Finding> {
    let version = observation.version.as_deref();
    let prosody = version.map_or("Prosody".to_owned(), |version| format!("Prosody {version}"));
    let message = match observation.end {
        End::Finished => return None,
        End::TimedOut => format!("{prosody} was not up before the deadline"),
        End::Ended(_) | End::Unknown => format!("{prosody} does not start"),
    };
    let said = observation.last_words();
    let reason = match observation.end {
        End::TimedOut if !observation.is_configuration_read => {
            "reading the configuration takes too long".to_owned()
        }
        End::TimedOut => match (&observation.loading, observation.log.last()) {
            (Some((module, host)), _) if host == GLOBAL => {
                format!("{module} was the last module to begin loading")
            }
            (Some((module, host)), _) => {
                format!("{module} on {host} was the last module to begin loading")
            }
            (None, Some(line)) => format!("the last line of the log is: {}", line.text),
            (None, None) => said.clone(),
        },
        _ => without_place(&said).to_owned(),
    };
    let finding = Finding::new(Code::DoesNotStart, message);
    let missing = observation.missing_files.last();
    let missing = missing.filter(|_| !observation.is_configuration_read);
    let meaning = MEANINGS.iter().find(|(words, _)| said.contains(words));
    let help = match (meaning, missing) {
        (Some((_, help)), _) => Some((*help).to_owned()),
        (None, Some((path, _))) => Some(format!("provide {path}, or remove what asks for it")),
        (None, None) => finding.help.clone(),
    };
    Some(Finding {
        reason: Some(reason).filter(|reason| !reason.is_empty()),
        place: place_in(&said)
            .or_else(|| observation.place_of_reading())
            .or_else(|| expected.unreadable.cloned()),
        help,
        ..finding
    })
}

impl Observation {
    /// Where reading the configuration hangs.
    fn place_of_reading(&self) -> Option<Place> {
        let (file, line) = self.reading.clone()?;
        (!self.is_configuration_read).then_some(Place { file, line })
    }

    /// What the server said before it ended: the error that it printed, else the last one it logged.
    fn last_words(&self) -> String {
        let printed = self.output.lines().map(str::trim);
        let mut told = printed.clone().filter(|line| line.starts_with("Error"));
        if let Some(error) = told.next_back() {
            let (_, error) = error.split_once(": ").unwrap_or(("", error));
            return without_excerpt(error).to_owned();
        }
        let mut errors = self.log.iter().filter(|line| line.level == "error");
        if let Some(line) = errors.next_back() {
            return line.text.lines().next().unwrap_or_default().to_owned();
        }
        let mut lines = printed.filter(|line| !line.is_empty() && !line.starts_with('*'));
        without_excerpt(lines.next().unwrap_or_default()).to_owned()
    }
}

/// An error of syntax without the text that it stumbled over, which may be a secret.
fn without_excerpt(error: &str) -> &str {
    error
        .split_once(" near '")
        .map_or(error, |(start, _)| start)
}

/// The place that an error begins with: `FILE:LINE: …`.
fn place_in(error: &str) -> Option<Place> {
    let mut parts = error.splitn(3, ':');
    let (file, line) = (parts.next()?, parts.next()?);
    let line = line.trim().parse().ok()?;
    file.starts_with('/').then(|| Place {
        file: file.to_owned(),
        line,
    })
}

/// One trouble as a finding.
pub fn finding(trouble: &Trouble, expected: Expected<'_>) -> Finding {
    let subject = &trouble.subject;
    let finding = match &trouble.kind {
        Kind::Module(cause) => module_fails(cause, trouble, expected),
        Kind::Complains => Finding::new(Code::Failed, format!("{subject} does not work")),
        Kind::Port(problem) => port_fails(*problem, trouble),
        Kind::ReadOnly => Finding::new(
            Code::CannotJudge,
            format!("{subject} wants to write outside of its data directory"),
        ),
        Kind::Network => Finding::new(
            Code::CannotJudge,
            format!("{subject} wants to reach the network"),
        ),
        Kind::Deprecated if trouble.words.starts_with(CONFIGURATION) => Finding::new(
            Code::LoggedWarning,
            "the configuration uses something deprecated",
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

/// The drivers of databases, with Debian's packages.
const DRIVERS: [(&str, &str); 3] = [
    ("MySQL", "lua-dbi-mysql"),
    ("PostgreSQL", "lua-dbi-postgresql"),
    ("SQLite3", "lua-dbi-sqlite3"),
];

/// The driver that an error of the database library asks for in vain.
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
            .because(format!("it requires {module}, which does not load"))
            .help(format!("install {module}, or disable {name}")),
        Cause::Unfit => Finding::new(Code::ModuleFails, message),
        Cause::Syntax => Finding::new(Code::ModuleFails, message)
            .help("install a version of the module for this release"),
        Cause::Silent => {
            Finding::new(Code::ModuleFails, message).because("the log does not say why")
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

/// Where the configuration asks for a module.
fn place_of(name: &str, trouble: &Trouble, expected: Expected<'_>) -> Option<Place> {
    let configuration = expected.configuration?;
    let host = trouble.hosts.iter().find(|host| *host != GLOBAL)?;
    let section = configuration.host(host)?;
    if section.kind == HostKind::Component(name.to_owned()) {
        return section.place.clone();
    }
    let own = section.options.get("modules_enabled");
    let global = configuration.global()?.options.get("modules_enabled");
    let lists = [own, global].into_iter().flatten();
    let mut asking = lists.filter(|list| list.strings().contains(&name));
    asking.next().map(|list| list.place_of(name).clone())
}

fn port_fails(problem: PortProblem, trouble: &Trouble) -> Finding {
    let finding = Finding::new(Code::PortFails, "a port does not open");
    match problem {
        PortProblem::InUse => finding.help("give each service a port of its own"),
        PortProblem::NoRight => finding
            .severity(Severity::Info)
            .help("nothing, if the service is given CAP_NET_BIND_SERVICE"),
        PortProblem::ForeignAddress => Finding::new(
            Code::CannotJudge,
            "a service listens on an address that this rehearsal does not have",
        )
        .because(&trouble.words),
        PortProblem::Other => finding,
    }
}

/// A client that cannot log in.
fn login_fails(view: &ClientView) -> Option<Finding> {
    if view.logs_in() {
        return None;
    }
    let finding = Finding::new(Code::LoginFails, "a new account cannot log in");
    let reason = view.end.error.clone();
    Some(Finding {
        reason,
        ..finding.on(&view.host)
    })
}

/// Where the truth differs from the facts of the release.
fn unexpected(
    observation: &Observation,
    expected: Expected<'_>,
    troubles: &[Trouble],
) -> Vec<Finding> {
    let Some(configuration) = expected.configuration else {
        return Vec::new();
    };
    let (inventory, release) = (expected.inventory, expected.release);
    let mut findings = Vec::new();
    let mut plans = Vec::new();
    for (host, _) in configuration.active() {
        let Some(request) = Request::of_host(inventory, release, configuration, host) else {
            continue;
        };
        let resolution = request.resolve(inventory, release);
        plans.push((host, Plan::of_host(release, &resolution)));
    }
    let differs = |name: &str, host: &str, what: &str| {
        let message = format!("{name} {what}");
        let finding = Finding::new(Code::FactsDiffer, message).about(name);
        match host {
            GLOBAL => finding,
            host => finding.on(host),
        }
    };
    for (host, plan) in &plans {
        let is_explained = |name: &str| {
            let mut of_module = troubles.iter().filter(|trouble| trouble.subject == name);
            of_module.any(|trouble| trouble.hosts.contains(*host))
        };
        let planned = plan.on_every_host.iter();
        for name in planned.filter(|name| !observation.is_loaded(host, name)) {
            if !is_explained(name) {
                findings.push(differs(name, host, "was expected to load and does not"));
            }
        }
        let loaded = observation.host(host).into_iter();
        for name in loaded.flat_map(|host| host.modules.keys()) {
            if !plan.allows(name) {
                findings.push(differs(name, host, "loads and was not expected"));
            }
        }
    }
    findings
}

/// What was replaced, and which variables were missing.
pub fn cannot_judge(observation: &Observation) -> Vec<Finding> {
    // The same on several hosts is told once.
    let mut hosts: BTreeMap<(Replacement, &str), BTreeSet<&str>> = BTreeMap::new();
    for replaced in &observation.replaced {
        let name = match replaced.what {
            Replacement::File | Replacement::Include => replaced.name.as_str(),
            _ => "",
        };
        hosts
            .entry((replaced.what, name))
            .or_default()
            .insert(&replaced.host);
    }
    let mut findings = Vec::new();
    for ((what, name), hosts) in hosts {
        let message = match what {
            Replacement::Certificate => {
                "certificates that are missing here were replaced by a fixed one".to_owned()
            }
            Replacement::Database => "databases were replaced by files".to_owned(),
            Replacement::File => format!("{} was read as a placeholder", shown(name)),
            Replacement::Include => format!("{} was included as an empty file", shown(name)),
        };
        let reasons = observation.replaced.iter().filter(|it| it.what == what);
        let mut reasons = reasons.filter(|it| name.is_empty() || it.name == name);
        let finding = Finding::new(Code::CannotJudge, message);
        let finding = match reasons.next() {
            Some(first) => finding.because(&first.why),
            None => finding,
        };
        let named = hosts.into_iter().filter(|host| *host != GLOBAL);
        findings.push(Finding {
            selections: named.map(str::to_owned).collect(),
            ..finding
        });
    }
    if !observation.unset_variables.is_empty() {
        let count = observation.unset_variables.len();
        let message = format!(
            "{} that the configuration reads {} not set: {}",
            counted(count, "environment variable"),
            if count == 1 { "is" } else { "are" },
            observation.unset_variables.join(", "),
        );
        findings.push(Finding::new(Code::MissingVariable, message));
    }
    findings
}

fn shown(path: &str) -> std::path::Display<'_> {
    Path::new(path).display()
}

/// The options that nothing has read.
fn unread(observation: &Observation, expected: Expected<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (host, options) in &observation.unread {
        if options.is_empty() {
            continue;
        }
        let message = match options.as_slice() {
            [option] => format!("nothing has read {option} until now"),
            all => format!(
                "nothing has read these {} options until now: {}",
                all.len(),
                all.join(", ")
            ),
        };
        let section = expected.configuration.and_then(|all| all.host(host));
        let place = section.and_then(|section| {
            let mut places = options
                .iter()
                .filter_map(|option| section.options.get(option));
            places.next().map(|setting| setting.place.clone())
        });
        let finding = Finding::new(Code::OptionNotRead, message);
        let finding = match host.as_str() {
            GLOBAL => finding,
            host => finding.on(host),
        };
        findings.push(Finding { place, ..finding });
    }
    findings
}
