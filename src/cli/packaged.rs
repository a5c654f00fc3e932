//! `--packaged-by NAME|FILE`: whose packages must have what loads.

use super::Failure;
use crate::release::distribution::Distribution;

#[derive(Debug, clap::Args)]
pub struct PackagedArgs {
    /// The distribution whose packages must contain what loads: debian-12, debian-13,
    /// debian-13-backports, debian-sid, or a file (see `schema distribution`). Its Prosody is the
    /// release.
    #[arg(long, value_name = "NAME|FILE")]
    packaged_by: Option<String>,
}

impl PackagedArgs {
    /// The distribution, if one is named.
    pub fn load(&self) -> Result<Option<Distribution>, Failure> {
        let name = self.packaged_by.as_deref();
        Ok(name.map(Distribution::find).transpose()?)
    }
}
