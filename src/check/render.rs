//! A report for people, and as annotations for GitHub.

use std::fmt::Write;

use super::Report;
use crate::finding::{Finding, Severity};
use crate::github::annotation;
use crate::source::Source;
use crate::terminal::{self, BOLD, DIM, paint, printable, wrap};

/// Columns that the severity takes in front of a finding.
const LEAD: usize = 9;

/// The report as text with colour codes; `width` is the terminal's, `None` for endless lines.
pub fn text(report: &Report, width: Option<usize>) -> String {
    let counts = report.counts;
    let mut out = format!(
        "{}\n",
        paint(
            BOLD,
            format!(
                "Prosody {}: {}, {}, {} to know",
                report.release,
                counted(counts.error, "error"),
                counted(counts.warning, "warning"),
                counts.info
            )
        )
    );
    for finding in &report.findings {
        let width = width.map(|w| w.saturating_sub(LEAD).max(20));
        let lead = paint(
            terminal::severity(finding.severity),
            format!("{:LEAD$}", finding.severity),
        );
        let code = paint(DIM, format!("[{}]", finding.code));
        let mut lines = wrap(&printable(&finding.message), width).into_iter();
        let _ = writeln!(out, "{lead}{} {code}", lines.next().unwrap_or_default());
        for line in lines.chain(wrap(&format!("→ {}", printable(&finding.help)), width)) {
            let _ = writeln!(out, "{}{line}", " ".repeat(LEAD));
        }
    }
    out
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The report as GitHub workflow commands; with the file of the inventory they point into it.
pub fn github(report: &Report, inventory: Option<&Source>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let place = inventory.map(|source| (source.name(), line_of(source, finding).unwrap_or(1)));
        let message = format!("{}\n{}", finding.message, finding.help);
        out.push_str(&annotation(command, place, finding.code.name(), &message));
    }
    out
}

/// The line on which an inventory's module starts: its name as a key, bare, quoted or in a cell.
fn line_of(source: &Source, finding: &Finding) -> Option<usize> {
    let name = finding.module.as_deref()?;
    let keys = [
        format!("\"{name}\":"),
        format!("{name} = {{"),
        format!("`{name}`"),
    ];
    let starts = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '|', '*']);
        keys.iter().any(|key| line.starts_with(key))
    };
    source
        .text()
        .lines()
        .position(starts)
        .map(|index| index + 1)
}
