//! `rehearse`: starts a server with your configuration, cut off, and reports what it really loads.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::{Failure, Outcome};
use crate::rehearse::{Rehearsal, Server, User, place_of_configuration};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Your prosody.cfg.lua, unchanged and at its own path.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The server.
    #[arg(long, value_name = "PATH")]
    prosody: PathBuf,
    #[arg(long)]
    without_isolation: bool,
}

pub fn run(args: &Args) -> Outcome {
    let server = Server::find(&args.prosody)?;
    let root = server.root().unwrap_or(Path::new("/")).to_owned();
    let rehearsal = Rehearsal {
        configuration: place_of_configuration(&args.config, &server)?,
        server,
        environment: Default::default(),
        user: rustix::process::geteuid()
            .is_root()
            .then(|| User::usual(&root)),
        isolated: !args.without_isolation,
        deadline: Duration::from_secs(30),
        clients: Vec::new(),
    };
    let observation = rehearsal.observe()?;
    println!("{observation:#?}");
    Ok(ExitCode::SUCCESS)
}

/// The process beside the server; not for people.
#[derive(Debug, clap::Args)]
pub struct InsideArgs {
    #[arg(long)]
    start: Option<String>,
}

pub fn run_inside(args: &InsideArgs) -> Outcome {
    match &args.start {
        Some(start) => Err(Failure::Output(crate::rehearse::inside::start(start))),
        None => {
            let own = std::env::current_exe()?;
            crate::rehearse::inside::run(&own)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
