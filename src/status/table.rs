//! The status as text for people.

use std::fmt::Write;

use super::{Host, Kind, Status};
use crate::finding::Severity;
use crate::inventory::Inventory;
use crate::resolve::Resolution;
use crate::terminal::{self, BOLD, DIM, paint, printable, wrap};

/// Columns in front of what is said of a module.
const LEAD: usize = 14;

/// The status, with colour codes; `width` is the terminal's, `None` for endless lines.
pub fn render(
    inventory: &Inventory,
    resolution: &Resolution,
    status: &Status,
    width: Option<usize>,
) -> String {
    let mut out = format!("{}\n", paint(BOLD, status.running));
    if status.running != status.planned {
        let planned = status.planned.to_string();
        let planned = planned
            .split_once(": ")
            .map_or(&*planned, |(_, counts)| counts);
        let _ = writeln!(
            out,
            "Planned for Prosody {}: {planned}",
            printable(&status.release)
        );
    }
    for host in &status.hosts {
        self::host(&mut out, resolution, host, width);
    }
    if !status.missing_components.is_empty() {
        let _ = writeln!(out, "\n{}", paint(BOLD, "Components"));
        for name in &status.missing_components {
            let what = format!("{name}: no component loads it");
            row(&mut out, "missing", Some(Severity::Error), &what, width);
        }
    }
    if !status.shadowing.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            paint(BOLD, "Copies in the place of bundled modules")
        );
        for copy in &status.shadowing {
            let what = format!("{}: {}", copy.name, copy.path.display());
            row(&mut out, "shadowing", Some(Severity::Warning), &what, width);
        }
    }
    let _ = writeln!(out, "\n{}", verdict(inventory, status));
    out
}

fn host(out: &mut String, resolution: &Resolution, host: &Host, width: Option<usize>) {
    let name = match host.kind {
        Kind::Global => "Global".to_owned(),
        Kind::VirtualHost => host.host.clone(),
        Kind::Component => format!("{} (component)", host.host),
    };
    let count = match host.loaded {
        1 => "1 module".to_owned(),
        count => format!("{count} modules"),
    };
    let _ = writeln!(
        out,
        "\n{}  {}",
        paint(BOLD, printable(&name)),
        paint(DIM, count)
    );
    for name in &host.missing {
        let why = because(resolution, name).unwrap_or_default();
        let what = format!("{name}: {why}");
        row(out, "missing", Some(Severity::Error), &what, width);
    }
    for failed in &host.failed {
        let severity = if failed.expected {
            Severity::Error
        } else {
            Severity::Warning
        };
        let what = format!("{}: {}", failed.name, failed.remark);
        row(out, "failed", Some(severity), &what, width);
    }
    for name in &host.pulled_in {
        let why = because(resolution, name).unwrap_or_default();
        row(out, "pulled in", None, &format!("{name}: {why}"), width);
    }
    for name in &host.unexpected {
        let why = because(resolution, name).unwrap_or("not in the inventory");
        let what = format!("{name}: {why}");
        row(out, "unexpected", Some(Severity::Warning), &what, width);
    }
}

fn because<'a>(resolution: &'a Resolution, real: &str) -> Option<&'a str> {
    let modules = &mut resolution.modules.iter();
    let module = modules.find(|m| m.real_name() == real || m.name == real)?;
    Some(&module.because)
}

fn row(out: &mut String, word: &str, severity: Option<Severity>, what: &str, width: Option<usize>) {
    let style = severity.map_or(DIM, terminal::severity);
    let width = width.map(|width| width.saturating_sub(LEAD).max(20));
    for (i, line) in wrap(&printable(what), width).iter().enumerate() {
        let lead = if i == 0 { word } else { "" };
        let lead = paint(style, format!("{lead:width$}", width = LEAD - 2));
        let _ = writeln!(out, "  {lead}{line}");
    }
}

fn verdict(inventory: &Inventory, status: &Status) -> String {
    if status.ok {
        return "Everything that is expected works.".to_owned();
    }
    let mut names: Vec<&str> = status
        .missing_components
        .iter()
        .map(String::as_str)
        .collect();
    for host in &status.hosts {
        let failed = host.failed.iter().filter(|failed| failed.expected);
        names.extend(failed.map(|failed| failed.name.as_str()));
        names.extend(host.missing.iter().map(String::as_str));
    }
    names.sort_unstable();
    names.dedup();
    let levels: Vec<_> = names
        .iter()
        .map(|name| match inventory.by_real_name(name) {
            Some((_, module)) => format!("{} ({})", printable(name), module.stability()),
            None => printable(name).into_owned(),
        })
        .collect();
    format!(
        "Expected and not working: {}. The server's log says why.",
        levels.join(", ")
    )
}
