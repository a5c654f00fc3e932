//! Whether a release can load a module, and what must be installed for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::observed::{Failure, FailureCause};
use super::{Observed, Origin, Release, ReleaseModule, SourceKind, Stage};

/// Through how many modules it is said why another one cannot load.
const LONGEST: usize = 16;

/// Why a release cannot load a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It has no such module.
    Absent,
    /// It has no such module, and only a package of prosody-modules: the rest of them is not known.
    NotPackaged,
    /// Only a README is left of it.
    ReadmeOnly,
    /// It requires a module that cannot be loaded.
    Requires(String, Box<Missing>),
    /// It conflicts with a feature of this Prosody, which skips it.
    Conflicts(String),
    /// It requires a feature that this Prosody does not have, which skips it.
    LacksFeature(String),
    /// The configuration lists it in `modules_disabled`.
    Disabled,
    /// It loads as part of a component, and not on a virtual host.
    NeedsComponent,
}

/// Modules that cannot load on a host, and why.
pub type Blocked<'a> = BTreeMap<&'a str, Missing>;

static NONE_BLOCKED: Blocked<'static> = Blocked::new();

impl ReleaseModule {
    /// Whether upstream calls it broken. Prosody loads it all the same.
    pub fn is_broken(&self) -> bool {
        self.stage.contains(&Stage::Broken)
    }

    /// Whether a community copy takes its place when it is installed.
    pub fn has_shadow(&self) -> bool {
        let copy = self.community_copy.as_ref();
        self.origin == Origin::Bundled
            && copy.is_some_and(|copy| !copy.readme_only && copy.conflicts.is_empty())
    }
}

/// Whether any of these releases has a module under one of its names.
pub fn is_anywhere<'n>(names: impl IntoIterator<Item = &'n str>, releases: &[&Release]) -> bool {
    names.into_iter().any(|name| {
        releases
            .iter()
            .any(|release| release.modules.contains_key(name))
    })
}

/// A dependency on a module that the release does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling<'a> {
    /// The module that depends on it.
    pub module: &'a str,
    /// The module that is not there.
    pub dependency: &'a str,
    /// Whether the module always requires it, or by default, so that it cannot load. Otherwise it
    /// cannot load under some condition, such as an option that makes it work at all.
    pub certain: bool,
    /// Why it cannot load.
    pub missing: Missing,
}

/// What a module requires, the first one last.
fn required(module: &ReleaseModule) -> Vec<&str> {
    let mut required: Vec<&str> = module.depends.loading().collect();
    required.reverse();
    required
}

/// What is missing, through the modules that require it, the nearest one first. Of a long chain the
/// beginning and the end.
fn through(mut names: Vec<&str>, missing: Missing) -> Missing {
    if names.len() > LONGEST {
        names.drain(LONGEST / 2..names.len() - LONGEST / 2);
    }
    let names = names.into_iter().rev();
    names.fold(missing, |why, name| {
        Missing::Requires(name.to_owned(), Box::new(why))
    })
}

/// Which modules a release can load: what is found out about one is not looked for again.
pub struct Loadable<'a, 'b> {
    release: &'a Release,
    blocked: &'b Blocked<'b>,
    known: HashMap<&'a str, Known<'a>>,
}

/// What is found out about a module that Prosody can load if it can load what that requires.
#[derive(Clone, Copy, PartialEq)]
enum Known<'a> {
    Loads,
    /// It requires this one, which cannot load.
    Lacks(&'a str),
}

impl<'a> Loadable<'a, 'static> {
    /// Where all that the release has may load.
    pub fn new(release: &'a Release) -> Self {
        Self::on(release, &NONE_BLOCKED)
    }
}

impl<'a, 'b> Loadable<'a, 'b> {
    /// On a host where some modules cannot load.
    pub fn on(release: &'a Release, blocked: &'b Blocked<'b>) -> Self {
        Self {
            release,
            blocked,
            known: HashMap::new(),
        }
    }

    /// Whether a module can load, with all that it requires.
    pub fn has(&mut self, name: &str) -> bool {
        match self.release.loadable(name, self.blocked) {
            Ok((name, module)) => self.find_out(name, module) == Known::Loads,
            Err(_) => false,
        }
    }

    /// A module that can load, with all that it requires; or why it cannot.
    pub fn usable(&mut self, name: &str) -> Result<&'a ReleaseModule, Missing> {
        let (name, module) = self.release.loadable(name, self.blocked)?;
        let mut found = self.find_out(name, module);
        let mut names = Vec::new();
        while let Known::Lacks(next) = found {
            names.push(next);
            found = match self.release.loadable(next, self.blocked) {
                Err(why) => return Err(through(names, why)),
                Ok((next, module)) => self.find_out(next, module),
            };
        }
        Ok(module)
    }

    /// Whether the release has all that a module requires.
    fn find_out(&mut self, name: &'a str, module: &'a ReleaseModule) -> Known<'a> {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        // What is looked at, with what each of it still requires: a file may hold a chain of any length.
        let mut path = vec![(name, required(module))];
        let mut visited = BTreeSet::from([name]);
        while let Some((_, left)) = path.last_mut() {
            let Some(next) = left.pop() else {
                path.pop();
                continue;
            };
            match (
                self.known.get(next),
                self.release.loadable(next, self.blocked),
            ) {
                (Some(Known::Loads), _) => {}
                // A module that is already looked at, further up or done, adds nothing new.
                (None, Ok((next, module))) => {
                    if visited.insert(next) {
                        path.push((next, required(module)));
                    }
                }
                (Some(Known::Lacks(_)), _) | (None, Err(_)) => {
                    let mut lacked = next;
                    for (name, _) in path.into_iter().rev() {
                        self.known.insert(name, Known::Lacks(lacked));
                        lacked = name;
                    }
                    return self.known[name];
                }
            }
        }
        let loads = visited.into_iter().map(|name| (name, Known::Loads));
        self.known.extend(loads);
        Known::Loads
    }
}

impl Release {
    /// The dependencies of loadable modules on modules that are absent or only a README, in the
    /// order of the modules. Soft dependencies are omitted: Prosody does not insist on those.
    pub fn dangling(&self) -> impl Iterator<Item = Dangling<'_>> {
        let modules = self.modules.iter();
        modules.flat_map(|(module, facts)| self.dangling_of(module, facts))
    }

    /// Those of one module.
    pub fn dangling_of<'a>(
        &'a self,
        module: &'a str,
        facts: &'a ReleaseModule,
    ) -> impl Iterator<Item = Dangling<'a>> {
        let depends = &facts.depends;
        let names = depends.always.iter().chain(&depends.conditional);
        names.filter_map(move |dependency| {
            let missing = match self.modules.get(dependency) {
                None => self.absent(),
                Some(other) if other.readme_only => Missing::ReadmeOnly,
                Some(_) => return None,
            };
            Some(Dangling {
                module,
                dependency,
                certain: depends.loading().any(|name| name == dependency),
                missing,
            })
        })
    }

    /// What a module lacks that the release does not have.
    pub fn absent(&self) -> Missing {
        match self.sources.community_kind() {
            Some(SourceKind::Package) => Missing::NotPackaged,
            _ => Missing::Absent,
        }
    }

    /// A module that the release can load, with its hard dependencies; or why it cannot.
    pub fn usable(&self, name: &str) -> Result<&ReleaseModule, Missing> {
        self.usable_on(name, &NONE_BLOCKED)
    }

    /// The same on a host where some modules cannot load.
    pub fn usable_on(&self, name: &str, blocked: &Blocked<'_>) -> Result<&ReleaseModule, Missing> {
        Loadable::on(self, blocked).usable(name)
    }

    /// A module that Prosody can load if it can load what that requires; or why it cannot.
    fn loadable(
        &self,
        name: &str,
        blocked: &Blocked<'_>,
    ) -> Result<(&str, &ReleaseModule), Missing> {
        if let Some(why) = blocked.get(name) {
            return Err(why.clone());
        }
        let found = self.modules.get_key_value(name);
        let (name, module) = found.ok_or_else(|| self.absent())?;
        if module.readme_only {
            return Err(Missing::ReadmeOnly);
        }
        match self.skipped(module) {
            Some(why) => Err(why),
            None => Ok((name, module)),
        }
    }

    /// Why Prosody skips the file of a module, by its `--%` headers.
    fn skipped(&self, module: &ReleaseModule) -> Option<Missing> {
        let features = self.features.as_ref()?;
        let conflict = module.conflicts.iter().find(|name| features.contains(name));
        let lack = module.requires.iter().find(|name| !features.contains(name));
        let conflict = conflict.cloned().map(Missing::Conflicts);
        conflict.or_else(|| lack.cloned().map(Missing::LacksFeature))
    }

    /// Why a module was observed not to load, if setting an option would not help.
    pub fn fails_observed(&self, name: &str) -> Option<&Failure> {
        let failure = |name: &str| match self.modules.get(name)?.observed.as_ref()? {
            Observed::Fails(failure) => Some(failure),
            Observed::LoadsOn(_) => None,
        };
        let own = failure(name)?;
        let (mut last, mut seen) = (own, BTreeSet::from([name]));
        // A module that requires another one fails for the reason of that one.
        while last.cause == FailureCause::Dependency
            && let Some(next) = last.name.as_deref()
            && seen.insert(next)
            && let Some(failure) = failure(next)
        {
            last = failure;
        }
        (last.cause != FailureCause::Option).then_some(own)
    }

    /// Whether a bundled module has a community copy that takes its place when it is installed.
    pub fn has_shadow(&self, name: &str) -> bool {
        self.modules
            .get(name)
            .is_some_and(ReleaseModule::has_shadow)
    }

    /// Community modules that must be installed for these to load, themselves included, sorted.
    ///
    /// Follows hard dependencies, and soft ones but for those in `without`. Never names a module
    /// that is bundled: a copy would take its place.
    pub fn to_install<'a>(
        &'a self,
        names: impl IntoIterator<Item = &'a str>,
        without: &Blocked<'_>,
    ) -> BTreeSet<&'a str> {
        let mut queue: Vec<_> = names.into_iter().collect();
        let mut seen: BTreeSet<&str> = queue.iter().copied().collect();
        let mut community = BTreeSet::new();
        let mut loadable = Loadable::new(self);
        while let Some(name) = queue.pop() {
            let Some(module) = self.modules.get(name).filter(|_| loadable.has(name)) else {
                continue;
            };
            if module.origin == Origin::Community {
                community.insert(name);
            }
            let soft = module.depends.soft.iter().map(String::as_str);
            let soft = soft.filter(|soft| !without.contains_key(soft));
            for needed in module.depends.loading().chain(soft) {
                if seen.insert(needed) {
                    queue.push(needed);
                }
            }
        }
        community
    }
}
