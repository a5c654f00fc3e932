//! What trials of modules have shown, as facts of a release.

use std::collections::{BTreeMap, BTreeSet};

use super::event::LoadedModule;
use super::observation::{End, Observation};
use super::problem::{Cause, ProblemKind, general};
use crate::release::observed::{Failure, FailureCause, TriedOn};
use crate::release::options::fits;
use crate::release::{Observed, OptionType, Options, Release, ReleaseModule, ReleaseOption};

/// The most characters that are kept of what a server said.
const LONGEST_MESSAGE: usize = 200;

/// What came of one module.
pub(super) struct Trial {
    /// The module.
    pub(super) module: String,
    /// Where it loaded.
    pub(super) loads_on: Option<TriedOn>,
    /// The server in which it loaded, else all that tried.
    pub(super) observations: Vec<Observation>,
}

/// What is recorded of one module.
struct Facts {
    observed: Observed,
    depends: Vec<String>,
    options: Vec<String>,
}

/// Records what was observed; servers load `automatic` without being loaded_by.
pub(super) fn record(release: &mut Release, trials: Vec<Trial>, automatic: &BTreeSet<String>) {
    let scanned: &Release = release;
    let facts = trials.iter().filter_map(|trial| {
        let module = scanned.modules.get(&trial.module)?;
        let (observed, depends) = match trial.loads_on {
            Some(on) => (
                Observed::LoadsOn(on),
                dependencies(
                    scanned,
                    &trial.module,
                    module,
                    &trial.observations,
                    automatic,
                ),
            ),
            None => (Observed::Fails(failure(trial, module)), Vec::new()),
        };
        let facts = Facts {
            observed,
            depends,
            options: options(scanned, &trial.module, &trial.observations),
        };
        Some((trial.module.clone(), facts))
    });
    let facts: Vec<_> = facts.collect();
    for (name, facts) in facts {
        let Some(module) = release.modules.get_mut(&name) else {
            continue;
        };
        module.observed = Some(facts.observed);
        module.depends.observed = facts.depends;
        if !facts.options.is_empty() {
            let mut options = Options::clone(&module.options);
            let new = facts.options.into_iter();
            options.named.extend(new.map(|name| (name, as_observed())));
            options.named.sort_keys();
            module.options = options.into();
        }
    }
}

/// The modules that a module loads and that its code does not show to load, sorted.
fn dependencies(
    release: &Release,
    name: &str,
    module: &ReleaseModule,
    observations: &[Observation],
    automatic: &BTreeSet<String>,
) -> Vec<String> {
    let all: BTreeSet<&str> = observations
        .iter()
        .flat_map(Observation::loaded)
        .map(|(name, _)| name.as_str())
        .collect();
    // What each module of these servers has read itself.
    let mut loaded_by: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, module) in observations.iter().flat_map(Observation::loaded) {
        let names = module.dependencies.iter().map(String::as_str);
        loaded_by.entry(name).or_default().extend(names);
    }
    let mut explained = BTreeSet::new();
    let mut queue = vec![name];
    while let Some(name) = queue.pop() {
        if !explained.insert(name) {
            continue;
        }
        queue.extend(loaded_by.get(name).into_iter().flatten());
        if let Some(facts) = release.modules.get(name) {
            queue.extend(facts.depends.loading());
            queue.extend(facts.depends.soft.iter().map(String::as_str));
        }
    }
    let read: BTreeSet<&str> = module
        .depends
        .loading()
        .chain(module.depends.soft.iter().map(String::as_str))
        .collect();
    let own_dependencies = loaded_by.get(name).into_iter().flatten().copied();
    // What it loads in another way is in nobody's list.
    let others = all
        .into_iter()
        .filter(|other| !explained.contains(other) && !automatic.contains(*other));
    let dependencies: BTreeSet<&str> = own_dependencies
        .chain(others)
        .filter(|other| *other != name && !read.contains(other))
        .filter(|other| release.modules.contains_key(*other))
        .collect();
    dependencies.into_iter().map(str::to_owned).collect()
}

/// The options that a module has read, and that neither it nor what loads with it is known to read.
fn options(release: &Release, name: &str, observations: &[Observation]) -> Vec<String> {
    // Where those of the core are unknown, all are.
    let Some(core) = &release.core else {
        return Vec::new();
    };
    let loaded = observations.iter().flat_map(Observation::loaded);
    let names = loaded.map(|(name, _)| name.as_str()).chain([name]);
    let names: BTreeSet<&str> = names.collect();
    let modules = names.iter().filter_map(|name| release.modules.get(*name));
    let options = modules.flat_map(|module| {
        let copy = module.community_copy.as_ref().map(|copy| &*copy.options);
        std::iter::once(&*module.options).chain(copy)
    });
    let options: Vec<&Options> = options.chain([core]).collect();
    let is_known = |option: &str| {
        let mut options = options.iter();
        options.any(|options| options.named.contains_key(option) || computes(options, option))
    };
    let read = observations
        .iter()
        .filter_map(|observation| observation.reads.get(name));
    let unknown: BTreeSet<&String> = read.flatten().filter(|option| !is_known(option)).collect();
    unknown.into_iter().cloned().collect()
}

/// Whether a name is one that is computed. A pattern without any text fits everything, and shows
/// nothing.
fn computes(options: &Options, option: &str) -> bool {
    let mut patterns = options.patterns();
    patterns.any(|pattern| pattern.contains(|c| c != '*') && fits(pattern, option))
}

/// An option of which only the name is known.
fn as_observed() -> ReleaseOption {
    ReleaseOption {
        option_type: OptionType::Any,
        values: Vec::new(),
        default: None,
        min: None,
        max: None,
        global_only: false,
        required: false,
        observed: true,
    }
}

/// Why a module did not load: of several reasons the most specific one.
fn failure(trial: &Trial, module: &ReleaseModule) -> Failure {
    let failures = trial.observations.iter();
    let failures = failures.map(|observation| failure_in(observation, &trial.module, module));
    let tells_least = |failure: &Failure| match failure.cause {
        FailureCause::Library | FailureCause::Option => 0,
        FailureCause::Dependency => 1,
        FailureCause::Silent => 3,
        _ => 2,
    };
    failures.min_by_key(tells_least).unwrap_or(Failure {
        cause: FailureCause::Silent,
        name: None,
        words: None,
    })
}

fn failure_in(observation: &Observation, name: &str, module: &ReleaseModule) -> Failure {
    let failed = |cause, message: &str| Failure {
        cause,
        name: None,
        words: Some(general(message).chars().take(LONGEST_MESSAGE).collect())
            .filter(|it: &String| !it.is_empty()),
    };
    if observation.end == End::TimedOut {
        return failed(FailureCause::NoServer, "it did not start in time");
    }
    if observation.end != End::Finished {
        return failed(FailureCause::NoServer, "it exited");
    }
    let named = |cause, name: &str| Failure {
        cause,
        name: Some(name.to_owned()),
        words: None,
    };
    let is_complaint =
        |(other, module): &(&String, &LoadedModule)| *other == name && module.complains();
    if let Some((_, complaining)) = observation.loaded().find(is_complaint) {
        let message = complaining.message.as_deref().unwrap_or_default();
        return match missing_option(observation, name, module, message) {
            Some(option) => named(FailureCause::Option, option),
            None => failed(FailureCause::Complains, message),
        };
    }
    let problems = observation.problems();
    let cause = problems.iter().find_map(|problem| match &problem.kind {
        ProblemKind::Module(cause) if problem.subject == name => {
            Some((cause, problem.message.as_str()))
        }
        _ => None,
    });
    let Some((cause, message)) = cause else {
        return failed(FailureCause::Silent, "");
    };
    match cause {
        Cause::Library(library) => named(FailureCause::Library, library),
        Cause::Dependency(other) => named(FailureCause::Dependency, other),
        Cause::Raised => match missing_option(observation, name, module, message) {
            Some(option) => named(FailureCause::Option, option),
            None => failed(FailureCause::Raised, message),
        },
        Cause::Unfit => failed(FailureCause::Unfit, message),
        Cause::Syntax => failed(FailureCause::Syntax, message),
        Cause::NotFound | Cause::Unknown => failed(FailureCause::NotFound, ""),
        Cause::Silent => failed(FailureCause::Silent, ""),
    }
}

/// The option that an error is about: one that it names and that the module has read, else one
/// without which the code shows that the module does not load.
fn missing_option<'a>(
    observation: &'a Observation,
    name: &str,
    module: &'a ReleaseModule,
    message: &str,
) -> Option<&'a str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let words: BTreeSet<&str> = message.split(|c| !is_part(c)).collect();
    let read = observation.reads.get(name).into_iter().flatten();
    let named = read
        .map(String::as_str)
        .filter(|option| words.contains(option));
    let required = module.options.named.iter();
    let mut required = required.filter(|(_, option)| option.required);
    named
        .max_by_key(|option| option.len())
        .or_else(|| Some(required.next()?.0.as_str()))
}
