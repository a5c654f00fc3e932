//! Follows `module:require`: a library runs in the module's context, so that what it depends on,
//! the module depends on, and what it reads, the module reads.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::declaration::{Certainty, Declarations, OptionRead, Use};
use super::own_libraries::OwnLibraries;
use super::plugin;
use super::report::{Note, Reason};

/// Where Prosody's plugin loader looks for a file of a plugin below each directory, in this order; words in braces are
/// filled in.
pub const PLACES: [&str; 4] = [
    "mod_{plugin}/{plugin}/{resource}",
    "mod_{plugin}/{resource}",
    "{plugin}/{resource}",
    "{resource}",
];

/// Finds and reads libraries, each once.
pub(super) struct Libraries<'a> {
    folders: Vec<&'a Path>,
    own: OwnLibraries,
    read: HashMap<PathBuf, Rc<Declarations>>,
}

/// What a module declares, its libraries included.
#[derive(Default)]
pub(super) struct Declared {
    /// Modules that it depends on, each perhaps several times.
    pub(super) depends: Vec<(String, Certainty)>,
    /// It depends on others, whose names are computed.
    pub(super) computed: bool,
    /// The options that it reads, each perhaps several times.
    pub(super) options: Vec<OptionRead>,
    /// What it passes to `require`, and Prosody's own libraries with it, each perhaps several times.
    pub(super) lua_libraries: Vec<(String, Certainty)>,
}

impl<'a> Libraries<'a> {
    pub(super) fn new(folders: Vec<&'a Path>, own: OwnLibraries) -> Self {
        Self {
            folders,
            own,
            read: HashMap::new(),
        }
    }

    /// Reads the libraries that modules name, several at once.
    pub(super) fn read_ahead<'m>(
        &mut self,
        modules: impl Iterator<Item = (&'m str, usize, &'m Declarations)>,
        notes: &mut Vec<Note>,
    ) {
        let files: BTreeSet<PathBuf> = modules
            .flat_map(|(module, tree, declarations)| {
                let libraries = declarations.libraries.iter();
                libraries.map(move |library| (module, tree, library))
            })
            .filter_map(|(module, tree, library)| self.find(module, tree, &library.name))
            .collect();
        let read = files.into_par_iter().map(|file| {
            let mut notes = Vec::new();
            let declarations = plugin::read_file(&file, &mut notes).0;
            (file, declarations, notes)
        });
        for (file, declarations, unclear) in read.collect::<Vec<_>>() {
            notes.extend(unclear);
            self.read.insert(file, Rc::new(declarations));
        }
    }

    /// What a module of tree number `tree` declares, and its libraries with it.
    pub(super) fn declared(
        &mut self,
        module: &str,
        tree: usize,
        main: &Path,
        declarations: &Declarations,
        notes: &mut Vec<Note>,
    ) -> Declared {
        // Libraries pull in each other in circles; one may be reached first conditionally, then surely.
        let mut followed: BTreeMap<PathBuf, (Certainty, Rc<Declarations>)> = BTreeMap::new();
        let main = (
            main.to_owned(),
            Rc::new(declarations.clone()),
            Certainty::Always,
        );
        let mut queue = vec![main];
        while let Some((path, declarations, outer)) = queue.pop() {
            let previous = followed.get(&path);
            if previous.is_some_and(|(known, _)| *known <= outer) {
                continue;
            }
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
                queue.push((file.clone(), self.load(file, notes), certainty));
            }
            followed.insert(path, (outer, declarations));
        }
        let mut all = Declared::default();
        for (outer, declarations) in followed.values() {
            all.computed |= declarations.computed;
            let within = |used: &Use| (used.name.clone(), used.certainty.within(*outer));
            all.depends.extend(declarations.depends.iter().map(within));
            let lua_libraries = declarations.lua_libraries.iter();
            all.lua_libraries.extend(lua_libraries.map(within));
            let reads = declarations.options.iter().cloned();
            all.options.extend(reads.map(|mut read| {
                read.option.required &= *outer <= Certainty::ByDefault;
                read
            }));
        }
        self.own.follow(&mut all.lua_libraries);
        all
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
            let own_folder = folders.remove(tree);
            folders.insert(0, own_folder);
        }
        let resources = [
            (module, format!("{library}.lib.lua")),
            (module, format!("{library}.lua")),
            (library, format!("{library}.lib.lua")),
        ];
        for (plugin, resource) in resources {
            for folder in &folders {
                let file = |place: &str| {
                    let place = place.replace("{plugin}", plugin);
                    folder.join(place.replace("{resource}", &resource))
                };
                let path = PLACES.into_iter().map(file).find(|file| file.is_file());
                if path.is_some() {
                    return path;
                }
            }
        }
        None
    }
}
