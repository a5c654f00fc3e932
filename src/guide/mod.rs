//! The Module Stability Guide in Markdown: read into an inventory, and written from one.

mod read;
mod write;

pub use read::import;
pub use write::write;
