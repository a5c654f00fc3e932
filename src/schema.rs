//! The JSON Schemas of the files that this tool reads and writes.

use schemars::{JsonSchema, schema_for};

use crate::check::Report;
use crate::inventory::Inventory;
use crate::release::Release;
use crate::resolve::Resolution;
use crate::review::Review;
use crate::review::allow::Allowed;
use crate::status::Status;

/// The schema of the inventory.
pub fn inventory() -> String {
    schema_of::<Inventory>()
}

/// The schema of a release file.
pub fn release() -> String {
    schema_of::<Release>()
}

/// The schema of what `check --format json` prints.
pub fn findings() -> String {
    schema_of::<Report>()
}

/// The schema of what `resolve --format json` prints.
pub fn resolution() -> String {
    schema_of::<Resolution>()
}

/// The schema of what `diff --format json` prints.
pub fn review() -> String {
    schema_of::<Review>()
}

/// The schema of allow files.
pub fn allow() -> String {
    schema_of::<Allowed>()
}

/// The schema of what `status --format json` prints.
pub fn status() -> String {
    schema_of::<Status>()
}

fn schema_of<T: JsonSchema>() -> String {
    format!("{:#}\n", schema_for!(T).to_value())
}
