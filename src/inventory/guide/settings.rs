//! What the guide's code blocks say: defaults of the flags, profiles, and the sample line.

use std::ops::Range;

use super::document::{Code, Document, words};
use crate::diagnostic::{Diagnostic, did_you_mean, remark};
use crate::envfile;
use crate::inventory::profile_line::{GROUPS, ProfileLine};
use crate::inventory::rule::{Category, Flag};
use crate::inventory::{FlagValues, Inventory};
use crate::source::Source;

/// Takes defaults and profiles from the code blocks that set the flags.
pub fn apply(
    source: &Source,
    document: &Document,
    inventory: &mut Inventory,
    remarks: &mut Vec<Diagnostic>,
) {
    for code in &document.code {
        let values = flag_values(source, code, inventory, remarks);
        if values.is_empty() {
            continue;
        }
        let heading = code.headings.last().map(String::as_str).unwrap_or_default();
        let profile = words(heading).find(|word| inventory.profiles.contains_key(word));
        match profile.and_then(|name| inventory.profiles.get_mut(&name).map(|p| (name, p))) {
            Some((name, profile)) => {
                for (flag, on) in &values {
                    profile.flags.set(*flag, (*on).into());
                }
                let silent = |f: &&Flag| !values.iter().any(|(set, _)| set == *f);
                for flag in Flag::ALL.iter().filter(silent) {
                    remark(remarks, || {
                        Diagnostic::warning(format!("profile `{name}` does not set `{flag}`")).at(
                            source,
                            code.at.clone(),
                            "set here",
                        )
                    });
                }
            }
            None => {
                for (flag, on) in values {
                    inventory.flags.get_mut(flag).default = on;
                }
            }
        }
    }
}

/// The flags that a code block sets.
fn flag_values(
    source: &Source,
    code: &Code,
    inventory: &Inventory,
    remarks: &mut Vec<Diagnostic>,
) -> Vec<(Flag, bool)> {
    let (assignments, _) = envfile::parse(&source.text()[code.at.clone()]);
    let mut values = Vec::new();
    for assignment in assignments
        .iter()
        .filter(|a| a.name.starts_with("PROSODY_ENABLE_"))
    {
        let at = |range: &Range<usize>| code.at.start + range.start..code.at.start + range.end;
        let known = Flag::ALL.map(|flag| inventory.flags.get(flag).env.as_str());
        let flag = Flag::ALL
            .into_iter()
            .find(|f| inventory.flags.get(*f).env == assignment.name);
        match (flag, assignment.value.as_str()) {
            (Some(flag), "true") => values.push((flag, true)),
            (Some(flag), "false") => values.push((flag, false)),
            (Some(_), _) => {
                remark(remarks, || {
                    Diagnostic::warning(format!("`{}` is neither true nor false", assignment.value))
                        .at(source, at(&assignment.value_at), "ignored")
                })
            }
            (None, _) => remark(remarks, || {
                Diagnostic::warning(format!("`{}` is no flag", assignment.name))
                    .at(source, at(&assignment.name_at), "ignored")
                    .maybe_help(did_you_mean(&assignment.name, known))
            }),
        }
    }
    values
}

/// Compares sample lines such as `Core=11, Stable=15, …` with the tables.
///
/// A line is fine when some setting of the flags gives it.
pub fn check_profile_lines(
    source: &Source,
    document: &Document,
    inventory: &Inventory,
    remarks: &mut Vec<Diagnostic>,
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
    let possible: Vec<_> = (0..64u8)
        .map(|bits| ProfileLine::of(inventory, &FlagValues::from_bits(bits)))
        .collect();
    let full = ProfileLine::of(inventory, &FlagValues::from_bits(63));
    for (start, line, claimed) in claims.into_iter().filter(|(.., c)| !possible.contains(c)) {
        contradiction(source, start, line, claimed, full, remarks);
    }
}

fn contradiction(
    source: &Source,
    start: usize,
    line: &str,
    claimed: ProfileLine,
    full: ProfileLine,
    remarks: &mut Vec<Diagnostic>,
) {
    for ((group, claimed), counted) in GROUPS.iter().zip(claimed.0).zip(full.0) {
        let text = format!("{group}={claimed}");
        let Some(at) = line.find(&text).filter(|_| claimed != counted) else {
            continue;
        };
        let rows = if counted == 1 { "row" } else { "rows" };
        let what = if Category::ALL
            .iter()
            .any(|c| c.name().eq_ignore_ascii_case(group))
        {
            "category"
        } else {
            "level"
        };
        remark(remarks, || {
            Diagnostic::warning(format!("the sample line says {text}"))
                .at(
                    source,
                    start + at..start + at + text.len(),
                    format!("the tables of this {what} have {counted} {rows}"),
                )
                .help("no setting of the flags gives this line")
        });
    }
}
