//! The options of a server: who reads them, and what Prosody makes of a value.
//!
//! ```
//! use prosody_stability::options::catalogue::Catalogue;
//! use prosody_stability::release::builtin;
//!
//! let options = Catalogue::of(builtin::newest())?;
//! let readers = &options.options["archive_expires_after"].readers;
//! assert!(readers.iter().any(|reader| reader.module == Some("mam")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod catalogue;
pub mod conversion;
pub mod duration;
pub mod invalid_value;
mod number;
pub mod readers;

pub use conversion::{Conversion, Converted, Level, Log, convert};
pub use readers::{Readers, Reading};
