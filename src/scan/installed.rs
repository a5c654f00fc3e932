//! Which Prosody is installed, by its file `prosody.version`.

use std::path::{Path, PathBuf};

use super::files;

/// The file with the version, in the directory of the code.
const VERSION: &str = "prosody.version";
/// Where Prosody keeps its code, from the directory above its `etc`.
const CODE: [&str; 2] = ["usr/lib/prosody", "lib/prosody"];

/// The version of the Prosody that reads a configuration file, by the path of the file: next to
/// `/etc/prosody` there
/// is `/usr/lib/prosody`, on this system as in the file system of a container.
///
/// None if the file is anywhere else, or no Prosody is installed there. An error is the file that does not contain
/// a version, as that of a development build.
pub fn version_for(configuration: &Path) -> Option<Result<String, PathBuf>> {
    let absolute = std::path::absolute(configuration).ok()?;
    let mut directories = absolute.ancestors().skip(1);
    let etc = directories.find(|directory| directory.ends_with("etc/prosody"))?;
    let above = etc.parent()?.parent()?;
    let mut installed = CODE.iter().map(|code| above.join(code));
    let code = installed.find(|code| code.join(VERSION).symlink_metadata().is_ok())?;
    Some(version_in(&code).ok_or_else(|| code.join(VERSION)))
}

/// The version in the file `prosody.version` of a directory with Prosody's code.
pub(super) fn version_in(code: &Path) -> Option<String> {
    let text = files::read_whole(&code.join(VERSION), 100).ok()?;
    let version = String::from_utf8(text).ok()?.trim().to_owned();
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '~'));
    is_version.then_some(version)
}
