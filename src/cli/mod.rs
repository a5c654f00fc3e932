//! The command line: one file per subcommand, each with its arguments, the call, and the output.

mod check;
mod completions;
mod configuration;
mod diff;
mod emit;
mod explain;
mod import;
mod inventory;
mod list;
mod man;
mod migrate;
mod plugin;
mod release;
mod report;
mod resolve;
mod schema;
mod selection;
mod snapshot;
mod status;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Diagnostic;

/// Exit code when a check failed: `--check` found a difference, `--fail-on` a finding.
const CHECK_FAILED: u8 = 1;
/// Exit code of invalid usage or input, and of doubt; clap uses the same.
const INPUT_ERROR: u8 = 2;

/// Decide which Prosody modules load, by how mature they are.
#[derive(Debug, Parser)]
#[command(
    name = "prosody-stability",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  \
        prosody-stability emit > inventory.nix\n  \
        prosody-stability resolve --profile community --beta security,modern\n  \
        prosody-stability explain http_file_share\n\n\
        Exit codes: 0 success, 1 a check failed (--check, --fail-on), 2 invalid usage or input, or doubt."
)]
struct Cli {
    /// When to colour the output; auto: on a terminal, unless NO_COLOR is set.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        display_order = 900
    )]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Emit(emit::Args),
    Import(import::Args),
    Resolve(resolve::Args),
    List(list::Args),
    Explain(explain::Args),
    Check(check::Args),
    Diff(diff::Args),
    Snapshot(snapshot::Args),
    Status(status::Args),
    Migrate(migrate::Args),
    Plugin(plugin::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Why a command ended early.
enum Failure {
    /// An input is no good.
    Input(Box<Diagnostic>),
    /// Standard output takes no more.
    Output(io::Error),
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Input(diagnostic)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

type Outcome = Result<ExitCode, Failure>;

/// Parses the command line, runs the command, and says how it ended.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    match run(cli.command) {
        Ok(code) => code,
        // Whoever closed the pipe has what they wanted.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => {
            say(&Diagnostic::error(format!(
                "cannot write the result: {error}"
            )));
            ExitCode::from(INPUT_ERROR)
        }
        Err(Failure::Input(diagnostic)) => {
            say(&diagnostic);
            ExitCode::from(INPUT_ERROR)
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Emit(args) => emit::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Resolve(args) => resolve::run(&args),
        Command::List(args) => list::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Plugin(args) => plugin::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// The whole command line, for completions and manual pages.
fn command() -> clap::Command {
    Cli::command()
}

/// Writes a result to standard output; colour codes are dropped where they do not belong.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a result that carries no colour, however large.
fn print_plain(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a value as JSON to standard output.
fn print_json<T: serde::Serialize>(value: &T) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    print_plain(&(text + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a message to standard error.
fn say(diagnostic: &Diagnostic) {
    // Nothing is left to do when standard error is closed, too.
    let _ = writeln!(anstream::stderr(), "{}", diagnostic.render(true));
}
