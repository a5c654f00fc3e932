//! The resolution as a human-readable table: a summary first, then the modules by category.

mod rows;

use std::fmt::Write;

use super::{Edge, Resolution};
use crate::inventory::{Category, Flag, Inventory};
use crate::report::{Finding, Severity, counted, text};
use crate::terminal::{BOLD, DIM, columns, pad, paint, printable, wrap};
use rows::{Group, heads, less};

/// The heading of modules that are not in the inventory.
const OUTSIDE: &str = "Outside the inventory";

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
        .map(|(category, title)| Group::new(title, category, resolution, file, view.all))
        .filter(|group| group.all > 0)
        .collect();
    let name_width = groups.iter().map(Group::name_width).max().unwrap_or(0);
    heads(&mut out, name_width, width);
    for group in &groups {
        group.write(&mut out, name_width, width);
    }
    dependencies(&mut out, resolution, view);
    out
}

/// Below all tables, how to see more.
pub fn hint(view: View) -> String {
    if view.all {
        return String::new();
    }
    let hint = "`--all` gives each module a row, and each dependency what depends on it";
    let lines = wrap(hint, view.width);
    let lines = lines.iter().map(|line| format!("{}\n", paint(DIM, line)));
    format!("\n{}", lines.collect::<String>())
}

/// The only file in which modules of the resolution are configured: the head names it once.
fn only_file<'a>(resolution: &'a Resolution) -> Option<&'a str> {
    let modules = resolution.modules.iter();
    let mut files = modules.filter_map(|module| module.place.as_ref());
    let first = files.next()?;
    files
        .all(|place| place.file == first.file)
        .then_some(&*first.file)
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
            let relation = match dependency.edge {
                Edge::Hard => "required by",
                Edge::Soft => "optional dependency of",
            };
            let by = format!("{relation} {}", names(&dependency.by));
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
