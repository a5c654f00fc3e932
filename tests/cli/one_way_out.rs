//! Everything that is printed goes out in one place, which makes it harmless, and JSON comes from one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// What prints, and the files that may.
const PRINTING: [(&str, &[&str]); 8] = [
    ("println!", &[]),
    ("print!(", &[]),
    ("anstream::stderr", &["cli/print.rs"]),
    ("anstream::stdout", &["cli/print.rs"]),
    ("io::stderr", &["cli/progress.rs"]),
    // To ask how wide it is; `--output /dev/stdout`, for contents that were checked; and what one
    // process of a rehearsal tells the other.
    (
        "io::stdout",
        &[
            "cli/print.rs",
            "terminal.rs",
            "output/target.rs",
            "rehearse/supervisor/mod.rs",
        ],
    ),
    ("serde_json::to_string", &[]),
    ("serde_json::to_writer", &["json.rs"]),
];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, into),
            false => into.push(path),
        }
    }
}

#[test]
fn nothing_else_prints() {
    let source = root().join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    assert!(all.len() > 100);
    let mut others = Vec::new();
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let name = file.strip_prefix(&source).unwrap().to_str().unwrap();
        let may = |allowed: &[&str]| allowed.contains(&name);
        let printing = PRINTING
            .iter()
            .filter(|(call, allowed)| code.contains(call) && !may(allowed));
        others.extend(printing.map(|(call, _)| format!("{name}: {call}")));
    }
    assert_eq!(others, Vec::<String>::new());
}
