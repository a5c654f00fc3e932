//! What changed between two releases: enough to make the one from the other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::inventory::{changed, json};
use crate::release::{Depends, Origin, Release, ReleaseModule, Stage};
use crate::review::severity::Kind;
use crate::review::{Change, Details};

/// Everything that changed, module by module in the order of their names.
pub(super) fn changes(old: &Release, new: &Release) -> Vec<Change> {
    let mut changes = Vec::new();
    for (field, was, is) in [
        ("version", &old.version, &new.version),
        ("revision", &old.revision, &new.revision),
    ] {
        if was != is {
            let message = format!("the {field} of the release is {is} now, it was {was}");
            let details =
                Details::field(field, Some(was.as_str().into()), Some(is.as_str().into()));
            changes.push(Change::new(
                Kind::ReleaseChanged,
                "release",
                message,
                details,
            ));
        }
    }
    let names: BTreeSet<&String> = old.modules.keys().chain(new.modules.keys()).collect();
    for name in names {
        match (old.modules.get(name), new.modules.get(name)) {
            (None, Some(is)) => changes.push(one_sided(name, is, true)),
            (Some(was), None) => changes.push(one_sided(name, was, false)),
            (Some(was), Some(is)) if was != is => module_changes(name, was, is, &mut changes),
            _ => {}
        }
    }
    changes
}

/// A module that only one of the releases has.
fn one_sided(name: &str, module: &ReleaseModule, is_new: bool) -> Change {
    let where_from = match module.origin {
        Origin::Bundled => "Prosody",
        Origin::Community => "prosody-modules",
    };
    let (kind, message) = match (module.stub, is_new) {
        (false, true) => (Kind::Appeared, format!("{name} is new in {where_from}")),
        (false, false) => (Kind::Withdrawn, format!("{name} is gone from {where_from}")),
        (true, true) => (
            Kind::StubAdded,
            format!("{where_from} has a README for {name}, and no code"),
        ),
        (true, false) => (
            Kind::StubRemoved,
            format!("the README that was left of {name} is gone"),
        ),
    };
    let json = Some(json(module));
    let (before, after) = if is_new { (None, json) } else { (json, None) };
    let details = Details {
        before,
        after,
        ..Details::default()
    };
    Change::new(kind, name, message, details)
}

/// Takes both modules apart, so that a new field is not forgotten here.
fn module_changes(name: &str, old: &ReleaseModule, new: &ReleaseModule, changes: &mut Vec<Change>) {
    let ReleaseModule {
        origin,
        stub,
        stage,
        summary,
        depends,
        conflicts,
        requires,
        community_copy,
    } = new;
    let mut push = |kind, field, message, was: Value, is: Value| {
        let set = |value: Value| (!value.is_null()).then_some(value);
        let details = Details::field(field, set(was), set(is));
        changes.push(Change::new(kind, name, message, details));
    };
    if *stub != old.stub {
        let (kind, message) = if *stub {
            (
                Kind::Withdrawn,
                format!("{name} is withdrawn, only a README is left of it"),
            )
        } else {
            (Kind::Appeared, format!("{name} has code again"))
        };
        push(kind, "stub", message, old.stub.into(), (*stub).into());
    }
    if *origin != old.origin {
        let (kind, message) = match origin {
            Origin::Bundled => (
                Kind::Bundled,
                format!("{name} moved from prosody-modules into Prosody"),
            ),
            Origin::Community => (
                Kind::Unbundled,
                format!("{name} moved from Prosody to prosody-modules"),
            ),
        };
        push(kind, "origin", message, json(&old.origin), json(origin));
    }
    if *stage != old.stage {
        let message = match (words(&old.stage), words(stage)) {
            (None, is) => format!("upstream calls {name} {} now", is.unwrap_or_default()),
            (Some(was), None) => format!("upstream does not call {name} {was} any more"),
            (Some(was), Some(is)) => format!("upstream calls {name} {is} now, it was {was}"),
        };
        push(
            stage_kind(&old.stage, stage),
            "stage",
            message,
            json(&old.stage),
            json(stage),
        );
    }
    if *summary != old.summary {
        let (was, is) = (json(&old.summary), json(summary));
        let message = changed(&format!("the summary of {name}"), Some(&was), Some(&is));
        push(Kind::SummaryChanged, "summary", message, was, is);
    }
    if *community_copy != old.community_copy {
        let shadows = |module: &ReleaseModule| {
            let copy = module.community_copy.as_ref();
            copy.is_some_and(|copy| !copy.stub && copy.conflicts.is_empty())
        };
        let (kind, message) = match (shadows(old), shadows(new)) {
            (false, true) => (
                Kind::ShadowingBegan,
                format!(
                    "prosody-modules has a copy of the bundled {name} that takes its place when installed"
                ),
            ),
            (true, false) => (
                Kind::ShadowingEnded,
                format!("no community copy takes the place of the bundled {name} any more"),
            ),
            _ => (
                Kind::CopyChanged,
                format!("the community copy of {name} is described otherwise"),
            ),
        };
        push(
            kind,
            "communityCopy",
            message,
            json(&old.community_copy),
            json(community_copy),
        );
    }
    let lists = [
        (
            "conflicts",
            &old.conflicts,
            conflicts,
            Kind::ConflictAdded,
            "conflicts with",
        ),
        (
            "requires",
            &old.requires,
            requires,
            Kind::RequirementAdded,
            "requires",
        ),
    ];
    for (field, was, is, kind, verb) in lists {
        for (feature, is_new) in differences(was, is) {
            let (kind, message) = if is_new {
                (kind, format!("{name} {verb} {feature} now"))
            } else {
                let message = format!("{name} does not say any more that it {verb} {feature}");
                (kind.describe().mirror, message)
            };
            push_item(changes, kind, name, field, message, &feature, is_new);
        }
    }
    dependencies(name, &old.depends, depends, changes);
}

/// Goes by the lists as they are written, whatever kinds of dependencies there are.
fn dependencies(name: &str, old: &Depends, new: &Depends, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let flat = |depends: &Depends| -> Vec<String> {
        let lists = json(depends);
        let lists = lists.as_object().into_iter().flatten();
        let pairs = lists.flat_map(|(kind, names)| {
            let names = names.as_array().into_iter().flatten();
            names.filter_map(move |name| Some(format!("{kind} {}", name.as_str()?)))
        });
        pairs.collect()
    };
    for (pair, is_new) in differences(&flat(old), &flat(new)) {
        let (how, other) = pair.split_once(' ').unwrap_or(("", &pair));
        let (kind, message) = if is_new {
            (
                Kind::DependencyAdded,
                format!("{name} depends on {other} now ({how})"),
            )
        } else {
            let message = format!("{name} does not depend on {other} any more ({how})");
            (Kind::DependencyRemoved, message)
        };
        push_item(
            changes,
            kind,
            name,
            &format!("depends/{how}"),
            message,
            other,
            is_new,
        );
    }
}

/// One item that a list has more, or less.
fn push_item(
    changes: &mut Vec<Change>,
    kind: Kind,
    name: &str,
    field: &str,
    message: String,
    item: &str,
    is_new: bool,
) {
    let item = Some(Value::from(item));
    let (before, after) = if is_new { (None, item) } else { (item, None) };
    let details = Details::field(field, before, after);
    changes.push(Change::new(kind, name, message, details));
}

/// What only one of two lists has; true for the new one.
fn differences(old: &[String], new: &[String]) -> Vec<(String, bool)> {
    let gone = old.iter().filter(|item| !new.contains(item));
    let come = new.iter().filter(|item| !old.contains(item));
    gone.map(|item| (item.clone(), false))
        .chain(come.map(|item| (item.clone(), true)))
        .collect()
}

fn words(stages: &[Stage]) -> Option<String> {
    let names: Vec<_> = stages.iter().map(Stage::name).collect();
    (!names.is_empty()).then(|| names.join(" and "))
}

/// Whether upstream trusts a module more or less: of several labels the worst counts.
fn stage_kind(old: &[Stage], new: &[Stage]) -> Kind {
    match (trust(old), trust(new)) {
        // No label says nothing about a module, but labels such as obsolete do.
        (None, Some(is)) if is > 3 => Kind::StageRelabelled,
        (Some(was), None) if was > 3 => Kind::StageRelabelled,
        (was, is) => match is.unwrap_or(4).cmp(&was.unwrap_or(4)) {
            std::cmp::Ordering::Less => Kind::StageLowered,
            std::cmp::Ordering::Greater => Kind::StageRaised,
            std::cmp::Ordering::Equal => Kind::StageRelabelled,
        },
    }
}

/// From broken up to stable; nothing for no label, and for labels that are not known.
fn trust(stages: &[Stage]) -> Option<u8> {
    let trust = |stage: &Stage| match stage {
        Stage::Broken => Some(0),
        Stage::Obsolete => Some(1),
        Stage::Deprecated => Some(2),
        Stage::Merged => Some(3),
        Stage::Experimental => Some(5),
        Stage::Alpha => Some(6),
        Stage::Beta => Some(7),
        Stage::Stable => Some(8),
        Stage::Other(_) => None,
    };
    stages.iter().filter_map(trust).min()
}
