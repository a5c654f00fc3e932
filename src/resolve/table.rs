//! The resolution as a table for people: a summary first, then the modules by category.

use std::fmt::Write;

use super::{Resolution, ResolvedModule, State};
use crate::inventory::{Category, Flag, Inventory};
use crate::terminal::{self, BOLD, DIM, WARNING, pad, paint, printable, wrap};

/// Narrowest column for the reason before it goes on a line of its own.
const REASON_MIN: usize = 24;

/// The table, with colour codes; `width` is the terminal's, `None` for endless lines.
pub fn render(inventory: &Inventory, resolution: &Resolution, width: Option<usize>) -> String {
    let mut out = summary(resolution, width);
    let name_width = resolution
        .modules
        .iter()
        .map(|m| terminal::columns(&printable(&m.name)))
        .max()
        .unwrap_or(0);
    for category in Category::ALL {
        let modules: Vec<_> = resolution
            .modules
            .iter()
            .filter(|m| m.category == category)
            .collect();
        if modules.is_empty() {
            continue;
        }
        let title = &inventory.categories.get(category).title;
        let loading = modules.iter().filter(|m| m.state.loads()).count();
        let count = paint(DIM, format!("{loading} of {}", modules.len()));
        let _ = writeln!(out, "\n{}  {count}", paint(BOLD, printable(title)));
        for module in modules {
            row(&mut out, module, name_width, width);
        }
    }
    out
}

fn summary(resolution: &Resolution, width: Option<usize>) -> String {
    let loading = resolution
        .modules
        .iter()
        .filter(|m| m.state.loads())
        .count();
    let mut out = format!("{}\n", paint(BOLD, resolution.profile_line));
    let with = match &resolution.profile {
        Some(profile) => format!(" with profile {}", printable(profile)),
        None => String::new(),
    };
    let _ = writeln!(
        out,
        "{loading} of {} modules load{with}.",
        resolution.modules.len()
    );
    let flags: Vec<_> = Flag::ALL
        .iter()
        .map(|flag| format!("{flag} {}", resolution.flags.get(*flag)))
        .collect();
    for line in wrap(&format!("Flags: {}", flags.join(", ")), width) {
        let _ = writeln!(out, "{line}");
    }
    for finding in &resolution.findings {
        let text = format!("{}; {}", finding.message, finding.help);
        for (i, line) in wrap(&text, width.map(|w| w.saturating_sub(9)))
            .iter()
            .enumerate()
        {
            let lead = if i == 0 {
                paint(WARNING, "warning: ")
            } else {
                " ".repeat(9)
            };
            let _ = writeln!(out, "{lead}{}", printable(line));
        }
    }
    out
}

fn row(out: &mut String, module: &ResolvedModule, name_width: usize, width: Option<usize>) {
    let style = terminal::colour(module.stability);
    let state = match module.state {
        State::Off => paint(DIM, pad(module.state.name(), 9)),
        State::Load | State::Component => pad(module.state.name(), 9),
    };
    let name = pad(&printable(&module.name), name_width);
    let name = if module.state.loads() {
        paint(style, name)
    } else {
        paint(DIM, name)
    };
    let level = paint(style, format!("{:6}", module.stability));
    let _ = write!(out, "  {name}  {level}  {:6}  {state}  ", module.risk);
    let before = 2 + name_width + 2 + 6 + 2 + 6 + 2 + 9 + 2;
    // On a terminal too narrow for another column the reason stands below, indented.
    let (indent, left) = match width.map(|w| w.saturating_sub(before)) {
        Some(left) if left < REASON_MIN => {
            let _ = writeln!(out);
            let _ = write!(out, "      ");
            (6, width.map(|w| w.saturating_sub(6).max(REASON_MIN)))
        }
        left => (before, left),
    };
    for (i, line) in wrap(&printable(&module.because), left).iter().enumerate() {
        if i > 0 {
            let _ = write!(out, "{}", " ".repeat(indent));
        }
        let _ = writeln!(out, "{}", paint(DIM, line));
    }
}
