//! What stands where something shall be written: devices, pipes, links, other people's files.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::owners::is_root;
use crate::support::command::{CommandOutput, run_within, tool};
use crate::support::folder::scratch;

/// Longer than a write takes, shorter than a pipe without another end.
pub const LIMIT: Duration = Duration::from_secs(30);
/// The commands that write a file that the tool itself made.
pub const GENERATORS: [&[&str]; 7] = [
    &["emit", "--output"],
    &["emit", "--format", "json", "--output"],
    &["emit", "--format", "markdown", "--output"],
    &["emit", "--format", "html", "--output"],
    &["emit", "--format", "svg", "--output"],
    &["check", "--format", "html", "--output"],
    &[
        "snapshot",
        "--prosody",
        "nixos-module/plugin",
        "--version",
        "1",
        "--revision",
        "x",
        "--output",
    ],
];
/// The commands that change a file that people wrote.
pub const EDITORS: [&[&str]; 2] = [
    &["migrate", "--write"],
    &[
        "diff",
        "--release",
        "0.12..13.0",
        "--allow-write",
        "--allow",
    ],
];

pub fn run_on(arguments: &[&str], path: &Path) -> CommandOutput {
    run_within(tool(arguments).arg(path), LIMIT)
}

pub fn refused(said: &CommandOutput, why: &str) {
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains(why), "{said:?}");
}

/// A device of one's own, or a link to the real one where only root can make a device.
fn device(folder: &TempDir, name: &str, minor: &str) -> PathBuf {
    let path = folder.path().join(name);
    let made = Command::new("mknod")
        .arg(&path)
        .args(["c", "1", minor])
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        assert!(!is_root(), "root could replace the real device");
        symlink(Path::new("/dev").join(name), &path).unwrap();
    }
    path
}

fn pipe(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    path
}

#[test]
fn a_device_stays_one() {
    let folder = scratch();
    for (name, minor) in [("null", "3"), ("zero", "5"), ("full", "7")] {
        let device = device(&folder, name, minor);
        for generator in GENERATORS {
            let said = run_on(generator, &device);
            match name {
                "full" => refused(&said, "No space left"),
                _ => assert_eq!(said.code(), Some(0), "{said:?}"),
            }
        }
        for editor in EDITORS {
            refused(&run_on(editor, &device), "it is a device");
        }
        let kind = fs::metadata(&device).unwrap().file_type();
        assert!(kind.is_char_device(), "{}", device.display());
    }
}

#[test]
fn a_pipe_is_never_waited_for() {
    let folder = scratch();
    let pipe = pipe(&folder);
    for generator in GENERATORS {
        refused(&run_on(generator, &pipe), "no process reads this pipe");
    }
    for editor in EDITORS {
        refused(&run_on(editor, &pipe), "it is a pipe");
    }
    refused(
        &run_on(&["emit", "--check", "--output"], &pipe),
        "it is a pipe",
    );
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn a_reader_of_a_pipe_gets_the_result() {
    let folder = scratch();
    let pipe = pipe(&folder);
    let path = pipe.clone();
    // Opening the pipe waits for the writer; the writer may come first and find nobody.
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        File::open(path).unwrap().read_to_string(&mut text).unwrap();
        text
    });
    while run_on(GENERATORS[0], &pipe).code() != Some(0) {}
    let expected = run_within(&mut tool(&["emit"]), LIMIT).stdout;
    assert_eq!(reader.join().unwrap(), expected);
}

#[test]
fn standard_output_has_names_among_the_files() {
    let expected = run_within(&mut tool(&["emit"]), LIMIT).stdout;
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let said = run_on(GENERATORS[0], Path::new(name));
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert_eq!(said.stdout, expected);
    }
}

#[test]
fn a_link_to_nothing_is_followed() {
    let folder = scratch();
    fs::create_dir(folder.path().join("there")).unwrap();
    let [link, first] = ["link", "first"].map(|name| folder.path().join(name));
    symlink("there/file", &link).unwrap();
    symlink(&link, &first).unwrap();
    assert_eq!(run_on(GENERATORS[0], &first).code(), Some(0));
    assert!(folder.path().join("there/file").is_file());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let circle = folder.path().join("circle");
    symlink(&circle, &circle).unwrap();
    assert_eq!(run_on(GENERATORS[0], &circle).code(), Some(2));
}

#[test]
fn other_hard_links_are_named() {
    let folder = scratch();
    let file = folder.path().join("a.nix");
    fs::write(&file, "# @generated\n").unwrap();
    fs::hard_link(&file, folder.path().join("b.nix")).unwrap();
    let said = run_on(GENERATORS[0], &file);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(
        said.stderr
            .contains("the other hard links keep the old content"),
        "{said:?}"
    );
}

#[test]
fn temporary_files_of_killed_writes_are_removed() {
    let folder = scratch();
    let [left, used, other] = [
        ".prosody-stability-aB3dE9",
        ".prosody-stability-Zz9Zz9",
        ".prosody-stability-x.y",
    ]
    .map(|name| folder.path().join(name));
    for file in [&left, &used, &other] {
        fs::write(file, "half").unwrap();
    }
    // As a write that is under way holds its file.
    let lock = File::open(&used).unwrap();
    lock.lock().unwrap();
    assert_eq!(
        run_on(GENERATORS[0], &folder.path().join("a.nix")).code(),
        Some(0)
    );
    assert!(!left.exists());
    assert!(used.exists() && other.exists());
}

#[test]
fn a_full_standard_output_is_said() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["help", "emit"],
        &["emit", "--help"],
        &["completions", "bash"],
        &["man"],
        &["emit"],
        &["list"],
        &["schema", "report"],
        &["plugin"],
        &["explain", "--codes"],
        &["check"],
        &["check", "--format", "json"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = tool(arguments).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(
            stderr.contains("cannot write the result"),
            "{arguments:?}: {stderr}"
        );
    }
}
