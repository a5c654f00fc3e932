//! A request: which modules are asked for, and why.

use super::reason::{FlagReason, Reason};
use crate::inventory::{Inventory, Module};
use crate::selection::Selection;

/// Which modules are asked for on a host, and whether others may load past the flags.
///
/// Made from a selection, it stands for every virtual host of a server at once.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What is asked of each module.
    pub modules: Vec<Asked<'a>>,
    /// Whether `modules_disabled` keeps out optional dependencies that are not asked for.
    pub enforce: bool,
}

/// What is asked of one module.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Its name in the inventory.
    pub name: &'a str,
    /// What the inventory says of it.
    pub module: &'a Module<'a>,
    /// Whether it is asked for.
    pub wanted: bool,
    /// Why.
    pub reason: Reason,
}

impl<'a> Request<'a> {
    /// What a selection asks of every module of an inventory.
    pub fn of_selection(inventory: &'a Inventory, selection: &Selection, enforce: bool) -> Self {
        let modules = inventory.modules.iter().map(|(name, module)| {
            let (wanted, reason) = wanted(name, module, selection);
            Asked {
                name,
                module,
                wanted,
                reason,
            }
        });
        Self {
            modules: modules.collect(),
            enforce,
        }
    }
}

/// Whether the selection asks for a module, and why.
fn wanted(name: &str, module: &Module, selection: &Selection) -> (bool, Reason) {
    if let Some(enabled) = selection.module(name) {
        return (enabled, Reason::Explicit { enabled });
    }
    if module.flags().is_empty() {
        return (true, Reason::Core);
    }
    let category = module.category();
    let allows = |flag| selection.allows(flag, category);
    let wanted = module.flags().iter().all(|flag| allows(*flag));
    // Of a module that is off, the flags that are on say nothing.
    let decisive = module
        .flags()
        .iter()
        .filter(|flag| allows(**flag) == wanted);
    let flags = decisive.map(|flag| FlagReason {
        flag: *flag,
        value: selection.flags().get(*flag),
        origin: selection.origin(*flag).to_string(),
    });
    (wanted, Reason::Flags(flags.collect()))
}
