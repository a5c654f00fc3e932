//! Decides which of the files found is bundled, which is a community module, and which counts.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;

use super::libraries::Libraries;
use super::lua::Kind;
use super::report::{Note, Reason, ScanReport};
use super::scan::{Found, Job, Pair};
use super::{CommunityCopy, Depends, Origin, ReleaseModule};

/// A place that counts for a name, and the number of its tree.
type Taken = BTreeMap<String, (usize, Found)>;

/// Puts together what was read of every tree; `jobs` and `pairs` go in step.
pub(super) fn merge(
    jobs: &[Job],
    pairs: Vec<Pair>,
    mut libraries: Libraries,
    report: &mut ScanReport,
) -> IndexMap<String, ReleaseModule> {
    let checkout: HashSet<(String, u64)> = jobs
        .iter()
        .zip(&pairs)
        .filter(|(job, _)| job.origin == Origin::Community)
        .flat_map(|(job, pair)| {
            pair.folder
                .iter()
                .chain(&pair.file)
                .map(|found| (job.name.to_owned(), found))
        })
        .filter_map(|(name, found)| Some((name, found.main.as_ref()?.content)))
        .collect();
    let (mut bundled, mut community) = (Taken::new(), Taken::new());
    for (job, pair) in jobs.iter().zip(pairs) {
        report.notes.extend(pair.notes);
        let beside = pair.file.is_some();
        // Prosody tries the folder first.
        for (found, is_folder) in [(pair.folder, true), (pair.file, false)] {
            let Some(found) = found else { continue };
            // Nixpkgs and Debian install community modules among the bundled ones. Those have a
            // README, which bundled ones never do, or are on Debian's list of the package's files,
            // or stand beside the bundled file of the same name, or are to the byte what the
            // checkout has.
            let installed = || {
                let main = found.main.as_ref();
                found.readme.is_some()
                    || job.packaged_as_community()
                    || (is_folder && beside)
                    || main
                        .is_some_and(|main| checkout.contains(&(job.name.to_owned(), main.content)))
            };
            let is_community = job.origin == Origin::Community || installed();
            let taken = if is_community {
                &mut community
            } else {
                &mut bundled
            };
            take(taken, job, found, &mut report.notes);
        }
    }
    let names: HashSet<String> = bundled.keys().cloned().collect();
    let mut modules: BTreeMap<String, ReleaseModule> = BTreeMap::new();
    for (origin, taken) in [(Origin::Bundled, bundled), (Origin::Community, community)] {
        for (name, (tree, found)) in taken {
            let read = describe(
                &name,
                origin,
                tree,
                &found,
                &mut libraries,
                |name| names.contains(name),
                &mut report.notes,
            );
            match modules.get_mut(&name) {
                Some(module) => {
                    let ReleaseModule {
                        stub,
                        stage,
                        conflicts,
                        ..
                    } = read;
                    module.community_copy = Some(CommunityCopy {
                        stub,
                        stage,
                        conflicts,
                    });
                }
                None => {
                    match origin {
                        Origin::Bundled => report.bundled += 1,
                        Origin::Community => report.community += 1,
                    }
                    report.stubs += usize::from(read.stub);
                    modules.insert(name, read);
                }
            }
        }
    }
    modules.into_iter().collect()
}

fn take(taken: &mut Taken, job: &Job, found: Found, notes: &mut Vec<Note>) {
    match taken.get(job.name) {
        None => {
            taken.insert(job.name.to_owned(), (job.tree, found));
        }
        Some((_, first)) => {
            let content = |found: &Found| found.main.as_ref().map(|main| main.content);
            if content(first) != content(&found) {
                notes.push(Note {
                    path: found.path,
                    reason: Reason::Duplicate {
                        taken: first.path.clone(),
                    },
                });
            }
        }
    }
}

fn describe(
    name: &str,
    origin: Origin,
    tree: usize,
    found: &Found,
    libraries: &mut Libraries,
    is_bundled: impl Fn(&str) -> bool,
    notes: &mut Vec<Note>,
) -> ReleaseModule {
    let mut module = ReleaseModule {
        origin,
        stub: found.main.is_none(),
        stage: Vec::new(),
        summary: None,
        depends: Depends::default(),
        conflicts: Vec::new(),
        requires: Vec::new(),
        community_copy: None,
    };
    if let Some(readme) = &found.readme {
        module.stage.clone_from(&readme.stage);
        module.summary.clone_from(&readme.summary);
    }
    if let Some(main) = &found.main {
        let mut depends = libraries.depends(name, tree, &main.path, &main.declared, notes);
        // A module that asks another host for itself.
        depends.retain(|(other, _)| other != name);
        module.depends = by_kind(depends, is_bundled);
        module.conflicts.clone_from(&main.declared.conflicts);
        module.requires.clone_from(&main.declared.requires);
    }
    module
}

/// A dependency that is only tried happens by default if Prosody brings the other module.
fn by_kind(depends: Vec<(String, Kind)>, is_bundled: impl Fn(&str) -> bool) -> Depends {
    let mut surest: BTreeMap<String, Kind> = BTreeMap::new();
    for (name, kind) in depends {
        surest
            .entry(name)
            .and_modify(|known| *known = kind.min(*known))
            .or_insert(kind);
    }
    let mut sorted = Depends::default();
    for (name, kind) in surest {
        match kind {
            Kind::Always => sorted.always.push(name),
            Kind::ByDefault | Kind::Tried | Kind::Conditional => {
                if kind == Kind::ByDefault || kind == Kind::Tried && is_bundled(&name) {
                    sorted.by_default.push(name.clone());
                }
                sorted.conditional.push(name);
            }
            Kind::Soft => sorted.soft.push(name),
        }
    }
    sorted
}
