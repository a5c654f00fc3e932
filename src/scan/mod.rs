//! Reads plugin directories into the modules of a release.
//!
//! From the files up: `files` reads bounded, `lua` parses what `depth` lets through, `walk` collects what a syntax tree
//! declares and `option` which options it reads, `plugin` and `readme` read one file and `panics`
//! keeps a failure to that file, `tree` finds the modules in a directory,
//! `candidate` reads what is there for one name, `features` and `core` what else Prosody has, `libraries` follows
//! `module:require` and `own_libraries` what Prosody's own libraries need, `gather` puts together what is read in several places, and `merge` decides what counts.
//!
//! ```
//! let directory = tempfile::tempdir()?;
//! std::fs::write(directory.path().join("mod_hello.lua"), r#"module:depends("http")"#)?;
//! let (modules, _) = prosody_stability::scan::scan(&[directory.path().into()], &[], &|_, _| ())?;
//! assert_eq!(modules["hello"].depends.always, ["http"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod candidate;
mod core;
pub mod declaration;
pub(crate) mod depth;
mod features;
mod files;
mod gather;
pub mod installed;
mod libraries;
pub(crate) mod lua;
mod merge;
mod option;
mod own_libraries;
mod panics;
pub mod plugin;
pub mod readme;
pub mod report;
mod tree;
mod value;
mod walk;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::release::{Origin, ReleaseModule};
pub use libraries::PLACES;
use merge::Read;
use report::ScanReport;
use tree::Tree;
pub use tree::plugin_folder;

/// Why a scan could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// There are no plugins in a directory or at the usual places below it.
    #[error("{}: no Prosody modules here, or below plugins/ or \
    lib/prosody/modules/", .path.display())]
    NoModules {
        /// The directory as given.
        path: PathBuf,
    },
    /// A directory cannot be listed.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The directory as given.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Threads could not be started.
    #[error("cannot read in parallel: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Scans trees of Prosody's own plugins and of community modules. Of Prosody's own trees an earlier
/// one wins. Of the trees of community modules each is laid over the earlier ones: a module of the
/// same name is replaced as a whole, and what only an earlier one has stays.
///
/// Every path may be the root of a checkout, an installation or a package, or the plugin directory
/// itself. In an installation, community modules may be among Prosody's own, and are distinguished.
/// `progress` is called with the modules done and all of them, from several threads.
pub fn scan(
    prosody: &[PathBuf],
    community: &[PathBuf],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(IndexMap<String, ReleaseModule>, ScanReport), ScanError> {
    let mut report = ScanReport::default();
    let trees = list_trees(prosody, community, &mut report)?;
    let candidates: Vec<_> = trees
        .iter()
        .enumerate()
        .flat_map(|(tree, (listed, _))| {
            listed
                .candidates
                .iter()
                .map(move |candidate| (tree, candidate))
        })
        .collect();
    let (done, all) = (AtomicUsize::new(0), candidates.len());
    // The parser is recursive. Libraries are parsed by `merge`, so that it runs there as well.
    let threads = rayon::ThreadPoolBuilder::new().stack_size(plugin::STACK_SIZE);
    let modules = threads.build()?.install(|| {
        // One by one, because some take a hundred times as long as others.
        let each = candidates.into_par_iter().with_max_len(1);
        let read = each.map(|(tree, (name, candidate))| {
            let variants = candidate::read(name, candidate);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, all);
            Read {
                name,
                tree,
                variants,
            }
        });
        merge::merge(&trees, read.collect(), &mut report)
    });
    report.notes.sort();
    report.notes.dedup();
    Ok((modules, report))
}

fn list_trees(
    prosody: &[PathBuf],
    community: &[PathBuf],
    report: &mut ScanReport,
) -> Result<Vec<(Tree, Origin)>, ScanError> {
    let mut trees: Vec<(Tree, Origin)> = Vec::new();
    let prosody = prosody.iter().map(|path| (path, Origin::Bundled, None));
    let community = community.iter().enumerate().rev();
    let community = community.map(|(layer, path)| (path, Origin::Community, Some(layer)));
    for (path, origin, layer) in prosody.chain(community) {
        let failed = |source| ScanError::Unreadable {
            path: path.clone(),
            source,
        };
        let folder = tree::plugin_folder(path).map_err(failed)?;
        let folder = folder.ok_or_else(|| ScanError::NoModules { path: path.clone() })?;
        let mut notes = Vec::new();
        let tree = tree::list(folder, &mut notes).map_err(failed)?;
        let duplicate = trees
            .iter_mut()
            .find(|(other, _)| other.real_folder == tree.real_folder);
        // Debian installs both packages into one directory, so that it may be named for both.
        if let Some((known, _)) = duplicate {
            known.layer = known.layer.or(layer);
            continue;
        }
        report.notes.extend(notes);
        trees.push((Tree { layer, ..tree }, origin));
    }
    Ok(trees)
}
