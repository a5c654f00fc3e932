//! Reads the files that one plugin directory has for one module name.

use std::path::{Path, PathBuf};

use super::declaration::Declarations;
use super::files::unreadable;
use super::plugin;
use super::readme::{self, Readme};
use super::report::{Note, Reason};
use super::tree::{self, Candidate, Place};
use crate::release::Origin;

/// The files in one place.
pub(super) struct Variant {
    /// The file or directory.
    pub(super) path: PathBuf,
    /// None if there is only a README.
    pub(super) main: Option<MainFile>,
    /// Only community modules have one.
    pub(super) readme: Option<Readme>,
    /// Which of Debian's packages it belongs to, if that is known.
    pub(super) packaged: Option<Origin>,
}

impl Variant {
    /// A hash of the main file.
    pub(super) fn content(&self) -> Option<u64> {
        self.main.as_ref().map(|main| main.content)
    }
}

/// A module's main file.
pub(super) struct MainFile {
    /// The file itself.
    pub(super) path: PathBuf,
    /// What it declares.
    pub(super) declarations: Declarations,
    /// A hash of its bytes.
    content: u64,
}

/// All that one plugin directory has for one module name.
#[derive(Default)]
pub(super) struct Variants {
    /// `mod_X.lua`
    pub(super) file: Option<Variant>,
    /// The module's own directory.
    pub(super) folder: Option<Variant>,
    /// What was not understood.
    pub(super) notes: Vec<Note>,
}

/// Reads a candidate.
pub(super) fn read(name: &str, candidate: &Candidate) -> Variants {
    let mut variants = Variants::default();
    let notes = &mut variants.notes;
    if let Some(place) = &candidate.file {
        // If there is a directory, the README that Debian keeps separately is about the directory.
        let doc = candidate.doc.as_deref();
        let doc = doc.filter(|_| candidate.folder.is_none());
        let readme = doc.map(|doc| read_readme(doc, notes));
        variants.file = Some(variant(place, Some(&place.path), readme, notes));
    }
    if let Some(place) = &candidate.folder {
        variants.folder = read_folder(name, place, candidate.doc.as_deref(), notes);
    }
    variants
}

fn read_folder(
    name: &str,
    place: &Place,
    doc: Option<&Path>,
    notes: &mut Vec<Note>,
) -> Option<Variant> {
    let note = |path: &Path, reason| Note {
        path: path.to_owned(),
        reason,
    };
    let folder = match tree::look_into(&place.path, name) {
        Ok(folder) => folder,
        Err(error) => {
            notes.push(note(&place.path, unreadable(&error)));
            return None;
        }
    };
    let misplaced = folder.misplaced.iter();
    notes.extend(misplaced.map(|path| note(path, Reason::MisplacedModule)));
    let readme = folder.readme.as_deref().or(doc);
    if folder.main.is_none() && readme.is_none() {
        notes.push(note(&place.path, Reason::EmptyFolder));
        return None;
    }
    let readme = readme.map(|readme| read_readme(readme, notes));
    Some(variant(place, folder.main.as_deref(), readme, notes))
}

fn variant(
    place: &Place,
    main: Option<&Path>,
    readme: Option<Readme>,
    notes: &mut Vec<Note>,
) -> Variant {
    Variant {
        path: place.path.clone(),
        main: main.map(|path| {
            let (declarations, content) = plugin::read_file(path, notes);
            MainFile {
                path: path.to_owned(),
                declarations,
                content,
            }
        }),
        readme,
        packaged: place.packaged,
    }
}

fn read_readme(path: &Path, notes: &mut Vec<Note>) -> Readme {
    let readme = readme::read_file(path).unwrap_or_else(|reason| Readme {
        unclear: Some(reason),
        ..Readme::default()
    });
    notes.extend(readme.unclear.iter().map(|reason| Note {
        path: path.to_owned(),
        reason: reason.clone(),
    }));
    readme
}
