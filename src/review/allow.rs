//! The allow file: changes that somebody looked at and accepted, one by one.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Review;
use super::severity::Severity;
use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// The form of allow files that is read and written.
const SCHEMA_VERSION: u32 = 1;

/// Changes that are accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allowed {
    /// The version of this form: 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema_version: u32,
    /// The accepted changes.
    pub allow: Vec<Acceptance>,
}

/// One accepted change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Acceptance {
    /// The fingerprint of the change, as every format but `patch` shows it.
    pub fingerprint: String,
    /// The change in words, for the people who read this file; not compared.
    #[serde(default)]
    pub change: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted, as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// An entry of the allow file that accepts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stale {
    /// Its fingerprint.
    pub fingerprint: String,
    /// The change in the words of the allow file.
    pub change: String,
    /// Why it accepts nothing.
    pub because: String,
}

impl Allowed {
    /// Reads an allow file; the error names the place.
    pub fn read(source: &Source) -> Result<Self> {
        let allowed: Self = serde_json::from_str(source.text()).map_err(|error| {
            let at = source.offset(error.line(), error.column());
            Box::new(
                Diagnostic::error(format!("no allow file: {error}"))
                    .at(source, at.saturating_sub(1)..at, "")
                    .help("--allow-write writes one"),
            )
        })?;
        let wrong = |what: String| Box::new(Diagnostic::error(what).about(source.name()));
        if allowed.schema_version != SCHEMA_VERSION {
            return Err(wrong(format!(
                "schemaVersion {} is not known here, only {SCHEMA_VERSION}",
                allowed.schema_version
            )));
        }
        for entry in &allowed.allow {
            if let Some(until) = entry.until.as_deref().filter(|until| !is_date(until)) {
                let at = source.text().find(&format!("\"{until}\"")).unwrap_or(0);
                return Err(Box::new(
                    Diagnostic::error(format!("`{until}` is no date")).at(
                        source,
                        at..at + until.len() + 2,
                        "expected one like \"2027-01-31\"",
                    ),
                ));
            }
        }
        Ok(allowed)
    }

    /// The open changes of a review at or above a severity, with the entries that `known` has
    /// for them.
    pub fn of(review: &Review, severity: Severity, known: Option<&Self>) -> Self {
        let known = |fingerprint: &str| {
            let mut entries = known.into_iter().flat_map(|known| &known.allow);
            entries
                .find(|entry| entry.fingerprint == fingerprint)
                .cloned()
        };
        let changes = review.changes.iter().filter(|c| c.severity >= severity);
        let allow = changes.map(|change| {
            known(&change.fingerprint).unwrap_or_else(|| Acceptance {
                fingerprint: change.fingerprint.clone(),
                change: format!("{} {}: {}", change.kind, change.subject, change.message),
                reason: String::new(),
                until: None,
            })
        });
        let mut allow: Vec<Acceptance> = allow.collect();
        let mut seen = std::collections::HashSet::new();
        allow.retain(|entry| seen.insert(entry.fingerprint.clone()));
        Self {
            schema_version: SCHEMA_VERSION,
            allow,
        }
    }

    /// The entries that do not say why.
    pub fn unexplained(&self) -> impl Iterator<Item = &Acceptance> {
        self.allow
            .iter()
            .filter(|entry| entry.reason.trim().is_empty())
    }

    /// The text of the allow file.
    pub fn to_json(&self) -> std::result::Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

impl Review {
    /// Marks the accepted changes, and notes the entries that accept nothing on this day.
    pub fn accept(&mut self, allowed: &Allowed, today: &str) {
        for entry in &allowed.allow {
            let matching = self
                .changes
                .iter_mut()
                .filter(|c| c.fingerprint == entry.fingerprint);
            let expired = entry.until.as_deref().filter(|until| *until < today);
            let mut found = false;
            for change in matching {
                found = true;
                if expired.is_none() {
                    change.accepted = Some(entry.reason.clone());
                }
            }
            let because = match (found, expired) {
                (true, None) => continue,
                (true, Some(until)) => format!("accepted until {until} only"),
                (false, _) => "there is no such change".to_owned(),
            };
            self.stale.push(Stale {
                fingerprint: entry.fingerprint.clone(),
                change: entry.change.clone(),
                because,
            });
        }
        self.count();
    }
}

/// Today's date in UTC, as `2027-01-31`.
pub fn today() -> String {
    TimeZone::UTC
        .to_datetime(Timestamp::now())
        .date()
        .to_string()
}

/// Whether a text is a day of the calendar, written so that later days sort later.
fn is_date(text: &str) -> bool {
    text.parse::<Date>()
        .is_ok_and(|date| date.year() >= 0 && date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_date_when_it_sees_one() {
        assert!(is_date("2028-02-29"));
        for no_date in [
            "2027-02-29",
            "2027-1-31",
            "2027-13-01",
            "31.01.2027",
            "2027-01-31 ",
            "20270131",
            "-002027-01-31",
            "2027-01-31T00:00",
            "",
        ] {
            assert!(!is_date(no_date), "{no_date}");
        }
    }
}
