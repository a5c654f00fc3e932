//! What the guide's code blocks say: defaults of the flags, profiles, and the sample line.

use std::ops::Range;

use super::document::{Code, Document, words};
use crate::diagnostic::{Diagnostic, add_message, did_you_mean};
use crate::envfile;
use crate::inventory::profile_line::{GROUPS, ProfileLine};
use crate::inventory::{Category, Flag};
use crate::inventory::{FlagValues, Inventory, Rollout};
use crate::source::Source;

const PREFIX: &str = "PROSODY_ENABLE_";

/// Takes defaults and profiles from the code blocks that set the flags.
pub fn apply(
    source: &Source,
    document: &Document,
    inventory: &mut Inventory,
    messages: &mut Vec<Diagnostic>,
) {
    for code in &document.code {
        let values = flag_values(source, code, inventory, messages);
        if values.is_empty() {
            continue;
        }
        let heading = code.headings.last().map(String::as_str).unwrap_or_default();
        let profile = words(heading).find(|word| inventory.profiles.contains_key(word));
        match profile.and_then(|name| inventory.profiles.get_mut(&name).map(|p| (name, p))) {
            Some((name, profile)) => {
                for (flag, value) in &values {
                    profile.flags.set(*flag, value.clone());
                }
                let silent = |f: &&Flag| !values.iter().any(|(set, _)| set == *f);
                for flag in Flag::ALL.iter().filter(silent) {
                    add_message(messages, || {
                        Diagnostic::warning(format!("profile `{name}` does not set `{flag}`")).at(
                            source,
                            code.at.clone(),
                            "set here",
                        )
                    });
                }
            }
            None if describes_profiles(code) => {
                let profile_names: Vec<_> = inventory.profiles.keys().cloned().collect();
                add_message(messages, || {
                    Diagnostic::warning(format!("`{heading}` names no profile"))
                        .at(source, code.at.clone(), "skipped")
                        .help(format!("the profiles are: {}", profile_names.join(", ")))
                });
            }
            None => {
                for (flag, value) in values {
                    if let Rollout::All(on) = value {
                        inventory.flags.get_mut(flag).default = on;
                    }
                }
            }
        }
    }
}

/// Whether a code block is where profiles are described, and not the defaults.
fn describes_profiles(code: &Code) -> bool {
    code.headings
        .iter()
        .flat_map(|heading| words(heading))
        .any(|word| ["profile", "profiles", "configurations"].contains(&word.as_str()))
}

/// The flags that a code block sets.
fn flag_values(
    source: &Source,
    code: &Code,
    inventory: &Inventory,
    messages: &mut Vec<Diagnostic>,
) -> Vec<(Flag, Rollout)> {
    let (assignments, _) = envfile::parse(&source.text()[code.at.clone()]);
    let mut values = Vec::new();
    for assignment in assignments.iter().filter(|a| a.name.starts_with(PREFIX)) {
        let at = |range: &Range<usize>| code.at.start + range.start..code.at.start + range.end;
        let Some(flag) = flag_of(&assignment.name, inventory) else {
            let variables = Flag::ALL.map(|flag| inventory.flags.get(flag).env.as_str());
            add_message(messages, || {
                Diagnostic::warning(format!("unknown flag `{}`", assignment.name))
                    .at(source, at(&assignment.name_range), "ignored")
                    .maybe_help(did_you_mean(&assignment.name, variables))
            });
            continue;
        };
        match value_of(flag, &assignment.value) {
            Some(value) => values.push((flag, value)),
            None => {
                add_message(messages, || {
                    Diagnostic::warning(format!("`{}` is neither true nor false", assignment.value))
                        .at(source, at(&assignment.value_range), "ignored")
                })
            }
        }
    }
    values
}

/// The flag that a variable sets, by its present or former name.
fn flag_of(variable: &str, inventory: &Inventory) -> Option<Flag> {
    let named = |flag: &Flag| inventory.flags.get(*flag).env == variable;
    let former = || variable.strip_prefix(PREFIX).map(str::to_ascii_lowercase);
    let renamed = || inventory.renamed_flags.get(&former()?).copied();
    Flag::ALL.into_iter().find(named).or_else(renamed)
}

/// Guides write true, false, or for beta and alpha the categories these hold for.
fn value_of(flag: Flag, text: &str) -> Option<Rollout> {
    match (text, flag) {
        ("true", _) => Some(true.into()),
        ("false", _) => Some(false.into()),
        (_, Flag::Beta | Flag::Alpha) => {
            let category = |name: &str| Category::ALL.into_iter().find(|c| c.name() == name.trim());
            text.split(',')
                .map(category)
                .collect::<Option<_>>()
                .map(Rollout::Only)
        }
        _ => None,
    }
}

/// Compares sample lines such as `Core=11, Stable=15, …` with the tables.
///
/// A line is fine when some setting of the flags gives it.
pub fn check_profile_lines(
    source: &Source,
    document: &Document,
    inventory: &Inventory,
    messages: &mut Vec<Diagnostic>,
) {
    let lines = document.code.iter().flat_map(|code| {
        source.text()[code.at.clone()]
            .split_inclusive('\n')
            .scan(code.at.start, |end, line| {
                let start = *end;
                *end += line.len();
                Some((start, line))
            })
    });
    let claims: Vec<_> = lines
        .filter_map(|(start, line)| Some((start, line, ProfileLine::parse(line)?)))
        .collect();
    if claims.is_empty() {
        return;
    }
    let settings = (0..64).map(FlagValues::from_bits);
    let profiles = inventory
        .profiles
        .values()
        .map(|profile| profile.flags.clone());
    let possible: Vec<_> = settings
        .chain(profiles)
        .map(|flags| ProfileLine::of(inventory, &flags))
        .collect();
    for (start, line, claimed) in claims.into_iter().filter(|(.., c)| !possible.contains(c)) {
        let distance = |line: &&ProfileLine| {
            let distances = differences(claimed, **line).map(|(_, one, other)| one.abs_diff(other));
            (
                distances.clone().count(),
                distances.fold(0, usize::saturating_add),
            )
        };
        if let Some(nearest) = possible.iter().min_by_key(distance) {
            contradiction(source, start, line, claimed, *nearest, messages);
        }
    }
}

/// The groups in which two lines differ, with both counts.
fn differences(
    one: ProfileLine,
    other: ProfileLine,
) -> impl Iterator<Item = (&'static str, usize, usize)> + Clone {
    GROUPS
        .into_iter()
        .zip(one.0)
        .zip(other.0)
        .map(|((group, one), other)| (group, one, other))
        .filter(|(_, one, other)| one != other)
}

fn contradiction(
    source: &Source,
    start: usize,
    line: &str,
    claimed: ProfileLine,
    nearest: ProfileLine,
    messages: &mut Vec<Diagnostic>,
) {
    for (group, claimed, counted) in differences(claimed, nearest) {
        let text = format!("{group}={claimed}");
        let Some(at) = line.find(&text) else { continue };
        let subject = if Category::ALL
            .iter()
            .any(|c| c.name().eq_ignore_ascii_case(group))
        {
            "category"
        } else {
            "level"
        };
        add_message(messages, || {
            Diagnostic::warning(format!("the sample line says {text}"))
                .at(
                    source,
                    start + at..start + at + text.len(),
                    format!("the tables of this {subject} give {counted}"),
                )
                .help("no combination of flags gives this line")
        });
    }
}
