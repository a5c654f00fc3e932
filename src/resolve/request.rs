//! A request: which modules are enabled, and why, made from a selection.

use std::collections::BTreeSet;

use super::inherited::inherited;
use super::names::name_in;
use super::reason::{FlagReason, Reason};
use crate::inventory::{Inventory, Module, Placement};
use crate::release::Release;
use crate::release::availability::Blocked;
use crate::selection::{HostSelection, Selection};

/// Which modules are enabled on a host, and which cannot load there.
///
/// Made from a selection, it stands for every virtual host of a server at once.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The host; none for every virtual host at once.
    pub host: Option<&'a str>,
    /// The modules that it is about, each once.
    pub modules: Vec<RequestedModule<'a>>,
    /// Modules that do not load here, whatever enables them: those in the `modules_disabled` of a
    /// configuration, and those that need a component on a virtual host.
    pub blocked: Blocked<'a>,
    /// On a component of a selection, what it inherits from the server.
    pub inherited: Option<BTreeSet<&'a str>>,
    /// Whether `modules_disabled` keeps out optional dependencies that are not enabled.
    pub enforce: bool,
    /// The selection, if it was made from one.
    pub selection: Option<&'a Selection>,
}

/// One module, and whether it is enabled.
#[derive(Clone, Debug)]
pub struct RequestedModule<'a> {
    /// Its name in the inventory, or in Prosody for a module outside it.
    pub name: &'a str,
    /// What the inventory says of it, if it is there.
    pub module: Option<&'a Module<'a>>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Whether it is named, rather than chosen by flags.
    pub explicit: bool,
    /// How it loads.
    pub placement: Placement,
    /// Why.
    pub reason: Reason,
}

impl<'a> Request<'a> {
    /// What a selection asks of every module of an inventory, and of those outside it that it names.
    pub fn of_selection(inventory: &'a Inventory, selection: &'a Selection, enforce: bool) -> Self {
        let inside = inventory.modules.iter().map(|(name, module)| {
            let explicit = selection.module(name);
            let (enabled, reason) = match explicit {
                Some(enabled) => (enabled, Reason::Explicit { enabled }),
                None => by_flags(module, selection),
            };
            RequestedModule {
                name,
                module: Some(module),
                enabled,
                explicit: explicit.is_some(),
                placement: module.placement,
                reason,
            }
        });
        let outside = selection.modules().iter();
        let outside = outside.filter(|(name, _)| !inventory.modules.contains_key(name.as_str()));
        let outside = outside.map(|(name, &enabled)| RequestedModule {
            name,
            module: None,
            enabled,
            explicit: true,
            placement: inventory.placement(name),
            reason: Reason::Explicit { enabled },
        });
        Self {
            host: None,
            modules: inside.chain(outside).collect(),
            blocked: Blocked::new(),
            inherited: None,
            enforce,
            selection: Some(selection),
        }
    }

    /// What a selection asks of a host on which something else holds than on the server. A component loads
    /// what it inherits, as far as the flags allow, and what is enabled explicitly.
    pub fn of_selected_host(
        inventory: &'a Inventory,
        release: &'a Release,
        name: &'a str,
        host: &'a HostSelection,
        enforce: bool,
    ) -> Self {
        let mut request = Self::of_selection(inventory, &host.selection, enforce);
        request.host = Some(name);
        let Some(made_of) = &host.component else {
            return request;
        };
        let inherited = inherited(inventory, release, made_of);
        for requested in &mut request.modules {
            let real = requested.module;
            let real = real.map_or(requested.name, |module| {
                name_in(release, requested.name, module)
            });
            if real == made_of && !requested.explicit {
                requested.enabled = true;
                requested.explicit = true;
                requested.reason = Reason::ComponentModule { place: None };
            } else if !requested.explicit && !inherited.contains(real) {
                requested.enabled = false;
                requested.reason = Reason::NotInherited;
            }
            // It is on the component, and no component of its own.
            requested.placement = Placement::Host;
        }
        if !request
            .modules
            .iter()
            .any(|requested| requested.name == made_of)
        {
            request.modules.push(RequestedModule {
                name: made_of,
                module: None,
                enabled: true,
                explicit: true,
                placement: Placement::Host,
                reason: Reason::ComponentModule { place: None },
            });
        }
        request.inherited = Some(inherited);
        request
    }
}

/// Whether the flags ask for a module, and which of them decide.
fn by_flags(module: &Module, selection: &Selection) -> (bool, Reason) {
    if module.flags().is_empty() {
        return (true, Reason::Core);
    }
    let category = module.category();
    let allows = |flag| selection.allows(flag, category);
    let enabled = module.flags().iter().all(|flag| allows(*flag));
    // Of a module that is off, the flags that are on say nothing.
    let decisive = module
        .flags()
        .iter()
        .filter(|flag| allows(**flag) == enabled);
    let flags = decisive.map(|flag| FlagReason {
        flag: *flag,
        value: selection.flags().get(*flag),
        origin: selection.origin(*flag).to_string(),
    });
    (enabled, Reason::Flags(flags.collect()))
}
