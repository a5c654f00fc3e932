//! A review as Markdown for a pull request: never longer than GitHub takes, and empty when nothing
//! changed.

use super::{counted, heading, selections, title};
use crate::review::severity::{Part, Severity};
use crate::review::{Change, Review};

/// GitHub takes 65,535 characters; counted in bytes, which are never fewer.
const LIMIT: usize = 65_535;
/// Kept free for what closes tables and says how much was cut.
const RESERVE: usize = 2_000;
/// The longest text of one cell, in characters.
const CELL: usize = 400;

/// The review, or its summary; the largest part that fits, cut between rows, with a count of what is missing.
pub fn markdown(review: &Review, summary: bool) -> String {
    if review.is_empty() && review.stale.is_empty() {
        return String::new();
    }
    let mut out = Cut {
        text: String::new(),
    };
    out.text
        .push_str(&format!("## {}\n\n", cell(&title(review))));
    out.text
        .push_str(&format!("**{}**\n", counted(review.counts)));
    let rows = review.selections.iter().map(|reviewed| {
        let counts = reviewed.counts;
        format!(
            "| {} | {} | {} | {} | {} → {} |\n",
            cell(&reviewed.name),
            counts.breaking,
            counts.warning,
            counts.info,
            reviewed.loads_before,
            reviewed.loads_after
        )
    });
    out.table("| selection | breaking | warnings | to know | modules |\n| --- | --- | --- | --- | --- |\n", rows, "selections");
    let undecided = review
        .undecided
        .iter()
        .map(|what| format!("| {} |\n", cell(what)));
    out.table(
        "| not decided, left at its default |\n| --- |\n",
        undecided,
        "settings",
    );
    let stale = review.stale.iter().map(|stale| {
        format!(
            "| `{}` | {} | {} |\n",
            cell(&stale.fingerprint),
            cell(&stale.because),
            cell(&stale.change)
        )
    });
    out.table(
        "| allow file | accepts nothing because | change |\n| --- | --- | --- |\n",
        stale,
        "entries of the allow file",
    );
    let parts = [Part::Effect, Part::Inventory, Part::Release];
    for part in parts.into_iter().filter(|_| !summary) {
        section(&mut out, review, part);
    }
    out.text
}

fn section(out: &mut Cut, review: &Review, part: Part) {
    let changes: Vec<&Change> = review
        .changes
        .iter()
        .filter(|change| change.part == part)
        .collect();
    if changes.is_empty() {
        return;
    }
    let rows = changes.iter().map(|change| row(review, change));
    let header = "| | change | where | what to do | code |\n| --- | --- | --- | --- | --- |\n";
    if part == Part::Effect {
        out.text.push_str(&format!("\n### {}\n", heading(part)));
        out.table(header, rows, "changes");
        return;
    }
    let urgent = changes
        .iter()
        .filter(|change| change.severity > Severity::Info)
        .count();
    let urgent = if urgent > 0 {
        format!(", {urgent} of them to act on")
    } else {
        String::new()
    };
    out.text.push_str(&format!(
        "\n<details><summary>{}: {} changes{urgent}</summary>\n",
        heading(part),
        changes.len()
    ));
    out.table(header, rows, "changes");
    out.text.push_str("\n</details>\n");
}

fn row(review: &Review, change: &Change) -> String {
    let help = match &change.accepted {
        Some(reason) => format!("accepted: {}", cell(reason)),
        None if change.help == "nothing" => String::new(),
        None => cell(&change.help),
    };
    let severity = match change.severity {
        severity if change.accepted.is_some() => format!("~~{severity}~~"),
        Severity::Info => Severity::Info.to_string(),
        severity => format!("**{severity}**"),
    };
    format!(
        "| {severity} | {} | {} | {help} | `{}` `{}` |\n",
        cell(&change.message),
        cell(&selections(review, change)),
        change.kind,
        change.fingerprint
    )
}

/// A text that knows how long it may get.
struct Cut {
    text: String,
}

impl Cut {
    /// A table with as many of the rows as fit, and the number of those that do not.
    fn table(&mut self, header: &str, rows: impl Iterator<Item = String>, what: &str) {
        let (mut written, mut hidden) = (0, 0_usize);
        for row in rows {
            let header_too = if written == 0 { header.len() + 1 } else { 0 };
            if hidden > 0 || self.text.len() + header_too + row.len() > LIMIT - RESERVE {
                hidden += 1;
                continue;
            }
            if written == 0 {
                self.text.push('\n');
                self.text.push_str(header);
            }
            self.text.push_str(&row);
            written += 1;
        }
        if hidden > 0 {
            self.text
                .push_str(&format!("\n… and {hidden} more {what}\n"));
        }
    }
}

/// Foreign text in a cell of a table: it can neither end the cell nor become markup, nor call
/// anybody by name.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == CELL {
            out.push('…');
            break;
        }
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '_' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
