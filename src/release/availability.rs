//! Whether a release can load a module, and what comes along with it.

use std::collections::BTreeSet;

use super::{Origin, Release, ReleaseModule, Stage};

/// Why a release cannot load a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It has no such module.
    Absent,
    /// Only a README is left of it.
    Stub,
    /// Upstream calls it broken.
    Broken,
    /// It depends on a module that cannot be loaded.
    Needs(String, Box<Missing>),
}

impl Missing {
    /// Why, as the end of a sentence about `name`.
    pub fn why(&self, name: &str, version: &str) -> String {
        match self {
            Self::Absent => format!("Prosody {version} and its community modules have no {name}"),
            Self::Stub => format!("only a README is left of {name} in {version}"),
            Self::Broken => format!("upstream calls {name} broken in {version}"),
            Self::Needs(other, why) => format!("{name} needs {other}; {}", why.why(other, version)),
        }
    }
}

/// A dependency on a module that the release does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling<'a> {
    /// The module that depends on it.
    pub module: &'a str,
    /// The module that is not there.
    pub dependency: &'a str,
    /// Whether the module always asks for it, or by default, so that it cannot load. Otherwise it
    /// cannot load under some condition, such as an option that makes it work at all.
    pub certain: bool,
    /// Why it cannot load.
    pub missing: Missing,
}

impl Release {
    /// The dependencies of loadable modules on modules that are absent or only a README, in the
    /// order of the modules. Soft dependencies are left out: Prosody does not insist on those.
    pub fn dangling(&self) -> impl Iterator<Item = Dangling<'_>> {
        self.modules.iter().flat_map(move |(module, facts)| {
            let depends = &facts.depends;
            let names = depends.always.iter().chain(&depends.conditional);
            names.filter_map(move |dependency| {
                let missing = match self.modules.get(dependency) {
                    None => Missing::Absent,
                    Some(other) if other.stub => Missing::Stub,
                    Some(_) => return None,
                };
                Some(Dangling {
                    module,
                    dependency,
                    certain: depends.loading().any(|name| name == dependency),
                    missing,
                })
            })
        })
    }

    /// A module that the release can load, with its hard dependencies; or why it cannot.
    pub fn usable(&self, name: &str) -> Result<&ReleaseModule, Missing> {
        self.usable_without(name, &mut BTreeSet::new())
    }

    fn usable_without<'a>(
        &'a self,
        name: &str,
        seen: &mut BTreeSet<&'a str>,
    ) -> Result<&'a ReleaseModule, Missing> {
        let (name, module) = self.modules.get_key_value(name).ok_or(Missing::Absent)?;
        if module.stub {
            return Err(Missing::Stub);
        }
        if module.stage.contains(&Stage::Broken) {
            return Err(Missing::Broken);
        }
        // A module that is already looked at, further up or done, adds nothing new.
        if seen.insert(name) {
            for needed in module.depends.loading() {
                self.usable_without(needed, seen)
                    .map_err(|why| Missing::Needs(needed.to_owned(), Box::new(why)))?;
            }
        }
        Ok(module)
    }

    /// Whether a bundled module has a copy in the community collection that takes its place when
    /// it is installed.
    pub fn has_shadow(&self, name: &str) -> bool {
        let copy = |module: &ReleaseModule| {
            let copy = module.community_copy.as_ref();
            copy.is_some_and(|copy| !copy.stub && copy.conflicts.is_empty())
        };
        let module = self.modules.get(name);
        module.is_some_and(|module| module.origin == Origin::Bundled && copy(module))
    }

    /// Community modules that must be installed for these to load, themselves included, sorted.
    ///
    /// Follows hard dependencies, and soft ones but for those in `without`. Never names a module
    /// that is bundled: a copy would take its place.
    pub fn to_install<'a>(
        &'a self,
        names: impl IntoIterator<Item = &'a str>,
        without: &BTreeSet<&str>,
    ) -> BTreeSet<&'a str> {
        let mut queue: Vec<_> = names.into_iter().collect();
        let mut seen: BTreeSet<&str> = queue.iter().copied().collect();
        let mut community = BTreeSet::new();
        while let Some(name) = queue.pop() {
            let Ok(module) = self.usable(name) else {
                continue;
            };
            if module.origin == Origin::Community {
                community.insert(name);
            }
            let soft = module.depends.soft.iter().map(String::as_str);
            let soft = soft.filter(|soft| !without.contains(soft));
            for needed in module.depends.loading().chain(soft) {
                if seen.insert(needed) {
                    queue.push(needed);
                }
            }
        }
        community
    }
}
