//! The hosts and components of services.prosody.

use std::collections::{BTreeMap, BTreeSet};

use super::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD, room_options};
use super::merge::{Merged, entries, merge};
use super::options::{MUC, UPLOAD};
use super::priority::USER;
use super::reader::{Definitions, Reader};
use super::service::{Component, Rendered, VirtualHost};
use super::value::{At, COMPUTED, UNKNOWN, Value, ValueKind};
use crate::diagnostic::{Result, nearest};

impl<'a> Reader<'a> {
    pub(super) fn rooms(&mut self) -> Result<Vec<Component>> {
        let merged = self.merged("muc");
        self.has_doubts("muc", &merged);
        let mut rooms = Vec::new();
        for defined in &merged.winners {
            let ValueKind::List(list) = &defined.value.kind else {
                return Err(self.wrong("muc", &defined.value.at, "expected a list of sets"));
            };
            for item in list {
                if let Some(room) = self.submodule("muc", &[(item, USER)], &item.at)? {
                    rooms.push(room);
                }
            }
        }
        Ok(rooms)
    }

    /// An upload service: a set, or null.
    pub(super) fn component(&mut self, option: &str) -> Result<Option<Component>> {
        let merged = self.merged(option);
        self.has_doubts(option, &merged);
        let values: Vec<_> = merged.winners.iter().map(|d| (d.value, USER)).collect();
        let is_null = |(value, _): &(&Value, i64)| matches!(value.kind, ValueKind::Null);
        match values.first() {
            None => Ok(None),
            Some(_) if values.iter().all(is_null) => Ok(None),
            Some((first, _)) => {
                if let Some((null, _)) = values.iter().find(|value| is_null(value)) {
                    let label = format!("{} sets it to another value", self.place(&first.at));
                    return Err(self.wrong(option, &null.at, &label));
                }
                self.submodule(option, &values, &first.at.clone())
            }
        }
    }

    /// A set of options with a `domain`; none where nothing of it is known.
    pub(super) fn submodule(
        &mut self,
        path: &str,
        definitions: &[(&'a Value, i64)],
        at: &At,
    ) -> Result<Option<Component>> {
        let (entries, doubts) = entries(definitions);
        let is_known = doubts.is_empty();
        for (at, why) in doubts {
            self.doubt(path, at, why);
        }
        let mut by_name: BTreeMap<&str, Definitions> = BTreeMap::new();
        for entry in entries {
            let inner = format!("{path}.{}", entry.name.trim_start_matches(COMPUTED));
            if let Some(why) = entry.condition {
                self.doubt(&inner, &entry.value.at, why);
            } else if entry.name.starts_with(COMPUTED) {
                self.doubt(&inner, &entry.value.at, "its name is computed");
            } else {
                let all = by_name.entry(entry.name).or_default();
                all.push((entry.value, entry.priority));
            }
        }
        if !is_known && by_name.is_empty() {
            return Ok(None);
        }
        let mut component = Component {
            domain: String::new(),
            options: BTreeMap::new(),
            extra: Vec::new(),
            at: at.clone(),
        };
        let table = match path {
            "muc" => &MUC[..],
            _ if path == HTTP_UPLOAD.option => &UPLOAD[..],
            _ => &[],
        };
        for (name, definitions) in by_name {
            let inner = format!("{path}.{name}");
            let merged = merge(definitions);
            let of_room = room_options().any(|(option, _)| option == name) && path == "muc";
            let option = table.iter().find(|option| option.nix == name);
            if name == "domain" {
                component.domain = self.text(&inner, merged)?.unwrap_or_default();
            } else if name == "extraConfig" && path == "muc" {
                let texts = self.lines(&inner, merged)?.unwrap_or_default();
                component.extra = texts.into_iter().flat_map(|(_, lines)| lines).collect();
            } else if of_room {
                if let Some(switch) = self.switch(&inner, merged)? {
                    let rendered = Rendered {
                        lua: switch.on.to_string(),
                        at: switch.at,
                    };
                    component.options.insert(name.to_owned(), rendered);
                }
            } else if let Some(rendered) = match option {
                Some(option) => self.rendered(&inner, option.takes, merged)?,
                // The upload service takes any name.
                None if path == HTTP_FILE_SHARE.option => Self::any(&merged),
                None => {
                    let known = table.iter().map(|option| option.nix);
                    let known = known.chain(room_options().map(|(option, _)| option));
                    let at = definitions_at(&merged).unwrap_or(at);
                    let label = match nearest(name, known) {
                        Some(near) => format!("no option `{name}`; did you mean `{near}`?"),
                        None => format!("no option `{name}`"),
                    };
                    return Err(self.wrong(&inner, at, &label));
                }
            } {
                component.options.insert(name.to_owned(), rendered);
            }
        }
        if component.domain.is_empty() {
            let label = "its domain is missing";
            return Err(self.wrong(&format!("{path}.domain"), at, label));
        }
        Ok(Some(component))
    }

    pub(super) fn hosts(&mut self) -> Result<Vec<VirtualHost>> {
        let merged = self.merged("virtualHosts");
        self.has_doubts("virtualHosts", &merged);
        if self.definitions("virtualHosts").is_empty() {
            return Ok(vec![VirtualHost {
                name: "localhost".to_owned(),
                domain: "localhost".to_owned(),
                enabled: true,
                extra: Vec::new(),
                at: None,
            }]);
        }
        let mut names: BTreeMap<&str, Definitions> = BTreeMap::new();
        for defined in &merged.winners {
            let ValueKind::Set(entries) = &defined.value.kind else {
                return Err(self.wrong("virtualHosts", &defined.value.at, "expected a set"));
            };
            for (name, value) in entries {
                names.entry(name).or_default().push((value, USER));
            }
        }
        let mut hosts = Vec::new();
        for (name, definitions) in names {
            let shown = name.trim_start_matches(COMPUTED);
            let path = format!("virtualHosts.{shown}");
            let merged = merge(definitions);
            self.has_doubts(&path, &merged);
            let values: Vec<_> = merged.winners.iter().map(|d| (d.value, USER)).collect();
            let Some((first, _)) = values.first() else {
                continue;
            };
            let at = first.at.clone();
            hosts.extend(self.host(name, &path, &values, at)?);
        }
        Ok(hosts)
    }

    pub(super) fn host(
        &mut self,
        name: &str,
        path: &str,
        values: &[(&'a Value, i64)],
        at: At,
    ) -> Result<Option<VirtualHost>> {
        let (entries, doubts) = entries(values);
        for (at, why) in &doubts {
            self.doubt(path, at, why);
        }
        let mut by_name: BTreeMap<&str, Definitions> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for entry in entries {
            let inner = format!("{path}.{}", entry.name.trim_start_matches(COMPUTED));
            seen.insert(entry.name);
            if let Some(why) = entry.condition {
                self.doubt(&inner, &entry.value.at, why);
                continue;
            }
            if !["domain", "enabled", "ssl", "extraConfig"].contains(&entry.name) {
                let known = ["domain", "enabled", "ssl", "extraConfig"];
                let label = match nearest(entry.name, known) {
                    Some(near) => format!("no such option; did you mean `{near}`?"),
                    None => {
                        "no such option; expected domain, enabled, ssl or extraConfig".to_owned()
                    }
                };
                return Err(self.wrong(&inner, &entry.value.at, &label));
            }
            let all = by_name.entry(entry.name).or_default();
            all.push((entry.value, entry.priority));
        }
        let mut of = |name: &str| merge(by_name.remove(name).unwrap_or_default());
        let (domain, enabled, extra) = (of("domain"), of("enabled"), of("extraConfig"));
        let inner = |name: &str| format!("{path}.{name}");
        if domain.priority.is_none() && !seen.contains("domain") && doubts.is_empty() {
            return Err(self.wrong(&inner("domain"), &at, "its domain is missing"));
        }
        let domain = self.text(&inner("domain"), domain)?;
        let extra = self
            .lines(&inner("extraConfig"), extra)?
            .unwrap_or_default();
        Ok(Some(VirtualHost {
            name: name.to_owned(),
            domain: domain.unwrap_or_else(|| UNKNOWN.to_owned()),
            enabled: self
                .boolean(&inner("enabled"), enabled)?
                .unwrap_or_default(),
            extra: extra.into_iter().flat_map(|(_, lines)| lines).collect(),
            at: Some(at),
        }))
    }
}

fn definitions_at<'a>(merged: &Merged<'a>) -> Option<&'a At> {
    let winner = merged.winners.first().map(|defined| &defined.value.at);
    winner.or(merged.doubts.first().map(|(at, _)| *at))
}
