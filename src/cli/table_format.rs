//! `--format` of commands that list something.

/// How a list is shown.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub enum TableFormat {
    #[default]
    Table,
    Json,
}
