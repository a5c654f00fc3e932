//! The resolution as a table for people: a summary first, then the modules by category.

use std::fmt::Write;

use super::{Edge, Reason, Resolution, ResolvedModule, State};
use crate::inventory::{Category, Flag, Inventory, Risk, Stability};
use crate::report::{Finding, Severity, counted, text};
use crate::terminal::{self, BOLD, DIM, columns, pad, paint, printable, wrap};

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

/// The table, with colour codes, below what a check finds; `width` is the terminal's, `None` for
/// endless lines.
pub fn render(
    inventory: &Inventory,
    resolution: &Resolution,
    findings: &[Finding],
    width: Option<usize>,
) -> String {
    let mut out = summary(resolution, findings, width);
    let name_width = resolution
        .modules
        .iter()
        .map(|m| terminal::columns(&printable(m.name)))
        .max()
        .unwrap_or(0);
    let titles = Category::ALL.map(|category| {
        let title = inventory.categories.get(category).title.as_str();
        (Some(category), title)
    });
    heads(&mut out, name_width, width);
    for (category, title) in titles.into_iter().chain([(None, OUTSIDE)]) {
        let modules: Vec<_> = resolution
            .modules
            .iter()
            .filter(|m| m.category == category && m.reason != Reason::NotInherited)
            .collect();
        if modules.is_empty() {
            continue;
        }
        let loading = modules.iter().filter(|m| m.state.loads()).count();
        let count = paint(DIM, format!("{loading} of {}", modules.len()));
        let _ = writeln!(out, "\n{}  {count}", paint(BOLD, printable(title)));
        for module in modules {
            row(&mut out, module, resolution.profile, name_width, width);
        }
    }
    dependencies(&mut out, resolution, width);
    out
}

fn summary(resolution: &Resolution, findings: &[Finding], width: Option<usize>) -> String {
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

fn row(
    out: &mut String,
    module: &ResolvedModule,
    profile: Option<&str>,
    name_width: usize,
    width: Option<usize>,
) {
    let style = module.stability.map_or(DIM, Stability::style);
    let state = pad(module.state.name(), STATE);
    let state = match module.state {
        State::Off => paint(DIM, state),
        State::Load | State::Component => state,
        State::PulledIn | State::Unavailable => paint(text::style(Severity::Warning), state),
    };
    let name = pad(&printable(module.name), name_width);
    let name = paint(if module.state.loads() { style } else { DIM }, name);
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
            (6, width.map(|w| w.saturating_sub(6).max(REASON_MIN)))
        }
        left => (before, left),
    };
    for (i, line) in wrap(&printable(&reason(module, profile)), left)
        .iter()
        .enumerate()
    {
        if i > 0 {
            let _ = write!(out, "{}", " ".repeat(indent));
        }
        let _ = writeln!(out, "{}", paint(DIM, line));
    }
}

/// Why, without the profile that the head of the table names.
fn reason(module: &ResolvedModule, profile: Option<&str>) -> String {
    let mut reason = module.reason.to_string();
    if let Some(profile) = profile {
        reason = reason.replace(&format!(" (profile {profile})"), "");
    }
    match (&module.loads_as, &module.replaced_by) {
        (Some(real), _) if module.state.loads() => format!("{reason}; loads as {real}"),
        (_, Some(replacement)) => format!("{reason}; use {replacement}"),
        (_, None) => reason,
    }
}

fn dependencies(out: &mut String, resolution: &Resolution, width: Option<usize>) {
    let names = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| printable(name)).collect();
        names.join(", ")
    };
    let dependencies: Vec<_> = resolution
        .dependencies
        .iter()
        .map(|d| (printable(d.name), names(&d.by), d.edge))
        .map(|(name, by, edge)| match edge {
            Edge::Hard => format!("{name} (required by {by})"),
            Edge::Soft => format!("{name} (optional dependency of {by})"),
        })
        .collect();
    let parts = [
        (
            "Dependencies outside the inventory",
            dependencies.join(", "),
        ),
        ("Community modules to install", names(&resolution.community)),
        (
            "Optional dependencies: modules_disabled keeps them out",
            names(&resolution.modules_disabled),
        ),
    ];
    for (title, text) in parts.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(out, "\n{}", paint(BOLD, title));
        for line in wrap(text, width.map(|w| w.saturating_sub(2).max(REASON_MIN))) {
            let _ = writeln!(out, "  {line}");
        }
    }
}
