//! The selection of a NixOS configuration: `services.prosody-stability`, read without evaluating.

use std::path::Path;

use super::{Origin, Selection, known_module, value};
use crate::diagnostic::{Diagnostic, Result, nearest};
use crate::inventory::{Flag, Inventory, Rollout};
use crate::nix::options::{self, Definition, Literal, Undecided};
use crate::source::Source;

/// Where the settings stand.
const TARGET: [&str; 2] = ["services", "prosody-stability"];

/// The settings of one file.
#[derive(Clone, Debug)]
pub struct Settings {
    source: Source,
    definitions: Vec<Definition>,
    undecided: Vec<Undecided>,
    /// What could not be decided, and what else the admin should know, with its place.
    pub remarks: Vec<Diagnostic>,
}

/// Reads the settings of a NixOS configuration file.
pub fn read(path: &Path) -> Result<Settings> {
    read_source(Source::read(path)?)
}

/// The same for a text that is at hand.
pub fn read_source(source: Source) -> Result<Settings> {
    let found = options::find(source.text(), &TARGET).map_err(|error| {
        let title = format!("{} is no Nix expression", source.name());
        Box::new(Diagnostic::error(title).at(&source, error.span, error.message))
    })?;
    let mut remarks = Vec::new();
    for undecided in &found.undecided {
        let title = format!("`{}` is not decided without evaluating", undecided.option);
        remarks.push(
            Diagnostic::warning(title)
                .at(&source, undecided.span.clone(), undecided.why.as_str())
                .help("taken as not set; options such as --profile and --beta, in place of --config, say it for sure"),
        );
    }
    if let Some(imports) = found.imports {
        let title = format!("what {} imports is not read", source.name());
        remarks.push(Diagnostic::note(title).at(&source, imports, "may set more"));
    }
    if found.definitions.is_empty() && found.undecided.is_empty() {
        let title = format!("{} sets nothing under {}", source.name(), TARGET.join("."));
        remarks.push(Diagnostic::warning(title).help("the defaults are reviewed"));
    }
    Ok(Settings {
        source,
        definitions: found.definitions,
        undecided: found.undecided,
        remarks,
    })
}

impl Settings {
    /// What could not be decided, each with file, line and column.
    pub fn undecided(&self) -> impl Iterator<Item = String> {
        self.undecided.iter().map(|undecided| {
            let (line, column) = self.place(undecided.span.start);
            format!(
                "{} ({}:{line}:{column}): {}",
                undecided.option,
                self.source.name(),
                undecided.why
            )
        })
    }

    /// The profile that is set, if it is.
    pub fn profile(&self) -> Option<&str> {
        let mut definitions = self.definitions.iter().filter(|d| d.path == ["profile"]);
        definitions.find_map(|definition| match &definition.value {
            Literal::Text(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// What the settings mean for an inventory; modules that only `other` knows are passed over.
    pub fn selection(&self, inventory: &Inventory, other: &Inventory) -> Result<Selection> {
        let mut selection = Selection::defaults(inventory);
        let definitions = self.winning()?;
        // The profile first: flags that are set one by one win over it.
        let is_profile = |definition: &&&Definition| definition.path == ["profile"];
        for definition in definitions.iter().filter(is_profile) {
            match &definition.value {
                Literal::Text(name) => selection
                    .set_profile(inventory, name)
                    .map_err(|error| self.wrong(definition, error.title()))?,
                Literal::Null => {}
                _ => return Err(self.wrong(definition, "expected the name of a profile, or null")),
            }
        }
        for definition in definitions {
            let path: Vec<&str> = definition.path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["modules", name] => {
                    let known = |inventory| known_module(inventory, name).is_ok();
                    match &definition.value {
                        Literal::Bool(_) if !known(inventory) && known(other) => {}
                        Literal::Bool(on) => selection
                            .set_module(inventory, name, *on)
                            .map_err(|error| self.wrong(definition, error.title()))?,
                        Literal::Null => {}
                        _ => return Err(self.wrong(definition, "expected true, false or null")),
                    }
                }
                [name] => {
                    if let Some(flag) = flag_of(inventory, name) {
                        let value = self.rollout(flag, definition)?;
                        let line = self.place(definition.span.start).0;
                        let origin = Origin::NixFile(self.source.name().to_owned(), line);
                        selection.set_flag(flag, value, origin)?;
                    } else if !KNOWN.contains(name)
                        && let Some(near) =
                            nearest(name, KNOWN.into_iter().chain(Flag::ALL.map(Flag::name)))
                    {
                        return Err(self.wrong(
                            definition,
                            &format!("no setting `{name}`; did you mean `{near}`?"),
                        ));
                    }
                }
                _ => {}
            }
        }
        Ok(selection)
    }

    /// The definition of every option that wins; two that weigh the same must agree.
    fn winning(&self) -> Result<Vec<&Definition>> {
        let mut winning: Vec<&Definition> = Vec::new();
        for definition in &self.definitions {
            match winning
                .iter_mut()
                .find(|known| known.path == definition.path)
            {
                None => winning.push(definition),
                Some(known) if definition.priority < known.priority => *known = definition,
                Some(known)
                    if definition.priority > known.priority || known.value == definition.value => {}
                Some(known) => {
                    let (line, _) = self.place(known.span.start);
                    return Err(
                        self.wrong(definition, &format!("line {line} sets it to another value"))
                    );
                }
            }
        }
        Ok(winning)
    }

    fn rollout(&self, flag: Flag, definition: &Definition) -> Result<Rollout> {
        match (&definition.value, flag) {
            (Literal::Bool(on), _) => Ok(Rollout::All(*on)),
            (Literal::List(names), Flag::Beta | Flag::Alpha) => {
                let mut categories = Vec::new();
                for name in names {
                    match value::rollout(name) {
                        Ok(Rollout::Only(category)) => categories.extend(category),
                        Ok(Rollout::All(_)) => {
                            return Err(self.wrong(definition, "expected categories in the list"));
                        }
                        Err(expected) => return Err(self.wrong(definition, &expected)),
                    }
                }
                Ok(Rollout::Only(categories))
            }
            (_, Flag::Beta | Flag::Alpha) => {
                Err(self.wrong(definition, "expected true, false or a list of categories"))
            }
            _ => Err(self.wrong(definition, "expected true or false")),
        }
    }

    fn wrong(&self, definition: &Definition, label: &str) -> Box<Diagnostic> {
        let option = format!("{}.{}", TARGET.join("."), definition.path.join("."));
        Box::new(
            Diagnostic::error(format!("`{option}` has no value it can have")).at(
                &self.source,
                definition.span.clone(),
                label,
            ),
        )
    }

    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.source.text()[..at.min(self.source.text().len())];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line, column)
    }
}

/// Settings that select nothing, or not by a flag.
const KNOWN: [&str; 10] = [
    "enable",
    "profile",
    "modules",
    "release",
    "enforce",
    "package",
    "startupLog",
    "reviewOnSwitch",
    "verifyPackage",
    "reviewSchedule",
];

/// The flag of an option, by its present or former name.
fn flag_of(inventory: &Inventory, name: &str) -> Option<Flag> {
    let present = Flag::ALL.into_iter().find(|flag| flag.name() == name);
    present.or_else(|| inventory.renamed_flags.get(name).copied())
}
