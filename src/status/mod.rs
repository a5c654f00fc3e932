//! The status: what a running server has loaded against what it should have.

pub mod ask;
pub mod listing;
pub mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::Inventory;
use crate::inventory::profile_line::ProfileLine;
use crate::plan::{self, Plan};
use crate::release::Release;
use crate::resolve::Resolution;
use listing::{Listing, Modules};

/// Every Prosody loads one of these on a virtual host, and none on a component.
const ON_VIRTUAL_HOSTS: [&str; 3] = ["message", "offline", "presence"];

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The server as a whole.
    Global,
    /// A host with users.
    VirtualHost,
    /// A service with an address of its own.
    Component,
}

/// A module that Prosody complains about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failed {
    /// Its name in Prosody.
    pub name: String,
    /// What Prosody says.
    pub remark: String,
    /// Whether it is one that should work.
    pub expected: bool,
}

/// A community copy that runs in the place of a bundled module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shadowing {
    /// The module's name in Prosody.
    pub name: String,
    /// The file it was loaded from.
    pub path: PathBuf,
}

/// One host, or the server as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Host {
    /// Its name; `*` for the server as a whole.
    pub host: String,
    /// What it is.
    pub kind: Kind,
    /// How many modules are listed for it.
    pub loaded: usize,
    /// Modules that should load here and are not listed.
    pub missing: Vec<String>,
    /// Modules that Prosody complains about.
    pub failed: Vec<Failed>,
    /// Modules of the inventory that load because others depend on them.
    pub pulled_in: Vec<String>,
    /// Modules that are not in the plan.
    pub unexpected: Vec<String>,
}

/// A running server against the plan for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Status {
    /// Whether everything that is expected works.
    pub ok: bool,
    /// The release that the plan was made for.
    pub release: String,
    /// The guide's line as it should be.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub planned: ProfileLine,
    /// The guide's line with what really works.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub running: ProfileLine,
    /// Modules that should load as a component, and that no host has.
    pub missing_components: Vec<String>,
    /// Community copies in the place of bundled modules; empty when only a listing is known.
    pub shadowing: Vec<Shadowing>,
    /// The server as a whole, then its hosts.
    pub hosts: Vec<Host>,
}

fn as_text<S: serde::Serializer>(line: &ProfileLine, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(line)
}

impl Status {
    /// Compares a listing with what was resolved; `paths` are the files that modules come from,
    /// as far as they are known.
    pub fn new(
        inventory: &Inventory,
        release: &Release,
        resolution: &Resolution,
        listing: &Listing,
        paths: &[PathBuf],
    ) -> Self {
        let plan = Plan::new(inventory, release, resolution);
        let mut hosts = vec![host("*", Kind::Global, &listing.global, &plan)];
        for (name, modules) in &listing.hosts {
            let is_virtual = ON_VIRTUAL_HOSTS.iter().any(|m| modules.contains_key(*m));
            let kind = if is_virtual {
                Kind::VirtualHost
            } else {
                Kind::Component
            };
            let mut host = host(name, kind, modules, &plan);
            if is_virtual {
                let is_there = |name: &&String| {
                    modules.contains_key(*name) || listing.global.contains_key(*name)
                };
                let missing = plan.everywhere.iter().filter(|name| !is_there(name));
                host.missing = missing.cloned().collect();
            }
            hosts.push(host);
        }
        let listed: BTreeSet<&str> = listing.names().collect();
        let missing = |name: &&String| !listed.contains(name.as_str());
        let missing_components: Vec<_> = plan.components.iter().filter(missing).cloned().collect();
        let fails = |host: &Host| {
            !host.missing.is_empty() || host.failed.iter().any(|failed| failed.expected)
        };
        Self {
            ok: missing_components.is_empty() && !hosts.iter().any(fails),
            release: release.version.clone(),
            planned: resolution.profile_line,
            running: running(inventory, resolution, &listed, &hosts),
            missing_components,
            shadowing: shadowing(release, paths),
            hosts,
        }
    }
}

/// Modules on a running server that a copy may stand in for, so that their paths are of interest.
pub fn shadowable<'a>(release: &Release, listing: &'a Listing) -> BTreeSet<&'a str> {
    listing
        .names()
        .filter(|name| release.has_shadow(name))
        .collect()
}

fn host(name: &str, kind: Kind, modules: &Modules, plan: &Plan) -> Host {
    let failed = modules.iter().filter_map(|(name, remark)| {
        Some(Failed {
            name: name.clone(),
            remark: remark.clone()?,
            expected: plan.allows(name),
        })
    });
    let pulled_in = modules.keys().filter(|name| plan.pulled_in.contains(*name));
    let unexpected = modules.keys().filter(|name| !plan.allows(name));
    Host {
        host: name.to_owned(),
        kind,
        loaded: modules.len(),
        missing: Vec::new(),
        failed: failed.collect(),
        pulled_in: pulled_in.cloned().collect(),
        unexpected: unexpected.cloned().collect(),
    }
}

/// The guide's line about what is listed without a complaint.
fn running(
    inventory: &Inventory,
    resolution: &Resolution,
    listed: &BTreeSet<&str>,
    hosts: &[Host],
) -> ProfileLine {
    let failed: BTreeSet<&str> = hosts
        .iter()
        .flat_map(|host| host.failed.iter().map(|failed| failed.name.as_str()))
        .collect();
    let mut line = ProfileLine::default();
    for module in &resolution.modules {
        let names = plan::names(inventory, module);
        if names
            .iter()
            .any(|name| listed.contains(name) && !failed.contains(name))
        {
            line.count(&inventory.modules[&module.name]);
        }
    }
    line
}

/// Those of the files that are community copies: bundled modules of these names are single files,
/// copies stand in folders of their own.
fn shadowing(release: &Release, paths: &[PathBuf]) -> Vec<Shadowing> {
    let copy = |path: &PathBuf| -> Option<Shadowing> {
        let name = path.file_stem()?.to_str()?.strip_prefix("mod_")?;
        let folder = path.parent().and_then(Path::file_name)?.to_str()?;
        let is_copy = folder.strip_prefix("mod_").unwrap_or(folder) == name;
        (is_copy && release.has_shadow(name)).then(|| Shadowing {
            name: name.to_owned(),
            path: path.clone(),
        })
    };
    let mut found: Vec<_> = paths.iter().filter_map(copy).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
    found.dedup();
    found
}
