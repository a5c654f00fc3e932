//! The Prosody servers that `scripts/prosody-servers` unpacked.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;
use crate::support::skip::skip_or_fail;

/// The versions that tests run against.
pub const VERSIONS: [&str; 2] = ["0.12", "13.0"];

/// The newest 13.x, of which only the Lua files can be used.
pub const NEWEST: &str = "sid";

/// One unpacked Prosody with its community modules.
#[derive(Debug, Clone)]
pub struct Installation {
    /// `0.12`, `13.0` or `NEWEST`.
    pub version: &'static str,
    /// What the server calls itself, as `0.12.3`.
    pub full_version: String,
    folder: PathBuf,
    programs: PathBuf,
}

impl Installation {
    /// Every version in `VERSIONS` that is there. What is missing is skipped, or fails the test under CI.
    pub fn all() -> Vec<Self> {
        VERSIONS
            .iter()
            .filter_map(|version| Self::find(version))
            .collect()
    }

    /// The installation of one of `VERSIONS` or of `NEWEST`; `None` after `skip_or_fail` when it is missing.
    pub fn find(version: &str) -> Option<Self> {
        let version = VERSIONS
            .into_iter()
            .chain([NEWEST])
            .find(|known| *known == version)
            .unwrap_or_else(|| panic!("there is no test server {version}, only {VERSIONS:?}"));
        let folder = all_installations().join(version);
        let Ok(installed) = fs::read_to_string(folder.join("installed")) else {
            skip_or_fail(&format!(
                "no Prosody {version} in {}: run scripts/prosody-servers",
                folder.display()
            ));
            return None;
        };
        let full_version = installed.lines().next().unwrap_or_default().to_owned();
        Some(Self {
            version,
            full_version,
            programs: folder.join("bin"),
            folder,
        })
    }

    /// The same with other scripts `prosody` and `prosodyctl`, from this folder.
    pub fn with_programs(&self, programs: &Path) -> Self {
        Self {
            programs: programs.to_owned(),
            ..self.clone()
        }
    }

    /// The folder both packages are unpacked in, laid out as on a Debian machine.
    pub fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// The plugin tree: bundled and community modules together.
    pub fn modules_folder(&self) -> PathBuf {
        self.root().join("usr/lib/prosody/modules")
    }

    pub fn prosody(&self) -> PathBuf {
        self.programs.join("prosody")
    }

    pub fn prosodyctl(&self) -> PathBuf {
        self.programs.join("prosodyctl")
    }

    /// Modules in the package `prosody`.
    pub fn bundled(&self) -> BTreeSet<String> {
        self.modules_of("prosody")
    }

    /// Modules in the package `prosody-modules`.
    pub fn community(&self) -> BTreeSet<String> {
        self.modules_of("prosody-modules")
    }

    /// What runs without being asked for, on whatever host: Prosody's own list, and what its defaults for
    /// authentication, roles and storage need.
    pub fn always_loaded(&self) -> BTreeSet<&'static str> {
        let on_every_host = [
            "auth_internal_hashed",
            "authz_internal",
            "c2s",
            "iq",
            "message",
            "offline",
            "presence",
            "s2s",
            "s2s_auth_certs",
            "storage_internal",
        ];
        let here: &[_] = match self.version {
            "0.12" => &["posix"],
            _ => &["cron", "tokenauth"],
        };
        on_every_host.iter().chain(here).copied().collect()
    }

    /// A package's modules, by its list of files. Prosody looks for a module in four places: `mod_x/x/mod_x.lua`,
    /// `mod_x/mod_x.lua`, `x/mod_x.lua`, `mod_x.lua`.
    fn modules_of(&self, package: &str) -> BTreeSet<String> {
        let list = self
            .root()
            .join(format!("var/lib/dpkg/info/{package}.list"));
        let list =
            fs::read_to_string(&list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
        list.lines()
            .filter_map(|file| module_in(file.strip_prefix("/usr/lib/prosody/modules/")?))
            .collect()
    }
}

fn module_in(file: &str) -> Option<String> {
    let file = file.strip_suffix(".lua")?;
    let (folder, stem) = file.rsplit_once('/').unwrap_or(("", file));
    let name = stem.strip_prefix("mod_")?;
    let folders = ["", stem, name, &format!("{stem}/{name}")];
    folders.contains(&folder).then(|| name.to_owned())
}

fn all_installations() -> PathBuf {
    // As the script does it: a relative path starts at the top of the repository.
    let top = root();
    match env::var_os("PROSODY_SERVERS").filter(|folder| !folder.is_empty()) {
        Some(folder) => top.join(folder),
        None => top.join("target/prosody-servers"),
    }
}
