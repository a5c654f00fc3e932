//! The options of a server: who reads them, and what Prosody makes of a value.

pub mod judge;
mod number;

pub use judge::{Judgement, Level, Log, Taken, judge};
