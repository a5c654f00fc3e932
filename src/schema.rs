//! The JSON Schemas of the files that this tool reads and writes.

use schemars::{JsonSchema, schema_for};

use crate::inventory::Inventory;
use crate::resolve::Resolution;

/// The schema of the inventory.
pub fn inventory() -> String {
    schema_of::<Inventory>()
}

/// The schema of what `resolve --format json` prints.
pub fn resolution() -> String {
    schema_of::<Resolution>()
}

fn schema_of<T: JsonSchema>() -> String {
    format!("{:#}\n", schema_for!(T).to_value())
}
