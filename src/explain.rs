//! Everything there is to say about one module.
//!
//! ```
//! use prosody_stability::explain::Explanation;
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::release::builtin;
//! use prosody_stability::selection::Selection;
//!
//! let inventory = Inventory::builtin();
//! let selection = Selection::defaults(&inventory);
//! let explanation = Explanation::of(&inventory, builtin::newest(), &selection, "mam")?;
//! assert!(explanation.render(None).contains("XEP-0313"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod in_release;
mod tree;

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::Result;
use crate::inventory::{Inventory, Level, Module, spec_url};
use crate::release::history::{self, Span, State};
use crate::release::{Release, builtin};
use crate::resolve::{ResolvedModule, name_in, resolve};
use crate::selection::{Selection, known_module};
use crate::terminal::{BOLD, DIM, paint, printable, wrap};
use in_release::InRelease;
use tree::{Node, Trees};

/// One module with its level, its specifications and what a selection does with it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation<'a> {
    /// The name in the inventory, or in Prosody for a module outside.
    name: &'a str,
    /// What the inventory says of it; none for a module outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a Module<'a>>,
    /// What its level means.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a Level>,
    /// Its specifications.
    links: Vec<Link>,
    /// What each built-in release has of it, and the one that was chosen.
    releases: Vec<InRelease<'a>>,
    /// Since when and until when the built-in releases have it.
    history: Vec<Span<'a>>,
    /// What the selection does with it; none for a module outside that it does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<ResolvedModule<'a>>,
    /// What it depends on in the chosen release, and what the selection does with that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Node<'a>>,
    /// What loads under the selection and depends on it, up to what loads anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pulled_in_by: Vec<Node<'a>>,
}

/// A specification and where to read it.
#[derive(Debug, Serialize, JsonSchema)]
struct Link {
    /// The specification, for example `XEP-0280`.
    name: String,
    /// Where to read it.
    url: String,
}

impl<'a> Explanation<'a> {
    /// Explains a module in the known releases and in `release`, and what a selection does with it.
    ///
    /// An unknown name is an error that suggests a near one.
    pub fn of(
        inventory: &'a Inventory<'a>,
        release: &'a Release,
        selection: &'a Selection,
        name: &str,
    ) -> Result<Self> {
        // A release that is no longer supported is of interest where it is named.
        let mut releases: Vec<&'a Release> = builtin::all().to_vec();
        releases.retain(|known| known.end_of_life.is_none() || *known == release);
        if !releases.contains(&release) {
            releases.push(release);
        }
        let (name, module) = match known_module(inventory, name) {
            Ok(name) => (name, inventory.modules.get(name)),
            Err(error) => {
                let outside = releases.iter().find_map(|release| release.name_of(name));
                (outside.ok_or(error)?, None)
            }
        };
        let resolution = resolve(inventory, release, selection, false);
        let trees = Trees::new(inventory, release, &resolution);
        let real = module.map_or(name, |module| name_in(release, name, module));
        let (dependencies, pulled_in_by) = (trees.dependencies(real), trees.pulled_in_by(real));
        let mut modules = resolution.modules;
        let index = modules.iter().position(|module| module.name == name);
        Ok(Self {
            name,
            module,
            level: module.map(|module| inventory.stabilities.get(module.stability())),
            releases: releases
                .iter()
                .map(|r| InRelease::of(r, name, module))
                .collect(),
            history: history_of(name, module),
            links: module.map_or_else(Vec::new, |m| m.specs().filter_map(link).collect()),
            resolution: index.map(|index| modules.swap_remove(index)),
            dependencies,
            pulled_in_by,
        })
    }

    /// The explanation as text with colour codes; `width` is the terminal's.
    pub fn render(&self, width: Option<usize>) -> String {
        let mut text = Text {
            out: String::new(),
            width,
        };
        match self.module {
            Some(module) => self.in_inventory(&mut text, module),
            None => self.outside(&mut text),
        }
        text.out
    }

    /// A module of a release that the inventory does not judge.
    fn outside(&self, text: &mut Text) {
        let name = paint(BOLD, printable(self.name));
        let _ = writeln!(text.out, "{name}  not in the inventory");
        self.in_history(text);
        self.in_releases(text);
        self.here(text);
        let level = "none: the inventory does not judge it, so no flag is about it";
        text.field("level", level);
        text.field("enable", &format!("--enable {} loads it", self.name));
    }

    fn in_releases(&self, text: &mut Text) {
        for release in &self.releases {
            let label = format!("in {}", release.version);
            for (i, line) in release.lines().iter().enumerate() {
                text.field(if i == 0 { &label } else { "" }, line);
            }
        }
    }

    fn in_history(&self, text: &mut Text) {
        for (i, span) in self.history.iter().enumerate() {
            text.field(if i == 0 { "history" } else { "" }, &span.text);
        }
    }

    fn here(&self, text: &mut Text) {
        if let Some(resolution) = &self.resolution {
            let state = resolution.state.name();
            text.field("here", &format!("{state}: {}", resolution.reason));
        }
        text.tree("depends on", &self.dependencies);
        let is_enabled = |module: &ResolvedModule| module.state.is_enabled();
        let by = match self.resolution.as_ref().is_some_and(is_enabled) {
            true => "used here by",
            false => "pulled in by",
        };
        text.tree(by, &self.pulled_in_by);
    }

    fn in_inventory(&self, text: &mut Text, module: &Module) {
        let style = module.stability().style();
        let _ = writeln!(
            text.out,
            "{}  {}  {}, {} risk",
            paint(BOLD, printable(self.name)),
            printable(&module.purpose),
            paint(style, module.stability()),
            module.risk()
        );
        if let Some(notes) = &module.notes {
            text.field("notes", notes);
        }
        if let Some(safeguarding) = &module.safeguarding {
            text.field("safeguarding", safeguarding);
        }
        text.field("category", module.category().name());
        for link in &self.links {
            text.field("specification", &format!("{}  {}", link.name, link.url));
        }
        for correction in &module.corrections {
            let error = format!("\"{}\" is wrong: {}", correction.guide, correction.why);
            text.field("guide's error", &error);
        }
        if let Some(upstream) = &module.upstream {
            if let Some(name) = &upstream.name {
                text.field("real name", name);
            }
            if let Some(replacement) = &upstream.replaced_by {
                text.field("replaced by", replacement);
            }
            if let Some(note) = &upstream.note {
                text.field("upstream", note);
            }
        }
        let flags: Vec<_> = module.flags().iter().map(|flag| flag.name()).collect();
        let needs = if flags.is_empty() {
            "none".to_owned()
        } else {
            flags.join(" and ")
        };
        text.field("needs flags", &needs);
        self.in_history(text);
        self.in_releases(text);
        self.here(text);
        // The level means nothing for a module that exists in no release.
        if self.releases.iter().all(|release| release.facts.is_none()) {
            let text_of_level = format!("listed as {}, but no release has it", module.stability());
            text.field("level", &text_of_level);
            return;
        }
        let Some(level) = self.level else {
            return;
        };
        text.field("level", &format!("{}. {}", level.status, level.description));
        text.field("updates", &level.updates);
        for (i, advice) in level.advice.iter().enumerate() {
            text.field(if i == 0 { "in trouble" } else { "" }, advice);
        }
    }
}

/// What each built-in release has of a module, under the name that it has there.
fn history_of<'a>(name: &str, module: Option<&Module>) -> Vec<Span<'a>> {
    let states = builtin::all().map(|release| {
        let name = module.map_or(name, |module| name_in(release, name, module));
        let facts = release.modules.get(name);
        (release.version.as_str(), State::of(release, facts))
    });
    history::history(&states)
}

struct Text {
    out: String,
    width: Option<usize>,
}

/// Columns that the names of fields take.
const LABEL: usize = 15;

impl Text {
    fn field(&mut self, label: &str, value: &str) {
        let width = self.width.map(|w| w.saturating_sub(LABEL + 2).max(20));
        let label = printable(label);
        for (i, line) in wrap(&printable(value), width).iter().enumerate() {
            let label = if i == 0 { &*label } else { "" };
            self.line(label, line);
        }
    }

    fn line(&mut self, label: &str, line: &str) {
        let label = paint(DIM, format!("{label:LABEL$}"));
        let _ = writeln!(self.out, "  {label}{line}");
    }

    /// A tree of modules, one a line.
    fn tree(&mut self, label: &str, nodes: &[Node<'_>]) {
        let mut lines = Vec::new();
        tree::lines(nodes, "", &mut lines);
        for (i, line) in lines.iter().enumerate() {
            self.line(if i == 0 { label } else { "" }, line);
        }
    }
}

fn link(spec: &str) -> Option<Link> {
    Some(Link {
        name: spec.to_owned(),
        url: spec_url(spec)?,
    })
}
