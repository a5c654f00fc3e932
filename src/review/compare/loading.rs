//! What changes in what loads under one selection.

use std::collections::BTreeSet;

use serde_json::json;

use super::loaded::{Loaded, LoadedSide};
use crate::inventory::{Flag, Module};
use crate::report::change::change;
use crate::report::{Code, Details, Finding, Severity};
use crate::resolve::{Edge, PulledIn, Reason, ResolvedModule, State};
use crate::review::rename::Renames;

/// A change of what loads, and the modules that cause it.
pub(super) struct Change {
    pub finding: Finding,
    /// The modules that load it, where others do; they may differ from selection to selection.
    pub by: Option<(Edge, BTreeSet<String>)>,
}

impl Change {
    /// The finding with its cause in words.
    pub fn into_finding(self) -> Finding {
        let Some((edge, by)) = self.by else {
            return self.finding;
        };
        let by: Vec<String> = by.into_iter().collect();
        let by = by.join(", ");
        let help = match (self.finding.code, edge) {
            (Code::PulledIn, Edge::Soft) => {
                let real = self.finding.subject.as_deref().unwrap_or_default();
                Some(format!("add {real} to `modules_disabled` to keep it out"))
            }
            (Code::PulledIn, Edge::Hard) => Some(format!("disable {by} explicitly to keep it out")),
            _ => self.finding.help.clone(),
        };
        Finding {
            help,
            ..self.finding.reason(match edge {
                Edge::Hard => format!("required by {by}"),
                Edge::Soft => format!("optional dependency of {by}"),
            })
        }
    }
}

impl From<Finding> for Change {
    fn from(finding: Finding) -> Self {
        Self { finding, by: None }
    }
}

/// All changes of what loads, in the order of the names.
pub(super) fn changes(
    old: &LoadedSide<'_>,
    new: &LoadedSide<'_>,
    renames: &Renames<'_>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut renamed = BTreeSet::new();
    let is_enabled = |module: &&ResolvedModule| module.state.loads() && module.state.is_enabled();
    for resolved in new.resolution.modules.iter().filter(is_enabled) {
        let before = old.resolved(renames.to_old(resolved.name));
        let Some(before) = before.filter(is_enabled) else {
            continue;
        };
        let (was, is) = (before.real_name(), resolved.real_name());
        // Where two entries load the same module, it may stay although one of them moves on.
        if was != is && !new.loaded.contains_key(was) && !old.loaded.contains_key(is) {
            renamed.extend([was, is]);
            let name = resolved.name;
            let message = format!("{name} will load {is} instead of {was}");
            changes.push(change(Code::LoadsAs, name, message, Details::of(was, is)).into());
        }
    }
    let reals: BTreeSet<&str> = old
        .loaded
        .keys()
        .chain(new.loaded.keys())
        .copied()
        .collect();
    for real in reals.into_iter().filter(|real| !renamed.contains(real)) {
        let (was, is) = (old.loaded.get(real), new.loaded.get(real));
        let (name_old, name_new) = (was.and_then(Loaded::name), is.and_then(Loaded::name));
        let old_name = name_old.or(name_new.map(|new| renames.to_old(new)));
        let new_name = name_new.or(name_old.map(|old| renames.to_new(old)));
        let pair = ModulePair {
            old,
            new,
            real,
            old_name: old_name.unwrap_or(real),
            new_name: new_name.unwrap_or(real),
        };
        changes.extend(pair.change(was, is));
    }
    changes.extend(findings(old, new).into_iter().map(Change::from));
    changes.extend(newly_unavailable(old, new).into_iter().map(Change::from));
    changes
}

/// What the new configuration of a host enables, the old one does not, and nothing can load.
fn newly_unavailable(old: &LoadedSide<'_>, new: &LoadedSide<'_>) -> Vec<Finding> {
    let enabled = new.resolution.modules.iter().filter(|module| {
        let before = old.resolved(module.name);
        new.resolution.host.is_some()
            && module.state == State::Unavailable
            && !before.is_some_and(|module| module.state.is_enabled())
    });
    let findings = enabled.map(|module| {
        let name = module.real_name();
        let details = Details::of(old.role(name, module.name), new.role(name, module.name));
        let change = change(
            Code::Unavailable,
            name,
            format!("{name} cannot load"),
            details,
        );
        Finding {
            place: module.place.clone(),
            ..change.reason(module.reason.to_string())
        }
    });
    findings.collect()
}

/// One module on both sides.
struct ModulePair<'a> {
    old: &'a LoadedSide<'a>,
    new: &'a LoadedSide<'a>,
    real: &'a str,
    old_name: &'a str,
    new_name: &'a str,
}

impl ModulePair<'_> {
    fn change(&self, was: Option<&Loaded<'_>>, is: Option<&Loaded<'_>>) -> Option<Change> {
        use Loaded::{Dependency, Enabled, PulledIn};
        let (old_name, new_name, real) = (self.old_name, self.new_name, self.real);
        Some(match (was, is) {
            (None, Some(Enabled { .. })) => self.starts().into(),
            (Some(Enabled { .. }), None) => self.stops().into(),
            (
                Some(Enabled {
                    is_component: was, ..
                }),
                Some(Enabled {
                    is_component: is, ..
                }),
            ) => {
                if was == is {
                    return None;
                }
                let message = if *is {
                    format!("{new_name} becomes a component")
                } else {
                    format!("{new_name} becomes a module of virtual hosts")
                };
                self.finding(Code::PlacementChanged, message).into()
            }
            (None | Some(Enabled { .. }), Some(PulledIn { pulled, .. })) => self.pulled_in(pulled),
            (Some(PulledIn { .. }), Some(Enabled { .. })) => {
                let message = format!(
                    "{new_name} will be enabled instead of only being a \
                dependency"
                );
                self.finding(Code::NoLongerPulledIn, message).into()
            }
            (Some(PulledIn { pulled, .. }), None) => {
                let message = format!("{old_name} will no longer load");
                let reason = format!("no longer a dependency of {}", pulled.by.join(", "));
                let finding = self.finding(Code::NoLongerPulledIn, message);
                finding.reason(reason).into()
            }
            (None | Some(Enabled { .. }), Some(Dependency { by })) => Change {
                finding: self.finding(Code::DependencyStarts, format!("{real} will load")),
                by: Some((Edge::Hard, by.iter().map(|by| (*by).to_owned()).collect())),
            },
            (Some(Dependency { .. }), None) => {
                let message = format!("{real} will no longer load");
                let finding = self.finding(Code::DependencyStops, message);
                finding.reason("no module depends on it").into()
            }
            (Some(Dependency { .. }), Some(Enabled { .. })) => {
                let message = format!("{real} will be enabled instead of only being a dependency");
                self.finding(Code::DependencyStops, message).into()
            }
            // It remains a dependency, whether the inventory has it or not.
            (
                Some(PulledIn { .. } | Dependency { .. }),
                Some(PulledIn { .. } | Dependency { .. }),
            )
            | (None, None) => return None,
        })
    }

    fn finding(&self, code: Code, message: String) -> Finding {
        let was = self.old.role(self.real, self.old_name);
        let is = self.new.role(self.real, self.new_name);
        let place = self
            .new
            .place(self.real)
            .or_else(|| self.old.place(self.real));
        let change = change(code, self.real, message, Details::of(was, is));
        Finding { place, ..change }
    }

    fn stops(&self) -> Finding {
        let name = self.old_name;
        let resolved = self.new.resolved(self.new_name);
        let unavailable = resolved.filter(|module| module.state == State::Unavailable);
        let Some(unavailable) = unavailable else {
            let stops = self.finding(Code::Stops, format!("{name} will not load"));
            // Its code is the same as before; only what is said of it is something else.
            if let Some(left_out) = resolved
                && let Reason::Broken { .. } | Reason::NeedsSetup { .. } = left_out.reason
            {
                return stops
                    .reason(left_out.reason.to_string())
                    .severity(Severity::Warning)
                    .help(format!("enable {name} explicitly if it works for you"));
            }
            if resolved.is_none() && self.new.resolution.host.is_none() {
                return stops
                    .reason("the inventory no longer has it")
                    .help("add it to the inventory, or load it in your own configuration");
            }
            return self.with_request_reason(stops);
        };
        let reason = unavailable.reason.to_string();
        if let Some(replacement) = self.new.replacement(unavailable) {
            let message = format!("{name} will be replaced by {replacement}");
            let migration = unavailable.facts.and_then(|facts| facts.migration.as_ref());
            let data = migration.map_or_else(String::new, |m| format!(" and its data with {m}"));
            let help = format!(
                "move its configuration to {replacement}{data}, and disable {name} explicitly"
            );
            return self
                .finding(Code::Replaced, message)
                .reason(reason)
                .help(help);
        }
        let breaks = self.finding(Code::Breaks, format!("{name} will not load"));
        let breaks = breaks.reason(reason);
        match unavailable.replaced_by {
            Some(replacement) => breaks.help(format!("use {replacement} instead")),
            None => breaks,
        }
    }

    fn starts(&self) -> Finding {
        let name = self.new_name;
        let resolved = self.old.resolved(self.old_name);
        let unavailable = resolved.filter(|module| module.state == State::Unavailable);
        let Some(unavailable) = unavailable else {
            let starts = self.finding(Code::Starts, format!("{name} will load"));
            match resolved.map(|module| &module.reason) {
                Some(Reason::Broken { .. }) => return starts.reason("no longer broken upstream"),
                Some(Reason::NeedsSetup { .. }) => {
                    return starts.reason(
                        "works without \
                configuration",
                    );
                }
                Some(Reason::NotInherited) => {
                    let starts = starts.reason("components now inherit it");
                    return starts.severity(Severity::Info);
                }
                _ => {}
            }
            if resolved.is_none() && self.old.resolution.host.is_none() {
                return starts.reason("new in the inventory");
            }
            return self.with_request_reason(starts);
        };
        let reason = format!("previously: {}", unavailable.reason);
        match self.old.replacement(unavailable) {
            Some(other) => {
                let message = format!("{name} will load instead of {other}");
                self.finding(Code::Reinstated, message).reason(reason)
            }
            None => self
                .finding(Code::Mends, format!("{name} will load"))
                .reason(reason),
        }
    }

    fn pulled_in(&self, pulled: &PulledIn) -> Change {
        let resolved = self.new.resolved(self.new_name);
        let although = match pulled.despite.as_slice() {
            [] => match resolved.map(|module| &module.reason) {
                Some(Reason::PulledIn { although, .. })
                    if let Reason::Broken { .. } = **although =>
                {
                    "its upstream stage is broken".to_owned()
                }
                Some(Reason::PulledIn { although, .. })
                    if let Reason::NeedsSetup { option } = &**although =>
                {
                    format!("{option} is not set")
                }
                _ => "it is disabled explicitly".to_owned(),
            },
            [flag] => format!("{flag} is off"),
            flags => format!("{} are off", listed(flags)),
        };
        let message = format!("{} will load although {although}", self.new_name);
        Change {
            finding: self.finding(Code::PulledIn, message),
            by: Some((
                pulled.edge,
                pulled.by.iter().map(|by| (*by).to_owned()).collect(),
            )),
        }
    }

    /// Why it is enabled on one side only. Who changes a flag or a configuration expects the effect.
    fn with_request_reason(&self, finding: Finding) -> Finding {
        let (old, new) = (self.old.resolution.flags, self.new.resolution.flags);
        let (Some(old), Some(new)) = (old, new) else {
            let asks = [(self.new, self.new_name), (self.old, self.old_name)];
            let mut reasons = asks.iter().filter_map(|(side, name)| side.resolved(name));
            let reason = match reasons.next() {
                // Nobody has to act on what Prosody itself decides.
                Some(module) if module.reason == Reason::Automatic => {
                    let finding = match self.new.resolved(self.new_name) {
                        Some(_) => finding.reason(module.reason.to_string()),
                        None => finding.reason("Prosody no longer loads it automatically"),
                    };
                    let finding = finding.severity(Severity::Info);
                    return Finding {
                        help: None,
                        ..finding
                    };
                }
                Some(module) if self.new.resolved(self.new_name).is_some() => {
                    module.reason.to_string()
                }
                Some(module) => format!("no longer configured, previously {}", module.reason),
                None => return finding,
            };
            return finding.reason(reason).severity(Severity::Info);
        };
        let was = self.old.inventory.modules.get(self.old_name);
        let is = self.new.inventory.modules.get(self.new_name);
        let flags = |module: Option<&Module>| module.map_or(&[][..], Module::flags);
        let mut changed_flags: Vec<Flag> = flags(was).iter().chain(flags(is)).copied().collect();
        changed_flags.sort();
        changed_flags.dedup();
        changed_flags.retain(|flag| old.get(*flag) != new.get(*flag));
        if !changed_flags.is_empty() {
            let values = changed_flags.iter().map(|flag| {
                format!(
                    "{flag} changes from {} to {}",
                    old.get(*flag),
                    new.get(*flag)
                )
            });
            let reason = values.collect::<Vec<_>>().join(", ");
            return finding.reason(reason).severity(Severity::Info);
        }
        let level = |module: Option<&Module>| match module {
            Some(module) => format!(
                "{} {}, which requires {}",
                module.category(),
                module.stability(),
                required(module)
            ),
            None => "not in the inventory".to_owned(),
        };
        finding.reason(format!("it moved from {} to {}", level(was), level(is)))
    }
}

fn required(module: &Module) -> String {
    match module.flags() {
        [] => "no flag".to_owned(),
        flags => listed(flags),
    }
}

fn listed(flags: &[Flag]) -> String {
    let names: Vec<_> = flags.iter().map(|flag| flag.name()).collect();
    names.join(" and ")
}

/// Clashes and open ports that only one side has.
fn findings(old: &LoadedSide<'_>, new: &LoadedSide<'_>) -> Vec<Finding> {
    let conflicts = |side: &LoadedSide<'_>| -> Vec<(Code, Finding)> {
        let findings = side.findings.iter();
        let conflicts = findings.filter_map(|finding| {
            let code = match finding.code {
                Code::Clash if finding.severity == Severity::Error => Code::Clashes,
                Code::HttpPortOpen => Code::HttpPortOpens,
                _ => return None,
            };
            Some((code, finding.clone()))
        });
        conflicts.collect()
    };
    let (was, is) = (conflicts(old), conflicts(new));
    // Which modules open the ports may change, and they are as open as before.
    let key = |(code, finding): &(Code, Finding)| {
        (
            *code,
            finding.subject.clone(),
            finding.details.after.clone(),
        )
    };
    let only = |side: &[(Code, Finding)], other: &[(Code, Finding)]| -> Vec<(Code, Finding)> {
        let is_new = |conflict: &&(Code, Finding)| {
            other.iter().all(|existing| key(existing) != key(conflict))
        };
        side.iter().filter(is_new).cloned().collect()
    };
    let subject = |finding: &Finding| finding.subject.clone().unwrap_or_default();
    // No wording, so that the fingerprint stays when a message becomes better.
    let conflict_state = |finding: &Finding| match &finding.details.after {
        Some(other) => json!({ "state": "clashes", "with": other }),
        None => json!({ "state": "open" }),
    };
    // By it one module's clashes with two others are two changes.
    let conflict_field = |finding: &Finding| {
        let other = finding.details.after.as_ref()?.as_str()?;
        Some(format!("clashes/{other}"))
    };
    let begins = only(&is, &was).into_iter().map(|(code, finding)| {
        let details = Details {
            field: conflict_field(&finding),
            after: Some(conflict_state(&finding)),
            ..Details::default()
        };
        let change = change(code, &subject(&finding), finding.message, details);
        Finding {
            reason: finding.reason,
            help: finding.help.or(change.help.clone()),
            ..change
        }
    });
    let ends = only(&was, &is).into_iter().map(|(code, finding)| {
        let details = Details {
            field: conflict_field(&finding),
            before: Some(conflict_state(&finding)),
            ..Details::default()
        };
        let message = format!("no longer true: {}", finding.message);
        change(code.reverse(), &subject(&finding), message, details)
    });
    begins.chain(ends).collect()
}
