//! What services.prosody is set to, merged from all that sets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{At, Line, Package};
use crate::source::Source;

/// Something that cannot be determined and that decides what loads.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// The option, with its path.
    pub option: String,
    /// Why.
    pub why: String,
    /// Where it is set.
    pub at: At,
}

/// One of the booleans of `modules` that is set.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Whether the module is on.
    pub on: bool,
    /// How much the definition weighs.
    pub priority: i64,
    /// Where it is set.
    pub at: At,
}

/// A name in a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub at: At,
}

/// The list `extraModules`.
#[derive(Clone, Debug, Default)]
pub struct ExtraModules {
    /// What it holds.
    pub items: Vec<Item>,
    /// How much its definitions weigh; none when nothing defines it.
    pub priority: Option<i64>,
}

/// A virtual host.
#[derive(Clone, Debug)]
pub struct VirtualHost {
    /// Its name among the others.
    pub name: String,
    /// Its address; `UNKNOWN` stands in it for what is not known.
    pub domain: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its text.
    pub extra: Vec<Line>,
    /// Where it is set; none for the one that is there by default.
    pub at: Option<At>,
}

/// A component: a room server, or an upload service.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its address.
    pub domain: String,
    /// Its options, by their names in Nix, as Lua.
    pub options: BTreeMap<String, Rendered>,
    /// Its text.
    pub extra: Vec<Line>,
    /// Where it is set.
    pub at: At,
}

/// A value as Lua.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The text.
    pub lua: String,
    /// Where it is set.
    pub at: At,
}

/// A text and its order among others.
pub type Ordered = (i64, Vec<Line>);

/// What services.prosody is set to.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// Whether it is enabled, where that is set and known.
    pub enable: Option<bool>,
    /// Whether the configuration has to comply with XEP-0423, where that is known.
    pub compliance: Option<bool>,
    /// The booleans that are set.
    pub modules: BTreeMap<String, Switch>,
    /// The modules besides.
    pub extra: ExtraModules,
    /// The community modules that its package enables.
    pub package: Package,
    /// Options of the global section, by their names in Nix.
    pub options: BTreeMap<String, Rendered>,
    /// Texts for the global section, each with its order.
    pub text: Vec<Ordered>,
    /// Room servers.
    pub muc: Vec<Component>,
    /// The former upload service.
    pub upload: Option<Component>,
    /// The upload service.
    pub file_share: Option<Component>,
    /// Virtual hosts, sorted by name.
    pub hosts: Vec<VirtualHost>,
    /// What cannot be determined.
    pub doubts: Vec<Doubt>,
    /// Where it is set first.
    pub at: Option<At>,
    /// The files.
    pub sources: Vec<Arc<Source>>,
}

impl Service {
    /// Whether a module is enabled everywhere by the package.
    pub fn enables(&self, name: &str) -> bool {
        self.package.enabled.iter().any(|(other, _)| other == name)
    }
}
