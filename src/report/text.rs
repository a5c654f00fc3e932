//! A human-readable report for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{Code, Finding, GLOBAL, Report, Scope, ScopeKind, Severity, counted};
use crate::terminal::{BOLD, DIM, columns, pad, paint, printable, wrap};

/// Columns in front of a finding, which the severity takes.
const LEAD: usize = 10;
/// How many rows of hosts or machines are shown.
const ROWS: usize = 40;
/// How many informational findings of the inventory or the release are shown.
const SHOWN: usize = 30;

/// The colour of a severity.
pub fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Breaking | Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::Blue,
    };
    colour.on_default().bold()
}

/// The summary: what was looked at, and the counts.
pub fn summary(report: &Report) -> String {
    let mut out = String::new();
    if let Some(lines) = &report.profile_lines {
        let _ = writeln!(out, "{}", paint(BOLD, printable(&lines.running)));
        if lines.running != lines.planned {
            let (_, planned) = lines
                .planned
                .split_once(": ")
                .unwrap_or(("", &lines.planned));
            let _ = writeln!(out, "Planned: {}", printable(planned));
        }
    }
    let title = format!("{}:", report.title());
    let result = coloured(&report.result());
    let _ = writeln!(out, "{} {result}", paint(BOLD, printable(&title)));
    let mut rows = report.rows();
    let more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let names: Vec<String> = rows.iter().map(scope_name).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let is_empty = report.is_review() && report.findings.is_empty() && report.counts.other == 0;
    for (scope, name) in rows.iter().zip(&names).filter(|_| !is_empty) {
        let modules = counted(scope.modules, "module");
        let loads = match scope.modules_before {
            Some(before) if before != scope.modules => format!("{before} → {modules} load"),
            Some(_) => format!("{modules} load"),
            None => modules,
        };
        let counts = match scope.counts {
            counts if scope.kind == ScopeKind::Machine && counts.is_quiet() => {
                "nothing changes".to_owned()
            }
            counts => coloured(&counts.words(report.is_review())),
        };
        // Nothing is known of a machine that could not be read.
        let loads = match scope.modules_before {
            None if scope.kind == ScopeKind::Machine => String::new(),
            _ => format!("; {loads}"),
        };
        let _ = writeln!(out, "  {}  {counts}{loads}", pad(name, width));
    }
    if !is_empty && more > 0 {
        let line = format!(
            "… and {} (--format json lists them)",
            counted(more, "more row")
        );
        let _ = writeln!(out, "  {}", paint(DIM, line));
    }
    out
}

/// Counts such as `2 breaking, 0 warnings`, each in the colour of its severity.
fn coloured(counts: &str) -> String {
    let paint_one = |count: &str| {
        let mut needs_a_look = Severity::ALL
            .into_iter()
            .filter(|severity| *severity > Severity::Info);
        let severity = match count.split_once(' ') {
            Some(("0", _)) | None => None,
            Some((_, word)) => {
                needs_a_look.find(|severity| [1, 2].map(|n| severity.plural(n)).contains(&word))
            }
        };
        match severity {
            Some(severity) => paint(style(severity), printable(count)),
            None => printable(count).into_owned(),
        }
    };
    let counts: Vec<String> = counts.split(", ").map(paint_one).collect();
    counts.join(", ")
}

fn scope_name(scope: &Scope) -> String {
    let name = printable(&scope.name);
    match scope.kind {
        ScopeKind::Global => "global section".to_owned(),
        ScopeKind::Component => format!("{name} (component)"),
        ScopeKind::Selection
        | ScopeKind::VirtualHost
        | ScopeKind::UnknownHost
        | ScopeKind::Machine => name.into_owned(),
    }
}

/// How much a report shows.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    /// Also what touches nothing that loads, and every fact; else these are counted.
    pub all: bool,
    /// The code of each finding, with its fingerprint if it has one.
    pub codes: bool,
}

/// The whole report; `width` is the terminal's, `None` for endless lines.
pub fn text(report: &Report, width: Option<usize>, detail: Detail) -> String {
    let all = detail.all;
    let mut out = summary(report);
    let (mut background, mut shown, mut hidden) = (0_usize, 0_usize, 0_usize);
    for finding in &merge_hosts(&report.findings) {
        background += usize::from(finding.is_background());
        if !all && (finding.other || finding.is_background() && background > SHOWN) {
            hidden += usize::from(!finding.other);
            continue;
        }
        if shown == 0 {
            out.push('\n');
        }
        shown += 1;
        write_entry(&mut out, report, finding, width, detail);
    }
    let mut rest = Vec::new();
    if hidden > 0 {
        rest.push(format!("{hidden} more info"));
    }
    rest.extend(report.others().filter(|_| !all));
    if !rest.is_empty() {
        let line = format!("{} (--all lists them)", rest.join(", "));
        let _ = writeln!(out, "\n{}", paint(DIM, line));
    }
    out
}

/// The findings, each once for all hosts that have it.
fn merge_hosts(findings: &[Finding]) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    let mut indices: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for finding in findings {
        let key = key(finding);
        let same = key.and_then(|key| indices.get(&key).copied());
        match same.and_then(|at| merged.get_mut(at)) {
            Some(first) => {
                let host = first.host.take();
                first.selections.extend(host);
                first.selections.extend(finding.host.clone());
            }
            None => {
                indices.extend(key.map(|key| (key, merged.len())));
                merged.push(finding.clone());
            }
        }
    }
    merged
}

/// What makes two findings about hosts the same.
type Key<'a> = (Code, Severity, [Option<&'a str>; 4]);

/// None if a finding is not merged with others.
fn key(finding: &Finding) -> Option<Key<'_>> {
    let is_plain = finding.place.is_none() && finding.facts.is_empty();
    let host = finding.host.as_deref().filter(|host| *host != GLOBAL);
    host.filter(|_| is_plain && finding.selections.is_empty())?;
    let texts = [
        finding.subject.as_deref(),
        Some(finding.message.as_str()),
        finding.reason.as_deref(),
        finding.help.as_deref(),
    ];
    Some((finding.code, finding.severity, texts))
}

/// One entry with its facts; without `all`, informational facts are counted.
fn write_entry(
    out: &mut String,
    report: &Report,
    finding: &Finding,
    width: Option<usize>,
    detail: Detail,
) {
    write_finding(out, report, finding, (width, detail.codes), 0);
    let (shown, counted_only): (Vec<&Finding>, Vec<&Finding>) = finding
        .facts
        .iter()
        .partition(|fact| detail.all || fact.severity > Severity::Info);
    for fact in shown {
        write_finding(out, report, fact, (width, detail.codes), 2);
    }
    if !counted_only.is_empty() {
        let line = format!("{} (--all lists them)", counted(counted_only.len(), "fact"));
        let _ = writeln!(out, "{}{}", " ".repeat(LEAD), paint(DIM, line));
    }
}

/// One finding; a fact is indented, and shows its severity only if that is more than informational.
fn write_finding(
    out: &mut String,
    report: &Report,
    finding: &Finding,
    (width, codes): (Option<usize>, bool),
    indent: usize,
) {
    let lead = LEAD + indent;
    let width = width.map(|width| width.saturating_sub(lead).max(20));
    let (word, style) = match (&finding.accepted, finding.severity) {
        (Some(_), _) => ("accepted", DIM),
        (None, severity) => (severity.name(), style(severity)),
    };
    let word = if indent > 0 {
        pad("", LEAD) + "- "
    } else {
        paint(style, pad(word, LEAD))
    };
    let mut message = printable(&finding.sentence()).into_owned();
    if let Some(scopes) = report.concerned_scopes(finding) {
        message.push_str(&format!(" ({})", printable(&scopes)));
    }
    if let Some(place) = finding.place.as_ref().map(|place| place.to_string()) {
        let place = printable(&place);
        // The reason may say where as well.
        if !message.contains(&*place) {
            message.push_str(&format!(" at {place}"));
        }
    }
    let mut lines = wrap(&message, width);
    let mut code = finding.code.to_string();
    if let Some(fingerprint) = &finding.fingerprint {
        code.push_str(&format!(" {fingerprint}"));
    }
    let code = format!("[{code}]");
    let last = lines.last().map_or(0, |line| columns(line));
    let fits = width.is_none_or(|width| last + 1 + columns(&code) <= width);
    match lines.last_mut().filter(|_| fits) {
        _ if !codes => {}
        Some(line) => line.push_str(&format!(" {}", paint(DIM, code))),
        None => lines.push(paint(DIM, code)),
    }
    match (&finding.accepted, &finding.help) {
        (Some(reason), _) => lines.extend(wrap(&format!("accepted: {}", printable(reason)), width)),
        (None, Some(help)) if indent == 0 || finding.severity > Severity::Info => {
            lines.extend(wrap(&format!("→ {}", printable(help)), width));
        }
        (None, _) => {}
    }
    if let Some(link) = finding.link.as_deref().filter(|_| indent == 0) {
        lines.push(paint(DIM, printable(link)));
    }
    for (index, line) in lines.into_iter().enumerate() {
        let word = if index == 0 { &word } else { &" ".repeat(lead) };
        let _ = writeln!(out, "{word}{line}");
    }
}

/// One finding in front of something else, without its code: `warning: …; help`.
pub fn notice(finding: &Finding, width: Option<usize>) -> String {
    let width = width.map(|width| width.saturating_sub(LEAD).max(20));
    let help = finding.help.iter().map(|help| format!("; {help}"));
    let text = finding.sentence() + &help.collect::<String>();
    let mut out = String::new();
    for (index, line) in wrap(&printable(&text), width).iter().enumerate() {
        let word = if index == 0 {
            finding.severity.name()
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "{}{line}",
            paint(style(finding.severity), pad(word, LEAD))
        );
    }
    out
}

/// The meaning of a code.
pub fn code(code: Code) -> String {
    let row = code.row();
    let mut out = format!(
        "{}  {}\n  {}\n",
        paint(BOLD, row.code),
        paint(style(row.severity), row.severity),
        row.why
    );
    if let Some(help) = row.help {
        let _ = writeln!(out, "  → {help}");
    }
    if let Some(reverse) = row.reverse.filter(|reverse| *reverse != code) {
        let _ = writeln!(out, "  {} {reverse}", paint(DIM, "reverse code"));
    }
    out
}
