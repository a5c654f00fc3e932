//! `--release VERSION|FILE`: which Prosody a command works for.

use super::{Failure, say};
use crate::diagnostic;
use crate::release::{Release, builtin};

#[derive(Debug, clap::Args)]
pub struct ReleaseArgs {
    /// Prosody's version (0.12, 13.0, or longer: 13.0.1), or a file that `snapshot` wrote.
    /// The newest known one if left out.
    #[arg(long = "release", value_name = "VERSION|FILE")]
    release: Option<String>,
}

impl ReleaseArgs {
    /// The release; a warning about a version newer than known goes to standard error.
    pub fn load(&self) -> Result<Release, Failure> {
        self.load_or(|| Ok(None))
    }

    /// The same, with `version` to say which one when none is named.
    pub fn load_or(
        &self,
        version: impl FnOnce() -> diagnostic::Result<Option<String>>,
    ) -> Result<Release, Failure> {
        let wanted = match &self.release {
            Some(wanted) => Some(wanted.clone()),
            None => version()?,
        };
        let Some(wanted) = wanted else {
            return Ok(builtin::newest().clone());
        };
        let (release, warning) = builtin::find(&wanted)?;
        warning.iter().for_each(say);
        Ok(release)
    }
}
