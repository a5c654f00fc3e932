//! The Module Stability Guide in Markdown: read into an inventory, and written from one.
//!
//! ```
//! use prosody_stability::guide;
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::release::builtin;
//! use prosody_stability::source::Source;
//!
//! let inventory = Inventory::builtin();
//! let text = guide::write(&inventory, &builtin::current(), None);
//! let (read, _) = guide::import(&Source::new("guide.md", text), &inventory)?;
//! assert_eq!(read.modules.len(), inventory.modules.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod read;
mod write;

pub use read::import;
pub use write::write;
