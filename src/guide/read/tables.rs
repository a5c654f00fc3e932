//! The guide's tables of modules.

use indexmap::IndexMap;

use super::column::Column;
use super::document::{Cell, Document, Table, words};
use super::references::{is_reference, references_in};
use crate::diagnostic::{Diagnostic, Result, did_you_mean};
use crate::inventory::{Category, Stability, refused};
use crate::inventory::{Inventory, Module, ModuleSource, Placement, Text};
use crate::output::has_marker;
use crate::source::Source;

/// All modules that the guide's tables list, in their order.
pub fn modules<'a>(
    source: &Source,
    document: &Document,
    base: &Inventory<'a>,
    messages: &mut Vec<Diagnostic>,
) -> Result<IndexMap<Text<'a>, Module<'a>>> {
    let mut modules = IndexMap::new();
    let mut places = IndexMap::new();
    let generated = has_marker(source.text().as_bytes());
    for table in inventory_tables(document) {
        let columns = columns(table);
        let reader = TableReader {
            source,
            table,
            columns,
            base,
            generated,
        };
        reader.require(Column::Module, "module")?;
        reader.require(Column::Purpose, "purpose")?;
        for row in &table.rows {
            let (name, module) = reader.row(row, messages)?;
            let at = reader
                .cell(row, Column::Module)
                .map_or(0..0, |cell| cell.at.clone());
            if let Some(reason) = refused(&name) {
                return Err(Box::new(Diagnostic::error(reason).at(
                    source,
                    at,
                    "listed here",
                )));
            }
            if let Some(first) = places.insert(name.clone(), at.clone()) {
                let line = source.text()[..first.start].matches('\n').count() + 1;
                return Err(Box::new(
                    Diagnostic::error(format!("module `{name}` is listed twice"))
                        .at(source, at, format!("first listed on line {line}"))
                        .help("delete one of the two rows"),
                ));
            }
            modules.insert(name, module);
        }
    }
    if modules.is_empty() {
        return Err(Box::new(
            Diagnostic::error(format!("{} lists no modules", source.name())).help(
                "expected tables with the columns Module and Purpose under headings that name \
                 a category and a level, such as `#### Security (Stable)`",
            ),
        ));
    }
    Ok(modules)
}

/// The tables that list modules: those under a heading with the word "inventory", or without such
/// a heading those with a module column under a heading that names a category.
fn inventory_tables(document: &Document) -> Vec<&Table> {
    let under_inventory = |table: &&Table| {
        table
            .headings
            .iter()
            .any(|heading| words(heading).any(|word| word == "inventory"))
    };
    let listed: Vec<_> = document.tables.iter().filter(under_inventory).collect();
    if !listed.is_empty() {
        return listed;
    }
    let lists_modules = |table: &&Table| {
        let has_column = |wanted| {
            table
                .header
                .iter()
                .any(|c| Column::of(&c.text) == Some(wanted))
        };
        has_column(Column::Module)
            && (has_column(Column::Category) || innermost(&table.headings, category_in).is_some())
    };
    document.tables.iter().filter(lists_modules).collect()
}

/// The known columns of a table; the first of each counts.
fn columns(table: &Table) -> Vec<(Column, usize)> {
    let mut columns: Vec<(Column, usize)> = Vec::new();
    for (index, cell) in table.header.iter().enumerate() {
        if let Some(column) = Column::of(&cell.text)
            && columns.iter().all(|(known, _)| *known != column)
        {
            columns.push((column, index));
        }
    }
    columns
}

struct TableReader<'t, 'a> {
    source: &'t Source,
    table: &'t Table,
    /// The columns that are known, each once: rows are many, and a header may be wide.
    columns: Vec<(Column, usize)>,
    base: &'t Inventory<'a>,
    /// This tool wrote the guide: what its tables omit is not there, and its references are
    /// right.
    generated: bool,
}

impl<'a> TableReader<'_, 'a> {
    fn require(&self, column: Column, name: &str) -> Result<()> {
        if self.index(column).is_some() {
            return Ok(());
        }
        let columns: Vec<_> = self
            .table
            .header
            .iter()
            .map(|cell| cell.text.as_str())
            .collect();
        Err(Box::new(
            Diagnostic::error(format!("this table of the inventory has no {name} column"))
                .at(
                    self.source,
                    self.table.at.clone(),
                    format!("its columns are: {}", columns.join(", ")),
                )
                .help("give it the columns Module and Purpose, or move it out of the inventory"),
        ))
    }

    fn cell<'r>(&self, row: &'r [Cell], column: Column) -> Option<&'r Cell> {
        row.get(self.index(column)?)
    }

    fn index(&self, column: Column) -> Option<usize> {
        let entry = self.columns.iter().find(|(other, _)| *other == column)?;
        Some(entry.1)
    }

    fn text(&self, row: &[Cell], column: Column) -> Option<Text<'a>> {
        self.cell(row, column)
            .map(|cell| cell.text.clone().into())
            .filter(|text: &Text| !text.is_empty())
    }

    fn row(&self, row: &[Cell], messages: &mut Vec<Diagnostic>) -> Result<(Text<'a>, Module<'a>)> {
        let row_at = row
            .first()
            .map_or_else(|| self.table.at.clone(), |cell| cell.at.clone());
        let name = self.text(row, Column::Module).unwrap_or_default();
        let name = match name.strip_prefix("mod_") {
            Some(stripped) if !self.generated => stripped.to_owned().into(),
            _ => name,
        };
        if name.is_empty() {
            return Err(Box::new(
                Diagnostic::error("a row without a module name").at(self.source, row_at, "here"),
            ));
        }
        let category = self.category(row, &name)?;
        let stability = self.stability(row, &name)?;
        let base_module = self.base.modules.get(&name);
        let fills_in = base_module.filter(|_| !self.generated);
        let (xeps, rfcs) = self.references(row, &name, fills_in, messages);
        let notes = match self.cell(row, Column::Notes) {
            Some(_) => self
                .text(row, Column::Notes)
                .filter(|text| !self.is_mere_reference(text)),
            None => fills_in.and_then(|m| m.notes.clone()),
        };
        let safeguarding = match self.cell(row, Column::Safeguarding) {
            Some(cell) if self.generated => Some(cell.text.clone().into()),
            Some(cell) => Some(without_symbol(&cell.text).into()),
            None => fills_in.and_then(|m| m.safeguarding.as_deref().cloned()),
        };
        let module = ModuleSource {
            category,
            stability,
            flags: None,
            risk: None,
            placement: self.placement(row, fills_in)?,
            purpose: self.text(row, Column::Purpose).unwrap_or_default(),
            notes,
            safeguarding: safeguarding.filter(|text: &Text| !text.is_empty()),
            xeps,
            rfcs,
            corrections: base_module
                .map(|m| m.corrections.clone())
                .unwrap_or_default(),
            configuration: base_module.and_then(|m| m.configuration.as_deref().cloned()),
            setup: base_module.and_then(|m| m.setup.clone()),
            clashes: base_module.map(|m| m.clashes.clone()).unwrap_or_default(),
            upstream: base_module.and_then(|m| m.upstream.clone()),
            renamed_from: base_module
                .map(|m| m.renamed_from.clone())
                .unwrap_or_default(),
        };
        let module = Module::try_from(module).map_err(|message| {
            Box::new(Diagnostic::error(format!("module `{name}`: {message}")).at(
                self.source,
                row_at,
                "listed here",
            ))
        })?;
        Ok((name, module))
    }

    /// Guides give the reference of HTTP services in the column where others have a remark.
    fn is_mere_reference(&self, note: &str) -> bool {
        !self.generated && self.index(Column::References).is_none() && is_reference(note)
    }

    fn category(&self, row: &[Cell], name: &str) -> Result<Category> {
        if let Some(cell) = self.cell(row, Column::Category) {
            return category_in(&cell.text).ok_or_else(|| {
                self.unknown(
                    cell,
                    "category",
                    Category::ALL.map(Category::name).as_slice(),
                )
            });
        }
        innermost(&self.table.headings, category_in)
            .ok_or_else(|| self.not_in_headings(name, "category", "#### Security (Stable)"))
    }

    fn stability(&self, row: &[Cell], name: &str) -> Result<Stability> {
        if let Some(cell) = self.cell(row, Column::Stability) {
            return stability_in(&cell.text).ok_or_else(|| {
                self.unknown(
                    cell,
                    "stability",
                    Stability::ALL.map(Stability::name).as_slice(),
                )
            });
        }
        innermost(&self.table.headings, stability_in)
            .ok_or_else(|| self.not_in_headings(name, "stability", "#### Security (Stable)"))
    }

    fn placement(&self, row: &[Cell], known: Option<&Module>) -> Result<Placement> {
        let Some(cell) = self.cell(row, Column::Placement) else {
            return Ok(known.map(|m| m.placement).unwrap_or_default());
        };
        match cell.text.to_ascii_lowercase().as_str() {
            "host" => Ok(Placement::Host),
            "component" => Ok(Placement::Component),
            _ => Err(self.unknown(cell, "placement", &["host", "component"])),
        }
    }

    /// The XEPs and RFCs: what the base knows of the module, or else what the guide says.
    fn references(
        &self,
        row: &[Cell],
        name: &str,
        known: Option<&Module<'a>>,
        messages: &mut Vec<Diagnostic>,
    ) -> (Box<[Text<'a>]>, Box<[Text<'a>]>) {
        let cell = self.cell(row, Column::References).or_else(|| {
            self.cell(row, Column::Notes)
                .filter(|cell| self.is_mere_reference(&cell.text))
        });
        let (xeps, rfcs) = cell
            .map(|cell| references_in(&cell.text))
            .unwrap_or_default();
        let Some(known) = known else {
            return (xeps, rfcs);
        };
        if let Some(cell) = cell.filter(|_| !xeps.is_empty() || !rfcs.is_empty())
            && (!same(&xeps, &known.xeps) || !same(&rfcs, &known.rfcs))
        {
            let really: Vec<_> = known.specs().collect();
            let really = if really.is_empty() {
                "no XEP".to_owned()
            } else {
                really.join(", ")
            };
            let why = known
                .corrections
                .iter()
                .find(|c| c.field == "xeps")
                .map(|c| c.why.clone());
            messages.push(
                Diagnostic::note(format!("module `{name}` implements {really}"))
                    .at(self.source, cell.at.clone(), "the guide says otherwise")
                    .maybe_help(why),
            );
        }
        (known.xeps.clone(), known.rfcs.clone())
    }

    fn unknown(&self, cell: &Cell, what: &str, known: &[&str]) -> Box<Diagnostic> {
        let typed = words(&cell.text).next().unwrap_or_default();
        Box::new(
            Diagnostic::error(format!("unknown {what} `{}`", cell.text))
                .at(
                    self.source,
                    cell.at.clone(),
                    format!("expected one of: {}", known.join(", ")),
                )
                .maybe_help(did_you_mean(&typed, known.iter().copied())),
        )
    }

    fn not_in_headings(&self, name: &str, what: &str, example: &str) -> Box<Diagnostic> {
        Box::new(
            Diagnostic::error(format!("no {what} for module `{name}`"))
                .at(
                    self.source,
                    self.table.at.clone(),
                    format!("no heading above names a {what}"),
                )
                .help(format!(
                    "name it in the heading, as in `{example}`, or in a separate column"
                )),
        )
    }
}

fn innermost<T>(headings: &[String], find: impl Fn(&str) -> Option<T>) -> Option<T> {
    headings.iter().rev().find_map(|heading| find(heading))
}

fn category_in(text: &str) -> Option<Category> {
    words(text).find_map(|word| {
        let word = if word == "administration" {
            "admin"
        } else {
            word.as_str()
        };
        Category::ALL
            .into_iter()
            .find(|category| category.name() == word)
    })
}

fn stability_in(text: &str) -> Option<Stability> {
    words(text).find_map(|word| {
        let word = if word == "experimental" {
            "alpha"
        } else {
            word.as_str()
        };
        Stability::ALL
            .into_iter()
            .find(|stability| stability.name() == word)
    })
}

/// A text without the symbol in front of it, whole or damaged: a first word without ASCII letters.
fn without_symbol(text: &str) -> String {
    match text.split_once(' ') {
        Some((first, rest))
            if !first.is_ascii() && !first.chars().any(|c| c.is_ascii_alphanumeric()) =>
        {
            rest.trim_start().to_owned()
        }
        _ => text.to_owned(),
    }
}

fn same(one: &[Text], other: &[Text]) -> bool {
    one.len() == other.len() && one.iter().all(|item| other.contains(item))
}
