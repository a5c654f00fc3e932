//! What changed about one module between two releases.

use serde_json::Value;

use super::inventory::{changed, json};
use super::stage;
use crate::release::packages::how_to_install;
use crate::release::{
    CommunityCopy, Depends, Libraries, Origin, Release, ReleaseModule, SourceKind,
};
use crate::report::change::change;
use crate::report::{Code, Details, Finding};

/// A module that only one of the releases has, and not the `other` one.
pub(super) fn one_sided(
    name: &str,
    module: &ReleaseModule,
    is_new: bool,
    other: &Release,
) -> Finding {
    let where_from = match module.origin {
        Origin::Bundled => "Prosody",
        Origin::Community => "prosody-modules",
    };
    // A package omits what prosody-modules has.
    let is_unpackaged = module.origin == Origin::Community
        && other.sources.community_kind() == Some(SourceKind::Package);
    let (code, message) = match (module.readme_only, is_new) {
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
            format!("{name} is new in {where_from}, with only a README"),
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
        return change.help("install it from prosody-modules, or disable it");
    }
    change
}

/// Destructures both modules, so that a new field is not forgotten here.
pub(super) fn changes(
    name: &str,
    old: &ReleaseModule,
    new: &ReleaseModule,
    changes: &mut Vec<Finding>,
) {
    let ReleaseModule {
        origin,
        // All together are one change of the release.
        source: _,
        readme_only,
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
        // Compared on its own, with what other modules were observed to do.
        observed: _,
    } = new;
    let mut push = |code, field, message, was: Value, is: Value| {
        let set = |value: Value| (!value.is_null()).then_some(value);
        let details = Details::field(field, set(was), set(is));
        changes.push(change(code, name, message, details));
    };
    if *readme_only != old.readme_only {
        let (code, message) = if *readme_only {
            (
                Code::Withdrawn,
                format!("{name} was withdrawn, only its README remains"),
            )
        } else {
            (Code::Appeared, format!("{name} has code again"))
        };
        push(
            code,
            "stub",
            message,
            old.readme_only.into(),
            (*readme_only).into(),
        );
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
        let message = match (stage::words(&old.stage), stage::words(stage)) {
            (None, is) => format!(
                "{name} now has the upstream stage {}",
                is.unwrap_or_default()
            ),
            (Some(was), None) => format!("{name} no longer has the upstream stage {was}"),
            (Some(was), Some(is)) => format!("{name} moved from {was} to {is} upstream"),
        };
        push(
            stage::code(&old.stage, stage),
            "stage",
            message,
            json(&old.stage),
            json(stage),
        );
    }
    if *summary != old.summary {
        let (was, is) = (json(&old.summary), json(summary));
        let set = |value: &'_ Value| (!value.is_null()).then(|| value.clone());
        let subject = format!("{name}: the summary");
        let message = changed(&subject, set(&was).as_ref(), set(&is).as_ref());
        push(Code::SummaryChanged, "summary", message, was, is);
    }
    if described(community_copy.as_deref()) != described(old.community_copy.as_deref()) {
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
                format!("{name}: the description of the community copy changed"),
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
            let message = format!("{name} now depends on modules whose names are unknown");
            (Code::DependencyAdded, message)
        } else {
            let message = format!("{name} no longer depends on modules whose names are unknown");
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
pub(super) fn differences(old: &[String], new: &[String]) -> Vec<(String, bool)> {
    let gone = old.iter().filter(|item| !new.contains(item));
    let come = new.iter().filter(|item| !old.contains(item));
    gone.map(|item| (item.clone(), false))
        .chain(come.map(|item| (item.clone(), true)))
        .collect()
}
