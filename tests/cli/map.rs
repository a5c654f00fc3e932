//! The map in CONTRIBUTING: what it names exists, and it fits on one screen.

use std::path::PathBuf;

use crate::support::root;

const TITLE: &str = "| To change | go to |";
/// Lines of a usual terminal or editor window.
const SCREEN: usize = 40;

/// The rows of the map, each as the places in its second column.
fn places() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, map) = text.split_once(TITLE).unwrap();
    let rows = map.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let place = row.split(" | ").nth(1).unwrap();
        let quoted = place.split('`').skip(1).step_by(2);
        quoted.map(str::to_owned).collect()
    })
    .collect()
}

#[test]
fn each_place_on_the_map_exists() {
    for row in places() {
        assert!(!row.is_empty());
        let mut directories = vec![PathBuf::new()];
        for place in row {
            let place = place.replace("<area>/", "");
            let exists = |directory: &PathBuf| root().join(directory).join(&place).exists();
            let found = directories.iter().find(|directory| exists(directory));
            let Some(directory) = found else {
                panic!("{place} is neither in the repository nor in {directories:?}");
            };
            if place.ends_with('/') {
                let directory = directory.join(&place);
                directories.push(directory);
            }
        }
    }
}

#[test]
fn the_map_fits_on_one_screen() {
    assert!(places().len() < SCREEN);
}

#[test]
fn each_directory_of_the_source_begins_with_what_it_is_for() {
    let mut queue = vec![root().join("src")];
    while let Some(directory) = queue.pop() {
        let entries = std::fs::read_dir(&directory).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        queue.extend(paths.filter(|path| path.is_dir()));
        if directory.ends_with("src") {
            continue;
        }
        let files = [directory.join("mod.rs"), directory.with_extension("rs")];
        let file = files.iter().find(|file| file.is_file());
        let text = file.map(|file| std::fs::read_to_string(file).unwrap());
        let text = text.unwrap_or_default();
        assert!(text.starts_with("//! "), "{}", directory.display());
    }
}
