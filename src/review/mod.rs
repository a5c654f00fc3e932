//! The review: what an upgrade changes, and what of it matters under a selection.
//!
//! [`side`] reads what is compared, `compare` finds the changes, `entries` makes one entry of
//! those with one cause, [`fleet`] makes one review of many machines, and [`allow`] knows which were
//! accepted.

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
