//! Who reads an option of a server: Prosody's core, what loads on its hosts, and what may be there
//! besides.

use std::collections::BTreeSet;

use crate::configuration::GLOBAL;
use crate::release::{Options, Release, ReleaseModule, ReleaseOption, builtin};
use crate::resolve::{Resolution, State};

/// All that reads options on the active hosts of a server.
#[derive(Debug)]
pub struct Readers<'a> {
    release: &'a Release,
    core: &'a Options,
    hosts: Vec<OnHost<'a>>,
}

/// What reads options on one host.
#[derive(Debug)]
struct OnHost<'a> {
    name: &'a str,
    /// The modules that load.
    loaded: Vec<Module<'a>>,
    /// Options of what may be there as well: modules that load under some condition, those that are
    /// asked for and cannot load, and community copies.
    possible: Vec<&'a Options>,
    /// Modules that are asked for, and of which no release knows the options.
    unknown: BTreeSet<&'a str>,
    /// Something loads modules whose names are computed.
    loads_computed: bool,
}

/// A module that loads.
#[derive(Clone, Copy, Debug)]
pub struct Module<'a> {
    /// Its name in Prosody.
    pub name: &'a str,
    /// What the release says of it.
    pub facts: &'a ReleaseModule,
}

impl<'a> Module<'a> {
    /// How it reads an option, if it does.
    pub fn reads(&self, option: &str) -> Option<&'a ReleaseOption> {
        self.facts.options.named.get(option)
    }

    /// The options of a community copy that may be installed in its place.
    pub fn copy(&self) -> Option<&'a Options> {
        let copy = self.facts.community_copy.as_ref();
        copy.filter(|copy| !copy.stub).map(|copy| &copy.options)
    }
}

/// Who reads an option that is set in some section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'a> {
    /// Something reads it, or may.
    Read,
    /// Nothing that is known reads it, and these modules, of which nothing is known, may.
    PerhapsBy(Vec<&'a str>),
    /// Nothing that loads reads it; these modules of the release would.
    NotLoaded(Vec<&'a str>),
    /// Nothing reads it, loaded or not.
    Nothing,
}

impl<'a> Readers<'a> {
    /// What reads options where these resolutions load their modules; none where the release does
    /// not know options.
    pub fn of(release: &'a Release, resolutions: &[Resolution<'a>]) -> Option<Self> {
        Self::since(None, release, resolutions)
    }

    /// The same after an upgrade: modules that the former release has, and this one cannot load, are
    /// gone, and nobody installs them from elsewhere.
    pub fn since(
        former: Option<&Release>,
        release: &'a Release,
        resolutions: &[Resolution<'a>],
    ) -> Option<Self> {
        let core = release.core.as_ref()?;
        let hosts = resolutions.iter();
        let hosts = hosts.filter_map(|resolution| OnHost::of(former, release, resolution));
        Some(Self {
            release,
            core,
            hosts: hosts.collect(),
        })
    }

    /// What the core reads.
    pub fn core(&self) -> &'a Options {
        self.core
    }

    /// The modules that load on a host.
    pub fn modules_on(&self, host: &str) -> impl Iterator<Item = Module<'a>> {
        let hosts = self.hosts.iter().filter(move |known| known.name == host);
        hosts.flat_map(|host| host.loaded.iter().copied())
    }

    /// Who reads an option that is set in the section of a host, or in the global one.
    ///
    /// A module may read the options of other hosts than its own, so what loads on any host counts.
    pub fn reading(&self, section: &str, option: &str) -> Reading<'a> {
        if reads(self.core, option) || self.hosts.iter().any(|host| host.may_read(option)) {
            return Reading::Read;
        }
        let here = |host: &&OnHost| section == GLOBAL || host.name == section;
        let unknown = self.hosts.iter().filter(here).flat_map(|h| &h.unknown);
        let unknown: BTreeSet<&str> = unknown.copied().collect();
        if !unknown.is_empty() {
            return Reading::PerhapsBy(unknown.into_iter().collect());
        }
        let others = self.release.modules.iter().filter(|(_, facts)| {
            let copy = facts.community_copy.as_ref();
            facts.options.named.contains_key(option)
                || copy.is_some_and(|copy| copy.options.named.contains_key(option))
        });
        let others: Vec<&str> = others.map(|(name, _)| name.as_str()).collect();
        match others.as_slice() {
            [] => Reading::Nothing,
            // One of them may be what is loaded by a computed name.
            _ if self.hosts.iter().any(|host| host.loads_computed) => Reading::Read,
            _ => Reading::NotLoaded(others),
        }
    }

    /// Whether all that reads an option reads it from the global section only. Not where a name
    /// that is computed may be this one.
    pub fn is_global_only(&self, option: &str) -> bool {
        let mut readers = vec![self.core];
        for host in &self.hosts {
            readers.extend(host.loaded.iter().map(|module| &module.facts.options));
            readers.extend(&host.possible);
        }
        let mut named = readers
            .iter()
            .filter_map(|options| options.named.get(option));
        let is_computed = readers.iter().any(|options| options.may_compute(option));
        let is_unknown = self.hosts.iter().any(|host| !host.unknown.is_empty());
        let is_read = readers
            .iter()
            .any(|options| options.named.contains_key(option));
        is_read && !is_computed && !is_unknown && named.all(|read| read.global_only)
    }

    /// The names of all options that are read here, for suggestions.
    pub fn names(&self) -> BTreeSet<&'a str> {
        let loaded = self.hosts.iter().flat_map(|host| &host.loaded);
        let all = loaded.map(|module| &module.facts.options);
        let all = all.chain([self.core]);
        all.flat_map(|options| options.named.keys().map(String::as_str))
            .collect()
    }
}

impl<'a> OnHost<'a> {
    fn of(
        former: Option<&Release>,
        release: &'a Release,
        resolution: &Resolution<'a>,
    ) -> Option<Self> {
        let is_gone = |name: &str| {
            let was = former.and_then(|former| former.modules.get(name));
            was.is_some_and(|was| !was.stub)
        };
        let mut host = Self {
            name: resolution.host?,
            loaded: Vec::new(),
            possible: Vec::new(),
            unknown: BTreeSet::new(),
            loads_computed: false,
        };
        let asked = resolution.modules.iter();
        let dependencies = resolution.dependencies.iter().map(|d| d.name);
        let loading = asked.clone().filter(|module| module.state.loads());
        for name in loading.map(|module| module.real_name()).chain(dependencies) {
            host.add(release, name);
        }
        for module in asked.filter(|module| module.state == State::Unavailable) {
            if !is_gone(module.real_name()) {
                host.add_unavailable(release, module.real_name());
            }
        }
        host.add_conditional(release);
        Some(host)
    }

    fn add(&mut self, release: &'a Release, name: &'a str) {
        match release.modules.get(name) {
            Some(facts) => {
                let module = Module { name, facts };
                self.possible.extend(module.copy());
                self.loaded.push(module);
            }
            None => self.add_unavailable(release, name),
        }
    }

    /// A module that Prosody looks for, and that this release cannot load: it may be installed from
    /// elsewhere.
    fn add_unavailable(&mut self, release: &'a Release, name: &'a str) {
        let mut is_known = false;
        for release in std::iter::once(release).chain(builtin::all()) {
            let facts = release.modules.get(name).filter(|facts| !facts.stub);
            if let Some(facts) = facts.filter(|_| release.core.is_some()) {
                is_known = true;
                self.possible.push(&facts.options);
                self.possible.extend(Module { name, facts }.copy());
            }
        }
        if !is_known {
            self.unknown.insert(name);
        }
    }

    /// What the loaded modules load under some condition, with all that this loads.
    fn add_conditional(&mut self, release: &'a Release) {
        let mut seen: BTreeSet<&str> = self.loaded.iter().map(|module| module.name).collect();
        let mut queue: Vec<&ReleaseModule> = self.loaded.iter().map(|m| m.facts).collect();
        while let Some(facts) = queue.pop() {
            let depends = &facts.depends;
            self.loads_computed |= depends.computed;
            let names = depends.always.iter();
            for name in names.chain(&depends.conditional).chain(&depends.soft) {
                if let Some(facts) = release.modules.get(name)
                    && seen.insert(name)
                {
                    self.possible.push(&facts.options);
                    self.possible.extend(Module { name, facts }.copy());
                    queue.push(facts);
                }
            }
        }
    }

    fn may_read(&self, option: &str) -> bool {
        let loaded = self.loaded.iter().map(|module| &module.facts.options);
        let mut all = loaded.chain(self.possible.iter().copied());
        all.any(|options| reads(options, option))
    }
}

/// Whether an option is read, or may be by a computed name.
fn reads(options: &Options, option: &str) -> bool {
    options.named.contains_key(option) || options.may_compute(option)
}
