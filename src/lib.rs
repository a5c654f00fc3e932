//! A stability inventory of Prosody modules in, configuration that loads exactly what the admin's flags allow out.
//!
//! Layers import downward only: `cli` → `review` → {`emit`, `check`, `explain`, `list`, `status`,
//! `migrate`} → {`plan`, `fragment`} → {`resolve`, `configuration`} → `selection` → `release` →
//! `inventory` → {`nix`, `lua`, `envfile`} → {`source`, `diagnostic`, `finding`, `github`, `output`,
//! `terminal`}.

pub mod check;
pub mod cli;
pub mod configuration;
pub mod diagnostic;
pub mod emit;
pub mod envfile;
pub mod explain;
pub mod forms;
pub mod fragment;
pub mod guide;
pub mod input;
pub mod inventory;
pub mod list;
pub mod lua;
pub mod migrate;
pub mod nix;
pub mod output;
pub mod plan;
pub mod release;
pub mod report;
pub mod resolve;
pub mod review;
pub mod scan;
pub mod schema;
pub mod selection;
pub mod source;
pub mod status;
pub mod terminal;
