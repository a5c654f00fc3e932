//! A stability inventory of Prosody modules in, configuration that loads exactly what the user's
//! flags allow out.
//!
//! Layers, the highest first. A layer only imports layers below it; a test reads this list.
//!
//! 1. `cli`: the command line
//! 2. `schema`: the schemas of what it prints
//! 3. `review`: two sides, and what changes between them
//! 4. `check`, `status`, `emit`, `forms`, `fragment`, `explain`, `list`, `migrate`, `rehearse`: one side
//! 5. `plan`, `guide`, `options`, `machine`: what a server should run, and how it is configured
//! 6. `resolve`: inventory × release × request
//! 7. `configuration`: what the user has
//! 8. `selection`, `scan`: what is enabled, and what is installed
//! 9. `inventory`, `release`: what there is
//! 10. `report`, `nix`, `lua`, `json`, `envfile`, `input`, `output`, `run`: findings, languages, files and commands
//! 11. `diagnostic`, `html`: messages, and pages
//! 12. `source`, `terminal`: texts with names, and how texts look

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
pub mod html;
pub mod input;
pub mod inventory;
pub mod json;
pub mod list;
pub mod lua;
pub mod machine;
pub mod migrate;
pub mod nix;
pub mod options;
pub mod output;
pub mod plan;
pub mod rehearse;
pub mod release;
pub mod report;
pub mod resolve;
pub mod review;
mod run;
pub mod scan;
pub mod schema;
pub mod selection;
pub mod source;
pub mod status;
pub mod terminal;
