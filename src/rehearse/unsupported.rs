//! The replacement of `supervisor` on systems other than Linux: nothing can be isolated there, so nothing is
//! started.

use std::io;
use std::path::Path;

/// Refuses the job.
pub fn run(_own: &Path) -> io::Result<()> {
    Err(start())
}

/// Refuses to become the server.
pub fn start() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "a rehearsal needs Linux")
}
