//! The command line, its examples, and what it writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod additive;
mod check;
mod codes;
mod completions;
mod compose;
mod container;
mod documents;
mod examples;
mod generated;
mod installed;
mod layers;
mod linters;
mod lua;
mod man;
mod map;
mod migrate;
mod migrate_file;
mod migrate_server;
mod moved_releases;
mod one_way_out;
mod picture;
mod pre_commit;
mod release;
mod settings;
mod status;
mod vocabulary;
