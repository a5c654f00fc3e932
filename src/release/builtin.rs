//! The releases that are built into the program, and finding one by version or file.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use memchr::memmem;

use super::Release;
use super::changes::inheritance_since;
use super::read::ReadError;
use super::version::numbers;
use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// The built-in release files, oldest first.
const BUILT_IN: [&str; 3] = [
    include_str!("../../inventory/releases/0.11.json"),
    include_str!("../../inventory/releases/0.12.json"),
    include_str!("../../inventory/releases/13.0.json"),
];

/// The versions of the built-in release files, oldest first.
pub const VERSIONS: [&str; 3] = ["0.11", "0.12", "13.0"];

/// How many of them, the oldest, have an `endOfLife`. Known here, so that commands which need the others need not read
/// these.
const UNMAINTAINED: usize = 1;

/// All releases that are built in, oldest first.
pub fn all() -> [&'static Release; 3] {
    std::array::from_fn(built_in)
}

/// Those that Prosody's authors still care for, oldest first.
pub fn current() -> Vec<&'static Release> {
    (UNMAINTAINED..BUILT_IN.len()).map(built_in).collect()
}

/// The newest release that is built in.
pub fn newest() -> &'static Release {
    built_in(BUILT_IN.len() - 1)
}

fn built_in(index: usize) -> &'static Release {
    static PARSED: [OnceLock<Release>; 3] = [const { OnceLock::new() }; 3];
    PARSED[index].get_or_init(|| match serde_json::from_str(BUILT_IN[index]) {
        Ok(release) => release,
        // A test reads these very files, so no released program gets here.
        Err(error) => unreachable!("a built-in release does not parse: {error}"),
    })
}

/// Whether one of the built-in releases has a module. Only a release whose text has the name in quotes
/// is read for it: few commands need all of them.
pub fn has_module(module: &str) -> bool {
    let quoted = format!("\"{module}\"");
    let finder = memmem::Finder::new(&quoted);
    let mut texts = BUILT_IN.iter().enumerate();
    texts.any(|(index, text)| {
        finder.find(text.as_bytes()).is_some() && built_in(index).modules.contains_key(module)
    })
}

/// A release by version, such as `13.0` or `0.12.4`, or from a file that `snapshot` wrote.
///
/// An unknown newer version is an error, or with `assume_newest` the newest known one and a warning.
pub fn find(
    typed: &str,
    assume_newest: bool,
) -> Result<(Cow<'static, Release>, Option<Diagnostic>)> {
    let path = Path::new(typed);
    if typed == "-" || path.extension().is_some_and(|e| e == "json") || path.exists() {
        return read(&Source::read(path)?).map(|release| (Cow::Owned(release), None));
    }
    of_version(typed, assume_newest)
}

/// The same of a version alone, whatever files there are.
pub fn of_version(
    typed: &str,
    assume_newest: bool,
) -> Result<(Cow<'static, Release>, Option<Diagnostic>)> {
    let Some(version) = numbers(typed) else {
        return Err(unknown(typed)
            .help("or pass a file that `snapshot` wrote")
            .into());
    };
    let version_numbers = |index: usize| numbers(VERSIONS[index]).unwrap_or_default();
    // 0.12.4 is of the branch 0.12: it has what the branch has.
    if let Some(index) =
        (0..VERSIONS.len()).find(|&index| version.starts_with(&version_numbers(index)))
    {
        return Ok((as_earlier_version(built_in(index), &version), None));
    }
    let is_newer = version > version_numbers(VERSIONS.len() - 1);
    let newest = newest();
    if is_newer && assume_newest {
        let warning = Diagnostic::warning(format!(
            "Prosody {typed} is newer than any built-in release, using {}",
            newest.version
        ))
        .help("`prosody-stability snapshot` records what your Prosody really ships");
        return Ok((Cow::Borrowed(newest), Some(warning)));
    }
    let error = unknown(typed).help("`prosody-stability snapshot` records any other release");
    Err(Box::new(if is_newer {
        error.help(format!(
            "use --assume-newest to treat it as {}",
            newest.version
        ))
    } else {
        error
    }))
}

/// A release as an earlier version of the same branch was. `13.0` alone is the newest of them.
fn as_earlier_version(release: &'static Release, version: &[u32]) -> Cow<'static, Release> {
    let is_earlier = |since: Vec<u32>| version.len() >= since.len() && *version < since[..];
    if !inheritance_since(&release.version).is_some_and(is_earlier) {
        return Cow::Borrowed(release);
    }
    let mut release = release.clone();
    for module in release.modules.values_mut() {
        module.inherit_modules.clear();
    }
    Cow::Owned(release)
}

/// Reads a release file; the error names the place.
pub fn read(source: &Source) -> Result<Release> {
    Release::read(source.text()).map_err(|error| {
        let diagnostic = Diagnostic::error(format!("{} is not a release file", source.name()))
            .help("`prosody-stability snapshot` writes release files");
        Box::new(match error {
            ReadError::Json {
                path,
                source: error,
            } => {
                let at = source.offset(error.line(), error.column());
                let end = at.max(1).min(source.text().len());
                diagnostic.at(
                    source,
                    at.saturating_sub(1)..end,
                    format!("in `{path}`: {error}"),
                )
            }
            other => diagnostic.help(other.to_string()),
        })
    })
}

fn unknown(typed: &str) -> Diagnostic {
    Diagnostic::error(format!("unknown release `{typed}`")).help(format!(
        "the built-in releases are: {}",
        VERSIONS.join(", ")
    ))
}
