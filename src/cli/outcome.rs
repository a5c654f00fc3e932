//! How a command ends.

use std::io;
use std::process::ExitCode;

use crate::diagnostic::Diagnostic;

/// Exit code when a check failed: `--check` found a difference, `--fail-on` a finding.
pub const CHECK_FAILED: u8 = 1;
/// Exit code of invalid usage or input, and of doubt; clap uses the same.
pub const INPUT_ERROR: u8 = 2;

/// Why a command ended early.
pub enum Failure {
    /// An input is invalid.
    Input(Box<Diagnostic>),
    /// Standard output takes no more.
    Output(io::Error),
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Input(diagnostic)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What a command returns.
pub type Outcome = Result<ExitCode, Failure>;
