//! Groups changes by their cause: one entry for each module, with the facts that explain it below.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use crate::inventory::Inventory;
use crate::report::{About, Code, Finding, Severity};

/// How many modules one entry names.
const NAMES: usize = 8;

/// Makes one entry of all changes that have one cause.
///
/// These belong together: changes of one module, whatever name the inventories give it, with those
/// of its options that affect the subjects, and separately those that do not; a new
/// dependency of a module with what loads because of it. [`merge_and_sort`] does the rest.
pub(super) fn group_by_cause(changes: Vec<Finding>, inventories: [&Inventory; 2]) -> Vec<Finding> {
    let causes = causes(&changes);
    let mut by_cause: IndexMap<(bool, String), Vec<Finding>> = IndexMap::new();
    for change in changes {
        let key = key(&change, &causes, inventories);
        by_cause.entry(key).or_default().push(change);
    }
    by_cause.into_values().filter_map(entry).collect()
}

/// Makes one entry of the same change of several modules, and brings the entries into their order.
pub(super) fn merge_and_sort(entries: Vec<Finding>) -> Vec<Finding> {
    let mut entries = merge_same_change(entries);
    entries.sort_by(|a, b| order(a).cmp(&order(b)));
    entries
}

/// The most severe first, then what loads before the rest, what concerns more selections, the name.
fn order(entry: &Finding) -> impl Ord + use<'_> {
    use std::cmp::Reverse;
    (
        entry.other,
        Reverse(entry.severity),
        entry.code.row().about,
        Reverse(entry.selections.len()),
        entry.subject.as_deref(),
        entry.code,
    )
}

/// Which module loads which that did not load before, by their names in Prosody.
fn causes(changes: &[Finding]) -> HashSet<(String, String)> {
    let begins = [Code::PulledIn, Code::DependencyStarts];
    let mut causes = HashSet::new();
    for change in changes
        .iter()
        .filter(|change| begins.contains(&change.code))
    {
        let by = change
            .details
            .after
            .as_ref()
            .and_then(|after| after.get("by"));
        for by in by.and_then(Value::as_array).into_iter().flatten() {
            if let (Some(by), Some(subject)) = (by.as_str(), &change.subject) {
                causes.insert((by.to_owned(), subject.clone()));
            }
        }
    }
    causes
}

/// What a change belongs to: a module by its name in Prosody, or the changed setting.
fn key(
    change: &Finding,
    causes: &HashSet<(String, String)>,
    inventories: [&Inventory; 2],
) -> (bool, String) {
    let subject = change.subject.clone().unwrap_or_default();
    match change.code {
        Code::SettingChanged | Code::Reordered | Code::ReleaseChanged => (false, subject),
        Code::UpgradeNote if change.subject.is_none() => {
            (false, change.details.field.clone().unwrap_or_default())
        }
        // They explain nothing that happens here.
        _ if is_option_change(change.code) && change.selections.is_empty() => {
            (false, format!("options of {subject}"))
        }
        Code::DependencyAdded => {
            let dependency = change.details.after.as_ref().and_then(Value::as_str);
            let dependency = dependency.unwrap_or_default().to_owned();
            let edge = (subject.clone(), dependency.clone());
            (
                true,
                if causes.contains(&edge) {
                    dependency
                } else {
                    subject
                },
            )
        }
        _ => {
            let modules = inventories
                .iter()
                .rev()
                .filter_map(|i| i.modules.get(&subject));
            let real = modules.filter_map(|module| module.real_name()).next();
            (true, real.map_or(subject.clone(), str::to_owned))
        }
    }
}

fn is_option_change(code: Code) -> bool {
    use Code::{
        OptionAdded, OptionDefaultChanged, OptionNotRequired, OptionReadsChanged, OptionRemoved,
        OptionRequired,
    };
    let codes = [
        OptionAdded,
        OptionRemoved,
        OptionReadsChanged,
        OptionDefaultChanged,
        OptionRequired,
        OptionNotRequired,
    ];
    codes.contains(&code)
}

/// One entry of the changes of one module: the most severe is its head. Of two that are as severe
/// what loads comes first, and how a copy of it is described comes last.
fn entry(mut changes: Vec<Finding>) -> Option<Finding> {
    let loads = changes
        .iter()
        .filter(|c| c.code.row().about == About::Loading);
    let worst = loads.map(|change| change.severity).max();
    for change in &mut changes {
        // It explains what happens, which is what needs action.
        let explains = matches!(change.code, Code::Withdrawn | Code::StageLowered);
        if explains && worst.is_some_and(|worst| worst > Severity::Info) {
            change.severity = Severity::Info;
        }
    }
    changes.sort_by_key(|change| {
        let row = change.code.row();
        let is_description = change.code == Code::CopyChanged;
        (
            std::cmp::Reverse(change.severity),
            row.about,
            is_description,
        )
    });
    let mut changes = changes.into_iter();
    let mut head = changes.next()?;
    head.facts = changes.collect();
    let other = head.with_facts().all(|change| change.selections.is_empty());
    Some(Finding { other, ..head })
}

/// One entry of the same change of several modules, when there is nothing else about them.
fn merge_same_change(entries: Vec<Finding>) -> Vec<Finding> {
    let mut indices: BTreeMap<String, usize> = BTreeMap::new();
    let mut merged: Vec<Finding> = Vec::new();
    for entry in entries {
        let subject = entry.subject.clone().unwrap_or_default();
        let predicate = entry
            .message
            .strip_prefix(&subject)
            .filter(|_| entry.facts.is_empty());
        let Some(predicate) = predicate.filter(|_| !subject.is_empty()) else {
            merged.push(entry);
            continue;
        };
        let key = format!(
            "{} {} {:?} {:?} {predicate}",
            entry.code, entry.severity, entry.reason, entry.selections
        );
        match indices.get(&key) {
            Some(&index) => merged[index].facts.push(entry),
            None => {
                indices.insert(key, merged.len());
                merged.push(entry);
            }
        }
    }
    for index in indices.into_values() {
        let head = &mut merged[index];
        if head.facts.is_empty() {
            continue;
        }
        let names: Vec<&str> = head
            .with_facts()
            .filter_map(|f| f.subject.as_deref())
            .collect();
        let predicate = head.message.strip_prefix(names[0]).unwrap_or_default();
        let colon = if predicate.starts_with(':') { "" } else { ":" };
        let mut listed = names[..names.len().min(NAMES)].join(", ");
        if names.len() > NAMES {
            listed.push_str(&format!(" and {} more", names.len() - NAMES));
        }
        head.message = format!("{listed}{colon}{predicate}");
    }
    merged
}
