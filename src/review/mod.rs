//! The review: what an upgrade changes, and what of it matters under a selection.
//!
//! [`side`] reads what is compared, [`compare`] finds the changes, [`entries`] makes one entry of
//! those with one cause, and [`allow`] knows which were accepted.

pub mod allow;
mod compare;
mod content;
mod entries;
pub mod patch;
mod rename;
pub mod side;
mod subject;

pub use compare::review;
pub use subject::Subject;
