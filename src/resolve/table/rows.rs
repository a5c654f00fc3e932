//! The rows of the table: modules of one category, those with the same reason together.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::inventory::{Category, Risk, Stability};
use crate::report::{Severity, counted, text};
use crate::resolve::{Reason, Resolution, ResolvedModule, State};
use crate::terminal::{BOLD, DIM, columns, pad, paint, printable, wrap};

/// Narrowest column for the reason before it goes on a line of its own.
const REASON_MIN: usize = 24;
/// From this width on there is room for the risk.
const WIDE: usize = 100;
/// Columns that the level takes.
const LEVEL: usize = 6;
/// Columns that the risk takes.
const RISK: usize = 6;
/// Columns that the state takes.
const STATE: usize = 11;

/// From how many modules on those with the same reason share a row.
const FOLDED: usize = 3;

/// The modules of one category.
pub(super) struct Group<'a> {
    /// Its heading.
    title: &'a str,
    loading: usize,
    /// How many modules it has.
    pub(super) all: usize,
    rows: Vec<Row<'a>>,
}

/// Modules about which the same is said, mostly one.
struct Row<'a> {
    modules: Vec<&'a ResolvedModule<'a>>,
    reason: String,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        title: &'a str,
        category: Option<Category>,
        resolution: &'a Resolution<'a>,
        file: Option<&str>,
        all: bool,
    ) -> Self {
        let modules = resolution.modules.iter();
        let modules =
            modules.filter(|m| m.category == category && m.reason != Reason::NotInherited);
        let modules: Vec<&ResolvedModule> = modules.collect();
        // What needs a look has a row of its own.
        let is_quiet = |module: &ResolvedModule| {
            !matches!(module.state, State::PulledIn | State::Unavailable) && !all
        };
        let keys = modules.iter().map(|module| {
            let reason = reason(module, resolution.profile, file);
            (module.state, module.stability, reason)
        });
        let keys: Vec<_> = keys.collect();
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for key in &keys {
            *counts.entry(key).or_default() += 1;
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut folded: BTreeMap<_, usize> = BTreeMap::new();
        for (key, &module) in keys.iter().zip(&modules) {
            let is_folded = is_quiet(module) && counts[key] >= FOLDED;
            if let Some(&index) = folded.get(key).filter(|_| is_folded) {
                rows[index].modules.push(module);
                continue;
            }
            folded.insert(key, rows.len());
            rows.push(Row {
                modules: vec![module],
                reason: key.2.clone(),
            });
        }
        Self {
            title,
            loading: modules.iter().filter(|m| m.state.loads()).count(),
            all: modules.len(),
            rows,
        }
    }
}

impl Group<'_> {
    /// How many columns the names take.
    pub(super) fn name_width(&self) -> usize {
        let rows = self.rows.iter();
        rows.map(|row| columns(&row.label())).max().unwrap_or(0)
    }

    pub(super) fn write(&self, out: &mut String, name_width: usize, width: Option<usize>) {
        let count = paint(DIM, format!("{} of {}", self.loading, self.all));
        let _ = writeln!(out, "\n{}  {count}", paint(BOLD, printable(self.title)));
        for row in &self.rows {
            row.write(out, name_width, width);
        }
    }
}

impl Row<'_> {
    /// What is in the first column.
    fn label(&self) -> String {
        match self.modules.as_slice() {
            [module] => printable(module.name).into_owned(),
            modules => counted(modules.len(), "module"),
        }
    }

    fn write(&self, out: &mut String, name_width: usize, width: Option<usize>) {
        let module = self.modules[0];
        let style = module.stability.map_or(DIM, Stability::style);
        let state = pad(module.state.name(), STATE);
        let state = match module.state {
            State::Off => paint(DIM, state),
            State::Load | State::Component => state,
            State::PulledIn | State::Unavailable => paint(text::style(Severity::Warning), state),
        };
        let of_name = if module.state.loads() { style } else { DIM };
        let name = paint(of_name, pad(&self.label(), name_width));
        // A module outside the inventory has no level.
        let level = module.stability.map_or("-", Stability::name);
        let level = paint(style, pad(level, LEVEL));
        let risk = match is_narrow(width) {
            true => String::new(),
            false => pad(module.risk.map_or("-", Risk::name), RISK) + "  ",
        };
        let _ = write!(out, "  {name}  {level}  {risk}{state}  ");
        let before = 2 + name_width + 2 + LEVEL + 2 + risk.len() + STATE + 2;
        // On a terminal too narrow for another column the reason is below, indented.
        let (indent, left) = match width.map(|w| w.saturating_sub(before)) {
            Some(left) if left < REASON_MIN => {
                let _ = writeln!(out);
                let _ = write!(out, "      ");
                (6, less(width, 6))
            }
            left => (before, left),
        };
        let lines = wrap(&printable(&self.reason), left);
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                let _ = write!(out, "{}", " ".repeat(indent));
            }
            let _ = writeln!(out, "{}", paint(DIM, line));
        }
        if self.modules.len() > 1 {
            let names: Vec<_> = self.modules.iter().map(|m| printable(m.name)).collect();
            for line in wrap(&names.join(", "), less(width, 4)) {
                let _ = writeln!(out, "    {}", paint(of_name, line));
            }
        }
    }
}

/// Above the columns, what they say.
pub(super) fn heads(out: &mut String, name_width: usize, width: Option<usize>) {
    let risk = match is_narrow(width) {
        true => String::new(),
        false => pad("risk", RISK) + "  ",
    };
    let (name, level, state) = (
        pad("module", name_width),
        pad("level", LEVEL),
        pad("state", STATE),
    );
    let heads = format!("  {name}  {level}  {risk}{state}  ");
    // On a narrow terminal the reason is below its module.
    let has_room = width.is_none_or(|width| width.saturating_sub(columns(&heads)) >= REASON_MIN);
    let why = if has_room { "why" } else { "" };
    let heads = format!("{heads}{why}");
    let _ = writeln!(out, "\n{}", paint(DIM, heads.trim_end()));
}

/// The risk follows from the level: a narrow terminal has better use for its columns.
fn is_narrow(width: Option<usize>) -> bool {
    width.is_some_and(|width| width < WIDE)
}

/// What is left of a width behind an indent.
pub(super) fn less(width: Option<usize>, indent: usize) -> Option<usize> {
    width.map(|width| width.saturating_sub(indent).max(REASON_MIN))
}

/// Why, without the profile and the file that the head of the table names.
fn reason(module: &ResolvedModule, profile: Option<&str>, file: Option<&str>) -> String {
    let mut reason = module.reason.to_string();
    if let Some(profile) = profile {
        reason = reason.replace(&format!(" (profile {profile})"), "");
    }
    if let Some(file) = file {
        reason = reason.replace(&format!("({file}:"), "(line ");
    }
    match (&module.loads_as, &module.replaced_by) {
        (Some(real), _) if module.state.loads() => format!("{reason}; loads as {real}"),
        (_, Some(replacement)) => format!("{reason}; use {replacement}"),
        (_, None) => reason,
    }
}
