//! What changes about options: which are read, how, and with which default.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::inventory::json as as_json;
use crate::options::catalogue::CORE;
use crate::options::duration::seconds;
use crate::release::{OptionType, Options, Release, ReleaseOption};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, Severity};

/// The longest default that is shown, in characters.
const LONGEST: usize = 40;

/// A change of one option as one module, or the core, reads it.
#[derive(Clone)]
pub(super) struct Change<'a> {
    pub finding: Finding,
    /// The module; none for the core.
    pub module: Option<&'a str>,
    pub option: &'a str,
    /// How it is read on either side.
    pub reads: [Option<&'a ReleaseOption>; 2],
}

/// The changes of options between two releases, module by module; none unless both know options.
pub(super) fn changes<'a>(old: &'a Release, new: &'a Release) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    let (Some(old_core), Some(new_core)) = (&old.core, &new.core) else {
        return changes;
    };
    of_reader(None, [old_core, new_core], &mut changes);
    for (name, is) in &new.modules {
        let was = old
            .modules
            .get(name)
            .filter(|was| !was.readme_only && !is.readme_only);
        if let Some(was) = was {
            of_reader(Some(name), [&was.options, &is.options], &mut changes);
        }
    }
    for change in &mut changes {
        if change.finding.code == Code::OptionRemoved
            && let Some(reader) = reader(new, change.option)
        {
            change.finding.reason = Some(format!("{reader} now reads it"));
        }
    }
    changes
}

/// Who reads an option in a release: the core, or else the first module that does.
fn reader<'a>(release: &'a Release, option: &str) -> Option<&'a str> {
    let core = release.core.as_ref();
    if core.is_some_and(|core| core.named.contains_key(option)) {
        return Some(CORE);
    }
    let mut modules = release.modules.iter();
    let (name, _) = modules.find(|(_, module)| module.options.named.contains_key(option))?;
    Some(name)
}

fn of_reader<'a>(module: Option<&'a str>, both: [&'a Options; 2], changes: &mut Vec<Change<'a>>) {
    let reader = module.unwrap_or(CORE);
    let names: BTreeSet<&'a String> = both.iter().flat_map(|side| side.named.keys()).collect();
    for option in names {
        let reads = both.map(|side| side.named.get(option));
        let findings = of_option(reader, option, reads);
        changes.extend(findings.into_iter().map(|finding| Change {
            finding,
            module,
            option,
            reads,
        }));
    }
    let patterns: BTreeSet<&'a str> = both.iter().flat_map(|side| side.patterns()).collect();
    for pattern in patterns {
        changes.extend(of_pattern(reader, pattern, both).map(|finding| Change {
            finding,
            module,
            option: pattern,
            reads: [None, None],
        }));
    }
}

/// What changes about the options whose computed names fit a pattern.
fn of_pattern(reader: &str, pattern: &str, both: [&Options; 2]) -> Option<Finding> {
    // Whether they are read from the global section only, if they are read.
    let [was, is] = both.map(|side| {
        let is_in = |patterns: &[String]| patterns.iter().any(|known| known == pattern);
        match is_in(&side.computed) {
            true => Some(false),
            false => is_in(&side.computed_global).then_some(true),
        }
    });
    let (code, message) = match (was, is) {
        (was, is) if was == is => return None,
        (None, _) => {
            let message = format!("{reader} now reads options named {pattern}");
            (Code::OptionAdded, message)
        }
        (_, None) => {
            let message = format!("{reader} no longer reads options named {pattern}");
            (Code::OptionRemoved, message)
        }
        (_, Some(global_only)) => {
            let from = section(global_only);
            let message = format!("{reader} reads options named {pattern} from {from}");
            (Code::OptionReadsChanged, message)
        }
    };
    let json = |side: Option<bool>| side.map(|global_only| json!({ "globalOnly": global_only }));
    let details = Details::field(&format!("options/{pattern}"), json(was), json(is));
    Some(change(code, reader, message, details).severity(Severity::Info))
}

/// The sections from which an option is read that was read from others before.
fn section(global_only: bool) -> &'static str {
    match global_only {
        true => "the global section only",
        false => "hosts also",
    }
}

/// What changes about one option.
pub(super) fn of_option(
    reader: &str,
    option: &str,
    reads: [Option<&ReleaseOption>; 2],
) -> Vec<Finding> {
    let field = format!("options/{option}");
    let make = |code, part: &str, message: String, [was, is]: [Option<Json>; 2]| {
        let details = Details::field(&format!("{field}{part}"), was, is);
        change(code, reader, message, details).severity(Severity::Info)
    };
    let (was, is) = match reads {
        [Some(was), Some(is)] => (was, is),
        [was, is] => {
            let (code, message) = match is {
                Some(_) => (Code::OptionAdded, format!("{reader} now reads {option}")),
                None => {
                    let message = format!("{reader} no longer reads {option}");
                    (Code::OptionRemoved, message)
                }
            };
            return vec![make(
                code,
                "",
                message,
                [was, is].map(|read| read.map(as_json)),
            )];
        }
    };
    let mut findings = Vec::new();
    let readings = [was, is].map(reading);
    if readings[0] != readings[1] {
        let message = match [was, is].map(|read| read.option_type) {
            [old, new] if old != new => {
                let (old, new) = (old.name(), new.name());
                format!("{reader} now reads {option} as {new} instead of {old}")
            }
            _ if was.global_only != is.global_only => {
                format!("{reader} reads {option} from {}", section(is.global_only))
            }
            _ => format!("{reader} now allows different values of {option}"),
        };
        findings.push(make(
            Code::OptionReadsChanged,
            "/reads",
            message,
            readings.map(Some),
        ));
    }
    if let (Some(old), Some(new)) = (&was.default, &is.default)
        && is_other_default([was.option_type, is.option_type], [old, new])
    {
        let message = match [old, new].map(Json::to_string) {
            [old, new] if old.len().max(new.len()) <= LONGEST => {
                format!("{reader} changed the default of {option} from {old} to {new}")
            }
            _ => format!("{reader} changed the default of {option}"),
        };
        let both = [Some(old.clone()), Some(new.clone())];
        findings.push(make(Code::OptionDefaultChanged, "/default", message, both));
    }
    if was.required != is.required {
        let (code, message) = match is.required {
            true => (
                Code::OptionRequired,
                format!("{reader} does not load without {option}"),
            ),
            false => (
                Code::OptionNotRequired,
                format!("{reader} loads without {option}"),
            ),
        };
        let both = [was, is].map(|read| Some(read.required.into()));
        findings.push(make(code, "/required", message, both));
    }
    findings
}

/// How an option is read, without its default.
fn reading(read: &ReleaseOption) -> Json {
    let ReleaseOption {
        option_type,
        values,
        default: _,
        min,
        max,
        global_only,
        required: _,
        observed: _,
    } = read;
    json!({
        "type": option_type,
        "values": values,
        "min": min,
        "max": max,
        "globalOnly": global_only,
    })
}

/// The option of a change that is about its default.
pub(super) fn changed_default(change: &Finding) -> Option<&str> {
    let field = change.details.field.as_deref()?;
    field.strip_prefix("options/")?.strip_suffix("/default")
}

/// Whether two literals differ in what they mean. Of types that have nothing in common
/// that cannot be said: `true` and `"always"` may be the same.
fn is_other_default([was, is]: [OptionType; 2], [old, new]: [&Json; 2]) -> bool {
    use OptionType::{Array, Integer, Number, Period, Set};
    let number = |read: OptionType, json: &Json| match json {
        Json::String(text) if read == Period => seconds(text),
        json => json.as_f64(),
    };
    let sorted = |json: &Json| -> Vec<String> {
        let items = json.as_array().into_iter().flatten();
        let mut items: Vec<String> = items.map(Json::to_string).collect();
        items.sort();
        items
    };
    match (was, is) {
        (Number | Integer | Period, Number | Integer | Period) => {
            match (number(was, old), number(is, new)) {
                (Some(old), Some(new)) => old.total_cmp(&new).is_ne(),
                _ => false,
            }
        }
        (Set, Set | Array) | (Array, Set) => sorted(old) != sorted(new),
        (was, is) => was == is && old != new,
    }
}
