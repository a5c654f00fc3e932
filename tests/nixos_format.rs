//! Every committed Nix file is laid out as nixfmt does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// All Nix files below a folder, but for what builds leave behind.
fn nix_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        let is_left_behind =
            name == "target" || name.starts_with('.') || name.starts_with("result");
        if kind.is_dir() && !is_left_behind {
            nix_files(&path, found);
        } else if kind.is_file() && name.ends_with(".nix") {
            found.push(path);
        }
    }
}

#[test]
fn every_nix_file_is_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    nix_files(root, &mut files);
    assert!(files.contains(&root.join("nixos-module/default.nix")));
    let unformatted: Vec<_> = files
        .iter()
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            nixfmt_rs::format(&text)
                .map_err(|error| error.to_string())
                .as_ref()
                != Ok(&text)
        })
        .collect();
    assert!(
        unformatted.is_empty(),
        "run nixfmt on these: {unformatted:#?}"
    );
}
