//! The resolution as a table for people: a summary first, then the modules by category.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Edge, Reason, Resolution, ResolvedModule, State};
use crate::inventory::{Category, Flag, Inventory, Risk, Stability};
use crate::report::{Finding, Severity, counted, text};
use crate::terminal::{BOLD, DIM, columns, pad, paint, printable, wrap};

/// Narrowest column for the reason before it goes on a line of its own.
const REASON_MIN: usize = 24;
/// From this width on there is room for the risk.
const WIDE: usize = 100;
/// Columns that the level takes.
const LEVEL: usize = 6;
/// Columns that the risk takes.
const RISK: usize = 6;
/// The heading of modules that are not in the inventory.
const OUTSIDE: &str = "Outside the inventory";
/// Columns that the state takes.
const STATE: usize = 11;

/// From how many modules on those with the same reason share a row.
const FOLDED: usize = 3;

/// How the table is shown.
#[derive(Clone, Copy)]
pub struct View {
    /// The columns of the terminal, `None` for endless lines.
    pub width: Option<usize>,
    /// Whether each module has a row of its own, and each dependency says what depends on it.
    pub all: bool,
}

/// The table, with colour codes, below what a check finds.
pub fn render(
    inventory: &Inventory,
    resolution: &Resolution,
    findings: &[Finding],
    view: View,
) -> String {
    let width = view.width;
    let file = only_file(resolution);
    let mut out = summary(resolution, findings, file, width);
    let groups: Vec<Group> = Category::ALL
        .into_iter()
        .map(|category| (Some(category), &*inventory.categories.get(category).title))
        .chain([(None, OUTSIDE)])
        .map(|(category, title)| Group::new(title, category, resolution, file, view))
        .filter(|group| group.all > 0)
        .collect();
    let rows = groups.iter().flat_map(|group| &group.rows);
    let name_width = rows.map(|row| columns(&row.label())).max().unwrap_or(0);
    heads(&mut out, name_width, width);
    for group in &groups {
        let count = paint(DIM, format!("{} of {}", group.loading, group.all));
        let _ = writeln!(out, "\n{}  {count}", paint(BOLD, printable(group.title)));
        for row in &group.rows {
            row.write(&mut out, name_width, width);
        }
    }
    dependencies(&mut out, resolution, view);
    out
}

/// Below all tables, how to see more.
pub fn hint(view: View) -> String {
    let hint = "`--all` gives each module a row, and each dependency what depends on it";
    let lines = wrap(hint, view.width.filter(|_| !view.all));
    let lines = lines.iter().map(|line| format!("{}\n", paint(DIM, line)));
    match view.all {
        true => String::new(),
        false => format!("\n{}", lines.collect::<String>()),
    }
}

/// The only file in which modules of the resolution are configured: the head names it once.
fn only_file<'a>(resolution: &'a Resolution) -> Option<&'a str> {
    let mut modules = resolution.modules.iter();
    let mut files = modules.by_ref().filter_map(|module| module.place.as_ref());
    let first = files.next()?;
    files
        .all(|place| place.file == first.file)
        .then_some(&*first.file)
}

/// The modules of one category.
struct Group<'a> {
    title: &'a str,
    loading: usize,
    all: usize,
    rows: Vec<Row<'a>>,
}

/// Modules about which the same is said, mostly one.
struct Row<'a> {
    modules: Vec<&'a ResolvedModule<'a>>,
    reason: String,
}

impl<'a> Group<'a> {
    fn new(
        title: &'a str,
        category: Option<Category>,
        resolution: &'a Resolution<'a>,
        file: Option<&str>,
        view: View,
    ) -> Self {
        let modules = resolution.modules.iter();
        let modules =
            modules.filter(|m| m.category == category && m.reason != Reason::NotInherited);
        let modules: Vec<&ResolvedModule> = modules.collect();
        // What needs a look has a row of its own.
        let is_quiet = |module: &ResolvedModule| {
            !matches!(module.state, State::PulledIn | State::Unavailable) && !view.all
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

impl Row<'_> {
    /// What stands in the first column.
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
        // On a terminal too narrow for another column the reason stands below, indented.
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

fn summary(
    resolution: &Resolution,
    findings: &[Finding],
    file: Option<&str>,
    width: Option<usize>,
) -> String {
    let loading = resolution
        .modules
        .iter()
        .filter(|m| m.state.loads())
        .count();
    let mut out = match resolution.host {
        Some(host) if resolution.flags.is_some() => {
            let line = format!("{}: {}", printable(host), resolution.profile_line);
            format!("{}\n", paint(BOLD, line))
        }
        Some(host) => format!("{}\n", paint(BOLD, printable(host))),
        None => format!("{}\n", paint(BOLD, resolution.profile_line)),
    };
    let with = match &resolution.profile {
        Some(profile) => format!(" with profile {}", printable(profile)),
        None => String::new(),
    };
    let all = resolution.modules.len();
    let release = printable(resolution.release);
    let sentence = match resolution.host {
        Some(_) if resolution.flags.is_none() => {
            let more = resolution.dependencies.len();
            format!(
                "{loading} of {all} configured modules load on Prosody {release}, and {more} more with them."
            )
        }
        _ => format!("{loading} of {all} modules load{with} on Prosody {release}."),
    };
    for line in wrap(&sentence, width) {
        let _ = writeln!(out, "{line}");
    }
    if let Some(file) = file {
        for line in wrap(&format!("Configured in {}.", printable(file)), width) {
            let _ = writeln!(out, "{line}");
        }
    }
    if let Some(values) = resolution.flags {
        let flags: Vec<_> = Flag::ALL
            .iter()
            .map(|flag| format!("{flag} {}", values.get(*flag)))
            .collect();
        for line in wrap(&format!("Flags: {}", flags.join(", ")), width) {
            let _ = writeln!(out, "{line}");
        }
    }
    let (shown, rest): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|finding| finding.severity > Severity::Info);
    for finding in shown {
        out.push_str(&text::notice(finding, width));
    }
    if !rest.is_empty() {
        let notes = counted(rest.len(), "more note");
        let text = format!("{notes}: `prosody-stability check` lists them");
        let _ = writeln!(out, "{}", paint(DIM, text));
    }
    out
}

/// Above the columns, what they say.
fn heads(out: &mut String, name_width: usize, width: Option<usize>) {
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
    // On a narrow terminal the reason stands below its module.
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
fn less(width: Option<usize>, indent: usize) -> Option<usize> {
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

fn dependencies(out: &mut String, resolution: &Resolution, view: View) {
    let width = view.width;
    let names = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| printable(name)).collect();
        names.join(", ")
    };
    let all = &resolution.dependencies;
    let title = "Dependencies outside the inventory";
    if view.all && !all.is_empty() {
        let _ = writeln!(out, "\n{}", paint(BOLD, title));
        let name_width = all.iter().map(|d| columns(&printable(d.name))).max();
        let name_width = name_width.unwrap_or(0);
        for dependency in all {
            let how = match dependency.edge {
                Edge::Hard => "required by",
                Edge::Soft => "optional dependency of",
            };
            let by = format!("{how} {}", names(&dependency.by));
            let name = pad(&printable(dependency.name), name_width);
            for (i, line) in wrap(&by, less(width, name_width + 4)).iter().enumerate() {
                let name = if i > 0 {
                    &" ".repeat(name_width)
                } else {
                    &name
                };
                let _ = writeln!(out, "  {name}  {}", paint(DIM, line));
            }
        }
    }
    let dependencies: Vec<&str> = match view.all {
        true => Vec::new(),
        false => all.iter().map(|dependency| dependency.name).collect(),
    };
    let parts = [
        (title, names(&dependencies)),
        ("Community modules to install", names(&resolution.community)),
        (
            "Optional dependencies: modules_disabled keeps them out",
            names(&resolution.modules_disabled),
        ),
    ];
    for (title, text) in parts.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(out, "\n{}", paint(BOLD, title));
        for line in wrap(text, less(width, 2)) {
            let _ = writeln!(out, "  {line}");
        }
    }
}
