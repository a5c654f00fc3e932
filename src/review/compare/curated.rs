//! The curated changes of an upgrade, and which of them concern what is reviewed.

use super::loaded::LoadedSubject;
use crate::configuration::GLOBAL;
use crate::release::changes::{Concerns, CuratedChange, between};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, Place, Severity};

/// A change, and the options that it explains.
#[derive(Clone)]
pub(super) struct Curated {
    change: &'static CuratedChange,
    finding: Finding,
}

/// The changes of an upgrade from one version to another, which concern nothing yet.
pub(super) fn changes(old: &str, new: &str) -> Vec<Curated> {
    let all = between(old, new).flat_map(|changes| &changes.changes);
    all.map(|curated| {
        let subject = curated.modules.first().map_or("", String::as_str);
        let details = Details::field(&curated.id, None, None);
        let finding = change(Code::UpgradeNote, subject, curated.title.clone(), details);
        let reason = match &curated.logs {
            Some(logs) => format!("{} Prosody logs: {logs}", curated.text),
            None => curated.text.clone(),
        };
        Curated {
            change: curated,
            finding: Finding {
                subject: curated.modules.first().cloned(),
                severity: Severity::Info,
                reason: Some(reason.trim_end_matches('.').to_owned()),
                help: Some(curated.help.clone()),
                link: Some(curated.link.clone()),
                ..finding
            },
        }
    })
    .collect()
}

impl Curated {
    /// Marks the change where it concerns a selection or host.
    pub(super) fn mark(&mut self, subject: &LoadedSubject) {
        let CuratedChange {
            concerns, modules, ..
        } = self.change;
        let loads = |module: &String| subject.loaded.iter().any(|on| on.contains(module.as_str()));
        let loaded = modules.iter().find(|module| loads(module));
        let set = self.set(subject);
        let is_there = loaded.is_some() || modules.is_empty();
        let is_concerned = match (concerns, subject.configuration) {
            (Concerns::Always, _) => true,
            (Concerns::Loaded, _) => loaded.is_some(),
            (Concerns::Set, Some(_)) => set.is_some(),
            (Concerns::Unset, Some(_)) => is_there && set.is_none(),
            (Concerns::Set, None) => return,
            (Concerns::Unset, None) => is_there,
        };
        if !is_concerned {
            return;
        }
        let finding = &mut self.finding;
        finding.severity = self.change.severity;
        finding.subject = loaded.cloned().or(finding.subject.take());
        finding.place = finding.place.take().or(set);
        finding.selections.push(subject.name.to_owned());
    }

    /// Where one of the options is set.
    fn set(&self, subject: &LoadedSubject) -> Option<Place> {
        let configuration = subject.configuration?;
        let mut set = self.change.options.iter().filter_map(|option| {
            let host = configuration.setting(subject.name, option);
            host.or_else(|| configuration.setting(GLOBAL, option))
        });
        set.next().map(|setting| setting.place.clone())
    }

    /// Whether it explains what happens to an option.
    pub(super) fn explains(&self, option: &str) -> bool {
        !self.finding.selections.is_empty() && self.change.options.iter().any(|o| o == option)
    }

    pub(super) fn into_finding(self) -> Finding {
        self.finding
    }
}
