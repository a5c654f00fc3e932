//! The resolution: for every module of the inventory what happens under a selection, and why.

pub mod table;

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::profile_line::ProfileLine;
use crate::inventory::{
    Category, Flag, FlagValues, Inventory, Module, Placement, Risk, Rollout, Stability,
};
use crate::selection::Selection;

/// What happens to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Loads on every virtual host.
    Load,
    /// Loads as a component with an address of its own.
    Component,
    /// Does not load.
    Off,
}

impl State {
    /// The word for it in JSON and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Component => "component",
            Self::Off => "off",
        }
    }

    /// Whether Prosody is to load the module.
    pub fn loads(self) -> bool {
        match self {
            Self::Load | Self::Component => true,
            Self::Off => false,
        }
    }
}

/// One module and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResolvedModule {
    /// Its name in the inventory.
    pub name: String,
    /// What it is for.
    pub category: Category,
    /// How mature it is.
    pub stability: Stability,
    /// The risk of its level.
    pub risk: Risk,
    /// What happens to it.
    pub state: State,
    /// Why.
    pub because: String,
}

/// Something about a selection that the admin should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// A stable name for this kind of finding.
    pub code: &'static str,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What happens to every module of an inventory under a selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Resolution {
    /// The guide's line with the counts of what loads.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub profile_line: ProfileLine,
    /// The profile, when one was chosen.
    pub profile: Option<String>,
    /// The values of the flags.
    pub flags: FlagValues,
    /// What the admin should know.
    pub findings: Vec<Finding>,
    /// The modules in the order of the inventory.
    pub modules: Vec<ResolvedModule>,
}

fn as_text<S: serde::Serializer>(line: &ProfileLine, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(line)
}

/// Resolves an inventory under a selection.
pub fn resolve(inventory: &Inventory, selection: &Selection) -> Resolution {
    let mut profile_line = ProfileLine::default();
    let modules = inventory
        .modules
        .iter()
        .map(|(name, module)| {
            let (wanted, because) = wanted(name, module, selection);
            let state = match (wanted, module.placement) {
                (false, _) => State::Off,
                (true, Placement::Host) => State::Load,
                (true, Placement::Component) => State::Component,
            };
            if state.loads() {
                profile_line.count(module);
            }
            ResolvedModule {
                name: name.clone(),
                category: module.category(),
                stability: module.stability(),
                risk: module.risk(),
                state,
                because,
            }
        })
        .collect();
    Resolution {
        profile_line,
        profile: selection.profile().map(str::to_owned),
        flags: selection.flags().clone(),
        findings: best_practices(inventory, selection),
        modules,
    }
}

/// Whether the selection asks for a module, and why.
fn wanted(name: &str, module: &Module, selection: &Selection) -> (bool, String) {
    match selection.module(name) {
        Some(true) => return (true, "enabled by name".to_owned()),
        Some(false) => return (false, "disabled by name".to_owned()),
        None => {}
    }
    let category = module.category();
    let said = |on: bool| {
        let flags = module
            .flags()
            .iter()
            .filter(|flag| selection.allows(**flag, category) == on);
        flags
            .map(|flag| flag_said(*flag, selection))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let off = said(false);
    if !off.is_empty() {
        (false, off)
    } else if module.flags().is_empty() {
        (true, "core modules are always on".to_owned())
    } else {
        (true, said(true))
    }
}

fn flag_said(flag: Flag, selection: &Selection) -> String {
    format!(
        "{flag} is {} ({})",
        selection.flags().get(flag),
        selection.origin(flag)
    )
}

/// The guide's best practices, where the selection goes against them.
fn best_practices(inventory: &Inventory, selection: &Selection) -> Vec<Finding> {
    let mut findings = Vec::new();
    let flags = selection.flags();
    if !flags.security {
        findings.push(Finding {
            code: "security-off",
            message: "security is off: a production server should always have its security modules"
                .to_owned(),
            help: format!("set {}=true", inventory.flags.security.env),
        });
    }
    if flags.alpha.is_on() {
        let scope = match &flags.alpha {
            Rollout::All(_) => String::new(),
            only @ Rollout::Only(_) => format!(" ({only})"),
        };
        findings.push(Finding {
            code: "alpha-on",
            message: format!(
                "alpha is on{scope}: experimental modules do not belong on a production server"
            ),
            help: format!(
                "keep {}=true to development and testing",
                inventory.flags.alpha.env
            ),
        });
    }
    for (name, module) in &inventory.modules {
        if module.category() == Category::Core && selection.module(name) == Some(false) {
            findings.push(Finding {
                code: "core-disabled",
                message: format!("core module `{name}` is disabled by name"),
                help: "core modules are what every client relies on: enable it again".to_owned(),
            });
        }
    }
    findings
}
