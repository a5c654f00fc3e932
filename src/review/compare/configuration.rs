//! What changes in the configuration of a server, or in what Prosody reads from the same text.

use indexmap::IndexSet;

use crate::configuration::prosody::differences;
use crate::configuration::{Configuration, GLOBAL, Host, LISTS};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, Severity};

/// The changes of options, and what the reader of the new side notices that it did not notice on
/// the old one. What could not be determined on either side is always among them.
///
/// Which modules load is compared host by host, so the lists of modules are omitted. Values are
/// not shown: they may be secret.
pub(super) fn changes(old: &Configuration, new: &Configuration) -> Vec<Finding> {
    let mut changes = Vec::new();
    let is_undecided = |finding: &&Finding| finding.code == Code::Undecided;
    changes.extend(old.findings.iter().filter(is_undecided).cloned());
    let is_unlisted = |finding: &&Finding| !changes.contains(finding);
    let noticed: Vec<Finding> = new.findings.iter().filter(is_unlisted).cloned().collect();
    let is_new = |finding: &Finding| {
        let same = |other: &Finding| {
            (other.code, &other.subject, &other.place)
                == (finding.code, &finding.subject, &finding.place)
        };
        finding.code == Code::Undecided || !old.findings.iter().any(same)
    };
    changes.extend(noticed.into_iter().filter(is_new));
    // The same text under other rules, or another text.
    if old.name == new.name && !new.is_written {
        if old.dialect != new.dialect {
            changes.extend(differences(old, new));
        }
    } else {
        for name in old
            .hosts
            .keys()
            .chain(new.hosts.keys())
            .collect::<IndexSet<_>>()
        {
            options(name, old.host(name), new.host(name), &mut changes);
        }
    }
    let hosts: Vec<String> = new.active().map(|(name, _)| name.to_owned()).collect();
    changes
        .into_iter()
        .map(|finding| to_change(finding, &hosts))
        .collect()
}

fn options(name: &str, old: Option<&Host>, new: Option<&Host>, changes: &mut Vec<Finding>) {
    let empty = indexmap::IndexMap::new();
    let [was, is] = [old, new].map(|host| host.map_or(&empty, |host| &host.options));
    let names: IndexSet<_> = was.keys().chain(is.keys()).collect();
    for option in names {
        if LISTS.contains(&option.as_str()) {
            continue;
        }
        let (before, after) = (was.get(option), is.get(option));
        let change_kind = match (before, after) {
            (Some(a), Some(b)) if a.value == b.value => continue,
            (Some(_), Some(_)) => "changes",
            (None, _) => "is set",
            (_, None) => "is no longer set",
        };
        let on = match name {
            GLOBAL => String::new(),
            host => format!(" on {host}"),
        };
        let finding = Finding::new(Code::OptionChanged, format!("{option} {change_kind}{on}"));
        changes.push(Finding {
            place: after.or(before).map(|setting| setting.place.clone()),
            ..finding.about(option).on(name)
        });
    }
}

/// A finding of the reader as a change: with a fingerprint, and with the hosts that it concerns.
fn to_change(mut finding: Finding, hosts: &[String]) -> Finding {
    if finding.code == Code::NixosRefuses {
        finding = finding.severity(Severity::Breaking);
    }
    let subject = finding.subject.clone().unwrap_or_default();
    let host = finding.host.clone().filter(|host| host != GLOBAL);
    let details = Details {
        field: host.clone(),
        ..Details::default()
    };
    let fingerprint = change(finding.code, &subject, String::new(), details).fingerprint;
    Finding {
        selections: host.map_or_else(|| hosts.to_vec(), |host| vec![host]),
        host: None,
        fingerprint,
        ..finding
    }
}
