//! The guide's line about a running server: how many modules of each group load.

use std::fmt;

use super::rule::{Category, Stability};
use super::{FlagValues, Inventory, Module};

/// The groups of the line, in its order: HTTP and administration count by category, the rest by
/// level.
pub const GROUPS: [&str; 6] = ["Core", "Stable", "Beta", "Alpha", "HTTP", "Admin"];

/// How the line starts.
pub const START: &str = "Module stability profile: ";

/// How many modules of each group load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfileLine(pub [usize; 6]);

impl ProfileLine {
    /// The group of a module, as an index into [`GROUPS`].
    pub fn group(module: &Module) -> usize {
        match (module.category(), module.stability()) {
            (Category::Http, _) => 4,
            (Category::Admin, _) => 5,
            (_, Stability::Core) => 0,
            (_, Stability::Stable) => 1,
            (_, Stability::Beta) => 2,
            (_, Stability::Alpha) => 3,
        }
    }

    /// Counts one module.
    pub fn count(&mut self, module: &Module) {
        self.0[Self::group(module)] += 1;
    }

    /// The counts of what the flags allow, whatever a release ships.
    pub fn of(inventory: &Inventory, flags: &FlagValues) -> Self {
        let mut line = Self::default();
        for module in inventory.modules.values() {
            if flags.ask_for(module) {
                line.count(module);
            }
        }
        line
    }

    /// Reads the counts from a text that carries such a line.
    pub fn parse(text: &str) -> Option<Self> {
        let mut line = Self::default();
        for (count, group) in line.0.iter_mut().zip(GROUPS) {
            let (_, rest) = text.split_once(&format!("{group}="))?;
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            *count = rest[..end].parse().ok()?;
        }
        Some(line)
    }
}

impl fmt::Display for ProfileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(START)?;
        for (i, (group, count)) in GROUPS.iter().zip(self.0).enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{group}={count}")?;
        }
        Ok(())
    }
}
