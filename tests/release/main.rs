//! Releases: the shipped files, how one is scanned, and what it makes of a selection.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod changes;
mod dependency_trees;
mod distributions;
mod files;
mod history;
mod hostile;
mod options;
mod patch_releases;
mod read;
mod resolution;
mod scan;
mod script;
mod sources;
mod widths;
