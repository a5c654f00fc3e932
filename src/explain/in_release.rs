//! What one release has of a module.

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::Module;
use crate::release::observed::TriedOn;
use crate::release::packages::how_to_install;
use crate::release::{Depends, Observed, Origin, Release, ReleaseModule, Stage};
use crate::resolve::name_in;
use crate::resolve::reason::missing_in_words;

/// What a release has of the module.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InRelease<'a> {
    /// The version of the release.
    pub version: &'a str,
    /// Why the release cannot load it; `None` when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
    /// What the release file says of it.
    pub facts: Option<&'a ReleaseModule>,
    /// The modules that depend on it, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    dependents: Vec<&'a str>,
}

impl<'a> InRelease<'a> {
    pub fn of(release: &'a Release, name: &str, module: Option<&Module>) -> Self {
        let name = module.map_or(name, |module| name_in(release, name, module));
        let depends_on = |facts: &ReleaseModule| {
            let Depends {
                always,
                conditional,
                soft,
                observed,
                ..
            } = &facts.depends;
            always
                .iter()
                .chain(conditional)
                .chain(observed)
                .chain(soft)
                .any(|other| other == name)
        };
        Self {
            version: &release.version,
            unusable: release
                .usable(name)
                .err()
                .map(|missing| missing_in_words(&missing, &release.version)),
            facts: release.modules.get(name),
            dependents: release
                .modules
                .iter()
                .filter(|(_, facts)| depends_on(facts))
                .map(|(name, _)| name.as_str())
                .collect(),
        }
    }

    /// What it says, a line each.
    pub fn lines(&self) -> Vec<String> {
        let Some(facts) = self.facts else {
            return vec![self.unusable.clone().unwrap_or_default()];
        };
        let origin = match facts.origin {
            Origin::Bundled => "part of Prosody".to_owned(),
            Origin::Community if facts.stage.is_empty() => "community module, no stage".to_owned(),
            Origin::Community => {
                let stages: Vec<_> = facts.stage.iter().map(Stage::name).collect();
                format!("community module, {} upstream", stages.join(" and "))
            }
        };
        let mut lines = vec![origin];
        lines.extend(self.unusable.clone());
        lines.extend(facts.observed.as_ref().map(observed_in_words));
        lines.extend(facts.summary.clone());
        let Depends {
            always,
            conditional,
            by_default,
            observed,
            soft,
            computed,
        } = &facts.depends;
        let unsure: Vec<_> = conditional
            .iter()
            .filter(|name| !by_default.contains(name) && !observed.contains(name))
            .cloned()
            .collect();
        let kinds = [
            ("needs", always),
            ("by default needs", by_default),
            ("loads with it, as observed:", observed),
            ("may need", &unsure),
            ("optionally loads", soft),
        ];
        for (kind, names) in kinds.into_iter().filter(|(_, names)| !names.is_empty()) {
            lines.push(format!("{kind} {}", names.join(", ")));
        }
        let required = facts.libraries.required.iter();
        lines.extend(required.map(|library| {
            let instruction = how_to_install(library);
            format!("needs the Lua library {library}: {instruction}")
        }));
        if !facts.libraries.optional.is_empty() {
            let libraries = facts.libraries.optional.join(", ");
            lines.push(format!("may need the Lua libraries {libraries}"));
        }
        let options = facts.options.named.iter();
        let required = options.filter(|(_, option)| option.required);
        let required: Vec<&str> = required.map(|(name, _)| name.as_str()).collect();
        if !required.is_empty() {
            lines.push(format!(
                "does not load unless {} is set",
                required.join(", ")
            ));
        }
        let observed = facts.options.named.iter();
        let observed = observed.filter(|(_, option)| option.observed);
        let observed: Vec<&str> = observed.map(|(name, _)| name.as_str()).collect();
        if !observed.is_empty() {
            lines.push(format!("reads, as observed: {}", observed.join(", ")));
        }
        if let Some(successor) = &facts.superseded_by {
            lines.push(format!("{successor} replaces it, according to its README"));
        }
        if let Some(migration) = &facts.migration {
            lines.push(format!("{migration} moves its data"));
        }
        if *computed {
            lines.push("needs more modules, whose names are computed".to_owned());
        }
        if !self.dependents.is_empty() {
            lines.push(format!("used by {}", self.dependents.join(", ")));
        }
        lines
    }
}

/// What a server did with a module when it tried it alone.
fn observed_in_words(observed: &Observed) -> String {
    match observed {
        Observed::LoadsOn(TriedOn::VirtualHost) => {
            "observed: loads alone on a virtual host".to_owned()
        }
        Observed::LoadsOn(TriedOn::Component) => {
            "observed: loads alone as a component, not on a virtual host".to_owned()
        }
        Observed::Fails(failure) => format!("observed: does not load alone: {failure}"),
    }
}
