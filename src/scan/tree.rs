//! Finds modules in a plugin directory: source checkout, installation, package or Nix store path.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::files::{self, unreadable};
use super::readme::is_readme;
use super::report::{Note, Reason};
use crate::release::Origin;

/// Where plugins are below the root of a checkout, an installation or a package. `lib` comes
/// after `usr/lib`: on Debian it is a link to that, and Debian's lists of files name `usr/lib`.
const BELOW_ROOT: [&str; 5] = [
    "plugins",
    "usr/lib/prosody/modules",
    "lib/prosody/modules",
    "usr/local/lib/prosody/modules",
    "modules",
];

/// What a Mercurial checkout or archive of prosody-modules holds, or a mirror of it in git.
const MARKS_OF_COLLECTION: [&str; 3] = [".hg", ".hgtags", ".hg_archival.txt"];

/// No list of the files of a Debian package comes near this size.
const MAX_LIST: u64 = 2 * 1024 * 1024;

/// A plugin directory and its entries, not yet read.
pub(super) struct Tree {
    /// The plugin directory.
    pub(super) folder: PathBuf,
    /// The same without links, to see whether two trees are one.
    pub(super) real_folder: PathBuf,
    /// Candidates for modules by name.
    pub(super) candidates: BTreeMap<String, Candidate>,
    /// Which of the given trees of community modules it is.
    pub(super) layer: Option<usize>,
}

impl Tree {
    /// Whether it is the plugin directory of Prosody's own source, where nobody installs anything.
    pub(super) fn is_prosody_source(&self) -> bool {
        self.real_folder.ends_with("plugins")
    }

    /// Whether it is where a system or a package installs modules.
    pub(super) fn is_installed(&self) -> bool {
        self.real_folder.ends_with("lib/prosody/modules")
    }

    /// Whether it is all of prosody-modules.
    pub(super) fn is_collection(&self) -> bool {
        let has = |mark| self.folder.join(mark).exists();
        MARKS_OF_COLLECTION.into_iter().any(has)
    }
}

/// What a plugin directory holds about one name.
#[derive(Default)]
pub(super) struct Candidate {
    /// `mod_X.lua`
    pub(super) file: Option<Place>,
    /// `mod_X`, or `X` if that holds a `mod_X.lua`
    pub(super) folder: Option<Place>,
    /// A README that Debian keeps separately from the module.
    pub(super) doc: Option<PathBuf>,
}

/// A file or directory for one name.
pub(super) struct Place {
    /// The file or directory.
    pub(super) path: PathBuf,
    /// Which of Debian's packages it belongs to: prosody, or prosody-modules.
    pub(super) packaged: Option<Origin>,
}

/// A module's own directory, looked into.
#[derive(Default)]
pub(super) struct Folder {
    /// The module's main file.
    pub(super) main: Option<PathBuf>,
    /// Its README.
    pub(super) readme: Option<PathBuf>,
    /// Main files of other modules.
    pub(super) misplaced: Vec<PathBuf>,
}

/// The plugin directory that `root` means: itself, or the usual place below it.
pub fn plugin_folder(root: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(root)? {
        if entry?.file_name().as_encoded_bytes().starts_with(b"mod_") {
            return Ok(Some(root.to_owned()));
        }
    }
    Ok(BELOW_ROOT
        .iter()
        .map(|below| root.join(below))
        .find(|folder| folder.is_dir()))
}

/// Lists a plugin directory, and the directory in which Debian keeps the READMEs.
pub(super) fn list(folder: PathBuf, notes: &mut Vec<Note>) -> io::Result<Tree> {
    let real_folder = fs::canonicalize(&folder)?;
    let packaged = debian_packages(&real_folder, notes);
    let mut candidates: BTreeMap<String, Candidate> = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let path = entry.path();
        let mut note = |reason| {
            notes.push(Note {
                path: path.clone(),
                reason,
            })
        };
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            note(Reason::InvalidName);
            continue;
        };
        // A broken or circular link is an error here.
        let file_type = match file_type(&entry, &path) {
            Ok(file_type) => file_type,
            Err(error) => {
                note(unreadable(&error));
                continue;
            }
        };
        let (module, is_folder) = match (
            name.strip_prefix("mod_"),
            file_type.is_dir(),
            file_type.is_file(),
        ) {
            (Some(module), true, _) => (module, true),
            (Some(module), _, true) if module.ends_with(".lua") => {
                (module.trim_end_matches(".lua"), false)
            }
            (None, true, _) if path.join(format!("mod_{name}.lua")).is_file() => (name, true),
            _ => {
                note(Reason::NotAModule);
                continue;
            }
        };
        if !is_module_name(module) {
            note(Reason::InvalidName);
            continue;
        }
        let candidate = candidates.entry(module.to_owned()).or_default();
        let slot = if is_folder {
            &mut candidate.folder
        } else {
            &mut candidate.file
        };
        let place = Place {
            packaged: packaged.get(name).copied(),
            path,
        };
        // `mod_X` and `X` side by side: Prosody tries `mod_X` first.
        let (first, second) = match slot.take() {
            None => (place, None),
            Some(other) if name.starts_with("mod_") => (place, Some(other)),
            Some(other) => (other, Some(place)),
        };
        notes.extend(second.map(|second| Note {
            path: second.path,
            reason: Reason::Duplicate {
                taken: first.path.clone(),
            },
        }));
        *slot = Some(first);
    }
    for (module, doc) in debian_docs(&real_folder) {
        match candidates.get_mut(&module) {
            Some(candidate) => candidate.doc = Some(doc),
            None => notes.push(Note {
                path: doc,
                reason: Reason::ReadmeWithoutModule,
            }),
        }
    }
    Ok(Tree {
        folder,
        real_folder,
        candidates,
        layer: None,
    })
}

/// Looks into the directory of one module.
pub(super) fn look_into(folder: &Path, module: &str) -> io::Result<Folder> {
    let main_name = format!("mod_{module}.lua");
    let mut contents = Folder::default();
    let mut readmes = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name == main_name {
            contents.main.get_or_insert_with(|| entry.path());
        } else if name == module {
            // `mod_X/X/mod_X.lua` comes first for Prosody.
            let inner = entry.path().join(&main_name);
            if inner.is_file() {
                contents.main = Some(inner);
            }
        } else if is_readme(name) {
            readmes.push(entry.path());
        } else if name.starts_with("mod_") && name.ends_with(".lua") {
            contents.misplaced.push(entry.path());
        }
    }
    // Directories are listed in no particular order.
    readmes.sort();
    contents.readme = readmes.into_iter().next();
    Ok(contents)
}

/// `README_mod_X.md.gz` and the like in the documentation directory of Debian's prosody-modules.
fn debian_docs(folder: &Path) -> Vec<(String, PathBuf)> {
    let Some(prefix) = folder
        .ancestors()
        .nth(3)
        .filter(|_| folder.ends_with("lib/prosody/modules"))
    else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir(prefix.join("share/doc/prosody-modules")) else {
        return Vec::new();
    };
    let mut docs: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let (module, extension) = name
                .to_str()?
                .strip_prefix("README_mod_")?
                .split_once('.')?;
            is_readme(&format!("README.{extension}")).then(|| (module.to_owned(), entry.path()))
        })
        .collect();
    docs.sort();
    docs
}

/// The origin of the files in the directory, by the lists that Debian keeps of the files of its two packages.
fn debian_packages(folder: &Path, notes: &mut Vec<Note>) -> HashMap<String, Origin> {
    let mut packaged = HashMap::new();
    let root = folder.ancestors().nth(4);
    let Some(root) = root.filter(|_| folder.ends_with("usr/lib/prosody/modules")) else {
        return packaged;
    };
    for (package, origin) in [
        ("prosody-modules", Origin::Community),
        ("prosody", Origin::Bundled),
    ] {
        let path = root.join(format!("var/lib/dpkg/info/{package}.list"));
        if fs::symlink_metadata(&path).is_err() {
            continue;
        }
        match files::read_whole(&path, MAX_LIST) {
            Ok(list) => packaged.extend(
                String::from_utf8_lossy(&list)
                    .lines()
                    .filter_map(|file| file.strip_prefix("/usr/lib/prosody/modules/"))
                    .filter_map(|file| file.split('/').next())
                    .map(|entry| (entry.to_owned(), origin)),
            ),
            Err(reason) => notes.push(Note { path, reason }),
        }
    }
    packaged
}

/// Follows links, and spares the system call where there is none.
fn file_type(entry: &DirEntry, path: &Path) -> io::Result<FileType> {
    let file_type = entry.file_type()?;
    if file_type.is_symlink() {
        Ok(fs::metadata(path)?.file_type())
    } else {
        Ok(file_type)
    }
}

fn is_module_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(allowed)
}
