//! What a module depends on, and what pulls it in, as trees.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::Inventory;
use crate::release::Release;
use crate::release::availability::Loadable;
use crate::resolve::{Resolution, State};
use crate::terminal::{DIM, paint, printable};

/// How deep a tree goes: further down it says nothing about the module, and no file of a release can
/// make it endless.
const DEEPEST: usize = 8;

/// A module of a tree.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Node<'a> {
    /// Its name in Prosody.
    pub name: &'a str,
    /// How the one depends on the other.
    pub how: DependencyKind,
    /// What happens to it under the selection.
    pub state: NodeState,
    /// What it depends on in turn, or what pulls that in; nothing where it is conditional and off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node<'a>>,
    /// Why its own nodes are omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Omission>,
}

/// How one module depends on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyKind {
    /// It does not load without it.
    Requires,
    /// It requires it when no option says otherwise.
    ByDefault,
    /// A server was observed to load both.
    Observed,
    /// It requires it under some condition.
    Conditional,
    /// It loads it unless `modules_disabled` names it.
    Optional,
}

/// What happens to a module of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// The selection loads it on every virtual host.
    Load,
    /// The selection loads it as a component.
    Component,
    /// It loads because others depend on it, although the selection leaves it out.
    PulledIn,
    /// It is outside the inventory, and loads because others depend on it.
    Dependency,
    /// Prosody loads it by itself.
    Always,
    /// It does not load.
    Off,
    /// The release cannot load it.
    Unavailable,
}

/// Why what is below a module of a tree is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Omission {
    /// It is its own ancestor.
    Cycle,
    /// It is shown further up in the tree.
    Above,
    /// The tree is deep enough.
    Depth,
}

impl DependencyKind {
    /// In words; nothing for what is the rule.
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Requires => None,
            Self::ByDefault => Some("by default"),
            Self::Observed => Some("as observed"),
            Self::Conditional => Some("conditionally"),
            Self::Optional => Some("optional"),
        }
    }
}

impl NodeState {
    /// The word for it, as in the table of `resolve`.
    fn name(self) -> &'static str {
        match self {
            Self::Load => State::Load.name(),
            Self::Component => State::Component.name(),
            Self::PulledIn => State::PulledIn.name(),
            Self::Dependency => "dependency",
            Self::Always => "always",
            Self::Off => State::Off.name(),
            Self::Unavailable => State::Unavailable.name(),
        }
    }

    /// Whether Prosody ends up with the module.
    fn loads(self) -> bool {
        !matches!(self, Self::Off | Self::Unavailable)
    }

    /// Whether it loads although nothing depends on it.
    fn loads_anyway(self) -> bool {
        matches!(self, Self::Load | Self::Component | Self::Always)
    }
}

impl From<State> for NodeState {
    fn from(state: State) -> Self {
        match state {
            State::Load => Self::Load,
            State::Component => Self::Component,
            State::PulledIn => Self::PulledIn,
            State::Unavailable => Self::Unavailable,
            State::Off => Self::Off,
        }
    }
}

impl Omission {
    fn words(self) -> &'static str {
        match self {
            Self::Cycle => "cycle",
            Self::Above => "see above",
            Self::Depth => "and more",
        }
    }
}

/// The modules of a release with what a selection does with them.
pub struct Trees<'a> {
    release: &'a Release,
    states: BTreeMap<&'a str, NodeState>,
}

impl<'a> Trees<'a> {
    pub fn new(
        inventory: &'a Inventory<'a>,
        release: &'a Release,
        resolution: &Resolution<'a>,
    ) -> Self {
        let always = inventory.always_loaded.iter();
        let always = always.map(|name| (name.as_str(), NodeState::Always));
        let dependencies = resolution.dependencies.iter();
        let dependencies = dependencies.map(|it| (it.name, NodeState::Dependency));
        let modules = resolution.modules.iter();
        let modules = modules.map(|module| (module.real_name(), module.state.into()));
        let mut loadable = Loadable::new(release);
        let others = release.modules.keys();
        let others = others.map(|name| {
            let state = match loadable.has(name) {
                true => NodeState::Off,
                false => NodeState::Unavailable,
            };
            (name.as_str(), state)
        });
        let all = others.chain(always).chain(dependencies).chain(modules);
        Self {
            release,
            states: all.collect(),
        }
    }

    /// What a module depends on.
    pub fn dependencies(&self, name: &'a str) -> Vec<Node<'a>> {
        self.walk(name, &|name| self.below(name))
    }

    /// What pulls a module in: what loads and depends on it, up to what loads anyway.
    pub fn pulled_in_by(&self, name: &'a str) -> Vec<Node<'a>> {
        let mut by: BTreeMap<&str, Vec<(&'a str, DependencyKind)>> = BTreeMap::new();
        for dependent in self.release.modules.keys() {
            if !self.state(dependent).loads() {
                continue;
            }
            let below = self.below(dependent).into_iter();
            for (other, how) in below.filter(|(_, how)| *how != DependencyKind::Conditional) {
                by.entry(other).or_default().push((dependent, how));
            }
        }
        self.walk(name, &|other| {
            if other != name && self.state(other).loads_anyway() {
                return Vec::new();
            }
            by.get(other).cloned().unwrap_or_default()
        })
    }

    fn state(&self, name: &str) -> NodeState {
        let state = self.states.get(name).copied();
        state.unwrap_or(NodeState::Unavailable)
    }

    /// What a module depends on directly, each module once.
    fn below(&self, name: &str) -> Vec<(&'a str, DependencyKind)> {
        let Some(facts) = self.release.modules.get(name) else {
            return Vec::new();
        };
        let depends = &facts.depends;
        let kinds = [
            (&depends.always, DependencyKind::Requires),
            (&depends.by_default, DependencyKind::ByDefault),
            (&depends.observed, DependencyKind::Observed),
            (&depends.conditional, DependencyKind::Conditional),
            (&depends.soft, DependencyKind::Optional),
        ];
        let all = kinds
            .into_iter()
            .flat_map(|(names, how)| names.iter().map(move |name| (name.as_str(), how)));
        let mut seen = BTreeSet::new();
        all.filter(|(name, _)| seen.insert(*name)).collect()
    }

    fn walk(
        &self,
        name: &'a str,
        next: &dyn Fn(&'a str) -> Vec<(&'a str, DependencyKind)>,
    ) -> Vec<Node<'a>> {
        let mut walk = Walk {
            trees: self,
            next,
            path: vec![name],
            shown: BTreeSet::new(),
        };
        walk.nodes(name)
    }
}

struct Walk<'w, 'a> {
    trees: &'w Trees<'a>,
    next: &'w dyn Fn(&'a str) -> Vec<(&'a str, DependencyKind)>,
    path: Vec<&'a str>,
    shown: BTreeSet<&'a str>,
}

impl<'a> Walk<'_, 'a> {
    fn nodes(&mut self, name: &'a str) -> Vec<Node<'a>> {
        let next = (self.next)(name).into_iter();
        next.map(|(name, how)| self.node(name, how)).collect()
    }

    fn node(&mut self, name: &'a str, how: DependencyKind) -> Node<'a> {
        let mut node = Node {
            name,
            how,
            state: self.trees.state(name),
            nodes: Vec::new(),
            left_out: None,
        };
        if self.path.contains(&name) {
            node.left_out = Some(Omission::Cycle);
        } else if how == DependencyKind::Conditional && !node.state.loads() {
            // What it would load with it says nothing about this server.
        } else if self.shown.contains(name) || self.path.len() == DEEPEST {
            let omission = match self.shown.contains(name) {
                true => Omission::Above,
                false => Omission::Depth,
            };
            node.left_out = Some(omission).filter(|_| !(self.next)(name).is_empty());
        } else {
            self.shown.insert(name);
            self.path.push(name);
            node.nodes = self.nodes(name);
            self.path.pop();
        }
        node
    }
}

/// A tree in text with colour codes, one module a line.
pub fn lines(nodes: &[Node<'_>], indent: &str, out: &mut Vec<String>) {
    for (i, node) in nodes.iter().enumerate() {
        let is_last = i + 1 == nodes.len();
        let (branch, below) = match is_last {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let name = printable(node.name);
        let name = match node.state.loads() {
            true => name.into_owned(),
            false => paint(DIM, name),
        };
        let notes = [
            node.how.words(),
            Some(node.state.name()),
            node.left_out.map(Omission::words),
        ];
        let notes: Vec<&str> = notes.into_iter().flatten().collect();
        let notes = paint(DIM, format!("({})", notes.join(", ")));
        let branch = paint(DIM, format!("{indent}{branch}"));
        out.push(format!("{branch}{name} {notes}"));
        lines(&node.nodes, &format!("{indent}{below}"), out);
    }
}
