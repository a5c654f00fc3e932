//! A finding: one thing to know.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::code::{About, Code};
use super::severity::Severity;

/// One thing to know, with the facts that explain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it says.
    pub code: Code,
    /// How severe it is.
    pub severity: Severity,
    /// The module or option by name, or the setting by path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The host that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where it is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The effect, in a sentence without its final period.
    pub message: String,
    /// The cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do; absent when there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The scopes under which it touches what loads. In a review of machines: the machines that have
    /// it; for a fact nothing where it has those of its finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selections: Vec<String>,
    /// In a review of machines: by machine the hosts on which it touches what loads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, Vec<String>>,
    /// Whether it touches nothing that loads.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Names this very change in an allow file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Why it is accepted, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// What exactly changed, for machines.
    #[serde(flatten)]
    pub details: Details,
    /// What explains it, or follows from the same cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Finding>,
}

/// Where something is set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What exactly changed: enough to make the new side from the old one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Details {
    /// The field of the module, or the JSON pointer to the setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The place of an added or removed module in its inventory, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
}

impl Finding {
    /// A finding with the severity and the help of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let row = code.row();
        Self {
            code,
            severity: row.severity,
            subject: None,
            host: None,
            place: None,
            message: message.into(),
            reason: None,
            help: row.help.map(str::to_owned),
            link: None,
            selections: Vec::new(),
            hosts: BTreeMap::new(),
            other: false,
            fingerprint: None,
            accepted: None,
            details: Details::default(),
            facts: Vec::new(),
        }
    }

    /// The same about a module, an option or a setting.
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..self
        }
    }

    /// The same with its cause.
    pub fn reason(self, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..self
        }
    }

    /// The same with another help than that of its code.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// The same with another severity than that of its code.
    pub fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same on a host.
    pub fn on(self, host: impl Into<String>) -> Self {
        Self {
            host: Some(host.into()),
            ..self
        }
    }

    /// Effect and cause in one sentence.
    pub fn sentence(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{}: {reason}", self.message),
            None => self.message.clone(),
        }
    }

    /// Whether it is informational and about the inventory or the release: it changes nothing that
    /// loads, although it is about a module that loads.
    pub fn is_background(&self) -> bool {
        let about = self.code.row().about;
        let is_change = self.fingerprint.is_some();
        is_change
            && self.severity == Severity::Info
            && matches!(about, About::Inventory | About::Release)
    }

    /// Whether it says that something could not be determined.
    pub fn is_doubt(&self) -> bool {
        let doubts = [
            Code::Undecided,
            Code::UnknownHost,
            Code::NoHost,
            Code::CannotKnow,
            Code::NotCompared,
        ];
        doubts.contains(&self.code)
    }

    /// Whether it, or a fact below it, says that something could not be determined.
    pub fn is_doubt_within(&self) -> bool {
        self.with_facts().any(Finding::is_doubt)
    }

    /// Itself and the facts below it.
    pub fn with_facts(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(self).chain(&self.facts)
    }

    /// The worst that is not accepted, itself and its facts taken together; none when everything
    /// that is more than informational is accepted.
    pub fn open_severity(&self) -> Option<Severity> {
        let severities = self.with_facts().map(|finding| finding.severity);
        let open = self
            .with_facts()
            .filter(|finding| finding.accepted.is_none());
        let open = open.map(|finding| finding.severity).max();
        let is_accepted = self.with_facts().any(|finding| finding.accepted.is_some());
        let worst = severities.max();
        if is_accepted && open.is_none_or(|open| open == Severity::Info) && worst.is_some() {
            return None;
        }
        open
    }
}
