//! Which removed modules are added ones under another name.

use std::collections::{HashMap, HashSet};

use crate::inventory::{Inventory, Module};

/// Modules of the old inventory that have another name in the new one.
#[derive(Debug, Default)]
pub struct Renames<'a> {
    by_old: HashMap<&'a str, &'a str>,
    by_new: HashMap<&'a str, &'a str>,
}

type Named<'a> = (&'a str, &'a Module<'a>);

impl<'a> Renames<'a> {
    /// Pairs removed modules with added ones that are the same module for certain: the inventory
    /// says so with `renamedFrom`, they have the same name in Prosody, or no other module implements
    /// the same specifications.
    ///
    /// A similar name or purpose proves nothing: to take `map` for `mam` would hide a loss. What
    /// counts as evidence is the same in both directions, so that the way back finds the same pairs.
    pub fn find(old: &'a Inventory, new: &'a Inventory) -> Self {
        let (removed, added) = (missing(old, new), missing(new, old));
        let mut renames = Self::default();
        for (old, new) in claimed(&removed, &added) {
            renames.pair(old, new);
        }
        for identity in [in_prosody, specifications] {
            let (removed, added) = (unique(&removed, identity), unique(&added, identity));
            let mut pairs: Vec<_> = removed
                .into_iter()
                .filter_map(|(identity, old)| Some((old, *added.get(&identity)?)))
                .collect();
            pairs.sort_unstable();
            for (old, new) in pairs {
                renames.pair(old, new);
            }
        }
        renames
    }

    /// Notes a pair, unless one of them has another partner already.
    fn pair(&mut self, old: &'a str, new: &'a str) {
        if !self.by_old.contains_key(old) && !self.by_new.contains_key(new) {
            self.by_old.insert(old, new);
            self.by_new.insert(new, old);
        }
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

/// The pairs of which the one names the other in `renamedFrom`, the last former name first. In the
/// reverse direction the old side does.
fn claimed<'a>(removed: &[Named<'a>], added: &[Named<'a>]) -> Vec<(&'a str, &'a str)> {
    let claims = |modules: &[Named<'a>], others: &[Named<'a>]| -> Vec<(usize, &'a str, &'a str)> {
        let others: HashMap<&str, &'a str> =
            others.iter().map(|(name, _)| (*name, *name)).collect();
        let modules = modules.iter();
        let claims = modules.flat_map(|(name, module)| {
            let former = module.renamed_from.iter().enumerate();
            former.filter_map(|(age, former)| Some((age, *name, *others.get(former.as_str())?)))
        });
        claims.collect()
    };
    let forward = claims(added, removed).into_iter();
    let forward = forward.map(|(age, new, old)| (age, new, old, (old, new)));
    let back = claims(removed, added).into_iter();
    let back = back.map(|(age, old, new)| (age, old, new, (old, new)));
    let mut all: Vec<_> = forward.chain(back).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, _, _, pair)| pair).collect()
}

/// The name in Prosody.
fn in_prosody((name, module): &Named<'_>) -> Option<String> {
    Some(module.real_name().unwrap_or(name).to_owned())
}

/// The specifications, when there are any.
fn specifications((_, module): &Named<'_>) -> Option<String> {
    let mut specs: Vec<&str> = module.specs().collect();
    specs.sort_unstable();
    (!specs.is_empty()).then(|| specs.join(" "))
}

/// The modules that have an identity which no other one of the same side has.
fn unique<'a>(
    modules: &[Named<'a>],
    identity: fn(&Named<'a>) -> Option<String>,
) -> HashMap<String, &'a str> {
    let mut unique = HashMap::new();
    let mut shared = HashSet::new();
    for module in modules {
        let Some(identity) = identity(module) else {
            continue;
        };
        if unique.insert(identity.clone(), module.0).is_some() {
            shared.insert(identity);
        }
    }
    unique.retain(|identity, _| !shared.contains(identity));
    unique
}
