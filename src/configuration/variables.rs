//! Flags from `PROSODY_ENABLE_*` variables, wherever the variables are set.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Result, add_message, nearest};
use crate::envfile::Assignment;
use crate::inventory::{Flag, Inventory, Rollout};
use crate::selection::{Origin, Selection, value};
use crate::source::Source;

/// How the names of the variables begin.
pub const PREFIX: &str = "PROSODY_ENABLE_";

/// A variable and the text that sets it.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Name, value and their places in `source`.
    pub assignment: Assignment,
    /// Where it is set.
    pub source: Arc<Source>,
}

impl Variable {
    /// The variables that one text sets.
    pub fn all_of(source: &Arc<Source>, assignments: Vec<Assignment>) -> Vec<Self> {
        let variable = |assignment| Self {
            assignment,
            source: Arc::clone(source),
        };
        assignments.into_iter().map(variable).collect()
    }

    /// Whether it is one of the flags' variables, by its name.
    pub fn is_ours(&self) -> bool {
        self.assignment.name.starts_with(PREFIX)
    }

    /// The line that sets it, counted from 1.
    pub fn line(&self) -> usize {
        let before = &self.source.text()[..self.assignment.name_range.start];
        before.matches('\n').count() + 1
    }
}

/// Applies the flags among `variables` and returns how many flags they set.
///
/// The last assignment of a variable counts. `messages` receives warnings about former names,
/// unknown flags and empty values.
pub fn apply(
    selection: &mut Selection,
    inventory: &Inventory,
    variables: &[Variable],
    origin: impl Fn(&Variable) -> Origin,
    messages: &mut Vec<Diagnostic>,
) -> Result<usize> {
    let mut set: Vec<(Flag, Rollout, &Variable)> = Vec::new();
    for variable in variables.iter().filter(|variable| variable.is_ours()) {
        let Some(flag) = flag_of(inventory, variable, messages)? else {
            continue;
        };
        let Some(value) = value_of(flag, variable, messages)? else {
            continue;
        };
        let name = &variable.assignment.name;
        let twin = set
            .iter()
            .find(|(f, v, other)| *f == flag && *v != value && other.assignment.name != *name);
        if let Some((_, _, twin)) = twin {
            return Err(two_names(inventory, flag, &twin.assignment, variable));
        }
        set.retain(|(_, _, other)| other.assignment.name != *name);
        set.push((flag, value, variable));
    }
    let count = set.len();
    for (flag, value, variable) in set {
        selection.set_flag(flag, value, origin(variable))?;
    }
    Ok(count)
}

fn two_names(
    inventory: &Inventory,
    flag: Flag,
    twin: &Assignment,
    variable: &Variable,
) -> Box<Diagnostic> {
    let assignment = &variable.assignment;
    Box::new(
        Diagnostic::error(format!(
            "`{}` and `{}` name the same flag `{flag}`, with different values",
            twin.name, assignment.name
        ))
        .at(
            &variable.source,
            assignment.name_range.start..assignment.value_range.end,
            format!("`{}` is `{}`", twin.name, twin.value),
        )
        .help(format!("keep `{}` only", inventory.flags.get(flag).env)),
    )
}

/// The flag that a variable sets, by its present or former name.
///
/// A misspelt flag is an error: its value would be lost. Any other name draws a warning.
fn flag_of(
    inventory: &Inventory,
    variable: &Variable,
    messages: &mut Vec<Diagnostic>,
) -> Result<Option<Flag>> {
    let name = variable.assignment.name.as_str();
    let at = || variable.assignment.name_range.clone();
    let env = |flag: Flag| inventory.flags.get(flag).env.as_str();
    if let Some(flag) = Flag::ALL.into_iter().find(|flag| env(*flag) == name) {
        return Ok(Some(flag));
    }
    let end = &name[PREFIX.len()..];
    let former = end.to_ascii_lowercase();
    if let Some(&flag) = inventory.renamed_flags.get(&former) {
        let now = env(flag);
        add_message(messages, || {
            Diagnostic::warning(format!("`{name}` was renamed to `{now}`"))
                .at(&variable.source, at(), format!("read as `{now}`"))
                .help("rename it")
        });
        return Ok(Some(flag));
    }
    // All names begin alike: only their ends differ.
    let ends = Flag::ALL.map(|flag| env(flag).strip_prefix(PREFIX).unwrap_or_default());
    if let Some(near) = nearest(end, ends) {
        return Err(Box::new(
            Diagnostic::error(format!("unknown flag `{name}`"))
                .at(&variable.source, at(), "not one of the six flags")
                .help(format!("did you mean `{PREFIX}{near}`?")),
        ));
    }
    add_message(messages, || {
        Diagnostic::warning(format!("unknown flag `{name}`"))
            .at(&variable.source, at(), "has no effect")
            .help(format!("the flags are: {}", Flag::ALL.map(env).join(", ")))
    });
    Ok(None)
}

/// The value of a flag; `None`, with a warning, for an empty one.
fn value_of(
    flag: Flag,
    variable: &Variable,
    messages: &mut Vec<Diagnostic>,
) -> Result<Option<Rollout>> {
    let Assignment {
        name,
        value,
        name_range,
        value_range,
    } = &variable.assignment;
    if value.trim().is_empty() {
        add_message(messages, || {
            Diagnostic::warning(format!("`{name}` is empty"))
                .at(
                    &variable.source,
                    name_range.clone(),
                    "unset, uses the default",
                )
                .help("write true or false")
        });
        return Ok(None);
    }
    let read = match flag {
        Flag::Beta | Flag::Alpha => value::rollout(value),
        Flag::Security | Flag::Modern | Flag::Http | Flag::Admin => {
            value::switch(value).map(Rollout::All)
        }
    };
    read.map(Some).map_err(|expected| {
        Box::new(
            Diagnostic::error(format!("invalid value `{value}` for `{name}`")).at(
                &variable.source,
                value_range.clone(),
                expected,
            ),
        )
    })
}
