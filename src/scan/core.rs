//! Prosody's core, everything of Prosody that is not a plugin: the options that it reads, and the libraries
//! that it has for modules.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::declaration::Declarations;
use super::gather;
use super::own_libraries::OwnLibraries;
use super::plugin;
use super::report::Note;
use super::tree::Tree;
use crate::release::Options;

/// The directories of Lua code next to the one of plugins.
const FOLDERS: [&str; 3] = ["core", "net", "util"];

/// Where the command for administrators is, relative to the directory above that of plugins: in a
/// checkout, and in an installation.
const COMMANDS: [&str; 2] = ["prosodyctl", "../../bin/prosodyctl"];

/// No directory of Prosody's has as many levels.
const MAX_LEVELS: usize = 8;

/// What a core reads and has.
pub(super) struct Core {
    /// The options that it reads.
    pub(super) options: Options,
    /// The libraries that modules require.
    pub(super) libraries: OwnLibraries,
}

/// The core next to a plugin directory; `None` where there is no core.
///
/// Needs the stack that [`plugin::read_file`] needs.
pub(super) fn core_of(tree: &Tree, notes: &mut Vec<Note>) -> Option<Core> {
    let above = tree.real_folder.parent()?;
    if !above.join("core/configmanager.lua").is_file() {
        return None;
    }
    let mut files = Vec::new();
    for folder in FOLDERS {
        lua_files(&above.join(folder), MAX_LEVELS, &mut files);
    }
    let commands = COMMANDS.iter().map(|command| above.join(command));
    files.extend(commands.filter(|command| command.is_file()));
    let read: Vec<(PathBuf, Declarations, Vec<Note>)> = files
        .into_par_iter()
        .map(|file| {
            let mut notes = Vec::new();
            let declarations = plugin::read_file(&file, &mut notes).0;
            (file, declarations, notes)
        })
        .collect();
    let mut reads = Vec::new();
    let mut libraries = Vec::new();
    for (file, mut declarations, unclear) in read {
        // The code of `module:depends` itself is not a dependency.
        notes.extend(
            unclear
                .into_iter()
                .filter(|note| !note.reason.is_of_dependency()),
        );
        // A name of which nothing is known is one that a module hands over.
        let options = std::mem::take(&mut declarations.options).into_iter();
        reads.extend(options.filter(|read| read.name != "*"));
        libraries.push((file, declarations));
    }
    Some(Core {
        options: gather::options("", true, reads),
        libraries: OwnLibraries::new(above, libraries),
    })
}

fn lua_files(folder: &Path, levels: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        // Links are not followed: each of many may lead back to its own directory.
        if levels > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            lua_files(&path, levels - 1, files);
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            files.push(path);
        }
    }
}
