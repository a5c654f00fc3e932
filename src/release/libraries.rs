//! Follows `module:require`: a library runs in the module's context, so that what it depends on,
//! the module depends on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::lua::{Declared, Kind, Use};
use super::report::{Note, Reason};
use super::scan::read_lua;

/// Finds and reads libraries, each once.
pub(super) struct Libraries<'a> {
    folders: Vec<&'a Path>,
    read: HashMap<PathBuf, Rc<Declared>>,
}

impl<'a> Libraries<'a> {
    pub(super) fn new(folders: Vec<&'a Path>) -> Self {
        Self {
            folders,
            read: HashMap::new(),
        }
    }

    /// The dependencies of a module of tree number `tree`, those of its libraries included.
    pub(super) fn depends(
        &mut self,
        module: &str,
        tree: usize,
        main: &Path,
        declared: &Declared,
        notes: &mut Vec<Note>,
    ) -> Vec<(String, Kind)> {
        let mut depends = Vec::new();
        // Libraries pull in each other in circles; one may be reached first conditionally, then surely.
        let mut seen: HashMap<PathBuf, Kind> = HashMap::new();
        let mut open = vec![(main.to_owned(), Rc::new(declared.clone()), Kind::Always)];
        while let Some((path, declared, outer)) = open.pop() {
            depends.extend(
                declared
                    .depends
                    .iter()
                    .map(|found| (found.name.clone(), within(outer, found.kind))),
            );
            for library in &declared.libraries {
                let Some(file) = self.find(module, tree, &library.name) else {
                    let Use { name, line, .. } = library.clone();
                    notes.push(Note {
                        path: path.clone(),
                        reason: Reason::LibraryNotFound { name, line },
                    });
                    continue;
                };
                let kind = within(outer, library.kind);
                if seen.get(&file).is_some_and(|known| *known <= kind) {
                    continue;
                }
                seen.insert(file.clone(), kind);
                open.push((file.clone(), self.load(file, notes), kind));
            }
        }
        depends
    }

    fn load(&mut self, file: PathBuf, notes: &mut Vec<Note>) -> Rc<Declared> {
        if let Some(declared) = self.read.get(&file) {
            return Rc::clone(declared);
        }
        let declared = match read_lua(&file) {
            Ok((declared, _)) => declared,
            Err(reason) => Declared {
                unclear: vec![reason],
                ..Declared::default()
            },
        };
        notes.extend(declared.unclear.iter().map(|reason| Note {
            path: file.clone(),
            reason: reason.clone(),
        }));
        let declared = Rc::new(declared);
        self.read.insert(file, Rc::clone(&declared));
        declared
    }

    /// The places Prosody's plugin loader tries, in its order; a module's own tree comes first.
    fn find(&self, module: &str, tree: usize, library: &str) -> Option<PathBuf> {
        if library.is_empty()
            || library.starts_with('/')
            || library.split('/').any(|part| part == "..")
        {
            return None;
        }
        let mut folders = self.folders.clone();
        if tree < folders.len() {
            let own = folders.remove(tree);
            folders.insert(0, own);
        }
        let resources = [
            (module, format!("{library}.lib.lua")),
            (module, format!("{library}.lua")),
            (library, format!("{library}.lib.lua")),
        ];
        for (plugin, resource) in resources {
            for folder in &folders {
                let places = [
                    format!("mod_{plugin}/{plugin}/{resource}"),
                    format!("mod_{plugin}/{resource}"),
                    format!("{plugin}/{resource}"),
                    resource.clone(),
                ];
                let found = places
                    .iter()
                    .map(|place| folder.join(place))
                    .find(|place| place.is_file());
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }
}

/// What is sure within something that is not, is not.
fn within(outer: Kind, inner: Kind) -> Kind {
    match (outer, inner) {
        (_, Kind::Soft) => Kind::Soft,
        (Kind::Soft, _) => Kind::Conditional,
        (outer, inner) => outer.max(inner),
    }
}
