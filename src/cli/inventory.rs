//! `--inventory FILE`: which inventory a command works on.

use std::path::PathBuf;

use super::{Failure, print_message};
use crate::forms;
use crate::inventory::Inventory;
use crate::source::Source;

#[derive(Debug, clap::Args)]
pub struct InventoryArgs {
    /// Inventory to use instead of the built-in one: JSON, emitted Nix or a Markdown guide
    /// (`-` for standard input).
    #[arg(long = "inventory", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl InventoryArgs {
    /// The inventory; messages on it go to standard error.
    pub fn load(&self) -> Result<Inventory<'static>, Failure> {
        Ok(self.load_with_source()?.0)
    }

    /// The same with its text, when it comes from a file.
    pub fn load_with_source(&self) -> Result<(Inventory<'static>, Option<Source>), Failure> {
        let source = self.source()?;
        let inventory = inventory_of(source.as_ref())?.into_owned();
        Ok((inventory, source))
    }

    /// The text of the inventory, when it comes from a file.
    pub fn source(&self) -> Result<Option<Source>, Failure> {
        Ok(self.file.as_deref().map(Source::read).transpose()?)
    }

    /// What a report calls the inventory.
    pub fn name(&self) -> String {
        let file = self.file.as_deref();
        file.map_or_else(|| "built-in".to_owned(), |file| file.display().to_string())
    }

    /// The option as it was typed, for commands that are shown to the user.
    pub fn typed(&self) -> String {
        match &self.file {
            Some(file) => format!(" --inventory {}", file.display()),
            None => String::new(),
        }
    }
}

/// The inventory in a text, or the built-in one; messages on it go to standard error.
pub fn inventory_of(source: Option<&Source>) -> Result<Inventory<'_>, Failure> {
    let Some(source) = source else {
        return Ok(Inventory::builtin());
    };
    let (inventory, messages) = forms::read_source(source)?;
    messages.iter().for_each(print_message);
    Ok(inventory)
}
