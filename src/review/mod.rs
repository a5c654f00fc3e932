//! The review: what an upgrade changes, and what of it matters under a selection.
//!
//! [`side`] reads what is compared, `compare` finds the changes, `entries` makes one entry of
//! those with one cause, [`fleet`] makes one review of many machines, and [`allow`] knows which were
//! accepted.
//!
//! ```
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::release::builtin;
//! use prosody_stability::review::side::Side;
//! use prosody_stability::review::{Subject, review};
//!
//! let side = |version| {
//!     let (release, _) = builtin::of_version(version, false)?;
//!     Ok::<_, Box<prosody_stability::diagnostic::Diagnostic>>(Side {
//!         name: "built-in".to_owned(),
//!         inventory: Inventory::builtin(),
//!         release: release.into_owned(),
//!         server: None,
//!     })
//! };
//! let (old, new) = (side("0.12")?, side("13.0")?);
//! let report = review(&old, &new, &Subject::profiles(&old.inventory, &new.inventory)?);
//! assert!(report.counts.breaking > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod allow;
mod compare;
mod content;
mod entries;
pub mod fleet;
pub mod patch;
mod rename;
mod server;
pub mod side;
mod subject;

pub use compare::review;
pub use server::hosts;
pub use subject::Subject;
