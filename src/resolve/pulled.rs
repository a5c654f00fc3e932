//! What comes along with the modules that are asked for.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::Flag;
use crate::release::Release;

/// How strongly a module is pulled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// Something that loads does not work without it.
    Hard,
    /// Loaded if nothing forbids it: `module:depends(name, true)`.
    Soft,
}

/// How a module of the inventory comes to load although nobody asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PulledIn {
    /// The modules that depend on it, by their names in Prosody.
    pub by: Vec<String>,
    /// Whether they need it.
    pub edge: Edge,
    /// The flags that are off for it.
    pub despite: Vec<Flag>,
}

/// Who pulls in a module, and how strongly.
pub(super) struct Pull<'a> {
    pub by: BTreeSet<&'a str>,
    pub edge: Edge,
}

/// The modules that load along with `loading`, which are not among the result.
///
/// Follows unconditional dependencies only: what is conditional happens under circumstances that
/// no file shows.
pub(super) fn pulled_in<'a>(
    release: &'a Release,
    loading: &BTreeSet<&'a str>,
) -> BTreeMap<&'a str, Pull<'a>> {
    let mut pulled: BTreeMap<&str, Pull<'_>> = BTreeMap::new();
    let mut queue: Vec<(&str, Edge)> = loading.iter().map(|name| (*name, Edge::Hard)).collect();
    while let Some((name, edge)) = queue.pop() {
        let Some(module) = release.modules.get(name) else {
            continue;
        };
        let hard = module.depends.loading().map(|needed| (needed, edge));
        let soft = module
            .depends
            .soft
            .iter()
            .map(|wanted| (wanted.as_str(), Edge::Soft));
        for (needed, edge) in hard.chain(soft) {
            if loading.contains(needed) || release.usable(needed).is_err() {
                continue;
            }
            let known = pulled.entry(needed);
            let is_new = matches!(known, std::collections::btree_map::Entry::Vacant(_));
            let pull = known.or_insert_with(|| Pull {
                by: BTreeSet::new(),
                edge,
            });
            pull.by.insert(name);
            // Once more when it turns out to be needed: so are then its own dependencies.
            if is_new || edge < pull.edge {
                pull.edge = edge;
                queue.push((needed, edge));
            }
        }
    }
    pulled
}
