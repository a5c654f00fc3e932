//! Nix text: the only place that writes it and the only place that reads literal attribute sets.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use prosody_stability::nix::{print, read};
//!
//! let flags = BTreeMap::from([("alpha", false), ("beta", true)]);
//! let text = print::to_string(&flags)?;
//! assert_eq!(text, "{\n  alpha = false;\n  beta = true;\n}\n");
//! assert_eq!(read::from_str::<BTreeMap<&str, bool>>(&text)?, flags);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod depth;
mod ignored;
pub mod module;
pub mod print;
pub mod read;
pub mod tree;

/// Words that Nix reads as syntax, so that as attribute names they need quotes.
///
/// `or` is a legal bare name in some places; nixfmt and this tool quote it everywhere.
const KEYWORDS: [&str; 10] = [
    "assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
];

/// As many bytes as the longest of them has.
const LONGEST_KEYWORD: usize = "inherit".len();
