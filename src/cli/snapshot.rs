//! `snapshot`: plugin directories become a release file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indexmap::IndexMap;

use super::progress::with_progress;
use super::{CHECK_FAILED, Outcome, print_done, print_message, print_plain};
use crate::diagnostic::Diagnostic;
use crate::inventory::Inventory;
use crate::output;
use crate::rehearse::trials::Trials;
use crate::rehearse::{Server, User};
use crate::release::availability::Dangling;
use crate::release::{Observed, Release, ReleaseModule, SCHEMA_VERSION, Sources};
use crate::resolve::reason::missing_in_words;
use crate::scan;
use crate::scan::report::ScanReport;
use crate::source::Source;

/// Scan a Prosody installation and write a release file.
///
/// Exits with 1 if a module of --require cannot load.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability snapshot --prosody /usr/lib/prosody --version 13.0.1 --revision debian\n  \
    prosody-stability snapshot --prosody prosody --community prosody-modules \\\n      \
        --version 13.0 --revision \"$(git -C prosody rev-parse HEAD)\" --output 13.0.json\n  \
    prosody-stability snapshot --prosody root --community root --version 13.0.1 --revision debian \\\n      \
        --rehearse root --output observed.json")]
pub struct Args {
    /// Prosody's own plugins: a source checkout, an installation, a package, or the plugin
    /// directory itself (may be repeated).
    #[arg(long, value_name = "DIR", required = true)]
    prosody: Vec<PathBuf>,
    /// Community modules: a prosody-modules checkout, a package, or the plugin directory itself
    /// (may be repeated: later ones replace modules of earlier ones).
    #[arg(long, value_name = "DIR")]
    community: Vec<PathBuf>,
    /// Prosody's version.
    #[arg(long, value_name = "VERSION")]
    version: String,
    /// Revision of the sources: a commit or a package version.
    #[arg(long, value_name = "REVISION", required_unless_present = "sources")]
    revision: Option<String>,
    /// The `sources` of the release file as a JSON file, instead of --revision: one for Prosody,
    /// and one for each --community in order.
    #[arg(long, value_name = "FILE", conflicts_with = "revision")]
    sources: Option<PathBuf>,
    /// The day on which support for this Prosody version ended, such as 2024-08-22.
    #[arg(long, value_name = "DATE")]
    end_of_life: Option<String>,
    /// Write to FILE atomically, never over a file that is not a release file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Modules, by their names in Prosody, that must be able to load. Exit with 1 if one cannot
    /// (may be repeated).
    #[arg(long, value_name = "MODULE", value_delimiter = ',')]
    require: Vec<String>,
    /// Also try each module alone on this Prosody, and record what was observed: a prosody command,
    /// a directory with unpacked packages, a store path, or the file system of a container, as for
    /// `rehearse`. Isolated from the network and your files. Takes 0.1 to 0.25 seconds per module.
    #[arg(long, value_name = "PATH")]
    rehearse: Option<PathBuf>,
    /// Show all scan notes, not just the first 20.
    #[arg(long)]
    all_notes: bool,
}

/// How many notes are shown one by one.
const SHOWN: usize = 20;

pub fn run(args: &Args) -> Outcome {
    let scanned = with_progress("modules", |progress| {
        scan::scan(&args.prosody, &args.community, progress)
    });
    let (mut modules, report) =
        scanned.map_err(|error| Box::new(Diagnostic::error(error.to_string())))?;
    let sources = match &args.sources {
        Some(file) => sources(file, args.community.len())?,
        None => {
            let revision = args.revision.as_deref().unwrap_or_default();
            Sources::described(revision, report.community_kind)
        }
    };
    name_sources(&mut modules, &sources, &report);
    let mut release = Release {
        schema_version: SCHEMA_VERSION,
        version: args.version.clone(),
        sources,
        end_of_life: args.end_of_life.clone(),
        features: report.features.clone(),
        core: report.core.clone(),
        modules,
    };
    print_scan_report(&report, &release, args.all_notes);
    if let Some(prosody) = &args.rehearse {
        rehearse(prosody, &args.community, &mut release)?;
    }
    let text = release.to_json().map_err(std::io::Error::from)?;
    match &args.output {
        None => print_plain(&text)?,
        Some(file) => {
            let mut messages = Vec::new();
            let is_release = |old: &str| Release::read(old).is_ok();
            output::write(file, &text, is_release, &mut messages)?;
            messages.iter().for_each(print_message);
        }
    }
    Ok(if print_missing(&release, &args.require) {
        ExitCode::from(CHECK_FAILED)
    } else {
        ExitCode::SUCCESS
    })
}

/// The sources in a file, with one for each tree of community modules.
fn sources(file: &Path, trees: usize) -> crate::diagnostic::Result<Sources> {
    let source = Source::read(file)?;
    let sources: Sources = serde_json::from_str(source.text()).map_err(|error| {
        let at = source.offset(error.line(), error.column());
        let end = at.max(1).min(source.text().len());
        Diagnostic::error(format!(
            "{} does not contain the sources of a release",
            source.name()
        ))
        .at(&source, at.saturating_sub(1)..end, error.to_string())
    })?;
    let described = sources.community().count();
    if described != trees || described == sources.0.len() {
        let described_trees = sources.0.len() - described;
        return Err(Box::new(
            Diagnostic::error(format!(
                "{} has {described_trees} sources of Prosody and {described} of community modules",
                source.name()
            ))
            .help(format!(
                "expected one of Prosody, and one for each --community: {trees}"
            )),
        ));
    }
    Ok(sources)
}

/// Names the source of each community module that was not taken from the first of their trees.
fn name_sources(
    modules: &mut IndexMap<String, ReleaseModule>,
    sources: &Sources,
    report: &ScanReport,
) {
    let names: Vec<&str> = sources.community().map(|(name, _)| name).collect();
    for (module, &layer) in report.layers.iter().filter(|(_, layer)| **layer > 0) {
        if let (Some(module), Some(name)) = (modules.get_mut(module), names.get(layer)) {
            module.source = Some((*name).to_owned());
        }
    }
}

/// Says of each module that is required and cannot load why, and what to use instead; whether
/// there was one.
fn print_missing(release: &Release, required: &[String]) -> bool {
    let inventory = Inventory::builtin();
    let mut any = false;
    for name in required {
        let Err(missing) = release.usable(name) else {
            continue;
        };
        any = true;
        let reason = missing_in_words(&missing, &release.version);
        let module = inventory.by_real_name(name).map(|(_, module)| module);
        let instead = module.and_then(|m| m.replaced_by().or(m.real_name()).filter(|n| n != name));
        print_message(
            &Diagnostic::error(format!("{name} cannot load: {reason}"))
                .maybe_help(instead.map(|instead| format!("use {instead} instead")))
                .help("disable the module, or use a package that contains it"),
        );
    }
    any
}

/// Tries each module alone, and records what was observed.
fn rehearse(
    prosody: &Path,
    community: &[PathBuf],
    release: &mut Release,
) -> crate::diagnostic::Result<()> {
    let server = Server::find(prosody)?;
    let root = server.root().unwrap_or(Path::new("/"));
    let trials = Trials {
        user: rustix::process::geteuid()
            .is_root()
            .then(|| User::default_for(root)),
        plugins: plugin_directories(community, root),
        server,
    };
    let version = with_progress("modules tried", |progress| {
        trials.observe(release, progress)
    })?;
    let (scanned, found) = (version_of(&release.version), version_of(&version));
    if !scanned.zip(found).all(|(one, other)| one == other) {
        let scanned = &release.version;
        print_message(
            &Diagnostic::warning(format!("the server is Prosody {version}, not {scanned}"))
                .help("pass the Prosody that was scanned, or its version"),
        );
    }
    let observed = release
        .modules
        .values()
        .filter_map(|it| it.observed.as_ref());
    let (load, fail): (Vec<_>, Vec<_>) =
        observed.partition(|observed| matches!(observed, Observed::LoadsOn(_)));
    print_done(&format!(
        "{} modules tried alone with Prosody {version}: {} load, {} do not",
        load.len() + fail.len(),
        load.len(),
        fail.len()
    ));
    Ok(())
}

/// The parts of a version.
fn version_of(version: &str) -> impl Iterator<Item = &str> {
    version.split('.')
}

/// Where the server finds what was scanned and is not its own, as it sees it; the last tree wins.
fn plugin_directories(community: &[PathBuf], root: &Path) -> Vec<PathBuf> {
    let directories = community.iter().rev().filter_map(|tree| {
        let directory = scan::plugin_folder(tree).ok().flatten()?;
        let directory = std::fs::canonicalize(directory).ok()?;
        Some(Path::new("/").join(directory.strip_prefix(root).ok()?))
    });
    directories.collect()
}

fn print_scan_report(report: &ScanReport, release: &Release, all: bool) {
    // What is wrong with the release comes before what is odd about its files.
    let dangling = release
        .dangling()
        .map(|dangling| describe(&dangling, release));
    let notes = report
        .notes
        .iter()
        .map(|note| format!("{}: {}", note.path.display(), note.reason));
    let notes: Vec<String> = dangling.chain(notes).collect();
    let shown = if all { notes.len() } else { SHOWN };
    for note in notes.iter().take(shown) {
        print_message(&Diagnostic::note(note.clone()));
    }
    let hidden = notes.len().saturating_sub(shown);
    if hidden > 0 {
        print_message(
            &Diagnostic::note(format!("{hidden} more notes")).help("--all-notes shows them"),
        );
    }
    print_done(&format!(
        "{} bundled and {} community modules ({} README only), {} notes",
        report.bundled,
        report.community,
        report.readme_only,
        notes.len()
    ));
}

fn describe(dangling: &Dangling, release: &Release) -> String {
    let Dangling {
        module,
        dependency,
        certain,
        missing,
    } = dangling;
    let effect = if *certain {
        "cannot load: it depends"
    } else {
        "may fail to load: it conditionally depends"
    };
    let reason = missing_in_words(missing, &release.version);
    format!("{module} {effect} on {dependency}: {reason}")
}
