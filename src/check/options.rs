//! Findings about the options of a server: what nothing reads, and what Prosody does not take as it
//! is written.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::merged::Merged;
use crate::configuration::deciding::{decides, is_of_section};
use crate::configuration::{Configuration, GLOBAL, Host, LISTS, Setting, Value};
use crate::diagnostic::nearest;
use crate::options::invalid_value::invalid;
use crate::options::{Readers, Reading, convert};
use crate::plan::PLUGIN;
use crate::release::Release;
use crate::release::changes::RenamedOption;
use crate::report::{Code, Finding, Severity, counted};
use crate::resolve::Resolution;

/// For how many options a name is looked for that is near.
const SUGGESTIONS: usize = 200;
/// How many names a finding lists.
const NAMES: usize = 8;

/// All findings about options, section by section; `resolutions` are those of the active hosts.
pub(super) fn findings(
    release: &Release,
    configuration: &Configuration,
    resolutions: &[Resolution],
    renamed: &[&RenamedOption],
) -> Vec<Finding> {
    let Some(readers) = Readers::of(release, resolutions) else {
        let message = format!(
            "the release file of Prosody {} knows no options",
            release.version
        );
        let finding = Finding::new(Code::OptionsUnknown, message);
        return vec![finding.help("record the release again with `snapshot` to check them")];
    };
    let check = Check {
        release,
        configuration,
        readers: &readers,
        renamed,
        is_known: is_what_loads_known(configuration),
        suggested: Cell::new(0),
    };
    let mut findings = Vec::new();
    if !resolutions.is_empty() {
        check.names(&mut findings);
        check.values(resolutions, &mut findings);
    }
    findings
}

/// Whether nothing that could not be determined may decide what loads.
fn is_what_loads_known(configuration: &Configuration) -> bool {
    let mut findings = configuration.findings.iter();
    !findings.any(|finding| {
        let subject = finding.subject.as_deref();
        finding.code == Code::Undecided && subject.is_none_or(decides)
    })
}

struct Check<'a> {
    release: &'a Release,
    configuration: &'a Configuration,
    readers: &'a Readers<'a>,
    renamed: &'a [&'a RenamedOption],
    is_known: bool,
    /// How often a name was looked for that is near.
    suggested: Cell<usize>,
}

impl<'a> Check<'a> {
    /// What the names of options say: that nothing reads them, or not here.
    fn names(&self, findings: &mut Vec<Finding>) {
        let active: BTreeSet<&str> = self.configuration.active().map(|(name, _)| name).collect();
        let sections = self.configuration.hosts.iter();
        let sections = sections.filter(|(name, _)| *name == GLOBAL || active.contains(&***name));
        let mut perhaps: BTreeMap<Vec<&str>, BTreeSet<&str>> = BTreeMap::new();
        for (section, host) in sections {
            for (option, setting) in &host.options {
                if self.is_of_the_file(option, setting) {
                    continue;
                }
                let reading = self.readers.reading(section, option);
                match (self.name(section, host, option, &reading), reading) {
                    (Some(finding), _) => findings.push(Finding {
                        place: Some(setting.place.clone()),
                        ..finding.about(option).on(section)
                    }),
                    (None, Reading::PerhapsBy(modules)) if self.is_known => {
                        perhaps.entry(modules).or_default().insert(option);
                    }
                    _ => {}
                }
            }
        }
        findings.extend(perhaps.into_iter().map(|(modules, options)| {
            let count = options.len();
            let verb = if count == 1 { "is" } else { "are" };
            let options = listed(options.into_iter());
            let count = counted(count, "option");
            let message = format!("{count} {verb} not checked: {options}");
            Finding::new(Code::OptionsUnknown, message).reason(format!(
                "modules that Prosody {} does not have may read any option: {}",
                self.release.version,
                listed(modules.into_iter())
            ))
        }));
    }

    /// Whether an option is there for the file itself, or for our own plugin: what the sections are, a
    /// variable, or what the server should load.
    fn is_of_the_file(&self, option: &str, setting: &Setting) -> bool {
        LISTS.contains(&option)
            || is_of_section(option)
            || option == PLUGIN
            || setting.value == Value::Function
            || self.configuration.read_back.contains(option)
    }

    fn name(
        &self,
        section: &str,
        host: &Host,
        option: &str,
        reading: &Reading<'_>,
    ) -> Option<Finding> {
        if let Some(renamed) = self.renamed.iter().find(|renamed| renamed.from == option)
            && self.readers.reading(section, &renamed.to) == Reading::Read
            && (self.is_known || *reading == Reading::Read)
            // The module that reads the former name may still load.
            && (renamed.module.is_none() || *reading != Reading::Read)
        {
            return Some(renamed_to(renamed, host, reading));
        }
        let message = format!("{option} has no effect");
        let version = &self.release.version;
        match reading {
            Reading::NotLoaded(modules) if self.is_known => {
                let finding = Finding::new(Code::OptionUnread, message).severity(Severity::Info);
                let (modules, verb) = match modules.as_slice() {
                    [one] => ((*one).to_owned(), "reads it, and does"),
                    all => (listed(all.iter().copied()), "read it, and do"),
                };
                let finding = finding.reason(format!("only {modules} {verb} not load"));
                Some(finding.help("remove it, or enable a module that reads it"))
            }
            Reading::Nothing if self.is_known => {
                let finding = Finding::new(Code::OptionUnread, message);
                let finding = finding.reason(format!("nothing in Prosody {version} reads it"));
                Some(match self.nearest(option, host) {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None => finding,
                })
            }
            // What is that near is a slip, and no option of a module that nobody knows.
            Reading::PerhapsBy(modules) if self.is_known => {
                let near = self.nearest(option, host)?;
                let is_own = |module: &&str| option.starts_with(*module);
                if !is_slip(option, near) || modules.iter().any(is_own) {
                    return None;
                }
                let finding = Finding::new(Code::OptionUnread, message);
                let finding = finding.reason(format!("nothing in Prosody {version} reads it"));
                Some(finding.help(format!("did you mean `{near}`?")))
            }
            Reading::Read if section != GLOBAL && self.readers.is_global_only(option) => {
                let message = format!("{option} has no effect on {section}");
                let finding = Finding::new(Code::OptionGlobalOnly, message);
                Some(finding.reason("Prosody reads it from the global section only"))
            }
            _ => None,
        }
    }

    /// The option that is read here and most likely meant, unless it is set as well.
    fn nearest(&self, option: &str, host: &Host) -> Option<&str> {
        // Comparing with every name takes time, and nobody reads a thousand suggestions.
        self.suggested.set(self.suggested.get() + 1);
        if self.suggested.get() > SUGGESTIONS {
            return None;
        }
        let is_unset = |name: &&str| !host.options.contains_key(*name);
        let names = || self.readers.names().iter().copied();
        let near = nearest(option, names())?;
        match is_unset(&near) {
            true => Some(near),
            false => nearest(option, names().filter(is_unset)),
        }
    }

    /// What Prosody makes of the values.
    fn values(&self, resolutions: &[Resolution], findings: &mut Vec<Finding>) {
        let configuration = self.configuration;
        let mut merged = Merged::default();
        let sections = configuration.hosts.values();
        let set: HashSet<&str> = sections
            .flat_map(|section| section.options.keys().map(String::as_str))
            .collect();
        for host in resolutions.iter().filter_map(|resolution| resolution.host) {
            for module in self.readers.modules_on(host) {
                let reads = module.facts.options.named.iter();
                for (option, read) in reads.filter(|(option, _)| set.contains(option.as_str())) {
                    let section = if read.global_only { GLOBAL } else { host };
                    let Some(setting) = configuration.setting(section, option) else {
                        continue;
                    };
                    let copy = module.copy().map(|copy| copy.named.get(option));
                    let Some(conversion) = convert(option, read, &setting.value) else {
                        continue;
                    };
                    // A copy that is installed may take the value.
                    let is_sure = copy.is_none_or(|copy| {
                        let copy_conversion =
                            copy.and_then(|copy| convert(option, copy, &setting.value));
                        copy_conversion
                            .is_some_and(|copy_conversion| !copy_conversion.logs.is_empty())
                    });
                    if is_sure && let Some(finding) = invalid(module.name, option, &conversion) {
                        let place = Some(setting.place.clone());
                        merged.add(Finding { place, ..finding }, host);
                    }
                }
            }
        }
        findings.extend(merged.all());
        let Some(global) = configuration.global() else {
            return;
        };
        for (option, read) in &self.readers.core().named {
            // What modules read as well, the core's tools read for them.
            let mut modules = self.release.modules.values();
            if modules.any(|facts| facts.options.named.contains_key(option)) {
                continue;
            }
            if let Some(setting) = global.options.get(option)
                && let Some(conversion) = convert(option, read, &setting.value)
                && let Some(finding) = invalid("Prosody", option, &conversion)
            {
                findings.push(Finding {
                    place: Some(setting.place.clone()),
                    ..finding.on(GLOBAL)
                });
            }
        }
    }
}

/// An option that has another name now, read as before or not.
fn renamed_to(renamed: &RenamedOption, host: &Host, reading: &Reading<'_>) -> Finding {
    let RenamedOption { from, to, note, .. } = renamed;
    let finding = match reading {
        Reading::Read => Finding::new(Code::OptionRenamed, format!("{from} was renamed to {to}"))
            .severity(Severity::Info),
        _ => Finding::new(Code::OptionRenamed, format!("{from} has no effect")),
    };
    let finding = finding.reason(note.trim_end_matches('.'));
    match host.options.contains_key(to) {
        true => finding.help(format!("remove it: {to} is also set")),
        false if renamed.value_differs => finding.help(format!("set `{to}` instead")),
        false => finding.help(format!("write `{to}`")),
    }
}

/// Whether a name differs from the right one by two letters at most, or lacks its beginning.
fn is_slip(typed: &str, right: &str) -> bool {
    const LONG: usize = 8;
    let lacks =
        |short: &str, long: &str| short.len() >= LONG && long.ends_with(&format!("_{short}"));
    let is_long = typed.len() >= LONG;
    lacks(typed, right) || is_long && strsim::damerau_levenshtein(typed, right) <= 2
}

/// Some names, and how many more there are.
fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let mut listed = names.take(NAMES).collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed.push_str(&format!(" and {more} more"));
    }
    listed
}
