//! What stays undecided, and what of it matters.

use std::ops::Range;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::modules::{Definition, Undecided};
use super::places::TARGET;
use crate::configuration::services_prosody::{self, value as service};
use crate::diagnostic::Diagnostic;
use crate::selection::nixos_module::OPTIONS;
use crate::source::Source;

/// All that a walk through a configuration collected.
pub(super) struct Definitions {
    pub definitions: Vec<Definition>,
    pub service: Vec<service::Definition>,
    pub undecided: Vec<Undecided>,
    pub machines: IndexSet<String>,
    pub sources: Vec<Arc<Source>>,
    pub too_long: bool,
}

/// One thing that is undetermined, as it is reported.
pub(super) struct Doubt {
    pub option: String,
    pub reason: String,
    pub file: usize,
    pub span: Range<usize>,
}

impl Doubt {
    pub(super) fn of(undecided: &Undecided, machines: &IndexSet<String>) -> Self {
        let option = match undecided.path.as_slice() {
            [] => "the configuration".to_owned(),
            path => path.join("."),
        };
        let option = match machines[undecided.machine].as_str() {
            "" => option,
            machine => format!("{option} of {machine}"),
        };
        Self {
            option,
            reason: undecided.reason.clone(),
            file: undecided.file,
            span: undecided.span.clone(),
        }
    }

    /// About the settings as a whole.
    pub(super) fn whole(reason: &str) -> Self {
        Self {
            option: OPTIONS.to_owned(),
            reason: reason.to_owned(),
            file: 0,
            span: 0..0,
        }
    }

    /// The same about services.prosody.
    pub(super) fn of_service(self) -> services_prosody::Doubt {
        services_prosody::Doubt {
            option: self.option,
            why: self.reason,
            at: service::At {
                file: self.file,
                span: self.span,
            },
        }
    }

    pub(super) fn line(&self, sources: &[Arc<Source>]) -> String {
        let source = &sources[self.file];
        let (line, column) = position(source, self.span.start);
        let name = source.name();
        format!("{} ({name}:{line}:{column}): {}", self.option, self.reason)
    }

    pub(super) fn message(&self, sources: &[Arc<Source>]) -> Diagnostic {
        Diagnostic::warning(format!(
            "cannot determine `{}` without evaluating the configuration",
            self.option
        ))
        .at(&sources[self.file], self.span.clone(), self.reason.as_str())
        .help(format!(
            "pass the evaluated settings instead: `nix eval --json \
             .#nixosConfigurations.NAME.config.{OPTIONS} > settings.json`, then --config settings.json"
        ))
    }
}

/// What matters of all that is undecided.
pub(super) fn decisive<'a>(
    collected: &'a Definitions,
    with_settings: &'a IndexSet<usize>,
) -> impl Iterator<Item = &'a Undecided> {
    let mut lowest: IndexMap<(usize, &[String]), i64> = IndexMap::new();
    for definition in &collected.definitions {
        let priority = lowest
            .entry((definition.machine, definition.path.as_slice()))
            .or_insert(definition.priority);
        *priority = definition.priority.min(*priority);
    }
    collected.undecided.iter().filter(move |undecided| {
        let is_ours = undecided.path.len() >= TARGET.len()
            && undecided.path.iter().zip(TARGET).all(|(a, b)| a == b);
        // Where one machine has the settings, another one that sets nothing is not about Prosody.
        if !with_settings.is_empty() && !with_settings.contains(&undecided.machine) && !is_ours {
            return false;
        }
        // A setting of higher priority wins, whatever this one is.
        let below = undecided.path.get(TARGET.len()..).unwrap_or_default();
        let winner = lowest.get(&(undecided.machine, below));
        !(is_ours && winner.is_some_and(|priority| *priority < undecided.priority))
    })
}

/// Machines of one configuration that are set up differently: only one of them can be reviewed.
pub(super) fn different_machines(
    collected: &Definitions,
    with_settings: &IndexSet<usize>,
) -> Option<Doubt> {
    if with_settings.len() < 2 {
        return None;
    }
    let mut settings: IndexMap<usize, IndexMap<&[String], &Definition>> = IndexMap::new();
    for definition in &collected.definitions {
        let of_machine = settings.entry(definition.machine).or_default();
        let winner = of_machine
            .entry(definition.path.as_slice())
            .or_insert(definition);
        if definition.priority < winner.priority {
            *winner = definition;
        }
    }
    let same = |a: &IndexMap<&[String], &Definition>, b: &IndexMap<&[String], &Definition>| {
        a.len() == b.len()
            && a.iter()
                .all(|(path, d)| b.get(path).is_some_and(|other| other.value == d.value))
    };
    let first = settings.values().next()?;
    if settings.values().all(|other| same(first, other)) {
        return None;
    }
    let name = |machine: &usize| match collected.machines[*machine].as_str() {
        "" => "the configuration itself",
        name => name,
    };
    let names: Vec<&str> = settings.keys().map(name).take(20).collect();
    let definition = first.values().next()?;
    Some(Doubt {
        option: OPTIONS.to_owned(),
        reason: format!(
            "these machines have different settings: {}",
            names.join(", ")
        ),
        file: definition.file,
        span: definition.span.clone(),
    })
}

/// Line and column of an offset, both counted from 1, the column in characters.
pub(super) fn position(source: &Source, at: usize) -> (usize, usize) {
    let before = &source.text()[..at.min(source.text().len())];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
