//! Reads the inventory from a Module Stability Guide in Markdown.
//!
//! Goes by words, never by symbols: guides in circulation have their emoji damaged by a wrong
//! decoding. What a guide does not say of a module (how it is placed, what it is called
//! upstream) comes from a base inventory that knows it.

mod column;
mod document;
mod references;
mod settings;
mod tables;

use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Inventory;
use crate::source::Source;
use document::Document;

/// The most that is read of a guide, in MiB: some 2,000 modules. It takes up to 150 times as much memory.
const LIMIT: usize = 1;

/// Reads a guide; `base` fills in what guides omit.
///
/// A guide that this tool wrote leaves nothing out of its tables, and they are taken as they are.
///
/// Also returns what the guide says about itself that its own tables contradict, and what it
/// says of modules that `base` knows to be otherwise.
pub fn import<'a>(
    source: &Source,
    base: &Inventory<'a>,
) -> Result<(Inventory<'a>, Vec<Diagnostic>)> {
    source.at_most(LIMIT).map_err(|error| {
        Box::new(error.help("larger inventories are read as JSON or Nix, not as a Markdown guide"))
    })?;
    let document = Document::parse(source.text());
    let mut messages = Vec::new();
    let modules = tables::modules(source, &document, base, &mut messages)?;
    let mut inventory = base.only(|_| false);
    inventory.modules = modules;
    settings::apply(source, &document, &mut inventory, &mut messages);
    settings::check_profile_lines(source, &document, &inventory, &mut messages);
    Ok((inventory, messages))
}
