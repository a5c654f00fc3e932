//! Which changes of options concern a server, or what a selection loads.

use serde_json::Value as Json;

use super::loaded::LoadedSubject;
use super::options::{Change, of_option};
use crate::configuration::{GLOBAL, Setting, Value};
use crate::options::catalogue::CORE;
use crate::options::invalid_value::{displayed, logged};
use crate::options::{Converted, Readers, Reading, convert};
use crate::release::changes::RenamedOption;
use crate::release::options::fits;
use crate::release::{OptionType, Options, Release, ReleaseOption};
use crate::report::{Code, Finding, Severity};
use crate::resolve::Resolution;

/// A default that switches something needs a look; one more or less of something does not.
fn default_matters([_, is]: [Option<&ReleaseOption>; 2]) -> Severity {
    let switches = is.is_some_and(|read| {
        matches!(read.default, Some(Json::Bool(_)))
            || matches!(read.option_type, OptionType::Enum | OptionType::String)
    });
    match switches {
        true => Severity::Warning,
        false => Severity::Info,
    }
}

/// Marks the changes that concern what a selection loads: there nothing shows which options are
/// set.
pub(super) fn mark_selection(changes: &mut [Change], new: &Release, selection: &LoadedSubject) {
    let loaded = &selection.loaded;
    let modules = loaded[1].iter().filter_map(|name| new.modules.get(*name));
    let readers: Vec<&Options> = modules
        .map(|facts| &*facts.options)
        .chain(&new.core)
        .collect();
    let is_read = |option: &str| {
        let mut readers = readers.iter();
        readers.any(|options| options.named.contains_key(option) || options.may_compute(option))
    };
    for Change {
        finding,
        module,
        option,
        reads,
    } in changes
    {
        let loads = |side: usize| module.is_none_or(|module| loaded[side].contains(module));
        if !loads(0) || !loads(1) {
            continue;
        }
        match finding.code {
            Code::OptionRemoved if !is_read(option) => {}
            Code::OptionDefaultChanged => finding.severity = default_matters(*reads),
            Code::OptionRequired => finding.severity = Severity::Warning,
            _ => continue,
        }
        finding.selections.push(selection.name.to_owned());
    }
}

/// Marks the changes that concern a server, with the place of the option, and adds what becomes of
/// the options of modules that no longer load.
pub(super) fn mark_server<'a>(
    mut changes: Vec<Change<'a>>,
    releases: [&'a Release; 2],
    resolutions: &[Resolution<'a>],
    hosts: &[LoadedSubject<'a>],
    renamed: &[&RenamedOption],
) -> Vec<Finding> {
    let [old, new] = releases;
    // Without a host there is no server.
    if old.core.is_some()
        && !hosts.is_empty()
        && let Some(now) = &Readers::after_upgrade(Some(old), new, resolutions)
    {
        let server = Server { now, renamed };
        for change in &mut changes {
            for host in hosts {
                server.mark(change, host);
            }
        }
        changes.extend(server.of_removed_modules(old, hosts));
    }
    changes.into_iter().map(|change| change.finding).collect()
}

struct Server<'a> {
    now: &'a Readers<'a>,
    renamed: &'a [&'a RenamedOption],
}

impl Server<'_> {
    fn mark(&self, change: &mut Change, host: &LoadedSubject) {
        let loads = |side: usize| {
            change
                .module
                .is_none_or(|name| host.loaded[side].contains(name))
        };
        if !loads(0) || !loads(1) {
            return;
        }
        let is_pattern = change.option.contains('*');
        let setting = match is_pattern {
            true => self.set_but_unread(host, change.option),
            false => setting(host, change.option, change.reads),
        };
        let finding = &mut change.finding;
        let impact = match (finding.code, setting) {
            (Code::OptionRemoved, Some(setting)) if is_pattern => {
                let reason = format!("one is set at {}, and nothing else reads it", setting.place);
                Some(Impact::new(Severity::Warning).reason(reason))
            }
            (Code::OptionRemoved, Some(setting)) => self.unread(host, change.option, setting),
            (Code::OptionReadsChanged, Some(setting)) => {
                reads_differently(change.module, host, change.option, change.reads, setting)
            }
            (Code::OptionDefaultChanged, None) => Some(Impact::new(default_matters(change.reads))),
            (Code::OptionRequired, None) => Some(Impact::new(Severity::Breaking)),
            _ => None,
        };
        if let Some(impact) = impact {
            finding.severity = finding.severity.max(impact.severity);
            finding.reason = impact.reason.or(finding.reason.take());
            finding.help = impact.help.or(finding.help.take());
            finding.place = finding
                .place
                .take()
                .or(setting.map(|setting| setting.place.clone()));
            finding.selections.push(host.name.to_owned());
        }
    }

    /// An option whose name fits a pattern, that is set, and that nothing reads.
    fn set_but_unread<'a>(&self, host: &LoadedSubject<'a>, pattern: &str) -> Option<&'a Setting> {
        let configuration = host.configuration?;
        let sections = [host.name, GLOBAL].map(|name| configuration.host(name));
        let mut set = sections.into_iter().flatten().flat_map(|own| &own.options);
        let lost = set.find(|(option, setting)| {
            fits(pattern, option) && self.unread(host, option, setting).is_some()
        });
        lost.map(|(_, setting)| setting)
    }

    /// An option that is set, and that nothing reads.
    fn unread(&self, host: &LoadedSubject, option: &str, setting: &Setting) -> Option<Impact> {
        let own = host.configuration.and_then(|all| all.host(host.name));
        let is_own = own.is_some_and(|own| own.options.contains_key(option));
        let section = if is_own { host.name } else { GLOBAL };
        if let Reading::Read | Reading::PerhapsBy(_) = self.now.reading(section, option) {
            return None;
        }
        let impact = Impact::new(Severity::Warning);
        let place = &setting.place;
        let renamed = self.renamed.iter().find(|renamed| renamed.from == option);
        Some(match renamed {
            Some(renamed) => impact
                .reason(format!(
                    "it was renamed to {}, and is set at {place}",
                    renamed.to
                ))
                .help(match renamed.value_differs {
                    true => format!("set `{}` instead", renamed.to),
                    false => format!("write `{}`", renamed.to),
                }),
            None => impact.reason(format!("it is set at {place}, and nothing else reads it")),
        })
    }

    /// Options that are set, and that only modules read which no longer load.
    fn of_removed_modules<'a>(
        &self,
        old: &'a Release,
        hosts: &[LoadedSubject<'a>],
    ) -> Vec<Change<'a>> {
        let mut changes: Vec<Change<'a>> = Vec::new();
        for host in hosts {
            for module in host.loaded[0].difference(&host.loaded[1]) {
                let Some(facts) = old.modules.get(*module) else {
                    continue;
                };
                for (option, read) in &facts.options.named {
                    let reads = [Some(read), None];
                    let Some(setting) = setting(host, option, reads) else {
                        continue;
                    };
                    let Some(impact) = self.unread(host, option, setting) else {
                        continue;
                    };
                    let existing = changes.iter_mut().find(|existing| {
                        existing.module == Some(*module) && existing.option == option
                    });
                    if let Some(existing) = existing {
                        existing.finding.selections.push(host.name.to_owned());
                        continue;
                    }
                    let findings = of_option(module, option, reads);
                    changes.extend(findings.into_iter().map(|finding| Change {
                        finding: Finding {
                            reason: impact.reason.clone(),
                            place: Some(setting.place.clone()),
                            selections: vec![host.name.to_owned()],
                            ..finding
                        },
                        module: Some(module),
                        option,
                        reads,
                    }));
                }
            }
        }
        changes
    }
}

/// How a change concerns a host.
struct Impact {
    severity: Severity,
    reason: Option<String>,
    help: Option<String>,
}

impl Impact {
    fn new(severity: Severity) -> Self {
        Self {
            severity,
            reason: None,
            help: None,
        }
    }

    fn reason(self, reason: String) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// What an option is set to where it is read, now or before.
fn setting<'a>(
    host: &LoadedSubject<'a>,
    option: &str,
    [was, is]: [Option<&ReleaseOption>; 2],
) -> Option<&'a Setting> {
    let is_global = [was, is].into_iter().flatten().all(|read| read.global_only);
    let section = if is_global { GLOBAL } else { host.name };
    host.configuration?.setting(section, option)
}

/// A value that is set, and that Prosody does not take as before.
fn reads_differently(
    module: Option<&str>,
    host: &LoadedSubject,
    option: &str,
    reads: [Option<&ReleaseOption>; 2],
    setting: &Setting,
) -> Option<Impact> {
    let [Some(was), Some(is)] = reads else {
        return None;
    };
    if is.global_only && !was.global_only {
        let own = host.configuration?.host(host.name)?;
        let reason = format!("it is set at {}", own.options.get(option)?.place);
        let help = "move it to the global section";
        return Some(Impact::new(Severity::Warning).reason(reason).help(help));
    }
    let [before, after] = [was, is].map(|read| convert(option, read, &setting.value));
    let (before, after) = (before?, after?);
    let is_same = match (&before.result, &after.result) {
        (Converted::Value(before), Converted::Value(after)) => is_same_value(before, after),
        (before, after) => before == after,
    };
    // Who lives with a message today can live with it after the upgrade.
    if is_same && (after.logs.is_empty() || !before.logs.is_empty()) {
        return None;
    }
    let reader = module.unwrap_or(CORE);
    if after.result == Converted::Fails && before.result != Converted::Fails {
        let impact = Impact::new(Severity::Breaking).reason(logged(reader, &after));
        return Some(impact.help("correct the value: the module does not load otherwise"));
    }
    let impact = Impact::new(Severity::Warning).help("correct the value");
    match (after.logs.is_empty(), &after.result) {
        (false, _) => Some(impact.reason(logged(reader, &after))),
        (true, Converted::Value(value)) => {
            let value = displayed(value)?;
            Some(impact.reason(format!("the value that is set is read as {value}")))
        }
        (true, _) => None,
    }
}

/// Whether two values are the same, however their numbers are written.
fn is_same_value(before: &Value, after: &Value) -> bool {
    #[allow(clippy::cast_precision_loss)]
    let number = |value: &Value| match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    };
    match (number(before), number(after)) {
        (Some(before), Some(after)) => before.total_cmp(&after).is_eq(),
        _ => before == after,
    }
}
