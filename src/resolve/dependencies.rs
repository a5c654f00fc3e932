//! What loads because modules that load depend on it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::reason::Edge;
use crate::release::Release;
use crate::release::availability::{Blocked, Loadable};

/// Who loads a module, and how strongly they depend on it.
pub(super) struct Dependents<'a> {
    pub by: BTreeSet<&'a str>,
    pub edge: Edge,
}

/// The modules that load because of `loading`, and are not among it.
///
/// Follows unconditional dependencies only: no file shows whether conditional ones happen. What is
/// blocked does not load. `set_up` has what modules load that are set up.
pub(super) fn closure<'a>(
    release: &'a Release,
    loading: &BTreeSet<&'a str>,
    set_up: &BTreeMap<&'a str, Vec<&'a str>>,
    blocked: &Blocked<'_>,
) -> BTreeMap<&'a str, Dependents<'a>> {
    let mut loadable = Loadable::on(release, blocked);
    let mut closure: BTreeMap<&str, Dependents<'_>> = BTreeMap::new();
    let mut queue: Vec<(&str, Edge)> = loading.iter().map(|name| (*name, Edge::Hard)).collect();
    while let Some((name, edge)) = queue.pop() {
        let Some(module) = release.modules.get(name) else {
            continue;
        };
        let set_up = set_up.get(name).into_iter().flatten().copied();
        let hard = module.depends.loading().chain(set_up);
        let hard = hard.map(|needed| (needed, edge));
        let soft = module.depends.soft.iter().map(String::as_str);
        let soft = soft
            .filter(|name| !blocked.contains_key(name))
            .map(|name| (name, Edge::Soft));
        for (dependency, edge) in hard.chain(soft) {
            if loading.contains(dependency) || !loadable.has(dependency) {
                continue;
            }
            let entry = closure.entry(dependency);
            let is_new = matches!(entry, Entry::Vacant(_));
            let dependents = entry.or_insert_with(|| Dependents {
                by: BTreeSet::new(),
                edge,
            });
            dependents.by.insert(name);
            // Once more when it turns out to be required: so are then its own dependencies.
            if is_new || edge < dependents.edge {
                dependents.edge = edge;
                queue.push((dependency, edge));
            }
        }
    }
    closure
}
