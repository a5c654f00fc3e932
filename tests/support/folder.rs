//! Files in the folder of a test.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::command::run_with;

/// A folder of one's own, gone with the value.
pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Writes a file, with the folders that lead to it, and gives its path as text.
pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    let parent = path.parent().expect("a file stands in a folder");
    fs::create_dir_all(parent).expect("a folder can be made");
    fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
}

/// Writes a script that can be run, and gives its path as text.
pub fn write_script(folder: &Path, name: &str, text: &str) -> String {
    let path = write(folder, name, "");
    // By another process: while this one starts commands in other threads, they have the files open that it writes,
    // and nobody can run a script that somebody has open for writing.
    let mut script = Command::new("sh");
    script.args(["-c", "cat >\"$1\" && chmod +x \"$1\"", "sh", &path]);
    run_with(&mut script, text.as_bytes()).success();
    path
}

/// The text of a file.
pub fn read(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
