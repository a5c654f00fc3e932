//! The options of a server: who reads them, and what Prosody makes of a value.

pub mod catalogue;
pub mod judge;
mod number;
pub mod readers;
pub mod said;

pub use judge::{Judgement, Level, Log, Taken, judge};
pub use readers::{Readers, Reading};
