//! Files of other users, and directories that take no new file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::outputs::{EDITORS, GENERATORS, LIMIT, refused, run_on};
use crate::support::command::{TOOL, run_within};
use crate::support::folder::{scratch, write};
use crate::support::skip::skip_optional;

/// A user without rights.
pub const NOBODY: u32 = 65534;

pub fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A copy of the tool that everybody may run, for a user who may not enter this folder.
pub fn tool_of(folder: &Path, user: u32) -> impl Fn(&[&str]) -> Command {
    let copy = folder.join("prosody-stability");
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    fs::copy(TOOL, &copy).unwrap();
    let folder = folder.to_owned();
    move |arguments| {
        let mut command = Command::new(&copy);
        command.args(arguments).current_dir(&folder);
        if is_root() {
            command.uid(user).gid(user);
        }
        command
    }
}

pub const OLD_CONFIG: &str = "{ services.prosody-stability.enterprise = true; }\n";
pub const NEW_CONFIG: &str = "{ services.prosody-stability.alpha = true; }\n";

#[test]
fn a_file_stays_with_its_owner() {
    if !is_root() {
        skip_optional("root writes the files of others: needs root");
        return;
    }
    let folder = scratch();
    let allowed = "{ \"schemaVersion\": 1, \"allow\": [] }";
    let files = [
        (GENERATORS[0], "# @generated\n"),
        (EDITORS[0], OLD_CONFIG),
        (EDITORS[1], allowed),
    ];
    for (index, (arguments, text)) in files.into_iter().enumerate() {
        let file = PathBuf::from(write(folder.path(), &index.to_string(), text));
        chown(&file, Some(NOBODY), Some(NOBODY - 1)).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o6640)).unwrap();
        let said = run_on(arguments, &file);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert_ne!(fs::read_to_string(&file).unwrap(), text);
        let backup = folder.path().join("1.bak");
        for file in [&file, &backup].into_iter().filter(|file| file.exists()) {
            let metadata = fs::metadata(file).unwrap();
            let found = (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777);
            assert_eq!(found, (NOBODY, NOBODY - 1, 0o640), "{}", file.display());
        }
    }
    assert!(folder.path().join("1.bak").exists());
}

#[test]
fn a_file_in_a_read_only_directory_is_written_in_place() {
    let programs = scratch();
    let tool = tool_of(programs.path(), NOBODY);
    let folder = scratch();
    let generated = write(folder.path(), "a.nix", "# @generated\n");
    let config = write(folder.path(), "configuration.nix", OLD_CONFIG);
    let fixed = write(folder.path(), "fixed.nix", "# @generated\n");
    for (file, mode) in [(&generated, 0o666), (&config, 0o666), (&fixed, 0o444)] {
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();

    let said = run_within(&mut tool(&["emit", "--output", &generated]), LIMIT);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(
        said.stderr.contains("was written in place, not atomically"),
        "{said:?}"
    );
    let expected = run_within(&mut tool(&["emit"]), LIMIT).stdout;
    assert_eq!(fs::read_to_string(&generated).unwrap(), expected);

    let said = run_within(&mut tool(&["migrate", "--write", &config]), LIMIT);
    refused(&said, "cannot write a backup of");
    assert_eq!(fs::read_to_string(&config).unwrap(), OLD_CONFIG);

    let said = run_within(&mut tool(&["emit", "--output", &fixed]), LIMIT);
    refused(&said, "its directory is not writable");
    assert_eq!(fs::read_to_string(&fixed).unwrap(), "# @generated\n");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
}
