//! A `prosody.cfg.lua`: what is read from it, held against the real configmanager.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod corpus;
mod findings;
mod getters;
mod hostile;
mod options;
mod random;
mod real;
mod statements;
mod unread;
