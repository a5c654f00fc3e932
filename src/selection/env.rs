//! Flags from `PROSODY_ENABLE_*` variables: environment files and the process environment.

use super::{Origin, Selection, value};
use crate::diagnostic::{Diagnostic, Result, did_you_mean, remark};
use crate::envfile::{self, Assignment};
use crate::input::WRITTEN_BY_HAND;
use crate::inventory::{Flag, Inventory, Rollout};
use crate::source::Source;

/// How the names of the variables begin.
pub const PREFIX: &str = "PROSODY_ENABLE_";

impl Selection {
    /// Applies the flags that an environment file sets; other variables are passed over.
    ///
    /// Warnings go to `remarks`: former names, unknown flags, empty values.
    pub fn set_from_env_file(
        &mut self,
        inventory: &Inventory,
        source: &Source,
        remarks: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        source.at_most(WRITTEN_BY_HAND)?;
        let (assignments, malformed) = envfile::parse(source.text());
        for line in malformed {
            // Other people's lines are theirs, unless they swallow ours.
            if line.why == envfile::UNCLOSED || source.text()[line.at.clone()].contains(PREFIX) {
                return Err(Box::new(
                    Diagnostic::error(format!("{} cannot be read", source.name()))
                        .at(source, line.at, line.why),
                ));
            }
        }
        let origin = |a: &Assignment| {
            let line = source.text()[..a.name_at.start].matches('\n').count() + 1;
            Origin::EnvFile(source.name().to_owned(), line)
        };
        self.set_from_assignments(inventory, source, &assignments, origin, remarks)
    }

    /// Applies the flags among the variables of a process.
    pub fn set_from_environment(
        &mut self,
        inventory: &Inventory,
        variables: impl IntoIterator<Item = (String, String)>,
        remarks: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        // As one text, so that messages can point into it.
        let mut text = String::new();
        let mut assignments = Vec::new();
        for (name, value) in variables
            .into_iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
        {
            let name_at = text.len()..text.len() + name.len();
            let value_at = name_at.end + 1..name_at.end + 1 + value.len();
            text.push_str(&format!("{name}={value}\n"));
            assignments.push(Assignment {
                name,
                value,
                name_at,
                value_at,
            });
        }
        let source = Source::new("<environment>", text);
        let origin = |a: &Assignment| Origin::Environment(a.name.clone());
        self.set_from_assignments(inventory, &source, &assignments, origin, remarks)
    }

    /// Applies the flags among assignments that stand somewhere in `source`; `origin` tells where.
    pub fn set_from_assignments(
        &mut self,
        inventory: &Inventory,
        source: &Source,
        assignments: &[Assignment],
        origin: impl Fn(&Assignment) -> Origin,
        remarks: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        let mut set: Vec<(Flag, Rollout, &Assignment)> = Vec::new();
        for assignment in assignments.iter().filter(|a| a.name.starts_with(PREFIX)) {
            let Some(flag) = flag_of(inventory, source, assignment, remarks) else {
                continue;
            };
            let Some(value) = value_of(flag, source, assignment, remarks)? else {
                continue;
            };
            let renamed = |a: &&Assignment| a.name != assignment.name;
            let before = set.iter().find(|(f, _, a)| *f == flag && renamed(a));
            if let Some((_, _, other)) = before.filter(|(_, v, _)| *v != value) {
                return Err(Box::new(
                    Diagnostic::error(format!(
                        "`{}` and `{}` are two names for the flag `{flag}`, with different values",
                        other.name, assignment.name
                    ))
                    .at(
                        source,
                        assignment.name_at.start..assignment.value_at.end,
                        format!("`{}` is `{}`", other.name, other.value),
                    )
                    .help(format!("keep `{}` only", inventory.flags.get(flag).env)),
                ));
            }
            // Only the last value of each variable counts.
            set.retain(|(_, _, a)| a.name != assignment.name);
            set.push((flag, value, assignment));
        }
        for (flag, value, assignment) in set {
            self.set_flag(flag, value, origin(assignment))?;
        }
        Ok(())
    }
}

/// The flag that a variable sets, by its present or former name; warns of any other.
fn flag_of(
    inventory: &Inventory,
    source: &Source,
    assignment: &Assignment,
    remarks: &mut Vec<Diagnostic>,
) -> Option<Flag> {
    let name = assignment.name.as_str();
    if let Some(flag) = Flag::ALL
        .into_iter()
        .find(|f| inventory.flags.get(*f).env == name)
    {
        return Some(flag);
    }
    let former = name[PREFIX.len()..].to_ascii_lowercase();
    if let Some(&flag) = inventory.renamed_flags.get(&former) {
        let now = &inventory.flags.get(flag).env;
        remark(remarks, || {
            Diagnostic::warning(format!("`{name}` is called `{now}` now"))
                .at(
                    source,
                    assignment.name_at.clone(),
                    format!("taken as `{now}`"),
                )
                .help("rename it")
        });
        return Some(flag);
    }
    let known = Flag::ALL.map(|flag| inventory.flags.get(flag).env.as_str());
    remark(remarks, || {
        Diagnostic::warning(format!("`{name}` is no flag"))
            .at(source, assignment.name_at.clone(), "has no effect")
            .maybe_help(did_you_mean(name, known))
    });
    None
}

/// The value of a flag; `None`, with a warning, for an empty one.
fn value_of(
    flag: Flag,
    source: &Source,
    assignment: &Assignment,
    remarks: &mut Vec<Diagnostic>,
) -> Result<Option<Rollout>> {
    let Assignment {
        name,
        value,
        value_at,
        ..
    } = assignment;
    if value.trim().is_empty() {
        remark(remarks, || {
            Diagnostic::warning(format!("`{name}` is empty"))
                .at(source, assignment.name_at.clone(), "taken as not set")
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
            Diagnostic::error(format!("`{value}` is no value for `{name}`")).at(
                source,
                value_at.clone(),
                expected,
            ),
        )
    })
}
