//! The sources of the package: a real build has no more of this repository.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::folder::read;
use crate::support::root;

/// The paths below the root of this repository that `nix/package.nix` takes.
fn taken() -> Vec<PathBuf> {
    let text = read(root(), "nix/package.nix");
    let (_, unions) = text.split_once("fileset = lib.fileset.unions [").unwrap();
    let paths = unions.split_once("];").unwrap().0.split_whitespace();
    let paths = paths.filter_map(|word| {
        let word = word.trim_end_matches(')');
        let path = word.strip_prefix("../").map(PathBuf::from);
        path.or_else(|| Some(Path::new("nix").join(word.strip_prefix("./")?)))
    });
    paths.collect()
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn the_package_has_every_file_that_its_code_includes() {
    let taken = taken();
    let root = fs::canonicalize(root()).unwrap();
    assert!(taken.contains(&PathBuf::from("src")), "{taken:?}");
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        rust_files(&root.join(folder), &mut files);
    }
    let mut included = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for rest in text.split("include_str!(\"").skip(1) {
            let name = rest.split('"').next().unwrap();
            let Ok(path) = fs::canonicalize(file.parent().unwrap().join(name)) else {
                continue;
            };
            let path = path.strip_prefix(&root).unwrap();
            assert!(
                taken.iter().any(|taken| path.starts_with(taken)),
                "{} is included by {}, and not part of nix/package.nix",
                path.display(),
                file.display()
            );
            included += 1;
        }
    }
    assert!(included > 30, "{included}");
}
