//! Finds the changes between two sides, and how severe each is.

mod affected;
mod configuration;
mod curated;
mod inventory;
mod loaded;
mod loading;
mod module;
mod options;
mod release;
mod stage;

use std::borrow::Cow;
use std::collections::HashSet;

use super::entries::{group_by_cause, merge_and_sort};
use super::rename::Renames;
use super::side::Side;
use super::subject::Subject;
use crate::check::selection;
use crate::release::changes::renamed_in;
use crate::report::{self, About, Code, Finding, Report, Scope, Severity};
use crate::resolve::{Resolution, exist_in_releases};
use curated::Curated;
use loaded::{LoadedSide, LoadedSubject};
use loading::Change;

/// Reviews the changes between two sides, for every subject.
pub fn review(old: &Side, new: &Side, subjects: &[Subject]) -> Report {
    let Parts {
        sides,
        scopes,
        entries,
    } = SideChanges::new(old, new).parts(subjects);
    Report::new(sides, scopes, merge_and_sort(entries))
}

/// A review before the same changes of several modules are one entry.
pub(super) struct Parts {
    sides: Vec<report::Side>,
    pub scopes: Vec<Scope>,
    pub entries: Vec<Finding>,
}

/// The changes between two sides, whatever loads.
pub(super) struct SideChanges<'a> {
    sides: [&'a Side; 2],
    renames: Renames<'a>,
    changes: Vec<Finding>,
    option_changes: Vec<options::Change<'a>>,
    curated: Vec<Curated>,
}

impl<'a> SideChanges<'a> {
    pub fn new(old: &'a Side, new: &'a Side) -> Self {
        let renames = Renames::find(&old.inventory, &new.inventory);
        let mut changes = inventory::changes(&old.inventory, &new.inventory, &renames);
        changes.extend(release::changes(&old.release, &new.release));
        Self {
            sides: [old, new],
            changes,
            option_changes: options::changes(&old.release, &new.release),
            curated: curated::changes(&old.release.version, &new.release.version),
            renames,
        }
    }

    /// The parts of a review under these subjects.
    pub fn parts(&self, subjects: &[Subject]) -> Parts {
        parts(self, subjects)
    }
}

fn parts(side_changes: &SideChanges<'_>, subjects: &[Subject]) -> Parts {
    let SideChanges {
        sides: [old, new],
        renames,
        ..
    } = side_changes;
    let mut changes = side_changes.changes.clone();
    let mut option_changes = side_changes.option_changes.clone();
    let mut curated = side_changes.curated.clone();
    let releases = [&old.release, &new.release];
    let inventories = [&old.inventory, &new.inventory];
    let has_hosts = subjects.iter().any(Subject::is_host);
    let [before, after] = inventories.map(|inventory| match has_hosts {
        true => Cow::Borrowed(inventory),
        // A module that neither has loads on neither side: most of a huge inventory need not be
        // resolved.
        false => {
            let exists = exist_in_releases(inventory, &releases);
            Cow::Owned(inventory.only(|index| exists[index]))
        }
    });
    let resolved = |side: usize, inventory, release| -> Vec<Resolution<'_>> {
        let requests = subjects.iter();
        let requests = requests.map(|subject| subject.request(side, inventory, release));
        requests
            .map(|request| request.resolve(inventory, release))
            .collect()
    };
    let resolved = [
        resolved(0, &before, &old.release),
        resolved(1, &after, &new.release),
    ];
    let mut hosts = Vec::new();
    let mut loading: Vec<Change> = Vec::new();
    let mut scopes = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        let [resolved_old, resolved_new] = [&resolved[0][index], &resolved[1][index]];
        let old_findings = selection::findings(&before, resolved_old);
        let new_findings = selection::findings(&after, resolved_new);
        let sides = [
            LoadedSide::new(&before, resolved_old, &old_findings),
            LoadedSide::new(&after, resolved_new, &new_findings),
        ];
        let loaded = [resolved_old, resolved_new].map(|side| side.loaded().collect());
        let loaded_subject = LoadedSubject {
            name: &subject.name,
            configuration: subject.configurations().map(|[_, new]| new),
            loaded,
        };
        curated
            .iter_mut()
            .for_each(|change| change.mark(&loaded_subject));
        match loaded_subject.configuration {
            Some(_) => hosts.push(loaded_subject),
            None => affected::mark_selection(&mut option_changes, &new.release, &loaded_subject),
        }
        for change in loading::changes(&sides[0], &sides[1], renames) {
            merge(&mut loading, change, &subject.name);
        }
        let names = [sides[0].names(), sides[1].names()];
        for change in &mut changes {
            if affects(change, renames, &names) {
                change.selections.push(subject.name.clone());
                let subject = change.subject.as_deref().unwrap_or_default();
                let place = sides.iter().rev().find_map(|side| side.place(subject));
                change.place = change.place.take().or(place);
            }
        }
        scopes.push(Scope {
            name: subject.name.clone(),
            kind: subject.kind,
            counts: Default::default(),
            modules_before: Some(sides[0].loaded.len()),
            modules: sides[1].loaded.len(),
            files: Default::default(),
        });
    }
    lower_severities(&mut changes);
    let renamed = renamed_in(&new.release.version);
    let mut option_changes =
        affected::mark_server(option_changes, releases, &resolved[1], &hosts, &renamed);
    for change in &mut option_changes {
        // Reported twice, it counts once.
        if options::changed_default(change).is_some_and(|o| curated.iter().any(|c| c.explains(o))) {
            change.severity = Severity::Info;
        }
    }
    changes.extend(option_changes);
    changes.extend(curated.into_iter().map(Curated::into_finding));
    let configurations = subjects.iter().find_map(Subject::configurations);
    if let Some([old, new]) = configurations {
        changes.extend(configuration::changes(old, new));
    }
    changes.splice(0..0, loading.into_iter().map(Change::into_finding));
    let entries = group_by_cause(changes, [&old.inventory, &new.inventory]);
    let sides = [old, new].map(|side| report::Side {
        inventory: side.name.clone(),
        release: side.release.version.clone(),
        sources: side.release.sources.text(),
        configuration: None,
    });
    let mut sides = sides.to_vec();
    for (side, configuration) in sides.iter_mut().zip(configurations.into_iter().flatten()) {
        side.configuration = Some(configuration.name.clone());
    }
    Parts {
        sides,
        scopes,
        entries,
    }
}

/// One change for all the subjects that have it.
fn merge(changes: &mut Vec<Change>, change: Change, subject: &str) {
    let same = changes.iter_mut().find(|existing| {
        let (a, b) = (&existing.finding, &change.finding);
        a.fingerprint == b.fingerprint
            && a.severity == b.severity
            && a.message == b.message
            && a.reason == b.reason
    });
    match same {
        Some(existing) => {
            existing.finding.selections.push(subject.to_owned());
            if let (Some((edge, by)), Some((other, more))) = (&mut existing.by, change.by) {
                *edge = other.min(*edge);
                by.extend(more);
            }
        }
        None => {
            let mut change = change;
            change.finding.selections.push(subject.to_owned());
            changes.push(change);
        }
    }
}

/// Whether a change is about something that loads, on the side where that matters: nobody has to
/// remove the copy of a module that did not load.
fn affects(change: &Finding, renames: &Renames<'_>, [old, new]: &[HashSet<&str>; 2]) -> bool {
    let subject = change.subject.as_deref().unwrap_or_default();
    let former = match change.code.row().about {
        About::Inventory => renames.to_old(subject),
        _ => subject,
    };
    match change.code {
        Code::Bundled | Code::Withdrawn | Code::DependencySupplied => old.contains(subject),
        Code::Unbundled | Code::Appeared | Code::DependencyMissing => new.contains(subject),
        _ => old.contains(former) || new.contains(subject),
    }
}

/// Makes changes informational that touch nothing that loads, and those of a module that moved or
/// was removed: that it moved is what needs action.
fn lower_severities(changes: &mut [Finding]) {
    let moves = [Code::Withdrawn, Code::Bundled, Code::Unbundled];
    let moved: HashSet<String> = changes
        .iter()
        .filter(|change| moves.contains(&change.code) && !change.selections.is_empty())
        .filter_map(|change| change.subject.clone())
        .collect();
    for change in changes {
        let is_moved = change.subject.as_ref().is_some_and(|s| moved.contains(s));
        let is_background =
            change.code.row().about == About::Release && is_moved && !moves.contains(&change.code);
        if change.selections.is_empty() || is_background {
            change.severity = Severity::Info;
        }
    }
}
