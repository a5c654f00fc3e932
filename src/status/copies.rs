//! Modules of which a community copy may be loaded.

use std::collections::BTreeSet;

use super::listing::Listing;
use crate::release::Release;

/// Modules on a running server that a copy may shadow, so that their paths are of interest.
pub fn shadowable<'a>(release: &Release, listing: &'a Listing) -> BTreeSet<&'a str> {
    listing
        .names()
        .filter(|name| release.has_shadow(name))
        .collect()
}
