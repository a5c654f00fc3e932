//! Files that another file refers to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// The directory that relative paths in a file start from; standard input has none.
pub(super) fn directory(file: &Path) -> Option<PathBuf> {
    (file.as_os_str() != "-").then(|| file.parent().map(Path::to_owned).unwrap_or_default())
}

/// A regular file, or `None` where there is nothing. Never waits for a pipe or a device.
pub(super) fn read(path: &Path) -> Result<Option<Arc<Source>>> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Source::read(path).map(|s| Some(Arc::new(s))),
        Ok(_) => Err(Box::new(Diagnostic::error(format!(
            "cannot read {}: not a regular file",
            path.display()
        )))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Box::new(Diagnostic::error(format!(
            "cannot read {}: {error}",
            path.display()
        )))),
    }
}
