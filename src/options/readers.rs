//! Who reads an option of a server: Prosody's core, what loads on its hosts, and what may be there
//! besides.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::configuration::GLOBAL;
use crate::release::{Options, Release, ReleaseModule, ReleaseOption, builtin};
use crate::resolve::{Resolution, State};

/// All that reads options on the active hosts of a server.
#[derive(Debug)]
pub struct Readers<'a> {
    core: &'a Options,
    /// The options that anything reads, or may; whether all of it reads the global section only.
    read: HashMap<&'a str, bool>,
    /// The names that are computed, for [`Options::may_compute`].
    computed: Options,
    /// The options that core and the modules read that load, sorted.
    names: BTreeSet<&'a str>,
    /// The modules of the release that read each option, loaded or not.
    modules: OnceCell<HashMap<&'a str, Vec<&'a str>>>,
    release: &'a Release,
    hosts: BTreeMap<&'a str, HostReaders<'a>>,
    /// The modules of which nothing is known, on any host.
    unknown: BTreeSet<&'a str>,
    /// Something loads modules whose names are computed.
    loads_computed: bool,
}

/// What reads options on one host.
#[derive(Debug, Default)]
struct HostReaders<'a> {
    /// The modules that load.
    loaded: Vec<Module<'a>>,
    /// Options of what may be there as well: modules that load under some condition, those that are
    /// enabled and cannot load, and community copies.
    possible: Vec<&'a Options>,
    /// Modules that are enabled, and of which no release knows the options.
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
        copy.filter(|copy| !copy.readme_only)
            .map(|copy| &*copy.options)
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
        Self::after_upgrade(None, release, resolutions)
    }

    /// The same after an upgrade: modules that the former release has, and this one cannot load, are
    /// gone, and nobody installs them from elsewhere.
    pub fn after_upgrade(
        former: Option<&Release>,
        release: &'a Release,
        resolutions: &[Resolution<'a>],
    ) -> Option<Self> {
        let mut all = Self {
            core: release.core.as_ref()?,
            read: HashMap::new(),
            computed: Options::default(),
            names: BTreeSet::new(),
            release,
            modules: OnceCell::new(),
            hosts: BTreeMap::new(),
            unknown: BTreeSet::new(),
            loads_computed: false,
        };
        all.add(all.core);
        all.names.extend(all.core.named.keys().map(String::as_str));
        // Most modules load on many hosts.
        let mut seen: BTreeSet<*const Options> = BTreeSet::new();
        for resolution in resolutions {
            let Some(name) = resolution.host else {
                continue;
            };
            let host = HostReaders::of(former, release, resolution);
            for module in &host.loaded {
                let options = &*module.facts.options;
                if seen.insert(options) {
                    all.add(options);
                    all.names.extend(options.named.keys().map(String::as_str));
                }
            }
            for &options in host
                .possible
                .iter()
                .filter(|options| seen.insert(**options))
            {
                all.add(options);
            }
            all.unknown.extend(&host.unknown);
            all.loads_computed |= host.loads_computed;
            all.hosts.insert(name, host);
        }
        Some(all)
    }

    fn add(&mut self, options: &'a Options) {
        for (name, read) in &options.named {
            let global_only = self.read.entry(name).or_insert(true);
            *global_only &= read.global_only;
        }
        let computed = &mut self.computed;
        for (known, patterns) in [
            (&mut computed.computed, &options.computed),
            (&mut computed.computed_global, &options.computed_global),
        ] {
            for pattern in patterns {
                if !known.contains(pattern) {
                    known.push(pattern.clone());
                }
            }
        }
    }

    /// What the core reads.
    pub fn core(&self) -> &'a Options {
        self.core
    }

    /// The modules that load on a host.
    pub fn modules_on(&self, host: &str) -> impl Iterator<Item = Module<'a>> {
        let host = self.hosts.get(host).into_iter();
        host.flat_map(|host| host.loaded.iter().copied())
    }

    /// Who reads an option that is set in the section of a host, or in the global one.
    ///
    /// A module may read the options of other hosts than its own, so what loads on any host counts.
    pub fn reading(&self, section: &str, option: &str) -> Reading<'a> {
        if self.read.contains_key(option) || self.computed.may_compute(option) {
            return Reading::Read;
        }
        let unknown = match section {
            GLOBAL => Some(&self.unknown),
            host => self.hosts.get(host).map(|host| &host.unknown),
        };
        if let Some(unknown) = unknown.filter(|unknown| !unknown.is_empty()) {
            return Reading::PerhapsBy(unknown.iter().copied().collect());
        }
        match self.modules().get(option) {
            None => Reading::Nothing,
            // One of them may be what is loaded by a computed name.
            Some(_) if self.loads_computed => Reading::Read,
            Some(modules) => Reading::NotLoaded(modules.clone()),
        }
    }

    fn modules(&self) -> &HashMap<&'a str, Vec<&'a str>> {
        self.modules.get_or_init(|| by_option(self.release))
    }

    /// Whether all that reads an option reads it from the global section only. Not where a name
    /// that is computed for hosts may be this one, or a module may read it that nobody knows.
    pub fn is_global_only(&self, option: &str) -> bool {
        let is_global = match self.read.get(option) {
            Some(global_only) => *global_only,
            // By a computed name: `c2s_interface`. A module that may load has no such option.
            None => {
                !self.loads_computed
                    && self.computed.may_compute(option)
                    && !self.modules().contains_key(option)
            }
        };
        is_global && !self.computed.may_compute_on_host(option) && self.unknown.is_empty()
    }

    /// The names of all options that core and the loaded modules read, for suggestions.
    pub fn names(&self) -> &BTreeSet<&'a str> {
        &self.names
    }
}

/// The modules of a release that read each option, themselves or in a community copy.
fn by_option(release: &Release) -> HashMap<&str, Vec<&str>> {
    let mut modules: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, facts) in &release.modules {
        let copy = facts.community_copy.iter().map(|copy| &*copy.options);
        for options in std::iter::once(&*facts.options).chain(copy) {
            for option in options.named.keys() {
                let readers = modules.entry(option).or_default();
                if readers.last() != Some(&name.as_str()) {
                    readers.push(name);
                }
            }
        }
    }
    modules
}

impl<'a> HostReaders<'a> {
    fn of(former: Option<&Release>, release: &'a Release, resolution: &Resolution<'a>) -> Self {
        let is_gone = |name: &str| {
            let was = former.and_then(|former| former.modules.get(name));
            was.is_some_and(|was| !was.readme_only)
        };
        let mut host = Self::default();
        let modules = resolution.modules.iter();
        let dependencies = resolution.dependencies.iter().map(|d| d.name);
        let loading = modules.clone().filter(|module| module.state.loads());
        for name in loading.map(|module| module.real_name()).chain(dependencies) {
            host.add(release, name);
        }
        for module in modules.filter(|module| module.state == State::Unavailable) {
            if !is_gone(module.real_name()) {
                host.add_unavailable(release, module.real_name());
            }
        }
        host.add_conditional(release);
        host
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
    /// elsewhere, unless upstream left nothing of it but a README.
    fn add_unavailable(&mut self, release: &'a Release, name: &'a str) {
        if release
            .modules
            .get(name)
            .is_some_and(|facts| facts.readme_only)
        {
            return;
        }
        let mut is_known = false;
        for release in std::iter::once(release).chain(builtin::all()) {
            let facts = release.modules.get(name).filter(|facts| !facts.readme_only);
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
}
