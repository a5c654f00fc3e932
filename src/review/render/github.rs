//! A review as GitHub workflow commands: one annotation for every change that nobody accepted.

use super::title;
use crate::github::annotation;
use crate::review::Review;
use crate::review::severity::Severity;

/// The annotations, the worst first; GitHub itself shows ten of each level.
///
/// `file` is what they point at, the new side.
pub fn github(review: &Review, file: Option<&str>) -> String {
    let mut out = String::new();
    let file = file.map(|file| (file, 1));
    for severity in Severity::ALL {
        let command = match severity {
            Severity::Breaking => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        for change in review.open().filter(|change| change.severity == severity) {
            if super::is_aside(change) {
                continue;
            }
            let mut message = change.message.clone();
            let touched = super::selections(review, change);
            if !touched.is_empty() {
                message.push_str(&format!(" ({touched})"));
            }
            if change.help != "nothing" {
                message.push_str(&format!("\n{}", change.help));
            }
            message.push_str(&format!("\n{} [{}]", title(review), change.fingerprint));
            out.push_str(&annotation(command, file, change.kind.code(), &message));
        }
    }
    for stale in &review.stale {
        let message = format!(
            "{}: {} ({})",
            stale.fingerprint, stale.because, stale.change
        );
        out.push_str(&annotation("warning", None, "stale", &message));
    }
    for undecided in &review.undecided {
        out.push_str(&annotation("warning", None, "undecided", undecided));
    }
    out
}
