//! Decides which of the modules found is bundled, which is a community module, and which counts.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;

use super::candidate::{Variant, Variants};
use super::core;
use super::declaration::{Certainty, Headers};
use super::features;
use super::gather;
use super::libraries::Libraries;
use super::own_libraries::OwnLibraries;
use super::report::{Note, Reason, ScanReport};
use super::tree::Tree;
use crate::release::{self, Depends, Origin, ReleaseModule, SourceKind};

/// What one tree has for one module name.
pub(super) struct Read<'a> {
    /// The module's name.
    pub(super) name: &'a str,
    /// The number of the tree.
    pub(super) tree: usize,
    /// What was read.
    pub(super) variants: Variants,
}

/// The variant that counts for a name, and the number of its tree.
type Chosen<'a> = BTreeMap<&'a str, (usize, Variant)>;

/// Puts together what was read of every tree; what counts comes first.
pub(super) fn merge(
    trees: &[(Tree, Origin)],
    read: Vec<Read>,
    report: &mut ScanReport,
) -> IndexMap<String, ReleaseModule> {
    let in_community_trees: HashSet<(&str, u64)> = read
        .iter()
        .filter(|read| trees[read.tree].1 == Origin::Community)
        .flat_map(|read| {
            let variants = read.variants.folder.iter().chain(&read.variants.file);
            variants.filter_map(|variant| Some((read.name, variant.content()?)))
        })
        .collect();
    let (mut bundled, mut community) = (Chosen::new(), Chosen::new());
    for Read {
        name,
        tree,
        variants,
    } in read
    {
        report.notes.extend(variants.notes);
        let beside_file = variants.file.is_some();
        // Prosody tries the directory first.
        for (variant, beside_file) in [(variants.folder, beside_file), (variants.file, false)] {
            let Some(variant) = variant else { continue };
            // Nixpkgs and Debian install community modules among the bundled ones. What no list of
            // a package's files names is one if it has a README, which bundled ones never do, or
            // is next to the bundled file of the same name, or is to the byte what a given
            // tree of community modules has.
            let is_installed_community = || {
                variant.readme.is_some()
                    || beside_file
                    || variant
                        .content()
                        .is_some_and(|content| in_community_trees.contains(&(name, content)))
            };
            let origin = match &trees[tree] {
                (_, Origin::Community) => Origin::Community,
                (tree, Origin::Bundled) if tree.is_prosody_source() => Origin::Bundled,
                _ => variant.packaged.unwrap_or_else(|| {
                    if is_installed_community() {
                        Origin::Community
                    } else {
                        Origin::Bundled
                    }
                }),
            };
            let chosen = match origin {
                Origin::Bundled => &mut bundled,
                Origin::Community => &mut community,
            };
            choose(chosen, name, tree, variant, &mut report.notes);
        }
    }
    report.community_kind = community_kind(trees, &community);
    report.layers = community
        .iter()
        .filter(|(name, _)| !bundled.contains_key(*name))
        .filter_map(|(name, (tree, _))| Some(((*name).to_owned(), trees[*tree].0.layer?)))
        .collect();
    let mut own_libraries = OwnLibraries::default();
    let of_prosody = trees
        .iter()
        .filter(|(_, origin)| *origin == Origin::Bundled);
    for (tree, _) in of_prosody {
        let report = &mut *report;
        report.version = report.version.take().or_else(|| features::version_of(tree));
        report.features = report
            .features
            .take()
            .or_else(|| features::features_of(tree));
        if report.core.is_none()
            && let Some(core) = core::core_of(tree, &mut report.notes)
        {
            report.core = Some(core.options);
            own_libraries = core.libraries;
        }
    }
    let folders = trees.iter().map(|(tree, _)| tree.folder.as_path());
    describe_all(
        bundled,
        community,
        Libraries::new(folders.collect(), own_libraries),
        report,
    )
}

/// The first one counts; another one is noted unless it is the same.
fn choose<'a>(
    chosen: &mut Chosen<'a>,
    name: &'a str,
    tree: usize,
    variant: Variant,
    notes: &mut Vec<Note>,
) {
    match chosen.get(name) {
        None => {
            chosen.insert(name, (tree, variant));
        }
        Some((_, first)) if first.content() != variant.content() => notes.push(Note {
            path: variant.path,
            reason: Reason::Duplicate {
                taken: first.path.clone(),
            },
        }),
        Some(_) => {}
    }
}

/// A checkout of the collection holds all of it, whatever else is installed.
fn community_kind(trees: &[(Tree, Origin)], community: &Chosen) -> Option<SourceKind> {
    let mut trees_with_community = community.values().map(|(tree, _)| &trees[*tree].0);
    if trees.iter().any(|(tree, _)| tree.is_collection()) {
        Some(SourceKind::Collection)
    } else if trees_with_community.any(Tree::is_installed) {
        Some(SourceKind::Package)
    } else {
        None
    }
}

fn describe_all(
    bundled: Chosen,
    community: Chosen,
    mut libraries: Libraries,
    report: &mut ScanReport,
) -> IndexMap<String, ReleaseModule> {
    let bundled_names: HashSet<&str> = bundled.keys().copied().collect();
    let chosen = bundled.iter().chain(&community);
    let mains = chosen.filter_map(|(name, (tree, variant))| {
        Some((*name, *tree, &variant.main.as_ref()?.declarations))
    });
    libraries.read_ahead(mains, &mut report.notes);
    let mut modules: BTreeMap<&str, ReleaseModule> = BTreeMap::new();
    for (origin, chosen) in [(Origin::Bundled, bundled), (Origin::Community, community)] {
        for (name, (tree, variant)) in chosen {
            let mut module = describe(origin, name, &variant);
            if let Some(main) = &variant.main {
                let mut declared = libraries.declared(
                    name,
                    tree,
                    &main.path,
                    &main.declarations,
                    &mut report.notes,
                );
                // A module that asks another host for itself.
                declared.depends.retain(|(other, _)| other != name);
                module.depends = by_certainty(declared.depends, &bundled_names);
                module.depends.computed = declared.computed;
                let is_global = main.declarations.is_global;
                module.options = gather::options(name, is_global, declared.options).into();
                module.libraries = gather::libraries(declared.lua_libraries);
            }
            if let Some(bundled) = modules.get_mut(name) {
                bundled.community_copy = Some(Box::new(module.into()));
                continue;
            }
            match origin {
                Origin::Bundled => report.bundled += 1,
                Origin::Community => report.community += 1,
            }
            report.readme_only += usize::from(module.readme_only);
            modules.insert(name, module);
        }
    }
    let modules = modules.into_iter();
    modules
        .map(|(name, module)| (name.to_owned(), module))
        .collect()
}

/// All of a module but what its code declares.
fn describe(origin: Origin, name: &str, variant: &Variant) -> ReleaseModule {
    let readme = variant.readme.clone().unwrap_or_default();
    let migration = format!("migrate_{name}");
    let headers = variant.main.as_ref().map(|main| &main.declarations.headers);
    let Headers {
        conflicts,
        requires,
        inherit_modules,
    } = headers.cloned().unwrap_or_default();
    ReleaseModule {
        origin,
        source: None,
        readme_only: variant.main.is_none(),
        stage: readme.stage,
        summary: readme.summary,
        superseded_by: readme.superseded_by.filter(|successor| successor != name),
        migration: readme.migrations.contains(&migration).then_some(migration),
        depends: Depends::default(),
        conflicts,
        requires,
        inherit_modules,
        options: Default::default(),
        libraries: release::Libraries::default(),
        community_copy: None,
        observed: None,
    }
}

/// A dependency that is only tried happens by default if Prosody brings the other module.
fn by_certainty(depends: Vec<(String, Certainty)>, bundled: &HashSet<&str>) -> Depends {
    let mut surest: BTreeMap<String, Certainty> = BTreeMap::new();
    for (name, certainty) in depends {
        surest
            .entry(name)
            .and_modify(|current| *current = certainty.min(*current))
            .or_insert(certainty);
    }
    let mut depends = Depends::default();
    for (name, certainty) in surest {
        match certainty {
            Certainty::Always => depends.always.push(name),
            Certainty::Soft => depends.soft.push(name),
            Certainty::ByDefault | Certainty::Tried | Certainty::Conditional => {
                let by_default = match certainty {
                    Certainty::Tried => bundled.contains(name.as_str()),
                    other => other == Certainty::ByDefault,
                };
                if by_default {
                    depends.by_default.push(name.clone());
                }
                depends.conditional.push(name);
            }
        }
    }
    depends
}
