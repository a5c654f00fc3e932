//! What changed between two releases: enough to make the one from the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::inventory::json;
use super::module::{self, differences};
use crate::release::{Observed, Release};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, Severity, counted};
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
        let knows_options = |release: &Release| Some(Value::from(release.core.is_some()));
        let message = "the options are known on one side only, so they are not compared";
        let details = Details::field("options", knows_options(old), knows_options(new));
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
            (None, Some(is)) => changes.push(module::one_sided(name, is, true, old)),
            (Some(was), None) => changes.push(module::one_sided(name, was, false, new)),
            (Some(was), Some(is)) if was != is => module::changes(name, was, is, &mut changes),
            _ => {}
        }
    }
    changes.extend(dangling(old, new));
    changes.extend(observed(old, new));
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

/// What servers were observed to do with a module of both releases. That it fails on one of them is a
/// change of its own, all the rest is one.
fn observed(old: &Release, new: &Release) -> Vec<Finding> {
    let mut changes = Vec::new();
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    for (name, was) in &old.modules {
        let Some(is) = new.modules.get(name) else {
            continue;
        };
        let (was, is) = (&was.observed, &is.observed);
        let (code, message) = match (was, is) {
            (was, is) if was == is => continue,
            (Some(Observed::Fails(_)), Some(Observed::Fails(_))) => (None, String::new()),
            (_, Some(Observed::Fails(failure))) => (
                Some(Code::FailsObserved),
                format!("{name} does not load alone: {failure}"),
            ),
            (Some(Observed::Fails(_)), Some(Observed::LoadsOn(_))) => {
                (Some(Code::LoadsObserved), format!("{name} loads alone"))
            }
            (Some(Observed::Fails(_)), None) => (
                Some(Code::LoadsObserved),
                format!("{name} was tried alone on the old server only, where it did not load"),
            ),
            _ => (None, String::new()),
        };
        let Some(code) = code else {
            before.insert(name, was);
            after.insert(name, is);
            continue;
        };
        let details = Details {
            field: Some("observed".to_owned()),
            before: was.as_ref().map(json),
            after: is.as_ref().map(json),
            ..Details::default()
        };
        let finding = change(code, name, message, details);
        changes.push(match code {
            Code::FailsObserved if new.fails_observed(name).is_none() => {
                finding.severity(Severity::Info)
            }
            _ => finding,
        });
    }
    if !before.is_empty() {
        let message = format!(
            "servers behaved differently with {}",
            counted(before.len(), "module")
        );
        let details = Details::field("modules/observed", Some(json(&before)), Some(json(&after)));
        changes.push(change(Code::ReleaseChanged, "observed", message, details));
    }
    changes
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
            format!("{name} may fail to load: it conditionally requires {dependency}")
        };
        let details = Details::field("depends", None, Some(dependency.into()));
        change(Code::DependencyMissing, name, effect, details)
            .reason(missing_in_words(&dangling.missing, &new.version))
    });
    let supplied = was.difference(&is).map(|(name, dependency)| {
        let message = format!("{name} no longer requires a missing module: {dependency}");
        let details = Details::field("depends", Some(dependency.as_str().into()), None);
        change(Code::DependencySupplied, name, message, details)
    });
    missing.chain(supplied).collect()
}
