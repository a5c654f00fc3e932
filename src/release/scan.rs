//! Reads trees of plugins into the modules of a release.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use indexmap::IndexMap;

use super::libraries::Libraries;
use super::lua::{self, Declared};
use super::merge::merge;
use super::readme::{self, Readme};
use super::report::{Note, Reason, ScanReport};
use super::tree::{self, Candidate, Tree, unreadable};
use super::{Origin, ReleaseModule};

/// No plugin comes near this size; larger files are not read.
const MAX_LUA: u64 = 2 * 1024 * 1024;

/// Why a scan could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// There are no plugins in a folder or where they stand below it.
    #[error("{}: no Prosody modules here, nor below plugins/ or lib/prosody/modules/", .path.display())]
    NoModules {
        /// The folder as given.
        path: PathBuf,
    },
    /// A folder cannot be listed.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The folder as given.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A thread could not be started, or did not come back.
    #[error("cannot read in parallel: {0}")]
    Thread(String),
}

/// Scans trees of Prosody's own plugins and of community modules; of two with the same name the
/// earlier tree wins.
///
/// Every path may be the root of a checkout, an installation or a package, or the folder of plugins
/// itself. Community modules that were installed among Prosody's own are told apart by their README.
/// `progress` is called with the modules done and all of them, from several threads.
pub fn scan(
    prosody: &[PathBuf],
    community: &[PathBuf],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(IndexMap<String, ReleaseModule>, ScanReport), ScanError> {
    let mut report = ScanReport::default();
    let mut trees: Vec<(Tree, Origin)> = Vec::new();
    let roots = prosody.iter().map(|path| (path, Origin::Bundled));
    for (path, origin) in roots.chain(community.iter().map(|path| (path, Origin::Community))) {
        let failed = |source| ScanError::Unreadable {
            path: path.clone(),
            source,
        };
        let folder = tree::plugin_folder(path).map_err(failed)?;
        let folder = folder.ok_or_else(|| ScanError::NoModules { path: path.clone() })?;
        let same = fs::canonicalize(&folder).map_err(failed)?;
        // Debian installs both packages into one folder, so that it may be named for both.
        if !trees
            .iter()
            .any(|(tree, _)| fs::canonicalize(&tree.folder).is_ok_and(|other| other == same))
        {
            trees.push((
                tree::list(folder, &mut report.notes).map_err(failed)?,
                origin,
            ));
        }
    }
    let jobs: Vec<Job> = trees
        .iter()
        .enumerate()
        .flat_map(|(index, (tree, origin))| {
            tree.candidates.iter().map(move |(name, candidate)| Job {
                tree: index,
                origin: *origin,
                name,
                candidate,
            })
        })
        .collect();
    let folders: Vec<&Path> = trees
        .iter()
        .map(|(tree, _)| tree.folder.as_path())
        .collect();
    let found = read_all(&jobs, progress)?;
    let modules = on_deep_stack(|| merge(&jobs, found, Libraries::new(folders), &mut report))?;
    report.notes.sort();
    report.notes.dedup();
    Ok((modules, report))
}

/// One candidate of one tree.
pub(super) struct Job<'a> {
    /// The number of the tree.
    pub(super) tree: usize,
    /// What the tree was given as.
    pub(super) origin: Origin,
    /// The module's name.
    pub(super) name: &'a str,
    candidate: &'a Candidate,
}

impl Job<'_> {
    /// Whether Debian installed it with prosody-modules.
    pub(super) fn packaged_as_community(&self) -> bool {
        self.candidate.packaged_as_community
    }
}

/// What stands in one place for one name.
pub(super) struct Found {
    /// The file or folder.
    pub(super) path: PathBuf,
    /// Nothing for a stub.
    pub(super) main: Option<Main>,
    /// Only community modules have one.
    pub(super) readme: Option<Readme>,
}

/// A module's main file.
pub(super) struct Main {
    /// The file itself.
    pub(super) path: PathBuf,
    /// What it declares.
    pub(super) declared: Declared,
    /// A hash of its bytes.
    pub(super) content: u64,
}

/// The file and the folder of one candidate.
#[derive(Default)]
pub(super) struct Pair {
    /// `mod_X.lua`
    pub(super) file: Option<Found>,
    /// The module's own folder.
    pub(super) folder: Option<Found>,
    /// What was not understood.
    pub(super) notes: Vec<Note>,
}

fn read_all(
    jobs: &[Job],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Pair>, ScanError> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut results = Vec::new();
        while let Some((index, job)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            jobs.get(index).map(|job| (index, job))
        } {
            results.push((index, read_one(job)));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
        }
        results
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    let mut pairs: Vec<Pair> = jobs.iter().map(|_| Pair::default()).collect();
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                thread::Builder::new()
                    .stack_size(lua::STACK_SIZE)
                    .spawn_scoped(scope, work)
            })
            .collect::<Result<_, _>>()
            .map_err(|error| ScanError::Thread(error.to_string()))?;
        for handle in handles {
            let results = handle
                .join()
                .map_err(|_| ScanError::Thread("a reader failed".to_owned()))?;
            for (index, pair) in results {
                if let Some(place) = pairs.get_mut(index) {
                    *place = pair;
                }
            }
        }
        Ok(pairs)
    })
}

/// Libraries are parsed where they are asked for, which takes as much stack as modules do.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, ScanError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(lua::STACK_SIZE)
            .spawn_scoped(scope, work)
            .map_err(|error| ScanError::Thread(error.to_string()))?
            .join()
            .map_err(|_| ScanError::Thread("a reader failed".to_owned()))
    })
}

fn read_one(job: &Job) -> Pair {
    let mut pair = Pair::default();
    let notes = &mut pair.notes;
    if let Some(path) = &job.candidate.file {
        // Beside a folder, the README Debian keeps apart is about the folder.
        let doc = job
            .candidate
            .doc
            .as_deref()
            .filter(|_| job.candidate.folder.is_none());
        let readme = doc.and_then(|doc| read_readme(doc, notes));
        pair.file = Some(Found {
            path: path.clone(),
            main: Some(read_main(path, notes)),
            readme,
        });
    }
    if let Some(path) = &job.candidate.folder {
        match tree::look_into(path, job.name, notes) {
            Err(error) => notes.push(Note {
                path: path.clone(),
                reason: unreadable(&error),
            }),
            Ok(folder) => {
                let readme = folder.readme.as_deref().or(job.candidate.doc.as_deref());
                if folder.main.is_none() && readme.is_none() {
                    notes.push(Note {
                        path: path.clone(),
                        reason: Reason::EmptyFolder,
                    });
                } else {
                    let readme = readme.and_then(|readme| read_readme(readme, notes));
                    let main = folder.main.as_deref().map(|main| read_main(main, notes));
                    pair.folder = Some(Found {
                        path: path.clone(),
                        main,
                        readme,
                    });
                }
            }
        }
    }
    pair
}

fn read_readme(path: &Path, notes: &mut Vec<Note>) -> Option<Readme> {
    let readme = is_plain_file(path).and_then(|()| readme::read_file(path));
    let readme = readme.unwrap_or_else(|error| Readme {
        unclear: Some(unreadable(&error)),
        ..Readme::default()
    });
    if let Some(reason) = &readme.unclear {
        notes.push(Note {
            path: path.to_owned(),
            reason: reason.clone(),
        });
    }
    Some(readme)
}

fn read_main(path: &Path, notes: &mut Vec<Note>) -> Main {
    let path = path.to_owned();
    match read_lua(&path) {
        Ok((declared, content)) => {
            notes.extend(declared.unclear.iter().map(|reason| Note {
                path: path.clone(),
                reason: reason.clone(),
            }));
            Main {
                path,
                declared,
                content,
            }
        }
        Err(reason) => {
            notes.push(Note {
                path: path.clone(),
                reason,
            });
            Main {
                path,
                declared: Declared::default(),
                content: 0,
            }
        }
    }
}

/// Reads a Lua file of bounded size: what it declares, and a hash of its bytes.
pub(super) fn read_lua(path: &Path) -> Result<(Declared, u64), Reason> {
    let mut source = Vec::new();
    let read = is_plain_file(path)
        .and_then(|()| File::open(path)?.take(MAX_LUA + 1).read_to_end(&mut source));
    read.map_err(|error| unreadable(&error))?;
    if source.len() as u64 > MAX_LUA {
        return Err(Reason::TooLarge {
            bytes: fs::metadata(path).map_or(MAX_LUA, |metadata| metadata.len()),
        });
    }
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    Ok((lua::read(&source), hasher.finish()))
}

/// Opening a pipe would wait for ever, and a device may have no end.
fn is_plain_file(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("not a regular file"))
    }
}
