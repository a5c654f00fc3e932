//! Whose a file is, who may do what with it, and what else is attached to it.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use xattr::FileExt;

use crate::diagnostic::Diagnostic;

/// Where Linux keeps the access control list of a file.
const ACL_ATTRIBUTE: &str = "system.posix_acl_access";
/// Capabilities, signatures and labels: they were given to the old content, and only some of them
/// can be copied.
const SYSTEM_ATTRIBUTES: [&[u8]; 3] = [b"security.", b"system.", b"trusted."];

/// Gives a new file the owner, group, permissions, access control list and extended attributes of
/// an old one, as far as that is allowed; messages about what could not be kept.
///
/// setuid and setgid are dropped.
pub fn keep(path: &Path, new: &File, old: &File) -> io::Result<Vec<Diagnostic>> {
    let (before, metadata) = (new.metadata()?, old.metadata()?);
    let (uid, gid) = (metadata.uid(), metadata.gid());
    let has_group = before.gid() == gid || fchown(new, None, Some(gid)).is_ok();
    let has_owner = before.uid() == uid || fchown(new, Some(uid), None).is_ok();
    let mut messages = Vec::new();
    let mut lost = |loss: String| {
        messages.push(Diagnostic::warning(format!("{} {loss}", path.display())));
    };
    if !has_owner {
        lost(format!(
            "is now owned by you: only root can keep its owner, user {uid}"
        ));
    }
    let list = old.get_xattr(ACL_ATTRIBUTE).unwrap_or_default();
    let kept_acl = set_acl(new, list.as_deref().filter(|_| has_group));
    if list.is_some() && !(kept_acl && has_group) {
        lost("lost its access control list".to_owned());
    }
    let mut mode = metadata.mode() & 0o777;
    // With a list, these are not the rights of the group, but the most that the list gives.
    if !(has_group && kept_acl) {
        // Another group gets what anybody gets.
        mode = mode & !0o070 | mode & (mode & 0o007) << 3;
    }
    new.set_permissions(Permissions::from_mode(mode))?;
    let attributes = copy_attributes(new, old);
    if !attributes.is_empty() {
        lost(format!(
            "lost extended attributes: {}",
            attributes.join(", ")
        ));
    }
    Ok(messages)
}

/// Gives a file this access control list, or takes away the one that its directory gave it;
/// whether that was possible.
fn set_acl(file: &File, list: Option<&[u8]>) -> bool {
    match list {
        Some(list) => file.set_xattr(ACL_ATTRIBUTE, list).is_ok(),
        None => {
            !matches!(file.get_xattr(ACL_ATTRIBUTE), Ok(Some(_)))
                || file.remove_xattr(ACL_ATTRIBUTE).is_ok()
        }
    }
}

/// Copies the extended attributes of people and their programs; the names of those that could not
/// be copied.
fn copy_attributes(new: &File, old: &File) -> Vec<String> {
    // Not every file system has them.
    let names = old.list_xattr().into_iter().flatten();
    let names = names.filter(|name| {
        let name = name.as_encoded_bytes();
        !SYSTEM_ATTRIBUTES
            .iter()
            .any(|system| name.starts_with(system))
    });
    let copied = |name: &std::ffi::OsString| match old.get_xattr(name) {
        Ok(Some(value)) => new.set_xattr(name, &value).is_ok(),
        Ok(None) => true,
        Err(_) => false,
    };
    names
        .filter(|name| !copied(name))
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}
