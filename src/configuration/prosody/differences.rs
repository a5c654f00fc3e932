//! What Prosody 0.12 and 13.0 read differently from the same text.

use indexmap::IndexSet;

use crate::configuration::model::{Configuration, Dialect, Host, HostKind, Setting, Value};
use crate::diagnostic::Diagnostic;
use crate::report::{Code, Finding, Place};

/// What differs between a configuration as Prosody 0.12 reads it and as 13.0 reads it.
pub fn differences(older: &Configuration, newer: &Configuration) -> Vec<Finding> {
    let hosts: IndexSet<_> = older.hosts.keys().chain(newer.hosts.keys()).collect();
    let mut findings = Vec::new();
    for name in hosts {
        match (older.host(name), newer.host(name)) {
            (Some(old), Some(new)) => of_host(name, old, new, &mut findings),
            (old, new) => {
                let reader = if old.is_some() { "0.12" } else { "13.0" };
                let finding = Finding::new(
                    Code::ReadsDiffer,
                    format!("only Prosody {reader} reads a section {name}"),
                );
                let place = old.or(new).and_then(|host| host.place.clone());
                findings.push(Finding {
                    place,
                    ..finding.on(name)
                });
            }
        }
    }
    findings
}

/// That Prosody of the other dialect cannot read a configuration: it failed with this error.
pub fn cannot_read(error: &Diagnostic, configuration: &Configuration) -> Finding {
    let (code, other) = match configuration.dialect {
        Dialect::V13 => (Code::NeedsNewer, Dialect::V0_12),
        Dialect::V0_12 => (Code::NeedsOlder, Dialect::V13),
    };
    let message = format!("Prosody {other} cannot read {}", configuration.name);
    Finding {
        place: error.file_and_line().map(|(file, line)| Place {
            file: file.to_owned(),
            line,
        }),
        ..Finding::new(code, message).reason(error.title())
    }
}

fn of_host(name: &str, old: &Host, new: &Host, findings: &mut Vec<Finding>) {
    if old.kind != new.kind {
        let finding = Finding::new(Code::ReadsDiffer, format!("the kind of {name} differs"));
        let reason = format!(
            "0.12 reads {}, 13.0 reads {}",
            kind(&old.kind),
            kind(&new.kind)
        );
        findings.push(Finding {
            place: new.place.clone(),
            ..finding.reason(reason).on(name)
        });
    }
    let options: IndexSet<_> = old.options.keys().chain(new.options.keys()).collect();
    for option in options {
        let (before, after) = (old.options.get(option), new.options.get(option));
        if before.map(|setting| &setting.value) == after.map(|setting| &setting.value) {
            continue;
        }
        let finding = Finding::new(Code::ReadsDiffer, format!("{option} differs"));
        let reason = format!("0.12 reads {}, 13.0 reads {}", words(before), words(after));
        findings.push(Finding {
            place: after.or(before).map(|setting| setting.place.clone()),
            ..finding.reason(reason).about(option).on(name)
        });
    }
}

fn kind(kind: &HostKind) -> String {
    match kind {
        HostKind::Global => "the global section".to_owned(),
        HostKind::VirtualHost => "a virtual host".to_owned(),
        HostKind::Component(module) => format!("a component {module}"),
    }
}

fn words(setting: Option<&Setting>) -> String {
    match setting.map(|setting| &setting.value) {
        None => "nothing".to_owned(),
        Some(Value::Boolean(value)) => value.to_string(),
        Some(Value::Integer(value)) => value.to_string(),
        Some(Value::Float(value)) => value.to_string(),
        // It may be a password.
        Some(Value::String(_)) => "a text".to_owned(),
        Some(Value::Table(items, fields)) if fields.is_empty() => {
            format!("a list of {}", items.len())
        }
        Some(Value::Table(items, fields)) => format!("a table of {}", items.len() + fields.len()),
        Some(Value::Function) => "a function".to_owned(),
        Some(Value::Handle(list)) => format!("the handle of {list}"),
        Some(Value::Secret) => "a secret".to_owned(),
        Some(Value::Unknown(_)) => "an undetermined value".to_owned(),
    }
}
