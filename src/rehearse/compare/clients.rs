//! What a client finds on one of two servers only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::rehearse::client::compare::{ClientChange, ClientDifference, Location, differences};
use crate::rehearse::observation::Observation;
use crate::report::change::change;
use crate::report::{Code, Details, Finding, counted};

/// What a client finds on one side only.
pub(super) fn clients(old: &Observation, new: &Observation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in &new.clients {
        let Some(before) = old.clients.iter().find(|other| other.host == view.host) else {
            continue;
        };
        let mut host_findings = on_host(&differences(before, view));
        host_findings.extend(gained(&differences(view, before)));
        findings.extend(
            host_findings
                .into_iter()
                .map(|finding| finding.on(&view.host)),
        );
    }
    findings
}

/// What is different on one host: the login, what users lose, and all the rest as one entry.
fn on_host(differences: &[ClientDifference]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut lost: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    let mut others = Vec::new();
    for difference in differences {
        let ability = difference.ability.as_deref();
        match &difference.change {
            ClientChange::NoLongerLogsIn { new } => {
                let details = Details::of(true, false);
                let message = "a new account will not be able to log in".to_owned();
                let finding = change(Code::LoginBreaks, "login", message, details);
                let reason = new.error.clone();
                findings.push(Finding { reason, ..finding });
            }
            ClientChange::LogsIn { old } => {
                let details = Details::of(false, true);
                let message = "a new account will be able to log in".to_owned();
                let finding = change(Code::LoginMends, "login", message, details);
                let reason = old.error.as_ref().map(|error| format!("today: {error}"));
                findings.push(Finding { reason, ..finding });
            }
            other => match ability.filter(|_| difference.lost) {
                Some(ability) => lost
                    .entry(ability)
                    .or_default()
                    .push(difference_finding(other)),
                None => others.push(difference_finding(other)),
            },
        }
    }
    for (ability, facts) in lost {
        let message = format!("a client will not find {ability}");
        let details = Details::of(true, false);
        let finding = change(Code::AbilityLost, ability, message, details);
        findings.push(Finding { facts, ..finding });
    }
    if !others.is_empty() {
        let message = format!(
            "a client will see {}",
            counted(others.len(), "other difference")
        );
        findings.push(Finding {
            facts: others,
            ..Finding::new(Code::ClientSees, message).about("client")
        });
    }
    findings
}

/// What users will have, from the differences in the opposite direction: what the old server would
/// take away.
fn gained(opposite: &[ClientDifference]) -> Vec<Finding> {
    let lost = opposite.iter().filter(|difference| difference.lost);
    let abilities = lost.filter_map(|difference| match difference.change {
        ClientChange::NoLongerLogsIn { .. } => None,
        _ => difference.ability.as_deref(),
    });
    let abilities: BTreeSet<&str> = abilities.collect();
    let findings = abilities.into_iter().map(|ability| {
        let message = format!("a client will find {ability}");
        change(
            Code::AbilityGained,
            ability,
            message,
            Details::of(false, true),
        )
    });
    findings.collect()
}

/// A single difference.
fn difference_finding(difference: &ClientChange) -> Finding {
    let (message, reason) = in_words(difference);
    let details = Details::field("client", None, facts(difference));
    let finding = change(Code::ClientSees, "client", message, details);
    Finding { reason, ..finding }
}

/// A difference without the errors that were seen: the fingerprint must not depend on their wording.
fn facts(difference: &ClientChange) -> Option<Value> {
    Some(match difference {
        ClientChange::AddressFails { address, old, .. } => json!({
            "addressFails": { "address": address, "failedBefore": old.is_some() },
        }),
        ClientChange::AddressAnswers { address, .. } => {
            json!({ "addressAnswers": { "address": address } })
        }
        ClientChange::Query { name, old, new } => json!({
            "query": { "name": name, "old": old.is_ok(), "new": new.is_ok() },
        }),
        ClientChange::EndsElsewhere { old, new } => json!({
            "endsElsewhere": { "old": old.reached, "new": new.reached },
        }),
        other => return serde_json::to_value(other).ok(),
    })
}

/// A difference that has no code of its own, and its reason.
fn in_words(change: &ClientChange) -> (String, Option<String>) {
    let place = |place: &Location| match place {
        Location::Before => "the stream before encryption".to_owned(),
        Location::Secured => "the stream after encryption".to_owned(),
        Location::After => "the stream after login".to_owned(),
        Location::Address(address) => address.clone(),
    };
    let plain = |text: String| (text, None);
    match change {
        ClientChange::FeatureLost(at, name) => {
            plain(format!("{} will not offer {name}", place(at)))
        }
        ClientChange::FeatureGained(at, name) => plain(format!("{} will offer {name}", place(at))),
        ClientChange::AddressVanished(address) => plain(format!("{address} will not be listed")),
        ClientChange::AddressAppeared(address) => plain(format!("{address} will be listed")),
        ClientChange::AddressFails { address, new, .. } => (
            format!("{address} will answer with an error"),
            Some(new.clone()),
        ),
        ClientChange::AddressAnswers { address, old } => (
            format!("{address} will answer"),
            Some(format!("today: {old}")),
        ),
        ClientChange::Query { name, old, new } => {
            let shown = |answer: &Result<(), String>| match answer {
                Ok(()) => "works".to_owned(),
                Err(error) => error.clone(),
            };
            let message = match new {
                Ok(()) => format!("{name} will work"),
                Err(_) => format!("{name} will not work as before"),
            };
            (
                message,
                Some(format!("{} before, {} now", shown(old), shown(new))),
            )
        }
        ClientChange::Tls { old, new } => plain(format!("{new} will be used instead of {old}")),
        ClientChange::EndsElsewhere { new, .. } => (
            "the session of the client will end differently".to_owned(),
            new.error.clone(),
        ),
        ClientChange::NoLongerLogsIn { new } => ("login".to_owned(), new.error.clone()),
        ClientChange::LogsIn { old } => ("login".to_owned(), old.error.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_do_not_count() {
        let fails = |error: &str, address: &str| {
            let address = address.to_owned();
            let (old, new) = (None, error.to_owned());
            let finding = difference_finding(&ClientChange::AddressFails { address, old, new });
            finding.fingerprint
        };
        let timed_out = fails("timed out", "a.example.org");
        assert_eq!(timed_out, fails("no answer came", "a.example.org"));
        assert_ne!(timed_out, fails("timed out", "b.example.org"));
        let query = |error: &str| {
            let (name, old, new) = ("mam".to_owned(), Ok(()), Err(error.to_owned()));
            difference_finding(&ClientChange::Query { name, old, new }).fingerprint
        };
        assert_eq!(query("timed out"), query("no answer came"));
    }
}
