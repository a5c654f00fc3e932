//! Every module of a release tried alone: each in a server of its own that enables this module
//! and for nothing else, so that what happens is this module's doing.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::observation::{End, Observation};
use super::recorded::{Trial, record};
use super::{ConfigurationFile, Isolation, Rehearsal, Server, User};
use crate::diagnostic::{Diagnostic, Result};
use crate::lua;
use crate::release::Release;
use crate::release::observed::TriedOn;

/// How long a server may take that has one module to load.
const DEADLINE: Duration = Duration::from_secs(30);
/// How many servers run side by side for each processor: most of the time they wait.
const SERVERS: usize = 3;

/// The server that tries modules.
#[derive(Clone, Debug)]
pub struct Trials {
    /// The server.
    pub server: Server,
    /// Whom it runs as.
    pub user: Option<User>,
    /// More directories of plugins than its own, as the server sees them; the first one wins.
    pub plugins: Vec<PathBuf>,
}

impl Trials {
    /// Tries every module that has code, and records what was observed; the server's version.
    ///
    /// `progress` is called with the modules done and all of them, from several threads.
    pub fn observe(
        &self,
        release: &mut Release,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<String> {
        let bare = self.start("")?;
        let version = match (bare.end, &bare.version) {
            (End::Finished, Some(version)) => version.clone(),
            _ => {
                let error = bare.final_error();
                let problem = format!("the server does not start, even without modules: {error}");
                let help = "pass the Prosody that was scanned, with its dependencies";
                return Err(Box::new(
                    Diagnostic::error(problem.trim_end_matches(": ")).help(help),
                ));
            }
        };
        let automatic: BTreeSet<String> = bare.loaded().map(|(name, _)| name.clone()).collect();
        let modules = release
            .modules
            .iter()
            .filter(|(_, facts)| !facts.readme_only);
        let names: Vec<String> = modules.map(|(name, _)| name.clone()).collect();
        let (done, all) = (AtomicUsize::new(0), names.len());
        progress(0, all);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = rayon::ThreadPoolBuilder::new().num_threads(processors * SERVERS);
        let threads = threads.build().map_err(|error| {
            Box::new(Diagnostic::error(format!(
                "cannot start servers in parallel: {error}"
            )))
        })?;
        let trials: Result<Vec<Trial>> = threads.install(|| {
            let trials = names.par_iter().map(|name| {
                let trial = self.try_module(name);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, all);
                trial
            });
            trials.collect()
        });
        record(release, trials?, &automatic);
        Ok(version)
    }

    /// Tries a module on a virtual host, and where it does not load as a component.
    fn try_module(&self, name: &str) -> Result<Trial> {
        let quoted = lua::quote(name);
        let mut observations = Vec::new();
        for (on, text) in [
            (
                TriedOn::VirtualHost,
                format!("modules_enabled = {{ {quoted} }}\n"),
            ),
            (
                TriedOn::Component,
                format!("Component \"alone.localhost\" {quoted}\n"),
            ),
        ] {
            let observation = self.start(&text)?;
            if works(&observation, name) {
                return Ok(Trial {
                    module: name.to_owned(),
                    loads_on: Some(on),
                    observations: vec![observation],
                });
            }
            let is_slow = observation.end == End::TimedOut;
            observations.push(observation);
            // It would take as long again.
            if is_slow {
                break;
            }
        }
        Ok(Trial {
            module: name.to_owned(),
            loads_on: None,
            observations,
        })
    }

    fn start(&self, requested: &str) -> Result<Observation> {
        let plugins = self.plugins.iter();
        let plugins: Vec<_> = plugins
            .map(|path| lua::quote(&path.to_string_lossy()))
            .collect();
        // The virtual host comes first: after it `modules_enabled` would be its own.
        let (global, component) = match requested.starts_with("Component") {
            true => ("", requested),
            false => (requested, ""),
        };
        let text = format!(
            "plugin_paths = {{ {} }}\n{global}VirtualHost \"localhost\"\n{component}",
            plugins.join(", ")
        );
        let rehearsal = Rehearsal {
            server: self.server.clone(),
            configuration: ConfigurationFile::Generated {
                text,
                directories: self.plugins.clone(),
            },
            environment: Default::default(),
            user: self.user.clone(),
            isolation: Isolation::Namespaces,
            deadline: DEADLINE,
            clients: 0,
        };
        rehearsal.observe()
    }
}

fn works(observation: &Observation, name: &str) -> bool {
    let mut own = observation
        .loaded()
        .filter(|(other, _)| *other == name)
        .peekable();
    own.peek().is_some() && !own.any(|(_, module)| module.complains())
}
