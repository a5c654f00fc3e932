//! Which removed modules are added ones under another name.

use std::collections::{HashMap, HashSet};

use crate::inventory::{Inventory, Module};

/// With more pairs than this, names are not compared letter by letter.
const PAIRS: usize = 1_000_000;

/// Modules of the old inventory that have another name in the new one.
#[derive(Debug, Default)]
pub struct Renames<'a> {
    by_old: HashMap<&'a str, &'a str>,
    by_new: HashMap<&'a str, &'a str>,
}

/// Why two names mean the same module; a later reason is a better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    NearName,
    SamePurpose,
    ReplacementData,
}

type Named<'a> = (&'a str, &'a Module<'a>);

impl<'a> Renames<'a> {
    /// Pairs removed modules with added ones: by replacement data, by purpose, by near name.
    ///
    /// Every reason is the same in both directions, so that the way back finds the same pairs.
    pub fn find(old: &'a Inventory, new: &'a Inventory) -> Self {
        let removed = missing(old, new);
        let added = missing(new, old);
        let mut candidates = by_data(&removed, &added);
        candidates.extend(by_purpose(&removed, &added));
        candidates.extend(by_name(&removed, &added));
        candidates.sort_by(|a, b| {
            let key = |(reason, old, new): &(Reason, &'a str, &'a str)| {
                (std::cmp::Reverse(*reason), *old.min(new), *old.max(new))
            };
            key(a).cmp(&key(b))
        });
        let mut renames = Self::default();
        for (_, old, new) in candidates {
            if !renames.by_old.contains_key(old) && !renames.by_new.contains_key(new) {
                renames.by_old.insert(old, new);
                renames.by_new.insert(new, old);
            }
        }
        renames
    }

    /// What a module of the old inventory is called in the new one, if it is there.
    pub fn to_new<'b>(&self, old: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.by_old.get(old).copied().unwrap_or(old)
    }

    /// What a module of the new inventory was called in the old one, if it was there.
    pub fn to_old<'b>(&self, new: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.by_new.get(new).copied().unwrap_or(new)
    }
}

fn missing<'a>(from: &'a Inventory, other: &Inventory) -> Vec<Named<'a>> {
    let modules = from.modules.iter();
    modules
        .filter(|(name, _)| !other.modules.contains_key(*name))
        .map(|(name, module)| (name.as_str(), module))
        .collect()
}

fn by_data<'a>(removed: &[Named<'a>], added: &[Named<'a>]) -> Vec<(Reason, &'a str, &'a str)> {
    let names = |from: &[Named<'a>]| from.iter().map(|(name, _)| *name).collect::<HashSet<_>>();
    let (removed_names, added_names) = (names(removed), names(added));
    let said = |module: &'a Module| module.replaced_by().into_iter().chain(module.real_name());
    let mut pairs = Vec::new();
    for (old, module) in removed {
        let known = said(module).filter_map(|new| added_names.get(new));
        pairs.extend(known.map(|new| (Reason::ReplacementData, *old, *new)));
    }
    for (new, module) in added {
        let known = said(module).filter_map(|old| removed_names.get(old));
        pairs.extend(known.map(|old| (Reason::ReplacementData, *old, *new)));
    }
    pairs
}

fn by_purpose<'a>(removed: &[Named<'a>], added: &[Named<'a>]) -> Vec<(Reason, &'a str, &'a str)> {
    /// A purpose that two modules of one side share says nothing about either.
    fn unique<'a>(modules: &[Named<'a>]) -> HashMap<String, Option<&'a str>> {
        let mut by_purpose = HashMap::new();
        for (name, module) in modules {
            let purpose = module.purpose.trim().to_lowercase();
            if !purpose.is_empty() {
                by_purpose
                    .entry(purpose)
                    .and_modify(|known| *known = None)
                    .or_insert(Some(*name));
            }
        }
        by_purpose
    }
    let added = unique(added);
    let pair = |(purpose, old): (String, Option<&'a str>)| {
        Some((Reason::SamePurpose, old?, (*added.get(&purpose)?)?))
    };
    unique(removed).into_iter().filter_map(pair).collect()
}

fn by_name<'a>(removed: &[Named<'a>], added: &[Named<'a>]) -> Vec<(Reason, &'a str, &'a str)> {
    if removed.len().saturating_mul(added.len()) > PAIRS {
        return Vec::new();
    }
    let counted = |modules: &[Named<'a>]| -> Vec<_> {
        modules
            .iter()
            .map(|(name, module)| (*name, module.category(), letters(name)))
            .collect()
    };
    let (removed, added) = (counted(removed), counted(added));
    let mut pairs = Vec::new();
    for (old, category, old_letters) in &removed {
        for (new, new_category, new_letters) in &added {
            let most = (old.len().max(new.len()) / 5).max(1);
            if category == new_category
                && differing(old_letters, new_letters) <= 2 * most
                && strsim::damerau_levenshtein(old, new) <= most
            {
                pairs.push((Reason::NearName, *old, *new));
            }
        }
    }
    pairs
}

/// How often each letter occurs: far cheaper to compare than the names.
fn letters(name: &str) -> [u8; 32] {
    let mut counts = [0_u8; 32];
    for byte in name.bytes() {
        let count = &mut counts[usize::from(byte % 32)];
        *count = count.saturating_add(1);
    }
    counts
}

/// No more than twice the distance of the names, as one edit changes two counts at most.
fn differing(a: &[u8; 32], b: &[u8; 32]) -> usize {
    let differences = a.iter().zip(b).map(|(a, b)| usize::from(a.abs_diff(*b)));
    differences.sum()
}
