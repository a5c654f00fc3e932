//! Reads an inventory in any of its forms, recognised by content.
//!
//! ```
//! use prosody_stability::forms::{Form, form_of};
//! use prosody_stability::source::Source;
//!
//! let source = Source::new("inventory", "{ schemaVersion = 1; }");
//! assert_eq!(form_of(&source), Some(Form::Nix));
//! ```

use std::path::Path;

use crate::diagnostic::{Diagnostic, Result};
use crate::guide;
use crate::inventory::{Inventory, json, nix};
use crate::source::Source;

/// The forms an inventory is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `inventory/prosody.json`, or `emit --format json`.
    Json,
    /// The attribute set that `emit` writes.
    Nix,
    /// A guide in Markdown.
    Guide,
}

/// Reads an inventory from a file (`-` for standard input), whatever its form.
///
/// Also returns messages on a guide that contradicts itself.
pub fn read(path: &Path) -> Result<(Inventory<'static>, Vec<Diagnostic>)> {
    let source = Source::read(path)?;
    let (inventory, messages) = read_source(&source)?;
    Ok((inventory.into_owned(), messages))
}

/// The same for a text that was read already.
pub fn read_source(source: &Source) -> Result<(Inventory<'_>, Vec<Diagnostic>)> {
    match form_of(source) {
        Some(Form::Json) => Ok((json::read(source)?, Vec::new())),
        Some(Form::Nix) => Ok((nix::read(source)?, Vec::new())),
        Some(Form::Guide) => guide::import(source, &Inventory::builtin()),
        None => {
            let reason = if source.text().trim().is_empty() {
                "is empty"
            } else {
                "is not an inventory"
            };
            Err(Box::new(
                Diagnostic::error(format!("{} {reason}", source.name())).help(
                    "expected inventory JSON, a Nix attribute set as written by `emit`, or a \
                    Markdown guide with tables of modules",
                ),
            ))
        }
    }
}

/// Tells the form of an inventory by its content, and only where that says nothing by its name.
pub fn form_of(source: &Source) -> Option<Form> {
    let start = skip_nix_comments(source.text());
    if let Some(rest) = start.strip_prefix('{') {
        return Some(form_of_braces(rest, source.name()));
    }
    match source
        .name()
        .rsplit_once('.')
        .map(|(_, extension)| extension)
    {
        _ if source.text().trim().is_empty() => None,
        Some("json") => Some(Form::Json),
        Some("nix") => Some(Form::Nix),
        Some("md" | "markdown") => Some(Form::Guide),
        _ if start.starts_with('[') => Some(Form::Json),
        _ if source.text().contains('|') => Some(Form::Guide),
        _ => None,
    }
}

/// JSON and Nix both open with a brace: JSON goes on with a quoted key and a colon.
fn form_of_braces(rest: &str, name: &str) -> Form {
    let rest = rest.trim_start();
    if let Some(key) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = key.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let after = end.map_or("", |end| key[end + 1..].trim_start());
        return if after.starts_with('=') || after.starts_with('.') {
            Form::Nix
        } else {
            Form::Json
        };
    }
    let json = rest.is_empty() || rest.starts_with('}');
    if json && !name.ends_with(".nix") {
        Form::Json
    } else {
        Form::Nix
    }
}

/// The text after leading white space and Nix comments.
fn skip_nix_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        if text.starts_with('#') {
            text = text.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(rest) = text.strip_prefix("/*") {
            text = rest.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_forms_by_content_before_name() {
        let form = |name: &str, text: &str| form_of(&Source::new(name, text));
        assert_eq!(form("a.nix", "{ \"schemaVersion\": 1 }"), Some(Form::Json));
        assert_eq!(
            form("a.json", "# @generated\n{ schemaVersion = 1; }"),
            Some(Form::Nix)
        );
        assert_eq!(
            form("a.json", "{ \"schema\\\"Version\" = 1; }"),
            Some(Form::Nix)
        );
        assert_eq!(
            form("a", "# Title\n\n| Module | Purpose |\n"),
            Some(Form::Guide)
        );
        assert_eq!(form("a.nix", "let x = 1; in { }"), Some(Form::Nix));
        assert_eq!(form("a.nix", "{ }"), Some(Form::Nix));
        assert_eq!(form("a", "{ }"), Some(Form::Json));
        assert_eq!(form("a", "hello"), None);
        assert_eq!(form("a.json", " \n"), None);
    }
}
