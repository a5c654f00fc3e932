//! The JSON Schemas of the files that this tool reads and writes.

use schemars::{JsonSchema, schema_for};

use crate::configuration::nixos::plans::Plans;
use crate::inventory::Inventory;
use crate::options::catalogue::Catalogue;
use crate::release::Release;
use crate::release::changes::Changes;
use crate::release::distribution::Distribution;
use crate::report::Report;
use crate::resolve::Resolution;
use crate::review::allow::Allowed;

/// The schema of the inventory.
pub fn inventory() -> String {
    schema_of::<Inventory>()
}

/// The schema of a release file.
pub fn release() -> String {
    schema_of::<Release>()
}

/// The schema of what an upgrade changes, in `inventory/changes/`.
pub fn changes() -> String {
    schema_of::<Changes>()
}

/// The schema of what a distribution packages, in `inventory/distributions/`.
pub fn distribution() -> String {
    schema_of::<Distribution>()
}

/// The schema of what `check`, `diff` and `status` print with `--format json`.
pub fn report() -> String {
    schema_of::<Report>()
}

/// The schema of what `resolve --format json` prints.
pub fn resolution() -> String {
    schema_of::<Resolution>()
}

/// The schema of what `options --format json` prints.
pub fn options() -> String {
    schema_of::<Catalogue>()
}

/// The schema of the plans of machines, which `lib.plans` makes.
pub fn plans() -> String {
    schema_of::<Plans>()
}

/// The schema of allow files.
pub fn allow() -> String {
    schema_of::<Allowed>()
}

fn schema_of<T: JsonSchema>() -> String {
    format!("{:#}\n", schema_for!(T).to_value())
}
