//! Reads options by their types, as NixOS merges and checks them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::merge::{Merged, merge};
use super::options::{Simple, Type};
use super::priority::USER;
use super::service::{Doubt, Ordered, Rendered, Switch};
use super::value::{At, Line, UNKNOWN, Value, ValueKind, joined, unknown};
use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// Where the options stand.
pub const OPTIONS: &str = "services.prosody";

/// How many doubts are kept.
const DOUBTS: usize = 100;

/// What an option is set to, each with its priority.
pub(super) type Definitions<'a> = Vec<(&'a Value, i64)>;

/// All definitions, and what cannot be determined of them.
pub(super) struct Reader<'a> {
    pub sources: &'a [Arc<Source>],
    pub by_option: BTreeMap<&'a str, Definitions<'a>>,
    pub doubts: Vec<Doubt>,
}

impl<'a> Reader<'a> {
    pub(super) fn definitions(&self, option: &str) -> Definitions<'a> {
        self.by_option.get(option).cloned().unwrap_or_default()
    }

    pub(super) fn merged(&self, option: &str) -> Merged<'a> {
        merge(self.definitions(option))
    }

    pub(super) fn of_whole<T>(
        &mut self,
        option: &str,
        read: impl Fn(&mut Self, &str, Merged<'a>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let merged = self.merged(option);
        read(self, option, merged)
    }

    pub(super) fn boolean(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<bool>> {
        Ok(self.switch(path, merged)?.map(|switch| switch.on))
    }

    /// A boolean; none where it is not set, or not known.
    pub(super) fn switch(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<Switch>> {
        let is_doubtful = self.has_doubts(path, &merged);
        let mut found: Option<Switch> = None;
        for defined in &merged.winners {
            let ValueKind::Bool(on) = defined.value.kind else {
                return Err(self.wrong(path, &defined.value.at, "expected true or false"));
            };
            match &found {
                Some(known) if known.on != on => {
                    let label = format!("{} sets it to another value", self.place(&known.at));
                    return Err(self.wrong(path, &defined.value.at, &label));
                }
                Some(_) => {}
                None => {
                    found = Some(Switch {
                        on,
                        priority: merged.priority.unwrap_or(USER),
                        at: defined.value.at.clone(),
                    });
                }
            }
        }
        Ok(found.filter(|_| !is_doubtful))
    }

    /// Texts, each with its order.
    pub(super) fn lines(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<Vec<Ordered>>> {
        self.has_doubts(path, &merged);
        let mut texts = Vec::new();
        for defined in &merged.winners {
            let ValueKind::Text(lines) = &defined.value.kind else {
                return Err(self.wrong(path, &defined.value.at, "expected a string"));
            };
            for line in lines.iter().filter(|line| line.is_unknown()) {
                let why = line.unknown.as_deref().unwrap_or_default();
                self.doubt(path, &line.at, why);
            }
            texts.push((defined.order(), lines.clone()));
        }
        Ok(Some(texts))
    }

    /// A string, with [`UNKNOWN`] in place of what is not known.
    pub(super) fn text(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<String>> {
        self.has_doubts(path, &merged);
        let mut found: Option<(&Value, String)> = None;
        for defined in &merged.winners {
            let text = match &defined.value.kind {
                ValueKind::Text(lines) => {
                    if let Some(why) = unknown(lines) {
                        self.doubt(path, &defined.value.at, why);
                    }
                    joined(lines)
                }
                _ => return Err(self.wrong(path, &defined.value.at, "expected a string")),
            };
            match &found {
                Some((known, other)) if *other != text => {
                    let label = format!("{} sets it to another value", self.place(&known.at));
                    return Err(self.wrong(path, &defined.value.at, &label));
                }
                _ => found = Some((defined.value, text)),
            }
        }
        let found = found.map(|(_, text)| text);
        Ok(found.or_else(|| (!merged.doubts.is_empty()).then(|| UNKNOWN.to_owned())))
    }

    pub(super) fn simple(&mut self, name: &str, option: &Simple) -> Result<Option<Rendered>> {
        let merged = self.merged(name);
        // What chooses a module.
        if name == "authentication" {
            self.has_doubts(name, &merged);
        }
        self.rendered(name, option.takes, merged)
    }

    /// A value as Lua; what is not known of it becomes a variable that is not known.
    pub(super) fn rendered(
        &mut self,
        path: &str,
        takes: Type,
        merged: Merged<'a>,
    ) -> Result<Option<Rendered>> {
        let mut items: Vec<String> = Vec::new();
        let mut rendered: Option<Rendered> = None;
        for defined in &merged.winners {
            let value = defined.value;
            let lua = match (&value.kind, takes) {
                (ValueKind::Bool(on), Type::Bool | Type::Choice) => on.to_string(),
                (ValueKind::Number(number), Type::Number) => number.clone(),
                (ValueKind::Text(lines), Type::Text | Type::Choice) => quoted(lines),
                (ValueKind::Text(lines), Type::Lua) => joined(lines),
                (ValueKind::Null, Type::Number) => return Ok(None),
                (ValueKind::List(list), Type::Texts | Type::Numbers) => {
                    items.extend(list.iter().map(lua));
                    format!("{{ {} }}", items.join(", "))
                }
                // A path and a package are strings, too.
                (ValueKind::Unknown(_), _) => UNKNOWN.to_owned(),
                _ => {
                    let expected = match takes {
                        Type::Bool => "expected true or false",
                        Type::Text | Type::Lua => "expected a string",
                        Type::Number => "expected a whole number",
                        Type::Texts => "expected a list of strings",
                        Type::Numbers => "expected a list of numbers",
                        Type::Choice => "expected a boolean or a string",
                    };
                    return Err(self.wrong(path, &value.at, expected));
                }
            };
            rendered = Some(Rendered {
                lua,
                at: value.at.clone(),
            });
        }
        if let Some((at, _)) = merged.doubts.first() {
            rendered = Some(Rendered {
                lua: UNKNOWN.to_owned(),
                at: (*at).clone(),
            });
        }
        Ok(rendered)
    }

    /// Any value as Lua.
    pub(super) fn any(merged: &Merged<'a>) -> Option<Rendered> {
        if let Some((at, _)) = merged.doubts.first() {
            return Some(Rendered {
                lua: UNKNOWN.to_owned(),
                at: (*at).clone(),
            });
        }
        let value = merged.winners.first()?.value;
        match value.kind {
            ValueKind::Null => None,
            _ => Some(Rendered {
                lua: lua(value),
                at: value.at.clone(),
            }),
        }
    }

    pub(super) fn has_doubts(&mut self, path: &str, merged: &Merged<'a>) -> bool {
        for (at, why) in &merged.doubts {
            self.doubt(path, at, why);
        }
        !merged.doubts.is_empty()
    }

    pub(super) fn doubt(&mut self, path: &str, at: &At, why: &str) {
        // So many are doubt enough.
        if self.doubts.len() >= DOUBTS {
            return;
        }
        // What stands there instead of a value.
        let is_thing = ["the ", "a ", "an "]
            .iter()
            .any(|article| why.starts_with(article));
        self.doubts.push(Doubt {
            option: format!("{OPTIONS}.{path}"),
            why: if is_thing {
                format!("its value is {why}")
            } else {
                why.to_owned()
            },
            at: at.clone(),
        });
    }

    pub(super) fn place(&self, at: &At) -> String {
        let source = &self.sources[at.file];
        let start = at.span.start.min(source.text().len());
        let line = source.text()[..start].matches('\n').count() + 1;
        format!("{}:{line}", source.name())
    }

    pub(super) fn wrong(&self, path: &str, at: &At, label: &str) -> Box<Diagnostic> {
        let title = format!("invalid value for `{OPTIONS}.{path}`");
        Box::new(Diagnostic::error(title).at(&self.sources[at.file], at.span.clone(), label))
    }
}

/// As services.prosody quotes strings: not at all.
fn quoted(lines: &[Line]) -> String {
    let text = joined(lines);
    if text == UNKNOWN {
        text
    } else {
        format!("\"{text}\"")
    }
}

/// A value of any kind as Lua.
fn lua(value: &Value) -> String {
    match &value.kind {
        ValueKind::Bool(on) => on.to_string(),
        ValueKind::Number(number) => number.clone(),
        ValueKind::Text(lines) => quoted(lines),
        ValueKind::List(items) => {
            let items: Vec<String> = items.iter().map(lua).collect();
            format!("{{ {} }}", items.join(", "))
        }
        _ => UNKNOWN.to_owned(),
    }
}
