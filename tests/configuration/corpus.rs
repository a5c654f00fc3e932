//! Whole configurations: those that packages bring, what services.prosody writes, and public ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::real::compare;
use crate::support::folder::{scratch, write};
use crate::support::prosody::Installation;
use crate::support::prosody::installation::NEWEST;
use crate::support::root;
use crate::support::skip::skip_optional;

const SERVERS: [&str; 3] = ["0.12", "13.0", NEWEST];

/// Every file below a folder with this ending.
pub fn below(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}

/// Compares files under every version; how many load, and how many do not.
fn compare_all(files: &[PathBuf], variables: &BTreeMap<String, String>) -> (usize, usize) {
    let mut wrong = Vec::new();
    let (mut loaded, mut failed) = (0, 0);
    for one in compare(files, variables) {
        if !one.undetermined.is_empty() {
            eprintln!(
                "undetermined in {}: {:?}",
                files[one.file].display(),
                one.undetermined
            );
        }
        match one.result {
            Ok(true) => loaded += 1,
            Ok(false) => failed += 1,
            Err(what) => wrong.push(what),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    (loaded, failed)
}

#[test]
fn the_files_of_the_packages() {
    let mut files = Vec::new();
    for version in SERVERS {
        if let Some(server) = Installation::find(version) {
            below(&server.root().join("etc/prosody"), ".cfg.lua", &mut files);
        }
    }
    if files.is_empty() {
        return;
    }
    // Where they stand on a server: below the unpacked package their paths are too long for warnings.
    let folder = scratch();
    let copied: Vec<PathBuf> = files
        .iter()
        .enumerate()
        .map(|(number, file)| {
            let text = fs::read_to_string(file).unwrap();
            fs::create_dir_all(folder.path().join(format!("{number}/conf.d"))).unwrap();
            let name = file.file_name().unwrap().to_string_lossy();
            write(folder.path(), &format!("{number}/{name}"), &text).into()
        })
        .collect();
    let (loaded, failed) = compare_all(&copied, &BTreeMap::new());
    eprintln!(
        "{} files of packages: {loaded} load, {failed} do not",
        files.len()
    );
    // Only the configuration of the migrator is none for the server.
    assert_eq!(failed, copied.len() / 4 * SERVERS.len());
    assert!(loaded > 0);
}

#[test]
fn what_services_prosody_writes() {
    let file = root().join("tests/configuration/services-prosody.cfg.lua");
    let (loaded, failed) = compare_all(&[file], &BTreeMap::new());
    assert_eq!(failed, 0, "{loaded} load");
}

/// The variables of a file beside a configuration, `NAME=value` in each line.
pub fn variables_beside(file: &Path) -> BTreeMap<String, String> {
    let beside = format!("{}.env", file.display());
    let variables = fs::read_to_string(beside).unwrap_or_default();
    let variables = variables.lines().filter_map(|line| line.split_once('='));
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    variables.collect()
}

/// A file with `NAME=value` lines beside a configuration, `X.cfg.lua.env`, gives its variables.
#[test]
fn public_configurations() {
    let Some(folder) = std::env::var_os("PROSODY_CONFIGS").filter(|name| !name.is_empty()) else {
        skip_optional("PROSODY_CONFIGS names no folder of public configurations");
        return;
    };
    let mut files = Vec::new();
    below(Path::new(&folder), ".lua", &mut files);
    assert!(!files.is_empty(), "nothing in PROSODY_CONFIGS");
    let (mut loaded, mut failed) = (0, 0);
    for file in &files {
        let (more_loaded, more_failed) =
            compare_all(std::slice::from_ref(file), &variables_beside(file));
        loaded += more_loaded;
        failed += more_failed;
    }
    eprintln!(
        "{} public files: {loaded} load, {failed} do not",
        files.len()
    );
}
