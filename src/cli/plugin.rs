//! `plugin`: the module for Prosody that reports what really loads.

use std::process::ExitCode;

use super::{Outcome, print_plain};
use crate::plan;

/// Print mod_stability_profile.lua, the module for Prosody that reports what really loads.
///
/// When the server starts, it logs how many modules of each group load, and warns about those that
/// are expected but not loaded. `prosodyctl shell stability` reports the same later.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    prosody-stability plugin > /usr/local/lib/prosody/mod_stability_profile.lua")]
pub struct Args {}

pub fn run(_: &Args) -> Outcome {
    print_plain(plan::PLUGIN_TEXT)?;
    Ok(ExitCode::SUCCESS)
}
