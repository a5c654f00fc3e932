//! What is attached to a file besides its owner and mode stays with it, and opens it to nobody else.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use xattr::FileExt;

use super::outputs::{EDITORS, GENERATORS, LIMIT, run_on};
use super::owners::{NEW_CONFIG, NOBODY, OLD_CONFIG, is_root, tool_of};
use crate::support::command::run_within;
use crate::support::folder::{scratch, write};
use crate::support::skip::{skip_optional, skip_or_fail};

const NOTE: &str = "user.note";
const LIST: &str = "system.posix_acl_access";
const LIST_OF_DIRECTORY: &str = "system.posix_acl_default";
/// Read and write.
const RW: u16 = 6;

/// An access control list as Linux keeps it: who besides owner and group, and what they may.
fn list_for(user: u32, group: u16, others: u16) -> Vec<u8> {
    const NO_ID: u32 = u32::MAX;
    let entries = [
        (0x01, RW, NO_ID),
        (0x02, RW, user),
        (0x04, group, NO_ID),
        (0x10, RW, NO_ID),
        (0x20, others, NO_ID),
    ];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend(u16::to_le_bytes(tag));
        list.extend(u16::to_le_bytes(rights));
        list.extend(u32::to_le_bytes(id));
    }
    list
}

/// Sets an attribute; false where the file system of the temporary files has none.
fn has_set(path: &Path, name: &str, value: &[u8]) -> bool {
    match File::open(path).unwrap().set_xattr(name, value) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            skip_or_fail("the file system of temporary files has no extended attributes or lists");
            false
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn attributes_and_access_control_lists_are_kept() {
    let folder = scratch();
    let allowed = "{ \"schemaVersion\": 1, \"allow\": [] }";
    let files = [
        (GENERATORS[0], "# @generated\n"),
        (EDITORS[0], OLD_CONFIG),
        (EDITORS[1], allowed),
    ];
    // Whoever has a list has no rights by group: with the mode alone the group would get them.
    let list = list_for(NOBODY, 0, 0);
    for (index, (arguments, text)) in files.into_iter().enumerate() {
        let file = folder.path().join(index.to_string());
        fs::write(&file, text).unwrap();
        if !has_set(&file, NOTE, b"a note") || !has_set(&file, LIST, &list) {
            return;
        }
        assert_eq!(mode(&file), 0o660);
        let said = run_on(arguments, &file);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert!(!said.stderr.contains("lost"), "{said:?}");
        assert_ne!(fs::read_to_string(&file).unwrap(), text);
        let backup = folder.path().join("1.bak");
        for file in [&file, &backup].into_iter().filter(|file| file.exists()) {
            let name = file.display();
            let open = File::open(file).unwrap();
            assert_eq!(open.get_xattr(NOTE).unwrap().unwrap(), b"a note", "{name}");
            assert_eq!(open.get_xattr(LIST).unwrap().unwrap(), list, "{name}");
            assert_eq!(mode(file), 0o660, "{name}");
        }
    }
    assert!(folder.path().join("1.bak").exists());
}

/// A list that a directory gives to new files would open one that has none.
#[test]
fn a_file_without_a_list_gets_none_from_its_directory() {
    let folder = scratch();
    let file = folder.path().join("a.nix");
    fs::write(&file, "# @generated\n").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o660)).unwrap();
    if !has_set(folder.path(), LIST_OF_DIRECTORY, &list_for(NOBODY, 0, 0)) {
        return;
    }
    let said = run_on(GENERATORS[0], &file);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert_eq!(File::open(&file).unwrap().get_xattr(LIST).unwrap(), None);
    assert_eq!(mode(&file), 0o660);
}

/// The list names rights of a group that the new file does not have.
#[test]
fn a_list_is_lost_with_the_group_and_opens_nothing() {
    if !is_root() {
        skip_optional("a user writes a file with the group of another: needs root");
        return;
    }
    let programs = scratch();
    let tool = tool_of(programs.path(), NOBODY);
    let folder = scratch();
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let file = write(folder.path(), "configuration.nix", OLD_CONFIG);
    let file = Path::new(&file);
    chown(file, Some(NOBODY), Some(0)).unwrap();
    if !has_set(file, LIST, &list_for(1, RW, 0)) {
        return;
    }
    let name = file.to_str().unwrap();
    let said = run_within(&mut tool(&["migrate", "--write", name]), LIMIT);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(
        said.stderr.contains("lost its access control list"),
        "{said:?}"
    );
    assert_eq!(fs::read_to_string(file).unwrap(), NEW_CONFIG);
    assert_eq!(File::open(file).unwrap().get_xattr(LIST).unwrap(), None);
    assert_eq!(mode(file), 0o600);
}
