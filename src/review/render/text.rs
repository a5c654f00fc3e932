//! A review for people at a terminal: the summary, what will load, the rest, and what is hidden.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{counted, heading, is_aside, selections, title};
use crate::review::severity::{Part, Severity};
use crate::review::{Change, Review};
use crate::terminal::{BOLD, DIM, columns, pad, paint, printable, wrap};

/// Columns that the severity takes in front of a change.
const LEAD: usize = 10;
/// How many changes of the inventory or the release are shown.
const SHOWN: usize = 30;

/// The summary alone.
pub fn summary(review: &Review) -> String {
    let what = if review.is_empty() {
        "nothing changes".to_owned()
    } else {
        counted(review.counts)
    };
    let line = format!("{}: {what}", printable(&title(review)));
    let mut out = format!("{}\n", paint(BOLD, line));
    let names = review
        .selections
        .iter()
        .map(|reviewed| columns(&reviewed.name));
    let width = names.max().unwrap_or(0);
    for reviewed in review.selections.iter().filter(|_| !review.is_empty()) {
        let loads = if reviewed.loads_before == reviewed.loads_after {
            format!("{} modules load", reviewed.loads_after)
        } else {
            format!(
                "{} → {} modules load",
                reviewed.loads_before, reviewed.loads_after
            )
        };
        let _ = writeln!(
            out,
            "  {}  {}; {loads}",
            pad(&printable(&reviewed.name), width),
            counted(reviewed.counts)
        );
    }
    for undecided in &review.undecided {
        let _ = writeln!(out, "  not decided: {}", printable(undecided));
    }
    for stale in &review.stale {
        let _ = writeln!(
            out,
            "  allow file, {}: {} ({})",
            stale.fingerprint,
            stale.because,
            printable(&stale.change)
        );
    }
    out
}

/// The whole review; `width` is the terminal's, `None` for endless lines. With `all` nothing is
/// hidden.
pub fn text(review: &Review, width: Option<usize>, all: bool) -> String {
    let mut out = summary(review);
    for part in [Part::Effect, Part::Inventory, Part::Release] {
        let changes = review.changes.iter().filter(|change| change.part == part);
        let (mut hidden, mut shown) = (0_usize, 0_usize);
        for change in changes {
            if all || part == Part::Effect || (!is_aside(change) && shown < SHOWN) {
                if shown == 0 {
                    let _ = writeln!(out, "\n{}", paint(BOLD, heading(part)));
                }
                one(&mut out, review, change, width);
                shown += 1;
            } else {
                hidden += 1;
            }
        }
        if hidden > 0 {
            let what = if shown == 0 {
                "changes to know"
            } else {
                "more"
            };
            let line = format!("{}: {hidden} {what} (--all shows them)", heading(part));
            let _ = writeln!(out, "{}", paint(DIM, line));
        }
    }
    out
}

fn one(out: &mut String, review: &Review, change: &Change, width: Option<usize>) {
    let width = width.map(|width| width.saturating_sub(LEAD).max(20));
    let word = if change.accepted.is_some() {
        "accepted"
    } else {
        change.severity.name()
    };
    let lead = paint(style(change), pad(word, LEAD));
    let mut message = printable(&change.message).into_owned();
    let touched = selections(review, change);
    if !touched.is_empty() {
        message.push_str(&format!(" ({})", printable(&touched)));
    }
    let mut lines = wrap(&message, width);
    let code = format!("[{} {}]", change.kind, change.fingerprint);
    let last = lines.last().map_or(0, |line| columns(line));
    let fits = width.is_none_or(|width| last + 1 + columns(&code) <= width);
    match lines.last_mut().filter(|_| fits) {
        Some(line) => line.push_str(&format!(" {}", paint(DIM, code))),
        None => lines.push(paint(DIM, code)),
    }
    match &change.accepted {
        Some(reason) => lines.extend(wrap(&format!("accepted: {}", printable(reason)), width)),
        None if change.help != "nothing" && change.severity > Severity::Info => {
            lines.extend(wrap(&format!("→ {}", printable(&change.help)), width));
        }
        None => {}
    }
    for (index, line) in lines.into_iter().enumerate() {
        let lead = if index == 0 { &lead } else { "          " };
        let _ = writeln!(out, "{lead}{line}");
    }
}

fn style(change: &Change) -> Style {
    match change.severity {
        _ if change.accepted.is_some() => DIM,
        Severity::Breaking => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Info => AnsiColor::Blue.on_default(),
    }
}
