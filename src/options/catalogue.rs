//! The options of a release, and who reads each: what `options` lists and explains.

use std::collections::BTreeMap;
use std::fmt::Write;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Result, did_you_mean};
use crate::release::{Options, Release, ReleaseOption, Scalar, builtin};
use crate::report::counted;
use crate::terminal::{BOLD, DIM, columns, pad, paint, printable, wrap};

/// The name of the core among the readers of an option.
pub const CORE: &str = "Prosody";

/// Options of a release by name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Catalogue<'a> {
    /// The version of the release.
    pub release: &'a str,
    /// The options by name, sorted.
    pub options: IndexMap<&'a str, Entry<'a>>,
    /// Names that are computed, with `*` for what is not known, by the module that computes them;
    /// `Prosody` is its core.
    pub computed: BTreeMap<&'a str, &'a [String]>,
    /// The same of options that are read from the global section only.
    pub computed_global: BTreeMap<&'a str, &'a [String]>,
}

/// One option.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    /// Who reads it, the core first.
    pub readers: Vec<Reader<'a>>,
    /// The built-in releases in which something reads it.
    pub releases: Vec<&'a str>,
}

/// One that reads an option, and how.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reader<'a> {
    /// The module; absent for the core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<&'a str>,
    /// Whether it is a community copy of the bundled module that reads it so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub copy: bool,
    /// How it is read.
    pub reads: &'a ReleaseOption,
}

/// What is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Options, one a line.
    List,
    /// The same of one module.
    OfModule,
    /// One option, whole.
    One,
}

impl<'a> Catalogue<'a> {
    /// All options of a release; an error if its file does not know them.
    pub fn of(release: &'a Release) -> Result<Self> {
        let Some(core) = &release.core else {
            let message = format!(
                "the release file of Prosody {} knows no options",
                release.version
            );
            let error = Diagnostic::error(message);
            return Err(Box::new(
                error.help("record the release again with `snapshot`"),
            ));
        };
        let mut all = Self {
            release: &release.version,
            options: IndexMap::new(),
            computed: BTreeMap::new(),
            computed_global: BTreeMap::new(),
        };
        all.add(None, false, core);
        for (name, facts) in &release.modules {
            all.add(Some(name), false, &facts.options);
            if let Some(copy) = &facts.community_copy {
                all.add(Some(name), true, &copy.options);
            }
        }
        all.options.sort_keys();
        Ok(all)
    }

    fn add(&mut self, module: Option<&'a str>, copy: bool, options: &'a Options) {
        for (name, reads) in &options.named {
            let entry = self.options.entry(name).or_insert_with(|| Entry {
                readers: Vec::new(),
                releases: releases_with(name),
            });
            entry.readers.push(Reader {
                module,
                copy,
                reads,
            });
        }
        let name = module.unwrap_or(CORE);
        for (all, patterns) in [
            (&mut self.computed, &options.computed),
            (&mut self.computed_global, &options.computed_global),
        ] {
            if !patterns.is_empty() && !copy {
                all.insert(name, patterns);
            }
        }
    }

    /// Only the option of this name, those of the module of this name, or those with this text in
    /// their names; an error if there is none.
    pub fn only(mut self, release: &Release, typed: &str) -> Result<(Self, Shape)> {
        if self.options.contains_key(typed) {
            self.options.retain(|name, _| *name == typed);
            self.computed.clear();
            self.computed_global.clear();
            return Ok((self, Shape::One));
        }
        if let Some(module) = release.name_of(typed) {
            let is_of = |reader: &Reader| reader.module == Some(module);
            self.options
                .retain(|_, entry| entry.readers.iter().any(is_of));
            for entry in self.options.values_mut() {
                entry.readers.retain(is_of);
            }
            self.computed.retain(|name, _| *name == module);
            self.computed_global.retain(|name, _| *name == module);
            return Ok((self, Shape::OfModule));
        }
        let names = self
            .options
            .keys()
            .copied()
            .chain(release.modules.keys().map(String::as_str));
        let near = did_you_mean(typed, names);
        let text = typed.to_lowercase();
        self.options
            .retain(|name, _| name.to_lowercase().contains(&text));
        self.computed.clear();
        self.computed_global.clear();
        if self.options.is_empty() {
            let message = format!("no option or module `{typed}` in Prosody {}", self.release);
            let error = Diagnostic::error(message).maybe_help(near);
            return Err(Box::new(
                error.help("run `prosody-stability options` to list all options"),
            ));
        }
        Ok((self, Shape::List))
    }

    /// As text with colour codes; `width` is the terminal's, `None` for endless lines.
    pub fn render(&self, shape: Shape, width: Option<usize>) -> String {
        match shape {
            Shape::List => self.list(true, width),
            Shape::OfModule => self.list(false, width),
            Shape::One => self
                .options
                .iter()
                .map(|(name, entry)| entry.explain(name, width))
                .collect(),
        }
    }

    fn list(&self, with_readers: bool, width: Option<usize>) -> String {
        let names = self.options.keys().map(|name| columns(&printable(name)));
        let name_width = names.max().unwrap_or(0);
        let types = self.options.values().map(|entry| columns(&entry.types()));
        let type_width = types.max().unwrap_or(0);
        let indent = name_width + 2 + type_width + 2;
        let remaining = width.map(|width| width.saturating_sub(indent).max(20));
        let mut out = String::new();
        for (name, entry) in &self.options {
            let name = paint(BOLD, pad(&printable(name), name_width));
            let types = pad(&entry.types(), type_width);
            let lines = wrap(&printable(&entry.details(with_readers)), remaining);
            let line = format!(
                "{name}  {types}  {}",
                lines.join(&format!("\n{}", " ".repeat(indent)))
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let mut parts = vec![counted(self.options.len(), "option")];
        for (all, from) in [
            (&self.computed, ""),
            (&self.computed_global, " from the global section"),
        ] {
            for (module, patterns) in all {
                let patterns = patterns.join(", ");
                parts.push(format!("{module} also reads {patterns}{from}"));
            }
        }
        for line in wrap(&printable(&parts.join("; ")), width) {
            let _ = writeln!(out, "{}", paint(DIM, line));
        }
        out
    }
}

impl Entry<'_> {
    /// The ways in which it is read: `number, integer`.
    fn types(&self) -> String {
        let mut types: Vec<&str> = Vec::new();
        for reader in &self.readers {
            let name = reader.reads.option_type.name();
            if !types.contains(&name) {
                types.push(name);
            }
        }
        types.join(", ")
    }

    /// What all that read it have in common, and who they are.
    fn details(&self, with_readers: bool) -> String {
        let mut facts: Vec<String> = Vec::new();
        for reader in &self.readers {
            for fact in reader.facts() {
                if !facts.contains(&fact) {
                    facts.push(fact);
                }
            }
        }
        if with_readers {
            let mut names: Vec<&str> = self.readers.iter().map(Reader::name).collect();
            names.dedup();
            facts.push(format!("read by {}", names.join(", ")));
        }
        facts.join("; ")
    }

    /// All there is to say.
    fn explain(&self, name: &str, width: Option<usize>) -> String {
        let mut out = format!("{}\n", paint(BOLD, printable(name)));
        let mut rows: Vec<(String, String)> = Vec::new();
        for reader in &self.readers {
            let copy = if reader.copy {
                ", as a community copy"
            } else {
                ""
            };
            let mut facts = vec![reader.reads.option_type.name().to_owned()];
            facts.extend(reader.facts());
            rows.push((format!("{}{copy}", reader.name()), facts.join("; ")));
        }
        rows.extend(since(&self.releases).map(|text| ("releases".to_owned(), text)));
        let label = rows
            .iter()
            .map(|(label, _)| columns(&printable(label)))
            .max()
            .unwrap_or(0);
        let remaining = width.map(|width| width.saturating_sub(label + 4).max(20));
        for (name, text) in rows {
            for (index, line) in wrap(&printable(&text), remaining).into_iter().enumerate() {
                let name = if index == 0 {
                    printable(&name)
                } else {
                    "".into()
                };
                let _ = writeln!(out, "  {}  {line}", paint(DIM, pad(&name, label)));
            }
        }
        out
    }
}

impl<'a> Reader<'a> {
    fn name(&self) -> &'a str {
        self.module.unwrap_or(CORE)
    }

    /// What to know in addition to the type.
    fn facts(&self) -> Vec<String> {
        let ReleaseOption {
            option_type: _,
            values,
            default,
            min,
            max,
            global_only,
            required,
            observed,
        } = self.reads;
        let mut facts = Vec::new();
        if *observed {
            facts.push("observed".to_owned());
        }
        if *required {
            facts.push("required".to_owned());
        }
        facts.extend(default.as_ref().map(|value| format!("default {value}")));
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(Scalar::to_string).collect();
            facts.push(format!("one of {}", values.join(", ")));
        }
        facts.extend(min.as_ref().map(|value| format!("at least {value}")));
        facts.extend(max.as_ref().map(|value| format!("at most {value}")));
        if *global_only {
            facts.push("global section only".to_owned());
        }
        facts
    }
}

/// The built-in releases that know their options.
fn releases_with_options() -> impl Iterator<Item = &'static Release> {
    builtin::all()
        .into_iter()
        .filter(|release| release.core.is_some())
}

fn releases_with(option: &str) -> Vec<&'static str> {
    let reads = |options: &Options| options.named.contains_key(option);
    let releases = releases_with_options().filter(|release| {
        release.core.as_ref().is_some_and(reads)
            || release.modules.values().any(|facts| reads(&facts.options))
    });
    releases.map(|release| release.version.as_str()).collect()
}

/// Since when and until when, as far as the built-in releases tell.
fn since(releases: &[&str]) -> Option<String> {
    let versions: Vec<&str> = releases_with_options()
        .map(|release| release.version.as_str())
        .collect();
    let (first, last) = (releases.first()?, releases.last()?);
    let mut parts = Vec::new();
    if Some(first) != versions.first() {
        parts.push(format!("since {first}"));
    }
    if Some(last) != versions.last() {
        parts.push(format!("until {last}"));
    }
    Some(match parts.as_slice() {
        [] => releases.join(", "),
        parts => parts.join(", "),
    })
}
