//! A `prosody.cfg.lua`, read as Prosody reads it: by running it.
//!
//! From the outside in: `read` starts a thread and gives up at a deadline, `run` makes the sandbox
//! and runs the main file, `chunk` makes a file ready, `environment` is what it sees, with its `words`, `include` and
//! `handle`; `unknown` is what a refused call returns. `outline` reads the syntax tree for what a
//! run cannot tell, and `result` makes the model of it.

mod chunk;
mod differences;
mod directive_names;
mod directives;
mod environment;
mod failure;
mod handle;
mod include;
mod limits;
mod noted;
mod outline;
mod paths;
mod result;
mod run;
mod sandbox;
mod state;
mod unknown;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

pub use differences::{cannot_read, differences};
pub use directive_names::{COMPONENT_DIRECTIVES, VIRTUAL_HOST_DIRECTIVES};
pub use limits::Limits;

use super::model::{Configuration, Dialect};
use crate::diagnostic::{Diagnostic, Result};
use crate::scan::depth::STACK_SIZE;
use crate::source::Source;

/// How to read a configuration.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Whose rules it is read by.
    pub dialect: Dialect,
    /// The directory that stands for `/`, for the files of another machine or a container.
    pub root: Option<PathBuf>,
    /// The directory where relative paths of the main file start; without it, that of the file.
    pub directory: Option<PathBuf>,
    /// Whether it is the text of another machine, whose files are not available: what an `Include` names
    /// cannot be determined.
    pub for_other_machine: bool,
    /// The environment variables that the configuration sees. Ours are never among them unasked.
    pub variables: BTreeMap<String, String>,
    /// What a configuration may use.
    pub limits: Limits,
}

impl ReadOptions {
    /// The rules of a dialect, no variables, and the usual limits.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            root: None,
            directory: None,
            for_other_machine: false,
            variables: BTreeMap::new(),
            limits: Limits::default(),
        }
    }
}

/// Runs a configuration and collects what it sets.
///
/// It is all or nothing, as in Prosody: an error of syntax, an error at run time or a missing
/// include is an error here, and so is a limit that is passed.
///
/// The text runs on a thread of its own. A costly pattern cannot be interrupted, so past the
/// deadline that thread is left behind; the program is expected to end then.
pub fn read(source: &Source, options: &ReadOptions) -> Result<Configuration> {
    let name = source.name().to_owned();
    let time = options.limits.time;
    let progress = limits::Progress::default();
    let (sender, receiver) = mpsc::channel();
    let work = {
        let (source, options, progress) = (source.clone(), options.clone(), progress.clone());
        move || {
            // Nobody listens any more when the deadline has passed.
            let _ = sender.send(run::run(&source, &options, &progress));
        }
    };
    let started = thread::Builder::new().stack_size(STACK_SIZE).spawn(work);
    if let Err(error) = started {
        return Err(Box::new(Diagnostic::error(format!(
            "cannot read {name}: no thread to run it on: {error}"
        ))));
    }
    match receiver.recv_timeout(time) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(limits::too_slow(&name, time, &progress)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Box::new(Diagnostic::error(format!(
            "cannot read {name}: reading it failed unexpectedly"
        )))),
    }
}
