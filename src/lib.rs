//! A stability inventory of Prosody modules in, configuration that loads exactly what the admin's flags allow out.
pub mod release;
