//! Finds modules in a folder of plugins: source checkout, installation, package or Nix store path.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::readme::is_readme;
use super::report::{Note, Reason};

/// Where plugins stand below the root of a checkout, an installation or a package.
const BELOW_ROOT: [&str; 5] = [
    "plugins",
    "lib/prosody/modules",
    "usr/lib/prosody/modules",
    "usr/local/lib/prosody/modules",
    "modules",
];

/// A folder of plugins and what stands in it, not yet looked into.
pub(super) struct Tree {
    /// The folder of plugins.
    pub(super) folder: PathBuf,
    /// Candidates for modules by name.
    pub(super) candidates: BTreeMap<String, Candidate>,
}

/// What a folder of plugins holds about one name.
#[derive(Default)]
pub(super) struct Candidate {
    /// `mod_X.lua`
    pub(super) file: Option<PathBuf>,
    /// `mod_X`, or `X` if that holds a `mod_X.lua`
    pub(super) folder: Option<PathBuf>,
    /// A README that Debian keeps apart from the module.
    pub(super) doc: Option<PathBuf>,
    /// Debian's list of the files of prosody-modules names it.
    pub(super) packaged_as_community: bool,
}

/// A module's own folder, looked into.
#[derive(Default)]
pub(super) struct Folder {
    /// The module's main file.
    pub(super) main: Option<PathBuf>,
    /// Its README.
    pub(super) readme: Option<PathBuf>,
}

/// The folder of plugins that `root` means: itself, or the usual place below it.
pub(super) fn plugin_folder(root: &Path) -> io::Result<Option<PathBuf>> {
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

/// Lists a folder of plugins, and the folder in which Debian keeps the READMEs.
pub(super) fn list(folder: PathBuf, notes: &mut Vec<Note>) -> io::Result<Tree> {
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
            note(Reason::OddName);
            continue;
        };
        // A link that leads nowhere or in circles is an error here.
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
            note(Reason::OddName);
            continue;
        }
        let candidate = candidates.entry(module.to_owned()).or_default();
        let place = if is_folder {
            &mut candidate.folder
        } else {
            &mut candidate.file
        };
        match place {
            // `mod_X` and `X` side by side: Prosody tries `mod_X` first.
            Some(other) if name.starts_with("mod_") => {
                notes.push(Note {
                    path: std::mem::replace(other, path.clone()),
                    reason: Reason::Duplicate { taken: path },
                });
            }
            Some(other) => {
                let taken = other.clone();
                note(Reason::Duplicate { taken });
            }
            None => *place = Some(path),
        }
    }
    for (module, doc) in debian_docs(&folder) {
        match candidates.get_mut(&module) {
            Some(candidate) => candidate.doc = Some(doc),
            None => notes.push(Note {
                path: doc,
                reason: Reason::ReadmeWithoutModule,
            }),
        }
    }
    for module in debian_package(&folder) {
        if let Some(candidate) = candidates.get_mut(&module) {
            candidate.packaged_as_community = true;
        }
    }
    Ok(Tree { folder, candidates })
}

/// Looks into the folder of one module.
pub(super) fn look_into(folder: &Path, module: &str, notes: &mut Vec<Note>) -> io::Result<Folder> {
    let main_name = format!("mod_{module}.lua");
    let mut found = Folder::default();
    let mut readmes = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name == main_name {
            found.main.get_or_insert_with(|| entry.path());
        } else if name == module {
            // `mod_X/X/mod_X.lua` comes first for Prosody.
            let inner = entry.path().join(&main_name);
            if inner.is_file() {
                found.main = Some(inner);
            }
        } else if is_readme(name) {
            readmes.push(entry.path());
        } else if name.starts_with("mod_") && name.ends_with(".lua") {
            notes.push(Note {
                path: entry.path(),
                reason: Reason::MisplacedModule,
            });
        }
    }
    // Folders are listed in no particular order.
    readmes.sort();
    found.readme = readmes.into_iter().next();
    Ok(found)
}

/// `README_mod_X.md.gz` and the like in the documentation folder of Debian's prosody-modules.
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

/// The modules that Debian's list of the files of prosody-modules names, without those that the
/// list of prosody names as well.
fn debian_package(folder: &Path) -> Vec<String> {
    let root = folder.ancestors().nth(4);
    let Some(root) = root.filter(|_| folder.ends_with("usr/lib/prosody/modules")) else {
        return Vec::new();
    };
    let modules = |package: &str| -> Vec<String> {
        let list = root.join(format!("var/lib/dpkg/info/{package}.list"));
        let list = fs::read_to_string(list).unwrap_or_default();
        let files = list
            .lines()
            .filter_map(|file| file.strip_prefix("/usr/lib/prosody/modules/mod_"));
        files
            .map(|file| file.trim_end_matches(".lua").to_owned())
            .collect()
    };
    let bundled = modules("prosody");
    let mut community = modules("prosody-modules");
    community.retain(|module| !bundled.contains(module));
    community
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

/// The operating system's refusal as a note.
pub(super) fn unreadable(error: &io::Error) -> Reason {
    Reason::Unreadable {
        message: error.to_string(),
    }
}
