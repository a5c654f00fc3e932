//! What a configuration enables on one host, by the rules of Prosody's module manager.

use std::collections::{BTreeMap, BTreeSet};

use super::inherited::inherited;
use super::reason::Reason;
use super::request::{Request, RequestedModule};
use crate::configuration::deciding::{MODULES_DISABLED, MODULES_ENABLED};
use crate::configuration::{Configuration, Dialect, GLOBAL, Host, HostKind, Setting};
use crate::inventory::{Inventory, Placement};
use crate::release::Release;
use crate::release::availability::{Blocked, Missing};

/// A module that Prosody ignores if the other one is enabled.
const SUPERSEDED: (&str, &str) = ("vcard", "vcard_legacy");

impl<'a> Request<'a> {
    /// The request for a host that does not exist: it enables nothing.
    pub fn empty(host: &'a str) -> Self {
        Self {
            host: Some(host),
            modules: Vec::new(),
            blocked: Blocked::new(),
            inherited: None,
            enforce: false,
            selection: None,
        }
    }

    /// What a configuration enables on one of its hosts.
    ///
    /// `None` when it has no such host, or one that is not active.
    pub fn of_host(
        inventory: &'a Inventory<'a>,
        release: &'a Release,
        configuration: &'a Configuration,
        host: &'a str,
    ) -> Option<Self> {
        let (name, host) = configuration.active_host(host)?;
        let rules = Rules {
            inventory,
            release,
            configuration,
            name,
            host,
        };
        let disabled = rules.disabled();
        let mut reasons = rules.enabled();
        let (module, other) = SUPERSEDED;
        if reasons.contains_key(other) {
            reasons.entry(module).and_modify(|reason| {
                *reason = Reason::Superseded {
                    by: other.to_owned(),
                };
            });
        }
        let mut modules: Vec<_> = reasons
            .into_iter()
            .map(|(name, reason)| rules.requested(name, reason))
            .collect();
        let enabled: BTreeSet<&str> = modules.iter().map(|module| module.name).collect();
        let off = disabled.iter().filter(|(name, _)| !enabled.contains(*name));
        let off: Vec<_> = off
            .map(|(name, setting)| {
                let place = setting.place_of(name).clone();
                rules.requested(name, Reason::ConfiguredOff { place })
            })
            .collect();
        modules.extend(off);
        let mut blocked: Blocked<'a> = Blocked::new();
        blocked.extend(disabled.keys().map(|name| (*name, Missing::Disabled)));
        if host.kind == HostKind::VirtualHost {
            let names = inventory.component_only.iter();
            blocked.extend(names.map(|name| (name.as_str(), Missing::NeedsComponent)));
        }
        Some(Self {
            host: Some(name),
            modules,
            blocked,
            inherited: None,
            enforce: false,
            selection: None,
        })
    }
}

/// A host, with all that the rules depend on.
struct Rules<'a> {
    inventory: &'a Inventory<'a>,
    release: &'a Release,
    configuration: &'a Configuration,
    name: &'a str,
    host: &'a Host,
}

impl<'a> Rules<'a> {
    /// What Prosody loads on the host, and why: loaded = (base ∪ own) − own disabled, where base is
    /// what loads by itself and the global list, without what is disabled globally.
    fn enabled(&self) -> BTreeMap<&'a str, Reason> {
        let mut modules: BTreeMap<&'a str, Reason> = BTreeMap::new();
        let inventory = self.inventory;
        let is_old = self.configuration.dialect == Dialect::V0_12;
        let of_platform = inventory.loaded_by_platform.iter().filter(|_| is_old);
        let automatic = inventory.always_loaded.iter().chain(of_platform);
        let automatic = automatic
            .filter(|name| self.release.modules.contains_key(*name) && !inventory.is_backend(name));
        modules.extend(automatic.map(|name| (name.as_str(), Reason::Automatic)));
        modules.extend(self.listed(GLOBAL, MODULES_ENABLED));
        for (name, _) in self.listed(GLOBAL, MODULES_DISABLED) {
            modules.remove(name);
        }
        if let HostKind::Component(made_of) = &self.host.kind {
            let inherited = inherited(self.inventory, self.release, made_of);
            modules.retain(|name, _| inherited.contains(name));
        }
        modules.extend(self.listed(self.name, MODULES_ENABLED));
        for (name, _) in self.listed(self.name, MODULES_DISABLED) {
            modules.remove(name);
        }
        modules.extend(self.host.backends.iter().map(|backend| {
            let option = backend.option.to_owned();
            let reason = match &backend.place {
                Some(place) => Reason::Configured {
                    option,
                    place: place.clone(),
                },
                None => Reason::Default { option },
            };
            (backend.module.as_str(), reason)
        }));
        if let HostKind::Component(made_of) = &self.host.kind {
            let place = self.host.place.clone();
            modules.insert(made_of, Reason::ComponentModule { place });
        }
        modules
    }

    /// What no dependency may load here: what the host and the global section disable.
    fn disabled(&self) -> BTreeMap<&'a str, &'a Setting> {
        let lists = [GLOBAL, self.name].map(|host| self.list(host, MODULES_DISABLED));
        let lists = lists.into_iter().flatten();
        lists
            .flat_map(|setting| {
                setting
                    .strings()
                    .into_iter()
                    .map(move |name| (name, setting))
            })
            .collect()
    }

    fn list(&self, host: &str, option: &str) -> Option<&'a Setting> {
        self.configuration.host(host)?.options.get(option)
    }

    fn listed(&self, host: &str, option: &'static str) -> Vec<(&'a str, Reason)> {
        let Some(setting) = self.list(host, option) else {
            return Vec::new();
        };
        let names = setting.strings().into_iter();
        names
            .map(|name| {
                let place = setting.place_of(name).clone();
                let option = option.to_owned();
                (name, Reason::Configured { option, place })
            })
            .collect()
    }

    fn requested(&self, name: &'a str, reason: Reason) -> RequestedModule<'a> {
        let is_made_of = self.host.kind == HostKind::Component(name.to_owned());
        let enabled = !matches!(
            reason,
            Reason::ConfiguredOff { .. } | Reason::Superseded { .. }
        );
        RequestedModule {
            name,
            module: self.inventory.by_real_name(name).map(|(_, module)| module),
            enabled,
            explicit: enabled,
            placement: if is_made_of {
                Placement::Component
            } else {
                Placement::Host
            },
            reason,
        }
    }
}
