//! `rehearse`: starts a server with your configuration, isolated, and reports what it really loads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::configuration::ReadingArgs;
use super::inventory::InventoryArgs;
use super::report::{Extent, Format, OutputArgs, exit_code, show};
use super::{CHECK_FAILED, Failure, INPUT_ERROR, Outcome, print_message};
use crate::configuration::file_kind::FileKind;
use crate::configuration::{Configuration, Dialect};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::inventory::Inventory;
use crate::rehearse::compare::{self, Rehearsed};
use crate::rehearse::expected::Expected;
use crate::rehearse::single;
use crate::rehearse::{
    ConfigurationFile, Isolation, Observation, Rehearsal, Server, User, place_of_configuration,
};
use crate::rehearse::{job, supervisor};
use crate::release::{Release, builtin};
use crate::report::{Code, Finding, Place, Report, Severity};
use crate::source::Source;

/// Start a Prosody with your configuration, isolated from the network and your data, and report
/// what really loads.
///
/// PATH is a prosody command, a directory with unpacked packages, a store path, or the file system
/// of a container. With --against, both servers are rehearsed and only the differences are
/// reported. Your configuration is read at its own path and not changed. Certificates, databases
/// and other things that a rehearsal has no access to are replaced, and each replacement is
/// reported.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability rehearse --config /etc/prosody/prosody.cfg.lua --prosody /usr/bin/prosody\n  \
    prosody-stability rehearse --config prosody.cfg.lua --prosody old-root --against new-root\n  \
    prosody-stability rehearse --config prosody.cfg.lua --prosody /nix/store/…-prosody-13.0.1\n\n\
    Exit codes: 0 success, 1 a finding of severity --fail-on or higher, or of --fail-on-code, 2 invalid\n\
    usage or input, or an undetermined result: no isolation, or a plugin directory that does not exist here.")]
pub struct Args {
    /// Your prosody.cfg.lua, at the path where the server reads it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The Prosody to start.
    #[arg(long, value_name = "PATH")]
    prosody: PathBuf,
    /// The Prosody to upgrade to: rehearse both, and report the differences.
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// Environment file of the server, as systemd or Docker read it.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    options: RehearsalArgs,
    #[command(flatten)]
    inventory: InventoryArgs,
    /// How to show the findings.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: OutputArgs,
    /// Also show every fact.
    #[arg(long)]
    all: bool,
    /// Exit with 1 on findings of this severity or higher [default: error, with --against breaking].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Exit with 1 on these codes instead, such as module-fails; `explain --codes` lists them.
    #[arg(long, value_name = "CODE", value_delimiter = ',', conflicts_with = "fail_on",
          value_parser = code)]
    fail_on_code: Vec<Code>,
    /// Module that may fail: findings about it do not change the exit code (may be repeated).
    #[arg(long, value_name = "MODULE")]
    may_fail: Vec<String>,
}

/// How a server is rehearsed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The rehearsal")]
pub struct RehearsalArgs {
    /// User that the server runs as, by name or UID:GID. Needs root. The default is prosody, or
    /// nobody if there is no such user.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// How long one server may take to start.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = super::status::seconds)]
    deadline: Duration,
    /// Number of virtual hosts on which a new account logs in and sends queries.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    clients: usize,
    /// How the server is isolated.
    #[arg(long, value_enum, default_value_t)]
    isolation: Isolation,
    /// The same as `--isolation none`.
    #[arg(long, conflicts_with = "isolation")]
    without_isolation: bool,
}

/// The configuration that is rehearsed.
#[derive(Clone, Copy)]
pub struct Configured<'a> {
    /// Its file.
    pub config: &'a Path,
    /// What it sees.
    pub reading: &'a ReadingArgs,
    /// The environment file of the server.
    pub env_file: Option<&'a Path>,
}

/// One side, with all that it is held against.
pub struct Side {
    observation: Observation,
    release: Cow<'static, Release>,
    configuration: Option<Configuration>,
    unreadable: Option<Place>,
}

pub fn run(args: &Args) -> Outcome {
    args.output.check(args.format == Format::Html)?;
    let inventory = args.inventory.load()?;
    let name = args.config.display().to_string();
    let configured = Configured {
        config: &args.config,
        reading: &args.reading,
        env_file: args.env_file.as_deref(),
    };
    let old = args.options.side(&args.prosody, configured)?;
    let report = match &args.against {
        None => single::report(&old.observation, old.expected(&inventory), &name),
        Some(path) => {
            let new = args.options.side(path, configured)?;
            compare::report(old.rehearsed(&inventory), new.rehearsed(&inventory), &name)
        }
    };
    let extent = Extent {
        all: args.all,
        codes: true,
        ..Extent::default()
    };
    show(&report, args.format, extent, &args.output, |_| None)?;
    Ok(args.exit_code(report))
}

/// The error about a file of another kind.
fn no_configuration(source: &Source, kind: FileKind) -> Diagnostic {
    let name = source.name();
    let message = format!(
        "{name} is not a prosody.cfg.lua: it looks like {}",
        kind.name()
    );
    Diagnostic::error(message)
        .help("pass the file that Prosody reads, usually /etc/prosody/prosody.cfg.lua")
}

/// A code by its name.
fn code(name: &str) -> Result<Code, String> {
    let code = Code::ALL.iter().find(|code| code.name() == name).copied();
    code.ok_or_else(|| {
        let names = Code::ALL.iter().map(|code| code.name());
        did_you_mean(name, names).unwrap_or_else(|| "`explain --codes` lists all codes".to_owned())
    })
}

impl Args {
    /// What a report means to whoever asked: a code or a severity that fails, or doubt.
    fn exit_code(&self, mut report: Report) -> ExitCode {
        let counts = |finding: &Finding| {
            let subject = finding.subject.as_ref();
            !subject.is_some_and(|name| self.may_fail.contains(name))
        };
        report.findings.retain(counts);
        let is_named = |finding: &Finding| self.fail_on_code.contains(&finding.code);
        if report.findings.iter().any(is_named) {
            return ExitCode::from(CHECK_FAILED);
        }
        if !self.fail_on_code.is_empty() {
            return ExitCode::from(if report.is_in_doubt() { INPUT_ERROR } else { 0 });
        }
        let usual = match self.against {
            None => Severity::Error,
            Some(_) => Severity::Breaking,
        };
        exit_code(&report, Some(self.fail_on.unwrap_or(usual)))
    }
}

impl Side {
    /// The side of a comparison.
    pub fn rehearsed<'a>(&'a self, inventory: &'a Inventory<'a>) -> Rehearsed<'a> {
        Rehearsed {
            observation: &self.observation,
            expected: self.expected(inventory),
        }
    }

    fn expected<'a>(&'a self, inventory: &'a Inventory<'a>) -> Expected<'a> {
        Expected {
            inventory,
            release: &self.release,
            configuration: self.configuration.as_ref(),
            unreadable: self.unreadable.as_ref(),
        }
    }
}

impl RehearsalArgs {
    /// Rehearses a configuration with one server.
    pub fn side(&self, prosody: &Path, configured: Configured<'_>) -> Result<Side, Failure> {
        let Configured {
            config,
            reading,
            env_file,
        } = configured;
        let source = Source::read(config)?;
        match FileKind::of(&source) {
            // Of an empty one the server says what is wrong with it.
            FileKind::ProsodyConfig | FileKind::Empty => (),
            kind => return Err(Failure::Input(Box::new(no_configuration(&source, kind)))),
        }
        let server = Server::find(prosody)?;
        let environment = reading.visible(env_file)?;
        let rehearsal = self.rehearsal(server.clone(), config, environment)?;
        let observation = rehearsal.observe()?;
        let release = match &observation.version {
            Some(version) => builtin::find(version, true)?.0,
            None => Cow::Borrowed(builtin::newest()),
        };
        let dialect = Dialect::of(&release.version);
        // One that is brought into a container includes files of this system.
        let is_below = |root: &&Path| config.canonicalize().is_ok_and(|it| it.starts_with(root));
        let root = server.root().filter(is_below);
        // What the server cannot read either is reported by the rehearsal.
        let read = reading.read_below(root, &source, dialect, env_file);
        let (configuration, unreadable) = match read {
            Ok(configuration) => (Some(configuration), None),
            Err(error) => {
                let place = error.file_and_line().map(|(file, line)| Place {
                    file: file.to_owned(),
                    line,
                });
                (None, place)
            }
        };
        Ok(Side {
            observation,
            release,
            configuration,
            unreadable,
        })
    }

    /// The rehearsal of a configuration with a server.
    fn rehearsal(
        &self,
        server: Server,
        config: &Path,
        environment: BTreeMap<String, String>,
    ) -> Result<Rehearsal, Failure> {
        let root = server.root().unwrap_or(Path::new("/"));
        let isolation = match self.without_isolation {
            true => Isolation::None,
            false => self.isolation,
        };
        // Whoever is root in a sandbox need not be able to become anybody else.
        let is_usual = isolation != Isolation::Sandbox;
        let is_root = rustix::process::geteuid().is_root();
        let user = match &self.user {
            Some(_) if !is_root => {
                let error = Diagnostic::error("only root can choose --user");
                return Err(Box::new(error.help("omit it, or run as root")).into());
            }
            Some(wanted) => Some(User::find(wanted, root)?),
            None if is_root && is_usual => Some(User::default_for(root)).filter(User::is_available),
            None => None,
        };
        if isolation == Isolation::None {
            print_message(&Diagnostic::warning(
                "the server starts with access to your network and your files",
            ));
        }
        Ok(Rehearsal {
            configuration: ConfigurationFile::Existing(place_of_configuration(config, &server)?),
            server,
            environment,
            user,
            isolation,
            deadline: self.deadline,
            clients: self.clients,
        })
    }
}

/// Whether this is the supervisor of a server, or the one that becomes the server.
pub fn is_supervisor() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == job::SUPERVISOR)
}

/// Does the work of that process.
pub fn run_supervisor() -> Outcome {
    if std::env::args_os()
        .nth(2)
        .is_some_and(|second| second == job::START)
    {
        let error = supervisor::start();
        let error = Diagnostic::error(format!("cannot start the server: {error}"));
        return Err(Box::new(error).into());
    }
    supervisor::run(&std::env::current_exe()?)?;
    Ok(ExitCode::SUCCESS)
}
