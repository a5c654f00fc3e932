//! A review as a patch: what turns the one emitted attribute set into the other.

use crate::diagnostic::Result;
use crate::emit;
use crate::output;
use crate::release::builtin;
use crate::review::side::Side;

/// A unified diff of the two emitted attribute sets, which `patch -p1` applies; empty when they
/// are equal.
///
/// With the same release on both sides the attribute sets are those that `emit` prints; otherwise
/// each holds its own release only.
pub fn patch(old: &Side, new: &Side) -> Result<String> {
    let [before, after] = if old.release == new.release {
        [old, new].map(|side| emit::nix(&side.inventory, &builtin::current()))
    } else {
        [old, new].map(|side| emit::nix(&side.inventory, &[&side.release]))
    };
    let (before, after) = (before?, after?);
    if before == after {
        return Ok(String::new());
    }
    let names = ["a/inventory.nix", "b/inventory.nix"];
    Ok(output::unified(names, [&before, &after]))
}
