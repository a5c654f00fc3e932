//! The command line: one file per subcommand, each with its arguments, the call, and the output.
//!
//! ```no_run
//! // What `main.rs` is:
//! let exit_code: std::process::ExitCode = prosody_stability::cli::main();
//! ```

mod candidates;
mod check;
mod completions;
mod configuration;
mod diff;
mod emit;
mod explain;
mod fleet;
mod import;
mod inventory;
mod list;
mod man;
mod migrate;
mod options;
mod outcome;
mod packaged;
mod plugin;
mod print;
mod progress;
mod rehearse;
mod release;
mod report;
mod resolve;
mod safe_writer;
mod schema;
mod selection;
mod snapshot;
mod status;
mod table_format;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Diagnostic;
use outcome::{CHECK_FAILED, Failure, INPUT_ERROR, Outcome};
use print::{
    print, print_annotations, print_content, print_diff, print_done, print_json, print_message,
    print_plain,
};

/// Review Prosody upgrades and choose modules by stability.
#[derive(Debug, Parser)]
#[command(
    name = "prosody-stability",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  \
        prosody-stability emit > inventory.nix\n  \
        prosody-stability resolve --profile community --beta security,modern\n  \
        prosody-stability explain http_file_share\n\n\
        Exit codes: 0 success, 1 a check failed (--check, --fail-on), 2 invalid usage or input, or an undetermined result."
)]
struct Cli {
    /// When to colour the output (auto: on a terminal, unless NO_COLOR is set).
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
    Options(options::Args),
    Check(check::Args),
    Diff(diff::Args),
    Snapshot(snapshot::Args),
    Status(status::Args),
    Rehearse(rehearse::Args),
    Migrate(migrate::Args),
    Plugin(plugin::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Parses the command line, runs the command, and says how it ended.
pub fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        // Not a command for users: how a rehearsal starts this program a second time.
        _ if rehearse::is_supervisor() => rehearse::run_supervisor(),
        // Nor this: how a shell asks what may come next.
        _ if completions::is_asked() => completions::answer(),
        Err(output) => print::print_clap_output(&output).map_err(Failure::Output),
        Ok(cli) => {
            match cli.color {
                Color::Auto => anstream::ColorChoice::Auto,
                Color::Always => anstream::ColorChoice::Always,
                Color::Never => anstream::ColorChoice::Never,
            }
            .write_global();
            run(cli.command)
        }
    };
    match ended {
        Ok(code) => code,
        // Whoever closed the pipe has what they wanted.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => {
            print_message(&Diagnostic::error(format!(
                "cannot write the result: {error}"
            )));
            ExitCode::from(INPUT_ERROR)
        }
        Err(Failure::Input(diagnostic)) => {
            print_message(&diagnostic);
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
        Command::Options(args) => options::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Rehearse(args) => rehearse::run(&args),
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
