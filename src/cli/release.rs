//! `--release VERSION|FILE`: which Prosody a command works for.

use std::borrow::Cow;
use std::path::Path;

use super::{Failure, print_message};
use crate::diagnostic::{self, Diagnostic};
use crate::release::distribution::Distribution;
use crate::release::{Release, builtin};
use crate::scan::installed;

#[derive(Debug, clap::Args)]
pub struct ReleaseArgs {
    /// Prosody's version (0.11, 0.12, 13.0, or longer: 13.0.1), or a file that `snapshot` wrote.
    /// If omitted, the installed Prosody of `--config`, or else the newest built-in release.
    #[arg(long = "release", value_name = "VERSION|FILE")]
    release: Option<String>,
    #[command(flatten)]
    newer: NewerArgs,
}

/// How to treat a version that is newer than all known ones.
#[derive(Debug, clap::Args)]
pub struct NewerArgs {
    /// Use the newest built-in release for a version that is newer, with a warning.
    #[arg(long)]
    pub assume_newest: bool,
}

impl ReleaseArgs {
    /// The release; a warning about a version newer than known goes to standard error.
    pub fn load(&self) -> Result<Cow<'static, Release>, Failure> {
        match &self.release {
            Some(typed) => self.find(typed),
            None => Ok(Cow::Borrowed(builtin::newest())),
        }
    }

    /// The same, with the version that is installed next to a configuration when none is named.
    pub fn load_for(&self, configuration: Option<&Path>) -> Result<Cow<'static, Release>, Failure> {
        let installed = match self.release {
            Some(_) => None,
            None => configuration.and_then(installed::version_for),
        };
        let Some(version) = installed else {
            return self.load();
        };
        let version = match version {
            Ok(version) => version,
            Err(file) => {
                return self.without_version(&format!("{} contains no version", file.display()));
            }
        };
        let release = self.of_version(&version)?;
        let message = format!("using Prosody {}: {version} is installed", release.version);
        print_message(&Diagnostic::note(message).help("use `--release` to override it"));
        Ok(release)
    }

    /// The same, with the version that a distribution packages when none is named. Another one than
    /// that is an error.
    pub fn load_packaged(
        &self,
        distribution: Option<&Distribution>,
        configuration: Option<&Path>,
    ) -> Result<Cow<'static, Release>, Failure> {
        let Some(distribution) = distribution else {
            return self.load_for(configuration);
        };
        let version = &distribution.version;
        let release = match &self.release {
            Some(typed) => self.find(typed)?,
            None => self.find(version)?,
        };
        if !distribution.has(&release) {
            let error = Diagnostic::error(format!(
                "{} packages Prosody {version}, and --release says {}",
                distribution.title, release.version
            ));
            let help = "omit --release, or pass a distribution with that release";
            return Err(Box::new(error.help(help)).into());
        }
        Ok(release)
    }

    /// The same, with the version that a server reports when none is named.
    pub fn load_of_server(
        &self,
        version: impl FnOnce() -> diagnostic::Result<Option<String>>,
    ) -> Result<Cow<'static, Release>, Failure> {
        if self.release.is_some() {
            return self.load();
        }
        match version()? {
            Some(version) => self.of_version(&version),
            None => self.without_version("the server reports no version"),
        }
    }

    /// The newest release with a warning, where that is allowed for a Prosody of unknown version.
    fn without_version(&self, problem: &str) -> Result<Cow<'static, Release>, Failure> {
        if self.newer.assume_newest {
            let newest = builtin::newest();
            let message = format!("{problem}, using {}", newest.version);
            print_message(&Diagnostic::warning(message));
            return Ok(Cow::Borrowed(newest));
        }
        let error = Diagnostic::error(problem)
            .help("pass its release with --release VERSION|FILE")
            .help("`prosody-stability snapshot` records what a nightly build ships");
        Err(Box::new(error).into())
    }

    /// The release of a version that is not typed: a file of that name is not meant.
    fn of_version(&self, version: &str) -> Result<Cow<'static, Release>, Failure> {
        let (release, warning) = builtin::of_version(version, self.newer.assume_newest)?;
        warning.iter().for_each(print_message);
        Ok(release)
    }

    fn find(&self, typed: &str) -> Result<Cow<'static, Release>, Failure> {
        let (release, warning) = builtin::find(typed, self.newer.assume_newest)?;
        warning.iter().for_each(print_message);
        Ok(release)
    }
}
