//! The two sides of a review: whatever holds an inventory or a release, recognised by its content.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use super::content::{Content, content};
use crate::configuration::Server;
use crate::configuration::file_kind::FileKind;
use crate::configuration::nixos::{self, plans::Plans};
use crate::diagnostic::{Diagnostic, Result};
use crate::forms::{self, Form};
use crate::inventory::Inventory;
use crate::release::{
    CommunityCopy, Origin, Release, ReleaseModule, SCHEMA_VERSION, SourceKind, Sources, builtin,
};
use crate::report::counted;
use crate::scan;
use crate::source::Source;

/// Where our files are below a system, a package or a directory of their own.
const FOLDERS: [&str; 3] = ["", "etc/prosody-stability", "share/prosody-stability"];
/// What our inventory is called there.
const INVENTORIES: [&str; 3] = ["inventory.nix", "inventory.json", "prosody.json"];
/// What our release is called there.
const RELEASE: &str = "release.json";

/// One side of a review.
#[derive(Clone, Debug)]
pub struct Side {
    /// Where the inventory comes from, human-readable.
    pub name: String,
    /// The inventory.
    pub inventory: Inventory<'static>,
    /// The release.
    pub release: Release,
    /// The server, where the side describes one.
    pub server: Option<Server>,
}

/// What is compared.
#[derive(Clone, Debug)]
pub enum Sides {
    /// Inventories, releases or one server.
    Two(Box<[Side; 2]>),
    /// The machines of two revisions of a flake, with the inventory to review them by.
    Machines([Plans; 2], Box<Inventory<'static>>),
}

/// What is to be compared, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The old side; the built-in one if omitted.
    pub old: Option<&'a str>,
    /// The new side; the built-in one if omitted.
    pub new: Option<&'a str>,
    /// The inventory of a side that brings none; the built-in one if omitted.
    pub inventory: Option<&'a Path>,
    /// `FROM..TO`, or one release for both sides.
    pub release: Option<&'a str>,
    /// Whether a version newer than all known ones is treated as the newest.
    pub assume_newest: bool,
}

/// The contents of one side.
#[derive(Default)]
struct SideContents {
    name: String,
    inventory: Option<Inventory<'static>>,
    release: Option<Release>,
    server: Option<Server>,
    plans: Option<Plans>,
    messages: Vec<Diagnostic>,
}

impl SideContents {
    fn description(&self) -> &'static str {
        match (&self.inventory, &self.release) {
            _ if let Some(server) = &self.server => match server {
                Server::Prosody(_) => "the configuration of a server",
                Server::NixOs(_) => "the NixOS configuration of a server",
            },
            _ if self.plans.is_some() => "a file of plans",
            (Some(_), Some(_)) => "an inventory with a release",
            (Some(_), None) => "an inventory",
            (None, Some(_)) => "a release",
            (None, None) => "nothing",
        }
    }
}

/// Reads both sides; `messages` receives messages about them.
pub fn load(request: &Request<'_>, messages: &mut Vec<Diagnostic>) -> Result<Sides> {
    let base_name = request
        .inventory
        .map_or("built-in".to_owned(), |path| path.display().to_string());
    let base = match request.inventory {
        Some(path) => {
            let (inventory, read_messages) = forms::read(path)?;
            messages.extend(read_messages);
            inventory
        }
        None => Inventory::builtin(),
    };
    let releases = match request.release {
        Some(typed) => release_range(typed, request.assume_newest, messages)?,
        None => [builtin::newest().clone(), builtin::newest().clone()],
    };
    if request.old == Some("-") && request.new == Some("-") {
        return Err(Box::new(Diagnostic::error(
            "OLD and NEW cannot both be standard input",
        )));
    }
    let read = |what: &str, typed: Option<&str>, release: &Release| match typed {
        Some(typed) => find(typed, release, request.assume_newest)
            .map(Some)
            .map_err(|error| Box::new(error.about(what))),
        None => Ok(None),
    };
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| read("OLD", request.old, &releases[0]));
        let new = read("NEW", request.new, &releases[1]);
        (old.join(), new)
    });
    let old = old.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let new = new?;
    check_kinds(&old, &new, request)?;
    let plans = |side: &Option<SideContents>| side.as_ref()?.plans.clone();
    if let (Some(old), Some(new)) = (plans(&old), plans(&new)) {
        return Ok(Sides::Machines([old, new], Box::new(base)));
    }
    let side =
        |contents: Option<SideContents>, release: Release, messages: &mut Vec<Diagnostic>| {
            let contents = contents.unwrap_or_default();
            messages.extend(contents.messages);
            Side {
                name: if contents.inventory.is_some() {
                    contents.name
                } else {
                    base_name.clone()
                },
                inventory: contents.inventory.unwrap_or_else(|| base.clone()),
                release: contents.release.unwrap_or(release),
                server: contents.server,
            }
        };
    let [old_release, new_release] = releases;
    Ok(Sides::Two(Box::new([
        side(old, old_release, messages),
        side(new, new_release, messages),
    ])))
}

/// Both sides hold something of the same kind, and `--release` contradicts neither.
fn check_kinds(
    old: &Option<SideContents>,
    new: &Option<SideContents>,
    request: &Request<'_>,
) -> Result<()> {
    if let (Some(old), Some(new)) = (old, new) {
        let both = |part: fn(&SideContents) -> bool| part(old) && part(new);
        if !both(|side| side.inventory.is_some())
            && !both(|side| side.release.is_some())
            && !both(|side| matches!(side.server, Some(Server::Prosody(_))))
            && !both(|side| matches!(side.server, Some(Server::NixOs(_))))
            && !both(|side| side.plans.is_some())
        {
            return Err(Box::new(
                Diagnostic::error(format!(
                    "OLD ({}) is {}, and NEW ({}) is {}",
                    old.name,
                    old.description(),
                    new.name,
                    new.description()
                ))
                .help(
                    "compare an inventory with an inventory, a release with a release, a \
                     prosody.cfg.lua with a prosody.cfg.lua, NixOS with NixOS, and plans with plans",
                ),
            ));
        }
    }
    if let Some((what, side)) =
        [("OLD", old, new), ("NEW", new, old)]
            .into_iter()
            .find_map(|(what, side, other)| {
                let side = side.as_ref().filter(|side| side.plans.is_some())?;
                other.is_none().then_some((what, side))
            })
    {
        let error = Diagnostic::error(format!("{what} ({}) is {}", side.name, side.description()));
        return Err(Box::new(error.help("pass the plans of both sides")));
    }
    let side_with_release = [("OLD", old), ("NEW", new)]
        .into_iter()
        .find_map(|(what, side)| {
            let side = side.as_ref().filter(|side| side.release.is_some())?;
            Some(format!("{what} ({}) is {}", side.name, side.description()))
        });
    match side_with_release.filter(|_| request.release.is_some_and(|typed| typed.contains(".."))) {
        Some(side) => Err(Box::new(
            Diagnostic::error(format!("--release FROM..TO names the releases, but {side}"))
                .help("omit one of the two"),
        )),
        None => Ok(()),
    }
}

/// The releases of `FROM..TO`, or one release twice.
fn release_range(
    typed: &str,
    assume_newest: bool,
    messages: &mut Vec<Diagnostic>,
) -> Result<[Release; 2]> {
    let mut splits = typed
        .match_indices("..")
        .map(|(at, dots)| (&typed[..at], &typed[at + dots.len()..]))
        .filter(|(from, to)| !from.is_empty() && !to.is_empty());
    let one = |name: &str| builtin::find(name, assume_newest);
    // Paths have two dots, too: the split is where both halves are releases.
    let mut releases = splits
        .clone()
        .find_map(|(from, to)| Some((one(from).ok()?, one(to).ok()?)));
    if releases.is_none()
        && !Path::new(typed).exists()
        && let Some((from, to)) = splits.next()
    {
        releases = Some((
            one(from).map_err(|error| Box::new(error.about("OLD")))?,
            one(to).map_err(|error| Box::new(error.about("NEW")))?,
        ));
    }
    let ((old, old_message), (new, new_message)) = match releases {
        Some(releases) => releases,
        None => {
            let (release, message) = one(typed).map_err(|error| {
                Box::new(error.help("write two releases as `--release 0.12..13.0`"))
            })?;
            ((release.clone(), message), (release, None))
        }
    };
    messages.extend(old_message.into_iter().chain(new_message));
    Ok([old, new].map(Cow::into_owned))
}

/// Finds out what was typed: a file, a directory, a known version, or a file in git.
fn find(typed: &str, release: &Release, assume_newest: bool) -> Result<SideContents> {
    let path = Path::new(typed);
    if path.is_dir() {
        return folder(path, release);
    }
    if typed == "-" || path.exists() {
        return text(Source::read(path)?, Some(path).filter(|_| typed != "-"));
    }
    let is_version = typed.split('.').all(|part| part.parse::<u32>().is_ok());
    if is_version {
        let (release, message) = builtin::find(typed, assume_newest)?;
        return Ok(SideContents {
            name: typed.to_owned(),
            release: Some(release.into_owned()),
            messages: message.into_iter().collect(),
            ..SideContents::default()
        });
    }
    if typed.contains(':') {
        // Files that it imports are in the revision, where nothing reads them: they are undecided.
        return text(from_git(typed)?, None);
    }
    Err(Box::new(Diagnostic::error(format!("cannot find `{typed}`")).help(
        "expected a file (JSON, emitted Nix, a Markdown guide), a plugin directory, a system or \
        store path containing prosody-stability files, a release such as 13.0, or REVISION:FILE from git",
    )))
}

/// What a side is by its text. A NixOS configuration imports files from around `path`.
fn text(source: Source, path: Option<&Path>) -> Result<SideContents> {
    let name = source.name().to_owned();
    let is_json = forms::form_of(&source) == Some(Form::Json);
    let content = is_json.then(|| content(source.text())).flatten();
    if content == Some(Content::Plans) {
        return Ok(SideContents {
            name,
            plans: Some(Plans::read(&source)?),
            ..SideContents::default()
        });
    }
    let kind = FileKind::of(&source);
    if kind == FileKind::ProsodyConfig {
        return Ok(SideContents {
            name,
            server: Some(Server::Prosody(source)),
            ..SideContents::default()
        });
    }
    if content == Some(Content::Release) {
        return Ok(SideContents {
            name,
            release: Some(builtin::read(&source)?),
            ..SideContents::default()
        });
    }
    let read = forms::read_source(&source);
    if read.is_err()
        && matches!(kind, FileKind::NixOs | FileKind::EvaluatedSettings)
        && let Some(settings) = settings(&source, path)
    {
        return Ok(SideContents {
            name,
            server: Some(Server::NixOs(Box::new(settings))),
            ..SideContents::default()
        });
    }
    let (inventory, messages) = read?;
    Ok(SideContents {
        name,
        inventory: Some(inventory.into_owned()),
        messages,
        ..SideContents::default()
    })
}

/// The settings of a NixOS configuration, unless it has none.
fn settings(source: &Source, path: Option<&Path>) -> Option<nixos::Settings> {
    let settings = match path {
        Some(path) => nixos::read(path),
        None => nixos::read_source(source.clone()),
    };
    let settings = settings.ok()?;
    let is_server = settings.service().is_ok_and(|service| service.is_some());
    (is_server || !settings.is_empty()).then_some(settings)
}

/// A file as it is in a revision, through the user's own git, which may not use the network.
fn from_git(typed: &str) -> Result<Source> {
    let failed = |reason: &str| {
        Box::new(
            Diagnostic::error(format!("cannot find `{typed}` in git: {reason}")).help(
                "expected REVISION:FILE, relative to the top of the repository, or \
                REVISION:./FILE, relative to this directory",
            ),
        )
    };
    // git would take it for an option.
    if typed.starts_with('-') {
        return Err(failed("a revision does not start with a dash"));
    }
    let git = Command::new("git")
        .args(["cat-file", "blob", typed])
        // A partial clone would fetch what it lacks.
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut git = git.map_err(|error| failed(&format!("cannot run git: {error}")))?;
    let (stdout, stderr) = (git.stdout.take(), git.stderr.take());
    let (text, error_output) = thread::scope(|scope| {
        let error_output =
            scope.spawn(|| stderr.map(|pipe| Source::from_command("git".to_owned(), pipe)));
        let text = stdout.map(|pipe| Source::from_command(typed.to_owned(), pipe));
        (text, error_output.join().ok().flatten())
    });
    let ended = git.wait();
    let ended = ended.map_err(|error| failed(&format!("cannot wait for git: {error}")))?;
    match text {
        // Past the limit nobody listens to git any more, and it fails.
        Some(text) if ended.success() || text.is_err() => text.map(Source::detached),
        _ => {
            let error_output = error_output.and_then(Result::ok);
            let error_output = error_output
                .as_ref()
                .and_then(|error_output| error_output.text().lines().next());
            let error_output = error_output.unwrap_or("no reason given");
            Err(failed(error_output.trim_start_matches("fatal: ")))
        }
    }
}

/// Our files in a directory or below it, or else a plugin directory.
fn folder(path: &Path, release: &Release) -> Result<SideContents> {
    let file = |names: &[&str]| -> Option<PathBuf> {
        let candidates = FOLDERS
            .iter()
            .flat_map(|folder| names.iter().map(move |name| (folder, name)));
        candidates
            .map(|(folder, name)| path.join(folder).join(name))
            .find(|file| file.is_file())
    };
    let (inventory, release_file) = (file(&INVENTORIES), file(&[RELEASE]));
    if inventory.is_none() && release_file.is_none() {
        return plugins(path, release);
    }
    let mut contents = SideContents {
        name: path.display().to_string(),
        ..SideContents::default()
    };
    if let Some(file) = inventory {
        let (inventory, messages) = forms::read(&file)?;
        contents.inventory = Some(inventory);
        contents.messages = messages;
    }
    if let Some(file) = release_file {
        contents.release = Some(builtin::read(&Source::read(&file)?)?);
    }
    Ok(contents)
}

/// A plugin directory as a release. One without Prosody's own modules is laid over a known release.
fn plugins(path: &Path, base: &Release) -> Result<SideContents> {
    let name = path.display().to_string();
    let no_side = |error: &dyn std::fmt::Display| {
        Box::new(Diagnostic::error(error.to_string()).help(
            "expected a plugin directory, or a directory with inventory.nix, inventory.json or \
            release.json, at its top or in etc/prosody-stability/",
        ))
    };
    let paths = [path.to_owned()];
    let (modules, report) = scan::scan(&paths, &[], &|_, _| {}).map_err(|error| no_side(&error))?;
    let release = if modules.contains_key("c2s") {
        Release {
            schema_version: SCHEMA_VERSION,
            version: report.version.unwrap_or_else(|| name.clone()),
            sources: Sources::described(&name, report.community_kind),
            end_of_life: None,
            features: report.features,
            core: report.core,
            modules,
        }
    } else {
        let (modules, report) =
            scan::scan(&[], &paths, &|_, _| {}).map_err(|error| no_side(&error))?;
        overlay(base, &name, report.community_kind, modules)
    };
    let notes = report.notes.len();
    let notes_of_scan = counted(notes, "note");
    let message = Diagnostic::note(format!("the scan of {name} has {notes_of_scan}"))
        .help("run `prosody-stability snapshot --all-notes` to list them");
    Ok(SideContents {
        name,
        release: Some(release),
        messages: if notes > 0 { vec![message] } else { Vec::new() },
        ..SideContents::default()
    })
}

/// What Prosody brings in a known release, with the community modules of a tree.
fn overlay(
    base: &Release,
    name: &str,
    community_kind: Option<SourceKind>,
    community: indexmap::IndexMap<String, ReleaseModule>,
) -> Release {
    let bundled = base
        .modules
        .iter()
        .filter(|(_, module)| module.origin == Origin::Bundled);
    let mut modules: indexmap::IndexMap<String, ReleaseModule> = bundled
        .map(|(name, module)| {
            let copy = community.get(name).cloned().map(CommunityCopy::from);
            let module = ReleaseModule {
                source: None,
                community_copy: copy.map(Box::new),
                ..module.clone()
            };
            (name.clone(), module)
        })
        .collect();
    for (name, module) in community {
        modules.entry(name).or_insert(module);
    }
    modules.sort_keys();
    Release {
        schema_version: SCHEMA_VERSION,
        version: base.version.clone(),
        sources: Sources::described(name, community_kind),
        end_of_life: base.end_of_life.clone(),
        features: base.features.clone(),
        core: base.core.clone(),
        modules,
    }
}
