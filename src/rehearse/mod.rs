//! The rehearsal: a server is started cut off from the world, and watched.

pub mod client;
