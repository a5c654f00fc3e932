//! What a review looks at: a selection, or a host of a configuration, on both sides.

use std::sync::Arc;

use crate::configuration::nixos::Settings;
use crate::configuration::{Configuration, HostKind};
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::release::Release;
use crate::report::ScopeKind;
use crate::resolve::Request;
use crate::selection::{HostSelection, Selection};

/// What enables modules on the old and on the new side, under the name that the review calls it by.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name of a profile or host, or `selection`.
    pub name: String,
    /// What it is.
    pub kind: ScopeKind,
    /// What enables modules on the old and on the new side.
    pub sources: [RequestSource; 2],
}

/// What enables modules.
#[derive(Clone, Debug)]
pub enum RequestSource {
    /// A selection, for every virtual host.
    Selection(Box<Selection>),
    /// A selection, for the host with the name of the subject.
    SelectedHost(Box<HostSelection>),
    /// A configuration, for the host with the name of the subject.
    Configuration(Arc<Configuration>),
}

impl Subject {
    /// A selection by what it means for the old and for the new inventory.
    pub fn of_selection(name: impl Into<String>, old: Selection, new: Selection) -> Self {
        Self {
            name: name.into(),
            kind: ScopeKind::Selection,
            sources: [old, new].map(|selection| RequestSource::Selection(Box::new(selection))),
        }
    }

    /// The profiles that both inventories have.
    pub fn profiles(old: &Inventory, new: &Inventory) -> Result<Vec<Self>> {
        let both = new
            .profiles
            .keys()
            .filter(|name| old.profiles.contains_key(*name));
        let subject = |name: &String| {
            let selection = |inventory: &Inventory| {
                let mut selection = Selection::defaults(inventory);
                selection.set_profile(inventory, name).map(|()| selection)
            };
            Ok(Self::of_selection(name, selection(old)?, selection(new)?))
        };
        both.map(subject).collect()
    }

    /// What the settings of a NixOS file select on either side: for the server, and for hosts that
    /// have settings of their own.
    pub fn of_settings(
        [was, is]: [&Settings; 2],
        [old, new]: [&Inventory; 2],
    ) -> Result<Vec<Self>> {
        let mut sides = [was.selection(old, new)?, is.selection(new, old)?];
        // Where a side sets nothing for a host, what holds on the server holds there.
        for (one, other) in [(0, 1), (1, 0)] {
            for (name, host) in sides[one].hosts().clone() {
                sides[other].host(&name, host.component.as_deref());
            }
        }
        let hosts = sides[1].hosts().iter().filter_map(|(name, new)| {
            let old = sides[0].hosts().get(name)?;
            Some(Self {
                name: name.clone(),
                kind: ScopeKind::Selection,
                sources: [old, new].map(|host| RequestSource::SelectedHost(Box::new(host.clone()))),
            })
        });
        let hosts: Vec<Self> = hosts.collect();
        let name = is.profile().unwrap_or("configuration");
        let [old, new] = sides;
        let server = Self::of_selection(name, old, new);
        Ok(std::iter::once(server).chain(hosts).collect())
    }

    /// The hosts of a server, as it is configured on either side; those of the new side first.
    pub fn hosts(old: &Arc<Configuration>, new: &Arc<Configuration>) -> Vec<Self> {
        let mut subjects: Vec<Self> = Vec::new();
        for (name, host) in new.active().chain(old.active()) {
            if subjects.iter().any(|subject| subject.name == name) {
                continue;
            }
            subjects.push(Self {
                name: name.to_owned(),
                kind: match host.kind {
                    HostKind::Global => ScopeKind::Global,
                    HostKind::VirtualHost => ScopeKind::VirtualHost,
                    HostKind::Component(_) => ScopeKind::Component,
                },
                sources: [old, new].map(|side| RequestSource::Configuration(Arc::clone(side))),
            });
        }
        subjects
    }

    /// Whether it is a host of a configuration.
    pub fn is_host(&self) -> bool {
        self.kind != ScopeKind::Selection
    }

    /// The configurations of the old and of the new side, of a host.
    pub fn configurations(&self) -> Option<[&Configuration; 2]> {
        match &self.sources {
            [
                RequestSource::Configuration(old),
                RequestSource::Configuration(new),
            ] => Some([old, new]),
            _ => None,
        }
    }

    /// What it enables on one side: 0 is the old one, 1 the new one. A host that a side does not
    /// have enables nothing there.
    pub fn request<'a>(
        &'a self,
        side: usize,
        inventory: &'a Inventory<'a>,
        release: &'a Release,
    ) -> Request<'a> {
        match &self.sources[side] {
            RequestSource::Selection(selection) => {
                Request::of_selection(inventory, selection, false)
            }
            RequestSource::SelectedHost(host) => {
                Request::of_selected_host(inventory, release, &self.name, host, false)
            }
            RequestSource::Configuration(configuration) => {
                Request::of_host(inventory, release, configuration, &self.name)
                    .unwrap_or_else(|| Request::empty(&self.name))
            }
        }
    }
}
