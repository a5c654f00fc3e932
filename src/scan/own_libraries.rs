//! What Prosody's own libraries need of others: a module that requires `util.sql` needs LuaDBI.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::declaration::{Certainty, Declarations, Use};

/// Prosody's own libraries by name, each with what it passes to `require`.
#[derive(Default)]
pub(super) struct OwnLibraries(HashMap<String, Vec<Use>>);

impl OwnLibraries {
    /// Those in files below the directory of Prosody's code.
    pub(super) fn new(above: &Path, files: Vec<(PathBuf, Declarations)>) -> Self {
        let named = files.into_iter().filter_map(|(path, declarations)| {
            let name = path.strip_prefix(above).ok()?.with_extension("");
            let parts = name.iter().map(|part| part.to_str());
            let name = parts.collect::<Option<Vec<_>>>()?.join(".");
            let name = name.strip_suffix(".init").unwrap_or(&name).to_owned();
            Some((name, declarations.lua_libraries))
        });
        let mut libraries = Self(named.collect());
        // Prosody needs what it loads at its start, whatever its modules do.
        for name in libraries.loaded_at_start() {
            libraries.0.remove(&name);
        }
        libraries
    }

    /// Adds the requirements of what a module requires.
    pub(super) fn follow(&self, required: &mut Vec<(String, Certainty)>) {
        let behind = self.reached(required.iter().cloned());
        let others = behind
            .into_iter()
            .filter(|(name, _)| !self.0.contains_key(name));
        required.extend(others);
    }

    /// Everything of Prosody's that loads before its modules.
    fn loaded_at_start(&self) -> Vec<String> {
        let is_first = |name: &&String| name.starts_with("core.") || *name == "util.startup";
        let first = self.0.keys().filter(is_first);
        let reached = self.reached(first.map(|name| (name.clone(), Certainty::Always)));
        let loaded = reached
            .into_iter()
            .filter(|(_, certainty)| *certainty <= Certainty::ByDefault);
        loaded.map(|(name, _)| name).collect()
    }

    /// These libraries and all that they require, each with how surely.
    fn reached(
        &self,
        required: impl Iterator<Item = (String, Certainty)>,
    ) -> BTreeMap<String, Certainty> {
        let mut reached: BTreeMap<String, Certainty> = BTreeMap::new();
        let mut queue: Vec<(String, Certainty)> = required.collect();
        while let Some((name, certainty)) = queue.pop() {
            // Since Prosody 13.0 its own have another name as well.
            let name = name.strip_prefix("prosody.").unwrap_or(&name).to_owned();
            if reached
                .get(&name)
                .is_some_and(|current| *current <= certainty)
            {
                continue;
            }
            let behind = self.0.get(&name).into_iter().flatten();
            queue.extend(behind.map(|used| (used.name.clone(), used.certainty.within(certainty))));
            reached.insert(name, certainty);
        }
        reached
    }
}
