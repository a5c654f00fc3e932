//! A report as Markdown for a pull request: never longer than GitHub takes, and empty when a review
//! finds nothing.

use super::{Finding, Report, Severity, counted};
use crate::terminal::is_control;

/// GitHub takes 65,535 characters; counted in bytes, which are never fewer.
const LIMIT: usize = 65_535;
/// Kept free for what closes tables and says how much was cut.
const RESERVE: usize = 2_000;
/// The longest text of one cell, in characters.
const CELL: usize = 400;
/// How many facts of one entry are listed.
const FACTS: usize = 12;

/// The report, or its summary; the largest part that fits, cut between rows, with a count of what
/// is missing. Without `all`, what touches nothing that loads is counted only.
pub fn markdown(report: &Report, summary: bool, all: bool) -> String {
    if report.is_review() && report.findings.is_empty() {
        return String::new();
    }
    let mut out = LimitedText {
        text: format!("## {}\n\n**{}**\n", cell(&report.title()), report.result()),
    };
    if let Some(lines) = &report.profile_lines {
        let [running, planned] = [&lines.running, &lines.planned].map(|line| cell(line));
        out.text
            .push_str(&format!("\nRunning: {running}\n\nPlanned: {planned}\n"));
    }
    scopes(&mut out, report);
    if summary {
        return out.text;
    }
    for severity in Severity::ALL {
        let findings = report.findings.iter();
        let findings = findings.filter(|f| !f.other && f.severity == severity);
        let findings: Vec<_> = findings.collect();
        let heading = format!("{}: {}", severity.heading(), findings.len());
        section(
            &mut out,
            report,
            &findings,
            &heading,
            severity == Severity::Info,
        );
    }
    match report.others() {
        Some(others) if all => {
            let findings: Vec<_> = report.findings.iter().filter(|f| f.other).collect();
            section(&mut out, report, &findings, &others, true);
        }
        Some(others) => out
            .text
            .push_str(&format!("\n{others} (`--all` lists them)\n")),
        None => {}
    }
    out.text
}

fn scopes(out: &mut LimitedText, report: &Report) {
    let worst = if report.is_review() {
        "breaking"
    } else {
        "errors"
    };
    let rows = report.rows();
    let rows = rows.iter().map(|scope| {
        let counts = scope.counts;
        let worst = if report.is_review() {
            counts.breaking
        } else {
            counts.error
        };
        let modules = match scope.modules_before {
            Some(before) => format!("{before} → {}", scope.modules),
            None => scope.modules.to_string(),
        };
        format!(
            "| {} | {worst} | {} | {} | {modules} |\n",
            name(&scope.name),
            counts.warning,
            counts.info,
        )
    });
    let header = format!(
        "| where | {worst} | warnings | info | modules |\n| --- | --- | --- | --- | --- |\n"
    );
    out.table(&header, rows, "rows");
}

/// A table of entries under a heading; folded where nothing needs to be done.
fn section(
    out: &mut LimitedText,
    report: &Report,
    findings: &[&Finding],
    heading: &str,
    is_folded: bool,
) {
    if findings.is_empty() {
        return;
    }
    let (open, close) = if is_folded {
        (
            format!("\n<details><summary>{heading}</summary>\n"),
            "\n</details>\n",
        )
    } else {
        (format!("\n### {heading}\n"), "")
    };
    out.text.push_str(&open);
    let header = "| change | where | what to do | code |\n| --- | --- | --- | --- |\n";
    let rows = findings.iter().map(|finding| row(report, finding));
    out.table(header, rows, "entries");
    out.text.push_str(close);
}

fn row(report: &Report, finding: &Finding) -> String {
    let help = match (&finding.accepted, &finding.help) {
        (Some(reason), _) => format!("accepted: {}", cell(reason)),
        (None, Some(help)) => cell(help),
        (None, None) => String::new(),
    };
    let mut change = cell(&finding.sentence());
    if finding.accepted.is_some() {
        change = format!("~~{change}~~");
    }
    for fact in finding.facts.iter().take(FACTS) {
        change.push_str(&format!("<br>• {} {}", cell(&fact.sentence()), code(fact)));
    }
    if finding.facts.len() > FACTS {
        let more = counted(finding.facts.len() - FACTS, "more fact");
        change.push_str(&format!("<br>• {more}"));
    }
    let mut place = report
        .concerned_scopes(finding)
        .map(|scopes| name(&scopes))
        .unwrap_or_default();
    if let Some(at) = &finding.place {
        place.push_str(&format!(" {}", name(&at.to_string())));
    }
    format!(
        "| {change} | {} | {help} | {} |\n",
        place.trim_start(),
        code(finding)
    )
}

/// The code, with the fingerprint of what can be accepted.
fn code(finding: &Finding) -> String {
    match finding
        .fingerprint
        .as_ref()
        .filter(|_| finding.severity > Severity::Info)
    {
        Some(fingerprint) => format!("`{}` `{fingerprint}`", finding.code),
        None => format!("`{}`", finding.code),
    }
}

/// A text that knows how long it may get.
struct LimitedText {
    text: String,
}

impl LimitedText {
    /// A table with as many of the rows as fit, and the number of those that do not.
    fn table(&mut self, header: &str, rows: impl Iterator<Item = String>, what: &str) {
        let mut head = format!("\n{header}");
        let mut hidden = 0_usize;
        for row in rows {
            if hidden > 0 || self.text.len() + head.len() + row.len() > LIMIT - RESERVE {
                hidden += 1;
                continue;
            }
            // Only above the first row.
            self.text.push_str(&std::mem::take(&mut head));
            self.text.push_str(&row);
        }
        if hidden > 0 {
            self.text
                .push_str(&format!("\n… and {hidden} more {what}\n"));
        }
    }
}

/// Parts the characters that GitHub would make a link or a mention of. It undoes entities and
/// backslashes before it looks for these, and so they do not help.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// A name from input in a cell of a table: as it is if it is a plain word, otherwise as code.
fn name(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | ',');
    if text.chars().all(is_plain) && text.len() <= CELL {
        return text.to_owned();
    }
    let mut inside = String::new();
    for c in start(text) {
        match c {
            // A table is cut into cells before its code is read.
            '|' => inside.push_str("\\|"),
            '[' if inside.ends_with("##") => inside.extend([ZERO_WIDTH_SPACE, c]),
            c => inside.push(c),
        }
    }
    let runs = inside.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(1 + runs.max().unwrap_or_default());
    // The blanks are no part of the code; they part its backticks from the fence.
    match fence.len() {
        1 => format!("`{inside}`"),
        _ => format!("{fence} {inside} {fence}"),
    }
}

/// Text from input in a cell of a table: it can neither end the cell nor become markup, nor mention
/// anybody or link to anything.
fn cell(text: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut chars = start(text).peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '_' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Neither a mention nor an address of mail, neither an issue nor a commit of it.
            '@' | '#' => out.extend([c, ZERO_WIDTH_SPACE]),
            // GH-1 is an issue, too.
            '-' if before.eq_ignore_ascii_case(&'h') => out.extend([c, ZERO_WIDTH_SPACE]),
            // https://example.org and www.example.org
            ':' if chars.peek() == Some(&'/') => out.extend([c, ZERO_WIDTH_SPACE]),
            '.' if before.eq_ignore_ascii_case(&'w') => out.extend([ZERO_WIDTH_SPACE, c]),
            // The only way of GitHub to write one that begins no formula.
            '$' => out.push_str("<span>$</span>"),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// The beginning of a text, on one line.
fn start(text: &str) -> impl Iterator<Item = char> {
    let is_longer = text.chars().nth(CELL).is_some();
    let chars = text.chars().take(CELL);
    let chars = chars.map(|c| if is_control(c) { ' ' } else { c });
    chars.chain(is_longer.then_some('…'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_cut_at_the_last_byte_that_fits() {
        let header = "| header of 20 b. |\n";
        // With 100 bytes left, and 21 taken by the header and the line break before it.
        for (rows, written) in [
            (&[79][..], 1),
            (&[80], 0),
            (&[40, 39], 2),
            (&[40, 40], 1),
            (&[40, 39, 1], 2),
            // The rest is not picked over for what would fit.
            (&[40, 60, 10], 1),
            (&[90, 10], 0),
        ] {
            let before = "x".repeat(LIMIT - RESERVE - 100);
            let mut out = LimitedText {
                text: before.clone(),
            };
            let texts = rows.iter().map(|length| "r".repeat(*length));
            out.table(header, texts, "rows");
            let mut expected = before;
            if written > 0 {
                expected.push_str(&format!("\n{header}"));
            }
            expected.push_str(&"r".repeat(rows[..written].iter().sum()));
            let hidden = rows.len() - written;
            if hidden > 0 {
                expected.push_str(&format!("\n… and {hidden} more rows\n"));
            }
            assert!(
                out.text == expected,
                "{rows:?}: {}",
                out.text.trim_start_matches('x')
            );
        }
    }

    #[test]
    fn text_from_input_stays_in_its_cell() {
        assert_eq!(cell("a\nb\rc\u{1b}[0m|d"), "a b c \\[0m\\|d");
        assert_eq!(cell("a\u{9b}b\u{202e}c"), "a b c");
    }

    #[test]
    fn text_from_input_mentions_and_links_nothing() {
        assert_eq!(
            cell("<@all> & #1, o/r#2 GH-3"),
            "&lt;@\u{200b}all&gt; &amp; #\u{200b}1, o/r#\u{200b}2 GH-\u{200b}3"
        );
        assert_eq!(
            cell("https://a.b www.a.b ##[error]"),
            "https:\u{200b}//a.b www\u{200b}.a.b #\u{200b}#\u{200b}\\[error\\]"
        );
        assert_eq!(cell("$x$"), "<span>$</span>x<span>$</span>");
    }

    #[test]
    fn names_are_code() {
        assert_eq!(name("community, all profiles"), "community, all profiles");
        assert_eq!(name("GH-1"), "`GH-1`");
        assert_eq!(name("@all"), "`@all`");
        assert_eq!(name("a|b\nc"), "`a\\|b c`");
        assert_eq!(name("a`b"), "`` a`b ``");
        assert_eq!(name("##[error]"), "`##\u{200b}[error]`");
    }
}
