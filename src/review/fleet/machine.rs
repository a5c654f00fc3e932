//! What changes on one machine in addition to its text.

use serde_json::Value;

use crate::configuration::nixos::plans::{Prosody, Stability};
use crate::report::change::change;
use crate::report::{Code, Details, Finding};

/// The changes of its version and of its settings.
pub(super) fn changes(old: &Prosody, new: &Prosody) -> Vec<Finding> {
    let mut changes = Vec::new();
    let (was, is) = (&old.version, &new.version);
    if was != is {
        let message = format!("Prosody is updated from {was} to {is}");
        let details = Details::field(
            "package",
            Some(was.as_str().into()),
            Some(is.as_str().into()),
        );
        changes.push(change(Code::ReleaseChanged, "package", message, details));
    }
    if old.stability.is_some() != new.stability.is_some() {
        let is_on = |prosody: &Prosody| prosody.stability.is_some();
        changes.push(setting(
            "enable",
            Some(is_on(old).into()),
            Some(is_on(new).into()),
        ));
        return changes;
    }
    let (was, is) = (settings(old), settings(new));
    let names = was.iter().chain(&is).map(|(name, _)| name);
    let names: indexmap::IndexSet<&String> = names.collect();
    for name in names {
        let value = |settings: &[(String, Value)]| {
            let setting = settings.iter().find(|(other, _)| other == name);
            setting.map(|(_, value)| value.clone())
        };
        let (before, after) = (value(&was), value(&is));
        if before != after {
            changes.push(setting(name, before, after));
        }
    }
    changes
}

fn setting(name: &str, before: Option<Value>, after: Option<Value>) -> Finding {
    let words = |value: &Option<Value>| value.as_ref().map_or("unset".to_owned(), in_words);
    let (was, is) = (words(&before), words(&after));
    let message = format!("services.prosody-stability.{name} changes from {was} to {is}");
    let details = Details::field(name, before, after);
    Finding {
        subject: None,
        ..change(Code::FlagChanged, name, message, details)
    }
}

/// What is set, by the path below `services.prosody-stability`.
fn settings(prosody: &Prosody) -> Vec<(String, Value)> {
    let Some(stability) = &prosody.stability else {
        return Vec::new();
    };
    let Stability {
        profile,
        flags,
        modules,
        virtual_hosts,
        components,
        enforce,
        ..
    } = stability;
    let mut settings = vec![("enforce".to_owned(), (*enforce).into())];
    if let Some(profile) = profile {
        settings.push(("profile".to_owned(), profile.as_str().into()));
    }
    let below = [
        ("", flags),
        ("modules.", modules),
        ("virtualHosts.", virtual_hosts),
        ("components.", components),
    ];
    for (path, set) in below {
        let set = set.iter();
        settings.extend(set.map(|(name, value)| (format!("{path}{name}"), value.clone())));
    }
    settings
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // What is set for one host is a set, and long.
        Value::Object(_) => "another set".to_owned(),
        other => other.to_string(),
    }
}

/// The assertions that fail, and those that no longer do.
pub(super) fn assertions(old: &[String], new: &[String]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for message in new {
        let finding = Finding::new(Code::AssertionFails, "the machine cannot be built");
        let mut finding = finding.reason(message.trim());
        if old.contains(message) {
            finding.severity = crate::report::Severity::Warning;
            finding.message = "the machine could not be built and still cannot".to_owned();
        }
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    for message in old.iter().filter(|message| !new.contains(message)) {
        let finding = Finding::new(Code::AssertionHolds, "an assertion no longer fails");
        let finding = finding.reason(message.trim());
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// That nothing is known of one side.
pub(super) fn undecided(side: &str, reason: &str) -> Finding {
    Finding::new(
        Code::Undecided,
        format!("cannot determine what runs on the {side} side"),
    )
    .reason(reason)
    .help(
        "evaluate the machine alone to see why: `nix eval \
    .#nixosConfigurations.MACHINE.config.system.build.toplevel.drvPath`",
    )
}
