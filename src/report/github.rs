//! A report as GitHub workflow commands: an annotation for each finding that nobody accepted.

use super::{Finding, Place, Report, Severity, counted};
use crate::terminal::printable_start;

/// The longest line of a message, in characters.
const LINE: usize = 1_000;
/// How many facts of one finding are listed.
const FACTS: usize = 12;

/// The annotations, the most severe first; GitHub itself shows ten of each level.
///
/// What has no place of its own is shown at the place that `place_of` knows for it, if any.
pub fn github(report: &Report, place_of: impl Fn(&Finding) -> Option<Place>) -> String {
    let mut out = String::new();
    let shown = report.findings.iter();
    for finding in shown.filter(|finding| !finding.other && !finding.is_background()) {
        let Some(severity) = finding.open_severity() else {
            continue;
        };
        let command = match severity {
            Severity::Breaking | Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut lines = vec![finding.sentence()];
        if let Some(scopes) = report.concerned_scopes(finding) {
            lines[0].push_str(&format!(" ({scopes})"));
        }
        lines.extend(finding.help.clone());
        let facts = finding
            .facts
            .iter()
            .filter(|fact| fact.severity > Severity::Info);
        let more = facts.clone().count().saturating_sub(FACTS);
        let facts = facts.take(FACTS);
        lines.extend(facts.map(|fact| format!("- {}{}", fact.sentence(), fingerprint(fact))));
        if more > 0 {
            lines.push(format!("- {}", counted(more, "more fact")));
        }
        if finding.fingerprint.is_some() {
            lines.push(format!("{}{}", report.title(), fingerprint(finding)));
        }
        // The text of a machine is not a file of the repository.
        let own_place = finding.place.clone().filter(|_| !report.is_fleet());
        let place = own_place.or_else(|| place_of(finding));
        out.push_str(&annotation(
            command,
            place.as_ref(),
            finding.code.name(),
            &lines,
        ));
    }
    out
}

fn fingerprint(finding: &Finding) -> String {
    let fingerprint = finding.fingerprint.as_ref();
    fingerprint.map_or_else(String::new, |fingerprint| format!(" [{fingerprint}]"))
}

/// One annotation as a line.
fn annotation(command: &str, place: Option<&Place>, title: &str, lines: &[String]) -> String {
    let mut properties = format!("title={}", property(title));
    if let Some(Place { file, line }) = place {
        properties = format!("file={},line={line},{properties}", property(file));
    }
    let lines: Vec<_> = lines.iter().map(|line| data(line)).collect();
    format!("::{command} {properties}::{}\n", lines.join("%0A"))
}

/// Escapes a line of the message of a workflow command.
fn data(text: &str) -> String {
    printable_start(text, LINE).replace('%', "%25")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
