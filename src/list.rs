//! The modules of an inventory, and of a release, that match a filter, as a table.
//!
//! ```
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::list::Filter;
//!
//! let inventory = Inventory::builtin();
//! let filter = Filter { text: "xep-0363", categories: &[], stabilities: &[] };
//! let names: Vec<&str> = filter.modules(&inventory).into_keys().collect();
//! assert_eq!(names, ["http_upload", "http_file_share"]);
//! ```

use std::fmt::Write;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::{Inventory, Module};
use crate::release::{Origin, Release, ReleaseModule, Stage};
use crate::report::counted;
use crate::terminal::{DIM, columns, pad, paint, printable, wrap};

/// The modules that match a filter.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Modules<'a> {
    /// Those of the inventory, in its order.
    pub inventory: IndexMap<&'a str, &'a Module<'a>>,
    /// With `--all` those of the release outside the inventory, sorted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<IndexMap<&'a str, &'a ReleaseModule>>,
}

impl Modules<'_> {
    /// Whether nothing matches.
    pub fn is_empty(&self) -> bool {
        self.inventory.is_empty() && self.outside.as_ref().is_none_or(IndexMap::is_empty)
    }
}

/// What a module must match; empty parts match everything.
pub struct Filter<'a> {
    /// A text in name, purpose, notes or specifications, in any case.
    pub text: &'a str,
    /// Names of categories, one of which it has.
    pub categories: &'a [String],
    /// Names of stability levels, one of which it has.
    pub stabilities: &'a [String],
}

impl Filter<'_> {
    /// The modules of a release outside the inventory that match, sorted. These have neither category
    /// nor level.
    pub fn outside<'i>(
        &self,
        inventory: &'i Inventory<'i>,
        release: &'i Release,
    ) -> IndexMap<&'i str, &'i ReleaseModule> {
        let modules = release.modules.iter();
        if !self.categories.is_empty() || !self.stabilities.is_empty() {
            return IndexMap::new();
        }
        let text = self.text.to_lowercase();
        modules
            .filter(|(name, facts)| {
                let summary = facts.summary.as_deref();
                let mut texts = [name.as_str()].into_iter().chain(summary);
                inventory.by_real_name(name).is_none()
                    && texts.any(|t| t.to_lowercase().contains(&text))
            })
            .map(|(name, facts)| (name.as_str(), facts))
            .collect()
    }

    /// The modules that match, in the order of the inventory.
    pub fn modules<'i>(&self, inventory: &'i Inventory<'i>) -> IndexMap<&'i str, &'i Module<'i>> {
        let named =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
        let text = self.text.to_lowercase();
        inventory
            .modules
            .iter()
            .filter(|(name, module)| {
                let mut texts = [name.as_str(), &module.purpose]
                    .into_iter()
                    .chain(module.notes.as_deref())
                    .chain(module.specs());
                named(self.categories, module.category().name())
                    && named(self.stabilities, module.stability().name())
                    && texts.any(|t| t.to_lowercase().contains(&text))
            })
            .map(|(name, module)| (name.as_str(), module))
            .collect()
    }
}

/// Modules outside the inventory as a table with colour codes, with what upstream calls them.
pub fn outside(modules: &IndexMap<&str, &ReleaseModule>, width: Option<usize>) -> String {
    let names = modules.keys().map(|name| columns(&printable(name)));
    let name_width = names.max().unwrap_or(0);
    let mut out = String::new();
    for (name, facts) in modules {
        let origin = match facts.origin {
            Origin::Bundled => "bundled".to_owned(),
            Origin::Community if facts.stage.is_empty() => "community".to_owned(),
            Origin::Community => {
                let stages: Vec<_> = facts.stage.iter().map(Stage::name).collect();
                format!("community, {}", stages.join(" and "))
            }
        };
        let readme_note = if facts.readme_only {
            ", only its README remains"
        } else {
            ""
        };
        let text = match &facts.summary {
            Some(summary) => format!("{origin}{readme_note}: {}", printable(summary)),
            None => format!("{origin}{readme_note}"),
        };
        let _ = write!(out, "{}  ", paint(DIM, pad(&printable(name), name_width)));
        let indent = name_width + 2;
        let remaining = width.map(|w| w.saturating_sub(indent).max(20));
        let lines = wrap(&text, remaining);
        let _ = writeln!(out, "{}", lines.join(&format!("\n{}", " ".repeat(indent))));
    }
    let count = counted(modules.len(), "module");
    let _ = writeln!(
        out,
        "{}",
        paint(DIM, format!("{count} outside the inventory"))
    );
    out
}

/// The modules as a table with colour codes; `width` is the terminal's, `None` for endless lines.
pub fn table(modules: &IndexMap<&str, &Module>, width: Option<usize>) -> String {
    let name_width = modules
        .keys()
        .map(|name| columns(&printable(name)))
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (name, module) in modules {
        let style = module.stability().style();
        let specs = module.specs().collect::<Vec<_>>().join(", ");
        let purpose = match specs.as_str() {
            "" => printable(&module.purpose).into_owned(),
            specs => format!("{} ({})", printable(&module.purpose), printable(specs)),
        };
        let _ = write!(
            out,
            "{}  {}  {:10}  ",
            paint(style, pad(&printable(name), name_width)),
            paint(style, format!("{:6}", module.stability())),
            module.category(),
        );
        let indent = name_width + 2 + 6 + 2 + 10 + 2;
        let remaining = width.map(|w| w.saturating_sub(indent).max(20));
        let lines = wrap(&purpose, remaining);
        let _ = writeln!(out, "{}", lines.join(&format!("\n{}", " ".repeat(indent))));
    }
    let count = modules.len();
    let noun = if count == 1 { "module" } else { "modules" };
    let _ = writeln!(out, "{}", paint(DIM, format!("{count} {noun}")));
    out
}
