//! What changed between two releases: enough to make the one from the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::inventory::{changed, json};
use crate::release::packages::how_to_install;
use crate::release::{
    CommunityCopy, Depends, Libraries, Origin, Release, ReleaseModule, SourceKind, Stage,
};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, counted};
use crate::resolve::reason::missing_in_words;

/// Everything that changed, module by module in the order of their names.
pub(super) fn changes(old: &Release, new: &Release) -> Vec<Finding> {
    let mut changes = Vec::new();
    let (was, is) = (&old.version, &new.version);
    if was != is {
        let message = format!("the version of the release changed from {was} to {is}");
        let details = Details::field("version", Some(json(was)), Some(json(is)));
        changes.push(change(Code::ReleaseChanged, "release", message, details));
    }
    let (was, is) = (&old.sources, &new.sources);
    if was != is {
        let message = format!(
            "the sources of the release changed from {} to {}",
            was.text(),
            is.text()
        );
        let details = Details::field("sources", Some(json(was)), Some(json(is)));
        changes.push(change(Code::ReleaseChanged, "release", message, details));
    }
    if old.end_of_life != new.end_of_life {
        let message = match &new.end_of_life {
            Some(day) => format!("the release is no longer supported since {day}"),
            None => "the release is supported".to_owned(),
        };
        let details = Details {
            field: Some("endOfLife".to_owned()),
            before: old.end_of_life.as_ref().map(json),
            after: new.end_of_life.as_ref().map(json),
            ..Details::default()
        };
        changes.push(change(Code::ReleaseChanged, "release", message, details));
    }
    changes.extend(module_sources(old, new));
    if old.features != new.features {
        let details = Details {
            field: Some("features".to_owned()),
            before: old.features.as_ref().map(json),
            after: new.features.as_ref().map(json),
            ..Details::default()
        };
        let message = features(old.features.as_deref(), new.features.as_deref());
        changes.push(change(Code::ReleaseChanged, "features", message, details));
    }
    if old.core.is_some() != new.core.is_some() {
        let known = |release: &Release| Some(Value::from(release.core.is_some()));
        let message = "the options are known on one side only, and are not compared";
        let details = Details::field("options", known(old), known(new));
        changes.push(change(
            Code::ReleaseChanged,
            "options",
            message.to_owned(),
            details,
        ));
    }
    let names: BTreeSet<&String> = old.modules.keys().chain(new.modules.keys()).collect();
    for name in names {
        match (old.modules.get(name), new.modules.get(name)) {
            (None, Some(is)) => changes.push(one_sided(name, is, true, old)),
            (Some(was), None) => changes.push(one_sided(name, was, false, new)),
            (Some(was), Some(is)) if was != is => module_changes(name, was, is, &mut changes),
            _ => {}
        }
    }
    changes.extend(dangling(old, new));
    changes
}

/// The modules of both releases that name another source than before, as one change: it says nothing
/// about what they do.
fn module_sources(old: &Release, new: &Release) -> Option<Finding> {
    let both = old.modules.iter().filter_map(|(name, was)| {
        let is = new.modules.get(name)?;
        (was.source != is.source).then_some((name, &was.source, &is.source))
    });
    let both: Vec<_> = both.collect();
    if both.is_empty() {
        return None;
    }
    let before: BTreeMap<_, _> = both.iter().map(|(name, was, _)| (name, was)).collect();
    let after: BTreeMap<_, _> = both.iter().map(|(name, _, is)| (name, is)).collect();
    let message = format!("another source has {}", counted(both.len(), "module"));
    let details = Details::field("modules/source", Some(json(&before)), Some(json(&after)));
    Some(change(Code::ReleaseChanged, "sources", message, details))
}

/// How the features of Prosody changed, in words.
fn features(old: Option<&[String]>, new: Option<&[String]>) -> String {
    let (Some(old), Some(new)) = (old, new) else {
        return "the features of Prosody are known on one side only".to_owned();
    };
    let (come, gone): (Vec<_>, Vec<_>) = differences(old, new)
        .into_iter()
        .partition(|(_, is_new)| *is_new);
    let parts = [
        ("has new features", come),
        ("no longer has the features", gone),
    ];
    let parts = parts.iter().filter(|(_, names)| !names.is_empty());
    let parts = parts.map(|(verb, names)| {
        let names: Vec<_> = names.iter().map(|(name, _)| name.as_str()).collect();
        format!("{verb} {}", names.join(", "))
    });
    format!("Prosody {}", parts.collect::<Vec<_>>().join(" and "))
}

/// Dependencies on modules that are not there, which only one of the releases has.
fn dangling(old: &Release, new: &Release) -> Vec<Finding> {
    let of = |release: &'_ Release| -> BTreeSet<(String, String)> {
        let dangling = release.dangling();
        let pairs = dangling.map(|d| (d.module.to_owned(), d.dependency.to_owned()));
        pairs.collect()
    };
    let (was, is) = (of(old), of(new));
    let missing = new.dangling().filter(|dangling| {
        !was.contains(&(dangling.module.to_owned(), dangling.dependency.to_owned()))
    });
    let missing = missing.map(|dangling| {
        let (name, dependency) = (dangling.module, dangling.dependency);
        let effect = if dangling.certain {
            format!("{name} cannot load: it requires {dependency}")
        } else {
            format!("{name} may fail to load: under some condition it requires {dependency}")
        };
        let details = Details::field("depends", None, Some(dependency.into()));
        change(Code::DependencyMissing, name, effect, details)
            .because(missing_in_words(&dangling.missing, &new.version))
    });
    let supplied = was.difference(&is).map(|(name, dependency)| {
        let message = format!("{name} no longer requires a module that is not there: {dependency}");
        let details = Details::field("depends", Some(dependency.as_str().into()), None);
        change(Code::DependencySupplied, name, message, details)
    });
    missing.chain(supplied).collect()
}

/// A module that only one of the releases has, and not the `other` one.
fn one_sided(name: &str, module: &ReleaseModule, is_new: bool, other: &Release) -> Finding {
    let where_from = match module.origin {
        Origin::Bundled => "Prosody",
        Origin::Community => "prosody-modules",
    };
    // A package leaves out what prosody-modules has.
    let is_unpackaged = module.origin == Origin::Community
        && other.sources.community_kind() == Some(SourceKind::Package);
    let (code, message) = match (module.stub, is_new) {
        (false, true) if is_unpackaged => {
            (Code::Appeared, format!("{name} was not in the old package"))
        }
        (false, false) if is_unpackaged => {
            (Code::Withdrawn, format!("{name} is not in this package"))
        }
        (false, true) => (Code::Appeared, format!("{name} is new in {where_from}")),
        (false, false) => (
            Code::Withdrawn,
            format!("{name} is no longer in {where_from}"),
        ),
        (true, true) => (
            Code::StubAdded,
            format!("{name} is new in {where_from}, with a README and no code"),
        ),
        (true, false) => (
            Code::StubRemoved,
            format!("{name} no longer has a README in {where_from}"),
        ),
    };
    let json = Some(json(module));
    let (before, after) = if is_new { (None, json) } else { (json, None) };
    let details = Details {
        before,
        after,
        ..Details::default()
    };
    let change = change(code, name, message, details);
    if is_unpackaged && code == Code::Withdrawn {
        return change.help("install it from prosody-modules, or do without it");
    }
    change
}

/// Takes both modules apart, so that a new field is not forgotten here.
fn module_changes(
    name: &str,
    old: &ReleaseModule,
    new: &ReleaseModule,
    changes: &mut Vec<Finding>,
) {
    let ReleaseModule {
        origin,
        // All together are one change of the release.
        source: _,
        stub,
        stage,
        summary,
        superseded_by: _,
        migration: _,
        depends,
        conflicts,
        requires,
        inherit_modules,
        // Options are compared on their own: what of them concerns a server depends on what is set.
        options: _,
        libraries,
        community_copy,
    } = new;
    let mut push = |code, field, message, was: Value, is: Value| {
        let set = |value: Value| (!value.is_null()).then_some(value);
        let details = Details::field(field, set(was), set(is));
        changes.push(change(code, name, message, details));
    };
    if *stub != old.stub {
        let (code, message) = if *stub {
            (
                Code::Withdrawn,
                format!("{name} was withdrawn, only its README remains"),
            )
        } else {
            (Code::Appeared, format!("{name} has code again"))
        };
        push(code, "stub", message, old.stub.into(), (*stub).into());
    }
    if *origin != old.origin {
        let (code, message) = match origin {
            Origin::Bundled => (
                Code::Bundled,
                format!("{name} moved from prosody-modules into Prosody"),
            ),
            Origin::Community => (
                Code::Unbundled,
                format!("{name} moved from Prosody to prosody-modules"),
            ),
        };
        push(code, "origin", message, json(&old.origin), json(origin));
    }
    if *stage != old.stage {
        let message = match (words(&old.stage), words(stage)) {
            (None, is) => format!("{name} is now labelled {} upstream", is.unwrap_or_default()),
            (Some(was), None) => format!("{name} is no longer labelled {was} upstream"),
            (Some(was), Some(is)) => format!("{name} moved from {was} to {is} upstream"),
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
        let set = |value: &'_ Value| (!value.is_null()).then(|| value.clone());
        let what = format!("{name}: the summary");
        let message = changed(&what, set(&was).as_ref(), set(&is).as_ref());
        push(Code::SummaryChanged, "summary", message, was, is);
    }
    if described(community_copy.as_ref()) != described(old.community_copy.as_ref()) {
        let (code, message) = match (old.has_shadow(), new.has_shadow()) {
            (false, true) => (
                Code::ShadowingBegan,
                format!("{name} is bundled, and prosody-modules has a copy that shadows it"),
            ),
            (true, false) => (
                Code::ShadowingEnded,
                format!("{name} is no longer shadowed by a community copy"),
            ),
            _ => (
                Code::CopyChanged,
                format!("{name}: the community copy is described differently"),
            ),
        };
        push(
            code,
            "communityCopy",
            message,
            json(&old.community_copy),
            json(community_copy),
        );
    }
    if *inherit_modules != old.inherit_modules {
        let (was, is) = (&old.inherit_modules, inherit_modules);
        let message = match is.as_slice() {
            [] => format!(
                "components made of {name} no longer inherit {}",
                was.join(", ")
            ),
            names => format!("components made of {name} now inherit {}", names.join(", ")),
        };
        push(
            Code::InheritanceChanged,
            "inheritModules",
            message,
            if was.is_empty() {
                Value::Null
            } else {
                json(was)
            },
            if is.is_empty() { Value::Null } else { json(is) },
        );
    }
    let lists = [
        (
            "conflicts",
            &old.conflicts,
            conflicts,
            Code::ConflictAdded,
            "conflicts with",
        ),
        (
            "requires",
            &old.requires,
            requires,
            Code::RequirementAdded,
            "requires",
        ),
    ];
    for (field, was, is, added, verb) in lists {
        for (feature, is_new) in differences(was, is) {
            let (code, message) = if is_new {
                (added, format!("{name} now {verb} {feature}"))
            } else {
                (
                    added.reverse(),
                    format!("{name} no longer {verb} {feature}"),
                )
            };
            push_item(changes, code, name, field, message, &feature, is_new);
        }
    }
    for (library, is_new) in differences(&old.libraries.required, &libraries.required) {
        let (code, message) = match is_new {
            true => (
                Code::LibraryAdded,
                format!("{name} now needs the Lua library {library}"),
            ),
            false => {
                let longer = match libraries.optional.contains(&library) {
                    true => "no longer always needs",
                    false => "no longer needs",
                };
                let message = format!("{name} {longer} the Lua library {library}");
                (Code::LibraryRemoved, message)
            }
        };
        push_item(
            changes,
            code,
            name,
            "libraries/required",
            message,
            &library,
            is_new,
        );
        if let Some(change) = changes.last_mut().filter(|_| is_new) {
            change.help = Some(how_to_install(&library));
        }
    }
    dependencies(name, &old.depends, depends, changes);
}

/// A community copy without what it reads and needs.
fn described(copy: Option<&CommunityCopy>) -> Option<CommunityCopy> {
    copy.map(|copy| CommunityCopy {
        options: Default::default(),
        libraries: Libraries::default(),
        ..copy.clone()
    })
}

/// Goes by the lists as they are written, whatever kinds of dependencies there are.
fn dependencies(name: &str, old: &Depends, new: &Depends, changes: &mut Vec<Finding>) {
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
    if old.computed != new.computed {
        let (code, message) = if new.computed {
            let message = format!("{name} now depends on modules whose names are not known");
            (Code::DependencyAdded, message)
        } else {
            let message = format!("{name} no longer depends on modules whose names are not known");
            (Code::DependencyRemoved, message)
        };
        let set = |is_set: bool| is_set.then_some(Value::Bool(true));
        let details = Details::field("depends/computed", set(old.computed), set(new.computed));
        changes.push(change(code, name, message, details));
    }
    for (pair, is_new) in differences(&flat(old), &flat(new)) {
        let (how, other) = pair.split_once(' ').unwrap_or(("", &pair));
        let (code, message) = if is_new {
            (
                Code::DependencyAdded,
                format!("{name} now depends on {other} ({how})"),
            )
        } else {
            let message = format!("{name} no longer depends on {other} ({how})");
            (Code::DependencyRemoved, message)
        };
        push_item(
            changes,
            code,
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
    changes: &mut Vec<Finding>,
    code: Code,
    name: &str,
    field: &str,
    message: String,
    item: &str,
    is_new: bool,
) {
    let item = Some(Value::from(item));
    let (before, after) = if is_new { (None, item) } else { (item, None) };
    let details = Details::field(field, before, after);
    changes.push(change(code, name, message, details));
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
fn stage_kind(old: &[Stage], new: &[Stage]) -> Code {
    match (trust(old), trust(new)) {
        // No label says nothing about a module, but labels such as obsolete do.
        (None, Some(is)) if is > 3 => Code::StageRelabelled,
        (Some(was), None) if was > 3 => Code::StageRelabelled,
        (was, is) => match is.unwrap_or(4).cmp(&was.unwrap_or(4)) {
            std::cmp::Ordering::Less => Code::StageLowered,
            std::cmp::Ordering::Greater => Code::StageRaised,
            std::cmp::Ordering::Equal => Code::StageRelabelled,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_raised_lowered_or_changed_by_what_upstream_trusts() {
        let none: &[Stage] = &[];
        let rows: [(&[Stage], &[Stage], Code); 8] = [
            (&[Stage::Beta], &[Stage::Alpha], Code::StageLowered),
            (&[Stage::Alpha], &[Stage::Stable], Code::StageRaised),
            (&[Stage::Deprecated], &[Stage::Obsolete], Code::StageLowered),
            // Of several labels the worst counts.
            (
                &[Stage::Beta],
                &[Stage::Beta, Stage::Broken],
                Code::StageLowered,
            ),
            // A first or a last good label says nothing, a bad one does.
            (none, &[Stage::Experimental], Code::StageRelabelled),
            (&[Stage::Experimental], none, Code::StageRelabelled),
            (none, &[Stage::Merged], Code::StageLowered),
            (&[Stage::Merged], none, Code::StageRaised),
        ];
        for (old, new, code) in rows {
            assert_eq!(stage_kind(old, new), code, "{old:?} to {new:?}");
        }
    }
}
