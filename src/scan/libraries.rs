//! Follows `module:require`: a library runs in the module's context, so that what it depends on,
//! the module depends on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::declaration::{Certainty, Declarations};
use super::plugin;
use super::report::{Note, Reason};

/// Finds and reads libraries, each once.
pub(super) struct Libraries<'a> {
    folders: Vec<&'a Path>,
    read: HashMap<PathBuf, Rc<Declarations>>,
}

/// What a module depends on, its libraries included.
pub(super) struct Dependencies {
    /// Names, each perhaps several times.
    pub(super) named: Vec<(String, Certainty)>,
    /// There are others, whose names are computed.
    pub(super) computed: bool,
}

impl<'a> Libraries<'a> {
    pub(super) fn new(folders: Vec<&'a Path>) -> Self {
        Self {
            folders,
            read: HashMap::new(),
        }
    }

    /// The dependencies of a module of tree number `tree`, those of its libraries included.
    pub(super) fn dependencies(
        &mut self,
        module: &str,
        tree: usize,
        main: &Path,
        declarations: &Declarations,
        notes: &mut Vec<Note>,
    ) -> Dependencies {
        let mut dependencies = Dependencies {
            named: Vec::new(),
            computed: false,
        };
        // Libraries pull in each other in circles; one may be reached first conditionally, then surely.
        let mut followed: HashMap<PathBuf, Certainty> = HashMap::new();
        let main = (
            main.to_owned(),
            Rc::new(declarations.clone()),
            Certainty::Always,
        );
        let mut queue = vec![main];
        while let Some((path, declarations, outer)) = queue.pop() {
            dependencies.computed |= declarations.computed;
            let depends = declarations.depends.iter();
            let depends = depends.map(|d| (d.name.clone(), d.certainty.within(outer)));
            dependencies.named.extend(depends);
            for library in &declarations.libraries {
                let Some(file) = self.find(module, tree, &library.name) else {
                    notes.push(Note {
                        path: path.clone(),
                        reason: Reason::LibraryNotFound {
                            name: library.name.clone(),
                            line: library.line,
                        },
                    });
                    continue;
                };
                let certainty = library.certainty.within(outer);
                if followed.get(&file).is_some_and(|known| *known <= certainty) {
                    continue;
                }
                followed.insert(file.clone(), certainty);
                queue.push((file.clone(), self.load(file, notes), certainty));
            }
        }
        dependencies
    }

    fn load(&mut self, file: PathBuf, notes: &mut Vec<Note>) -> Rc<Declarations> {
        if let Some(declarations) = self.read.get(&file) {
            return Rc::clone(declarations);
        }
        let declarations = Rc::new(plugin::read_file(&file, notes).0);
        self.read.insert(file, Rc::clone(&declarations));
        declarations
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
