//! What a user finds different on another server.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::queries::UPLOAD_SLOT;
use super::view::{Answer, ClientView, VisitEnd};

/// One difference between two views of the same virtual host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientDifference {
    /// What is different.
    pub change: ClientChange,
    /// What it is for, where that is known: `file upload`.
    pub ability: Option<String>,
    /// Whether users surely notice: they had this ability, and no longer have it anywhere.
    pub lost: bool,
}

/// What can be different.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ClientChange {
    /// Only the old server lets the account in.
    NoLongerLogsIn {
        /// Where the visit of the new server ended.
        new: VisitEnd,
    },
    /// Only the new server lets the account in.
    LogsIn {
        /// Where the visit of the old server ended.
        old: VisitEnd,
    },
    /// Both visits had the same success with the login, but did not come equally far.
    EndsElsewhere {
        /// On the old server.
        old: VisitEnd,
        /// On the new one.
        new: VisitEnd,
    },
    /// Another TLS version.
    Tls {
        /// On the old server.
        old: String,
        /// On the new one.
        new: String,
    },
    /// A feature that only the old server has there.
    FeatureLost(Location, String),
    /// A feature that only the new server has there.
    FeatureGained(Location, String),
    /// An address that the new server no longer lists.
    AddressVanished(String),
    /// An address that only the new server lists.
    AddressAppeared(String),
    /// An address that answered, and now is an error; or another error.
    AddressFails {
        /// The address.
        address: String,
        /// Its error on the old server.
        old: Option<String>,
        /// Its error on the new one.
        new: String,
    },
    /// An address that was an error, and now answers.
    AddressAnswers {
        /// The address.
        address: String,
        /// Its error on the old server.
        old: String,
    },
    /// A query with another result.
    Query {
        /// As in `ClientView::queries`.
        name: String,
        /// On the old server.
        old: Answer<()>,
        /// On the new one.
        new: Answer<()>,
    },
}

/// Where a feature is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Location {
    /// In the stream's features before encryption.
    Before,
    /// In the stream's features after encryption.
    Secured,
    /// In the stream's features after login.
    After,
    /// In what an address says of itself.
    Address(String),
}

/// What users notice, and the features that it needs. The names of features begin with these.
const ABILITIES: [(&str, &str); 10] = [
    ("file upload", "urn:xmpp:http:upload:"),
    ("message archive", "urn:xmpp:mam:"),
    ("carbons", "urn:xmpp:carbons:"),
    ("push notifications", "urn:xmpp:push:"),
    ("blocking", "urn:xmpp:blocking"),
    ("stream management", "urn:xmpp:sm:"),
    ("group chats", "identity conference/text"),
    ("calls behind NAT", "urn:xmpp:extdisco:"),
    (
        "account registration",
        "http://jabber.org/features/iq-register register",
    ),
    ("account registration", "jabber:iq:register"),
];

/// What users notice, and the query that it needs.
const QUERY_ABILITIES: [(&str, &str); 7] = [
    ("contact list", "roster"),
    ("profile", "vcard"),
    ("blocking", "blocklist"),
    ("message archive", "mam"),
    ("carbons", "carbons"),
    ("calls behind NAT", "external services"),
    ("file upload", UPLOAD_SLOT),
];

const LOGIN: &str = "login";

/// What is different for a client, sorted. What only one of the two visits came far enough to see is no difference.
pub fn differences(old: &ClientView, new: &ClientView) -> Vec<ClientDifference> {
    let mut changes: Vec<_> = ends(old, new).into_iter().collect();
    if let (Some(old), Some(new)) = (&old.tls_version, &new.tls_version)
        && old != new
    {
        let (old, new) = (old.clone(), new.clone());
        changes.push(ClientChange::Tls { old, new });
    }
    for (place, old, new) in [
        (Location::Before, &old.before, &new.before),
        (Location::Secured, &old.secured, &new.secured),
        (Location::After, &old.after, &new.after),
    ] {
        if let (Some(old), Some(new)) = (old, new) {
            features(&place, old, new, &mut changes);
        }
    }
    addresses(old, new, &mut changes);
    for (name, old) in &old.queries {
        if let Some(new) = new.queries.get(name).filter(|new| *new != old) {
            changes.push(ClientChange::Query {
                name: name.clone(),
                old: old.clone(),
                new: new.clone(),
            });
        }
    }
    changes.sort();
    let still_there = abilities(new);
    let mut differences = Vec::new();
    for change in changes {
        let ability = ability(&change, old, &still_there);
        differences.push(ClientDifference {
            lost: is_loss(&change) && ability.is_some_and(|it| !still_there.contains(it)),
            ability: ability.map(str::to_owned),
            change,
        });
    }
    differences
}

fn ends(old: &ClientView, new: &ClientView) -> Option<ClientChange> {
    let (new_end, old_end) = (new.end.clone(), old.end.clone());
    match (old.logs_in(), new.logs_in()) {
        (true, false) => Some(ClientChange::NoLongerLogsIn { new: new_end }),
        (false, true) => Some(ClientChange::LogsIn { old: old_end }),
        _ if old.end.reached != new.end.reached => Some(ClientChange::EndsElsewhere {
            old: old_end,
            new: new_end,
        }),
        _ => None,
    }
}

fn features(place: &Location, old: &[String], new: &[String], changes: &mut Vec<ClientChange>) {
    let [old, new] = [old, new].map(|names| names.iter().collect::<BTreeSet<_>>());
    let lost = old.difference(&new);
    changes.extend(lost.map(|name| ClientChange::FeatureLost(place.clone(), (*name).clone())));
    let gained = new.difference(&old);
    changes.extend(gained.map(|name| ClientChange::FeatureGained(place.clone(), (*name).clone())));
}

fn addresses(old: &ClientView, new: &ClientView, changes: &mut Vec<ClientChange>) {
    // An address that was not queried is not missing.
    let both_listed = old.logs_in() && new.logs_in() && old.end.reached == new.end.reached;
    for (address, before) in &old.addresses {
        let address = address.clone();
        match (before, new.addresses.get(&address)) {
            (_, None) if both_listed => changes.push(ClientChange::AddressVanished(address)),
            (_, None) => {}
            (Ok(before), Some(Ok(now))) => {
                features(&Location::Address(address), before, now, changes);
            }
            (Err(before), Some(Ok(_))) => changes.push(ClientChange::AddressAnswers {
                address,
                old: before.clone(),
            }),
            (Err(before), Some(Err(now))) if before == now => {}
            (before, Some(Err(now))) => changes.push(ClientChange::AddressFails {
                address,
                old: before.clone().err(),
                new: now.clone(),
            }),
        }
    }
    let appeared = new.addresses.keys().filter(|_| both_listed);
    let appeared = appeared.filter(|address| !old.addresses.contains_key(*address));
    changes.extend(appeared.cloned().map(ClientChange::AddressAppeared));
}

/// Whether the new server has less than the old one there.
fn is_loss(change: &ClientChange) -> bool {
    match change {
        ClientChange::NoLongerLogsIn { .. }
        | ClientChange::FeatureLost(..)
        | ClientChange::AddressVanished(_) => true,
        ClientChange::AddressFails { old, .. } => old.is_none(),
        ClientChange::Query { old, .. } => old.is_ok(),
        _ => false,
    }
}

fn ability(
    change: &ClientChange,
    old: &ClientView,
    still_there: &BTreeSet<&str>,
) -> Option<&'static str> {
    match change {
        ClientChange::NoLongerLogsIn { .. } | ClientChange::LogsIn { .. } => Some(LOGIN),
        ClientChange::FeatureLost(_, name) | ClientChange::FeatureGained(_, name) => {
            feature_ability(name)
        }
        ClientChange::AddressVanished(address) | ClientChange::AddressFails { address, .. } => {
            let features = old.addresses.get(address)?.as_ref().ok()?;
            let abilities = features.iter().filter_map(|name| feature_ability(name));
            // Of a service with several, what no other one offers any more.
            abilities.min_by_key(|ability| still_there.contains(ability))
        }
        ClientChange::Query { name, .. } => query_ability(name),
        _ => None,
    }
}

fn feature_ability(feature: &str) -> Option<&'static str> {
    let mut abilities = ABILITIES.iter();
    abilities
        .find(|(_, start)| feature.starts_with(start))
        .map(|(ability, _)| *ability)
}

fn query_ability(query: &str) -> Option<&'static str> {
    let mut abilities = QUERY_ABILITIES.iter();
    abilities
        .find(|(_, start)| query.starts_with(start))
        .map(|(ability, _)| *ability)
}

/// The abilities that a client finds anywhere. What is announced, but fails wherever it is tried, is not there.
fn abilities(view: &ClientView) -> BTreeSet<&'static str> {
    let streams = [&view.before, &view.secured, &view.after];
    let streams = streams.into_iter().flatten();
    let addresses = view.addresses.values().filter_map(|it| it.as_ref().ok());
    let names = streams.chain(addresses).flatten();
    let announced = names.filter_map(|name| feature_ability(name));
    let mut abilities: BTreeSet<_> = announced.collect();
    let tried = view.queries.iter();
    let tried = tried.filter_map(|(name, answer)| Some((query_ability(name)?, answer.is_ok())));
    let (work, fail): (Vec<_>, Vec<_>) = tried.partition(|(_, works)| *works);
    for (ability, _) in fail {
        abilities.remove(ability);
    }
    abilities.extend(work.iter().map(|(ability, _)| *ability));
    abilities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::client::view::Reached;

    /// A visit that came to its end, with these features.
    fn view(addresses: &[(&str, &[&str])]) -> ClientView {
        let mut view = ClientView::new("example.org");
        view.end.reached = Reached::Done;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let addresses = addresses.iter();
        view.addresses = addresses
            .map(|(address, features)| ((*address).to_owned(), Ok(names(features))))
            .collect();
        view
    }

    /// The changes, and the abilities that are lost.
    fn found(old: &ClientView, new: &ClientView) -> (Vec<ClientChange>, Vec<String>) {
        let found = differences(old, new);
        let lost = found.iter().filter(|it| it.lost);
        let lost = lost.filter_map(|it| it.ability.clone()).collect();
        (found.into_iter().map(|it| it.change).collect(), lost)
    }

    const UPLOAD: &[&str] = &["identity store/file", "urn:xmpp:http:upload:0"];
    const ROOMS: &[&str] = &["identity conference/text", "urn:xmpp:mam:2"];

    #[test]
    fn a_service_that_answers_with_an_error_is_lost() {
        let old = view(&[("upload.example.org", UPLOAD)]);
        let mut new = old.clone();
        let error = "service-unavailable".to_owned();
        new.addresses
            .insert("upload.example.org".to_owned(), Err(error.clone()));
        let change = ClientChange::AddressFails {
            address: "upload.example.org".to_owned(),
            old: None,
            new: error.clone(),
        };
        assert_eq!(
            found(&old, &new),
            (vec![change], vec!["file upload".to_owned()])
        );
        let change = ClientChange::AddressAnswers {
            address: "upload.example.org".to_owned(),
            old: error,
        };
        assert_eq!(found(&new, &old), (vec![change], vec![]));
        assert_eq!(found(&new, &new), (vec![], vec![]));
    }

    #[test]
    fn a_service_that_moves_is_not_lost() {
        let old = view(&[("upload.example.org", UPLOAD)]);
        let new = view(&[("files.example.org", UPLOAD)]);
        let changes = vec![
            ClientChange::AddressVanished("upload.example.org".to_owned()),
            ClientChange::AddressAppeared("files.example.org".to_owned()),
        ];
        assert_eq!(found(&old, &new), (changes, vec![]));
    }

    #[test]
    fn of_several_abilities_the_one_that_is_nowhere_else_is_named() {
        let account: (&str, &[&str]) = ("a@example.org", &["urn:xmpp:mam:2"]);
        let old = view(&[account, ("rooms.example.org", ROOMS)]);
        let new = view(&[account]);
        let change = ClientChange::AddressVanished("rooms.example.org".to_owned());
        assert_eq!(
            found(&old, &new),
            (vec![change], vec!["group chats".to_owned()])
        );
    }

    #[test]
    fn what_is_announced_and_does_not_work_is_lost() {
        let mut old = view(&[("upload.example.org", UPLOAD)]);
        let name = format!("{UPLOAD_SLOT} at upload.example.org");
        old.queries.insert(name.clone(), Ok(()));
        let mut new = old.clone();
        let refused = Err("not-acceptable".to_owned());
        new.queries.insert(name.clone(), refused.clone());
        let change = ClientChange::Query {
            name,
            old: Ok(()),
            new: refused,
        };
        assert_eq!(
            found(&old, &new),
            (vec![change], vec!["file upload".to_owned()])
        );
    }

    #[test]
    fn what_only_one_side_came_to_see_is_no_difference() {
        let mut old = view(&[("upload.example.org", UPLOAD)]);
        old.secured = Some(vec!["mechanism PLAIN".to_owned()]);
        let mut new = ClientView::new("example.org");
        new.end.reached = Reached::Encrypted;
        let end = |view: &ClientView| view.end.clone();
        let change = ClientChange::NoLongerLogsIn { new: end(&new) };
        assert_eq!(found(&old, &new), (vec![change], vec!["login".to_owned()]));
        let change = ClientChange::LogsIn { old: end(&new) };
        assert_eq!(found(&new, &old), (vec![change], vec![]));
        let mut earlier = new.clone();
        earlier.end.reached = Reached::Connected;
        let change = ClientChange::EndsElsewhere {
            old: end(&new),
            new: end(&earlier),
        };
        assert_eq!(found(&new, &earlier), (vec![change], vec![]));
    }

    #[test]
    fn a_feature_keeps_its_place() {
        let mut old = view(&[]);
        old.after = Some(vec!["a".to_owned(), "urn:xmpp:sm:3 sm".to_owned()]);
        let mut new = view(&[]);
        new.after = Some(vec!["a".to_owned(), "b".to_owned()]);
        let changes = vec![
            ClientChange::FeatureLost(Location::After, "urn:xmpp:sm:3 sm".to_owned()),
            ClientChange::FeatureGained(Location::After, "b".to_owned()),
        ];
        assert_eq!(
            found(&old, &new),
            (changes, vec!["stream management".to_owned()])
        );
        old.tls_version = Some("TLS 1.2".to_owned());
        new.tls_version = Some("TLS 1.3".to_owned());
        let (changes, _) = found(&old, &new);
        assert_eq!(changes.len(), 3);
        assert!(matches!(&changes[0], ClientChange::Tls { old, new } if old < new));
    }
}
