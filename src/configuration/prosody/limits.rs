//! What a configuration may use: it is a program, and may be a hostile one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::report::Place;

const MIB: usize = 1024 * 1024;

/// What a configuration may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Instructions of Lua.
    pub instructions: u64,
    /// Memory of Lua, in bytes.
    pub memory: usize,
    /// Files, the main one included; a file counts each time it is included.
    pub files: usize,
    /// How deep includes may nest.
    pub depth: usize,
    /// The size of each file, in bytes.
    pub file_size: usize,
    /// Values in all options together, each item of a list counted.
    pub values: usize,
    /// Text in all options together, in bytes.
    pub text: usize,
    /// Modules that all hosts together ask for, the global list counted for each virtual host.
    pub modules: usize,
    /// The time for everything.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            instructions: 10_000_000,
            memory: 64 * MIB,
            files: 1000,
            depth: 100,
            file_size: MIB,
            values: 200_000,
            text: 16 * MIB,
            modules: 500_000,
            time: Duration::from_secs(2),
        }
    }
}

/// A limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExceededLimit {
    Instructions,
    Memory,
    Files,
    Depth,
    Values,
    Text,
    Modules,
}

impl ExceededLimit {
    /// What was exceeded, and what to check.
    pub(super) fn message(self, limits: &Limits) -> (String, &'static str) {
        match self {
            Self::Instructions => (
                format!("it runs more than {} instructions", limits.instructions),
                "check for an endless loop",
            ),
            Self::Memory => (
                format!("it needs more than {} MiB of memory", limits.memory / MIB),
                "check for a string or a table that grows in a loop",
            ),
            Self::Files => (
                format!("it includes more than {} files", limits.files),
                "include fewer files",
            ),
            Self::Depth => (
                format!("its includes nest more than {} deep", limits.depth),
                "check for a file that includes itself",
            ),
            Self::Values => (
                format!("it sets more than {} values", limits.values),
                "check for a table that grows in a loop",
            ),
            Self::Text => (
                format!(
                    "its options hold more than {} MiB of text",
                    limits.text / MIB
                ),
                "check for a string that grows in a loop",
            ),
            Self::Modules => (
                format!(
                    "its hosts enable more than {} modules in total",
                    limits.modules
                ),
                "define fewer hosts, or enable fewer modules on all of them",
            ),
        }
    }
}

/// The place of the run, for the thread that waits for it.
#[derive(Clone, Default)]
pub(super) struct Progress(Arc<Mutex<Option<Place>>>);

impl Progress {
    /// Sets the current place.
    pub(super) fn set(&self, place: Place) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// The last place that was set.
    pub(super) fn last(&self) -> Option<Place> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// The error about a run that is not done at the deadline.
pub(super) fn too_slow(name: &str, time: Duration, progress: &Progress) -> Box<Diagnostic> {
    let last = progress.last();
    let near = last.map_or(String::new(), |place| format!(", last seen at {place}"));
    Box::new(
        Diagnostic::error(format!(
            "cannot read {name}: timed out after {} s{near}",
            time.as_secs_f64()
        ))
        .help("check for an expensive pattern, or an endless loop"),
    )
}
