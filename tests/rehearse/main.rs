//! Real servers are rehearsed: each kind of failure is reported with its cause, nothing is left behind, and nothing
//! leaves the rehearsal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod compared;
mod container;
mod cut_off;
mod ended;
mod failures;
mod measure;
mod refused;
mod room;
