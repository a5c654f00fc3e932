//! What changed in what loads under one selection.

use std::collections::BTreeSet;

use super::seen::{Loaded, Seen};
use crate::finding::{Code, Severity as FindingSeverity};
use crate::inventory::{Flag, Module};
use crate::resolve::{Edge, PulledIn, ResolvedModule, State};
use crate::review::rename::Renames;
use crate::review::severity::{Kind, Severity};
use crate::review::{Change, Details};

/// A change of what loads, and how much it matters here.
pub(super) struct Effect {
    pub change: Change,
    pub severity: Severity,
}

/// All changes of what loads, in the order of the names.
pub(super) fn effects(old: &Seen<'_>, new: &Seen<'_>, renames: &Renames<'_>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut moved = BTreeSet::new();
    let is_asked = |module: &&ResolvedModule| module.state.loads() && module.state.is_wanted();
    for resolved in new.resolution.modules.iter().filter(is_asked) {
        let Some(before) = old
            .resolved(renames.to_old(&resolved.name))
            .filter(is_asked)
        else {
            continue;
        };
        let (was, is) = (before.real_name(), resolved.real_name());
        // Where two entries load the same module, it may stay although one of them moves on.
        if was != is && !new.loaded.contains_key(was) && !old.loaded.contains_key(is) {
            moved.extend([was, is]);
            effects.push(loads_as(&resolved.name, was, is));
        }
    }
    let reals: BTreeSet<&str> = old
        .loaded
        .keys()
        .chain(new.loaded.keys())
        .copied()
        .collect();
    for real in reals {
        let (was, is) = (old.loaded.get(real), new.loaded.get(real));
        if moved.contains(real) {
            continue;
        }
        let name = |how: &Loaded<'_>| match how {
            Loaded::Asked { name, .. } | Loaded::PulledIn { name, .. } => Some((*name).to_owned()),
            Loaded::Dependency { .. } => None,
        };
        let name_old = was.and_then(name);
        let name_new = is.and_then(name);
        let old_name = name_old
            .as_deref()
            .or(name_new.as_deref().map(|new| renames.to_old(new)));
        let new_name = name_new
            .as_deref()
            .or(name_old.as_deref().map(|old| renames.to_new(old)));
        let at = Place {
            old,
            new,
            real,
            old_name: old_name.unwrap_or(real),
            new_name: new_name.unwrap_or(real),
        };
        effects.extend(at.effect(was, is));
    }
    effects.extend(findings(old, new));
    effects
}

fn loads_as(name: &str, was: &str, is: &str) -> Effect {
    let message = format!("{name} loads {is} now, it was {was}");
    let details = Details::of(was, is);
    effect(Change::new(Kind::LoadsAs, name, message, details))
}

/// One module on both sides.
struct Place<'a> {
    old: &'a Seen<'a>,
    new: &'a Seen<'a>,
    real: &'a str,
    old_name: &'a str,
    new_name: &'a str,
}

impl Place<'_> {
    fn effect(&self, was: Option<&Loaded<'_>>, is: Option<&Loaded<'_>>) -> Option<Effect> {
        use Loaded::{Asked, Dependency, PulledIn};
        Some(match (was, is) {
            (None, Some(Asked { .. })) => self.comes(),
            (Some(Asked { .. }), None) => self.goes(),
            (
                Some(Asked {
                    is_component: was, ..
                }),
                Some(Asked {
                    is_component: is, ..
                }),
            ) => {
                if was == is {
                    return None;
                }
                let what = if *is { "a component" } else { "a plain module" };
                self.change(
                    Kind::PlacementChanged,
                    format!("{} is {what} now", self.new_name),
                )
            }
            (None | Some(Asked { .. }), Some(PulledIn { pulled, .. })) => self.pulled_in(pulled),
            (Some(PulledIn { .. }), Some(Asked { .. })) => {
                let message = format!("{} was only pulled in, and is asked for now", self.new_name);
                self.change(Kind::NoLongerPulledIn, message)
            }
            (Some(PulledIn { pulled, .. }), None) => {
                let by = pulled.by.join(", ");
                let message = format!(
                    "{} is not pulled in any more (it was by {by})",
                    self.old_name
                );
                self.change(Kind::NoLongerPulledIn, message)
            }
            (None | Some(Asked { .. }), Some(Dependency { by })) => {
                let message = format!("{} loads along with {}", self.real, by.join(", "));
                self.change(Kind::DependencyStarts, message)
            }
            (Some(Dependency { by }), None) => {
                let message = format!(
                    "{} does not load any more (it was for {})",
                    self.real,
                    by.join(", ")
                );
                self.change(Kind::DependencyStops, message)
            }
            (Some(Dependency { .. }), Some(Asked { .. })) => {
                let message = format!("{} only came along, and is asked for now", self.real);
                self.change(Kind::DependencyStops, message)
            }
            // It comes along as before, whether the inventory knows it or not.
            (
                Some(PulledIn { .. } | Dependency { .. }),
                Some(PulledIn { .. } | Dependency { .. }),
            )
            | (None, None) => return None,
        })
    }

    fn change(&self, kind: Kind, message: String) -> Effect {
        let was = self.old.role(self.real, self.old_name);
        let is = self.new.role(self.real, self.new_name);
        effect(Change::new(kind, self.real, message, Details::of(was, is)))
    }

    fn goes(&self) -> Effect {
        let name = self.old_name;
        let unavailable = self.new.resolved(self.new_name);
        let Some(unavailable) = unavailable.filter(|m| m.state == State::Unavailable) else {
            let (reason, flags_changed) = self.reason();
            let mut stops = self.change(Kind::Stops, format!("{name} will not load: {reason}"));
            if flags_changed {
                stops.severity = Severity::Info;
            }
            return stops;
        };
        let because = &unavailable.because;
        if let Some(replacement) = self.new.replacement(unavailable) {
            let message = format!("{name} will not load, {replacement} loads instead: {because}");
            let mut replaced = self.change(Kind::Replaced, message);
            replaced.change.help =
                format!("move its configuration to {replacement}, and disable {name} by name");
            return replaced;
        }
        let mut breaks = self.change(Kind::Breaks, format!("{name} will not load: {because}"));
        if let Some(replacement) = &unavailable.replaced_by {
            breaks.change.help = format!("use {replacement} instead");
        }
        breaks
    }

    fn comes(&self) -> Effect {
        let name = self.new_name;
        let unavailable = self.old.resolved(self.old_name);
        let Some(unavailable) = unavailable.filter(|m| m.state == State::Unavailable) else {
            let (reason, flags_changed) = self.reason();
            let mut starts = self.change(Kind::Starts, format!("{name} will load: {reason}"));
            if flags_changed {
                starts.severity = Severity::Info;
            }
            return starts;
        };
        let because = &unavailable.because;
        match self.old.replacement(unavailable) {
            Some(stands_in) => {
                let message =
                    format!("{name} will load where {stands_in} stood in: so far {because}");
                self.change(Kind::Reinstated, message)
            }
            None => self.change(Kind::Mends, format!("{name} will load; so far {because}")),
        }
    }

    fn pulled_in(&self, pulled: &PulledIn) -> Effect {
        let by = pulled.by.join(", ");
        let one = pulled.by.len() == 1;
        let verb = match (pulled.edge, one) {
            (Edge::Hard, true) => "needs it",
            (Edge::Hard, false) => "need it",
            (Edge::Soft, true) => "asks for it",
            (Edge::Soft, false) => "ask for it",
        };
        let despite = match pulled.despite.as_slice() {
            [] => "it is disabled by name".to_owned(),
            [flag] => format!("{flag} is off"),
            flags => format!("{} are off", listed(flags)),
        };
        let message = format!(
            "{} will load although {despite}: {by} {verb}",
            self.new_name
        );
        let mut pulled_in = self.change(Kind::PulledIn, message);
        pulled_in.change.help = match pulled.edge {
            Edge::Soft => format!("put {} into `modules_disabled` to keep it out", self.real),
            Edge::Hard => format!("disable {by} by name to be rid of it"),
        };
        pulled_in
    }

    /// Why the selection asks for it on one side only, and whether a flag has another value.
    fn reason(&self) -> (String, bool) {
        let was = self.old.inventory.modules.get(self.old_name);
        let is = self.new.inventory.modules.get(self.new_name);
        let flags = |module: Option<&Module>| module.map_or(&[][..], Module::flags);
        let mut governing: Vec<Flag> = flags(was).iter().chain(flags(is)).copied().collect();
        governing.sort();
        governing.dedup();
        let (old, new) = (self.old.selection.flags(), self.new.selection.flags());
        governing.retain(|flag| old.get(*flag) != new.get(*flag));
        if !governing.is_empty() {
            let values = governing.iter().map(|flag| {
                format!(
                    "{flag} is {} now, it was {}",
                    new.get(*flag),
                    old.get(*flag)
                )
            });
            return (values.collect::<Vec<_>>().join(", "), true);
        }
        let reason = match (was, is) {
            (None, _) => "it is new in the inventory".to_owned(),
            (_, None) => "it is gone from the inventory".to_owned(),
            (Some(was), Some(is)) => format!(
                "it is {} {} now and needs {}, it was {} {} and needed {}",
                is.category(),
                is.stability(),
                needed(is),
                was.category(),
                was.stability(),
                needed(was),
            ),
        };
        (reason, false)
    }
}

fn needed(module: &Module) -> String {
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
fn findings(old: &Seen<'_>, new: &Seen<'_>) -> Vec<Effect> {
    let known = |seen: &Seen<'_>| -> BTreeSet<(Kind, String, String)> {
        let findings = seen.resolution.findings.iter();
        let kinds = findings.filter_map(|finding| {
            let kind = match finding.code {
                Code::Clash if finding.severity == FindingSeverity::Error => Kind::Clashes,
                Code::HttpPortOpen => Kind::HttpPortOpens,
                _ => return None,
            };
            let subject = finding.module.clone().unwrap_or_else(|| "http".to_owned());
            Some((kind, subject, finding.message.clone()))
        });
        kinds.collect()
    };
    let (was, is) = (known(old), known(new));
    let has = |side: &BTreeSet<(Kind, String, String)>, kind, subject: &str| {
        // Who opens the ports may change, and they are as open as before.
        kind == Kind::HttpPortOpens && side.iter().any(|(k, s, _)| *k == kind && s == subject)
    };
    let come = is
        .difference(&was)
        .filter(|(kind, subject, _)| !has(&was, *kind, subject));
    let gone = was
        .difference(&is)
        .filter(|(kind, subject, _)| !has(&is, *kind, subject));
    let come = come.map(|(kind, subject, message)| {
        let details = Details {
            after: Some(message.as_str().into()),
            ..Details::default()
        };
        effect(Change::new(*kind, subject, message.clone(), details))
    });
    let gone = gone.map(|(kind, subject, message)| {
        let details = Details {
            before: Some(message.as_str().into()),
            ..Details::default()
        };
        let said = format!("no longer so: {message}");
        effect(Change::new(kind.describe().mirror, subject, said, details))
    });
    come.chain(gone).collect()
}

fn effect(change: Change) -> Effect {
    Effect {
        severity: change.kind.describe().severity,
        change,
    }
}
