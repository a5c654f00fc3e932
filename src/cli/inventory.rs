//! `--inventory FILE`: which inventory a command works on.

use std::path::PathBuf;

use super::{Failure, say};
use crate::inventory::{self, Inventory};

#[derive(Debug, clap::Args)]
pub struct InventoryArgs {
    /// Inventory to use instead of the built-in one: JSON, emitted Nix or a Markdown guide
    /// (`-` for standard input).
    #[arg(long = "inventory", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl InventoryArgs {
    /// The inventory; remarks on it go to standard error.
    pub fn load(&self) -> Result<Inventory, Failure> {
        let Some(file) = &self.file else {
            return Ok(Inventory::builtin());
        };
        let (inventory, remarks) = inventory::read(file)?;
        remarks.iter().for_each(say);
        Ok(inventory)
    }

    /// The option as it was typed, for commands that are shown to the user.
    pub fn typed(&self) -> String {
        match &self.file {
            Some(file) => format!(" --inventory {}", file.display()),
            None => String::new(),
        }
    }
}
