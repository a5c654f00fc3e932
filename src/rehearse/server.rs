//! The server that is rehearsed: where its program is, and what it takes to start it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Result};

/// Where a Prosody keeps its command, below the directory that was named.
const COMMANDS: [&str; 3] = ["usr/bin/prosody", "usr/local/bin/prosody", "bin/prosody"];
/// What a file system needs so that a program of its own can run in it.
const SHELLS: [&str; 3] = ["bin/sh", "usr/bin/env", "bin/busybox"];

/// A Prosody that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// A command of this system, or of a store path.
    Command(PathBuf),
    /// Packages that were unpacked below a directory, not installed: this system runs them.
    Unpacked {
        /// The directory.
        root: PathBuf,
        /// The text of its command, which must be told its own path.
        launcher: String,
    },
    /// The file system of a container: it brings everything that it needs.
    Container {
        /// The directory that becomes `/`.
        root: PathBuf,
        /// The command, as seen from inside.
        command: PathBuf,
    },
}

impl Server {
    /// Finds the Prosody that a path means.
    pub fn find(path: &Path) -> Result<Self> {
        let problem = |what: String| {
            let help = "pass a prosody command, a directory with unpacked packages, a store path, \
            or the file system of a container";
            Box::new(Diagnostic::error(what).help(help))
        };
        let shown = path.display();
        let path = fs::canonicalize(path)
            .map_err(|error| problem(format!("cannot find {shown}: {error}")))?;
        if path.is_file() {
            return match is_executable(&path) {
                true => Ok(Self::Command(path)),
                false => Err(problem(format!("{shown} cannot be executed"))),
            };
        }
        let command_path = COMMANDS.iter().find(|command| path.join(command).exists());
        let Some(command) = command_path else {
            let places = COMMANDS.join(", ");
            return Err(problem(format!(
                "no Prosody in {shown}, looked for {places}"
            )));
        };
        if SHELLS
            .iter()
            .any(|shell| path.join(shell).symlink_metadata().is_ok())
        {
            return Ok(Self::Container {
                command: Path::new("/").join(command),
                root: path,
            });
        }
        let program = path.join(command);
        if *command == "bin/prosody" {
            return Ok(Self::Command(program));
        }
        let launcher = fs::read_to_string(&program)
            .map_err(|error| problem(format!("cannot read {}: {error}", program.display())))?;
        Ok(Self::Unpacked {
            root: path,
            launcher,
        })
    }

    /// The file system that it sees as its own, when it is not that of this system.
    pub fn root(&self) -> Option<&Path> {
        match self {
            Self::Container { root, .. } => Some(root),
            _ => None,
        }
    }

    /// Where its bundled modules are, when the command shows it.
    pub fn launcher(&self) -> Option<String> {
        match self {
            Self::Unpacked { root, launcher } => Some(moved(launcher, root)),
            _ => None,
        }
    }
}

/// Where unpacked packages keep Lua libraries, by the variable that names them: the patterns of
/// Lua below each directory.
const LUA_LIBRARIES: [(&str, &str, &[&str]); 2] = [
    ("LUA_PATH", "usr/share/lua", &["?.lua", "?/init.lua"]),
    ("LUA_CPATH", "usr/lib", &["?.so"]),
];

impl Server {
    /// Variables that let unpacked packages find the Lua libraries which were unpacked with them.
    pub fn lua_paths(&self) -> Vec<(String, String)> {
        let Self::Unpacked { root, launcher } = self else {
            return Vec::new();
        };
        let first = launcher.lines().next().unwrap_or_default();
        let version = first.rsplit("lua").next().unwrap_or_default().trim();
        let mut variables = Vec::new();
        for (variable, below, patterns) in LUA_LIBRARIES {
            let below = root.join(below);
            let mut directories = vec![below.join(version)];
            // Compiled libraries are below the name of the architecture.
            let entries = fs::read_dir(&below).into_iter().flatten().flatten();
            directories.extend(entries.map(|entry| entry.path().join("lua").join(version)));
            directories.retain(|directory| !version.is_empty() && directory.is_dir());
            let patterns = directories.iter().flat_map(|directory| {
                let patterns = patterns.iter();
                patterns.map(|pattern| directory.join(pattern).display().to_string())
            });
            let patterns: Vec<String> = patterns.collect();
            if !patterns.is_empty() {
                // Two semicolons stand for what Lua would search anyway.
                variables.push((variable.to_owned(), format!("{};;", patterns.join(";"))));
            }
        }
        variables
    }
}

fn is_executable(path: &Path) -> bool {
    let metadata = fs::metadata(path);
    metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// The command with the directories that are below the root in truth. What is not there, such as
/// the directory of the configuration, stays where it is on this system.
fn moved(launcher: &str, root: &Path) -> String {
    let mut out = String::with_capacity(launcher.len());
    for line in launcher.split_inclusive('\n') {
        match moved_line(line, root) {
            Some(moved) => out.push_str(&moved),
            None => out.push_str(line),
        }
    }
    out
}

/// `CFG_SOURCEDIR='/usr/lib/prosody';` with the root in front of the path.
fn moved_line(line: &str, root: &Path) -> Option<String> {
    let (name, value) = line.trim_end().split_once('=')?;
    let path = value.trim_end_matches(';').trim_matches(['\'', '"']);
    let place = root.join(path.strip_prefix('/')?);
    if !name.starts_with("CFG_") || !place.exists() {
        return None;
    }
    Some(format!(
        "{name}={}\n",
        crate::lua::quote(&place.to_string_lossy())
    ))
}
