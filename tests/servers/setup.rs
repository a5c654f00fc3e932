//! What the tests of a running server share: choices, their configurations, and copies of an
//! installation that may be damaged.

use std::fs;
use std::os::unix::fs::symlink;

use prosody_stability::fragment::{self, Request};
use prosody_stability::inventory::profile_line::ProfileLine;
use prosody_stability::inventory::{Flag, Inventory};
use prosody_stability::release::{Release, SCHEMA_VERSION, Sources};
use prosody_stability::resolve::{Resolution, resolve};
use prosody_stability::scan;
use prosody_stability::selection::{Origin, Selection};
use tempfile::TempDir;

use crate::support::folder::{scratch, write_script};
use crate::support::prosody::{Installation, Server, Setup};
use crate::support::selection_of;

/// The folder of the plugin.
pub fn plugins() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/nixos-module/plugin")
}

/// The release that an installation really is, scanned from its files.
pub fn snapshot(installation: &Installation) -> Release {
    let root = installation.root();
    let (modules, report) = scan::scan(
        std::slice::from_ref(&root),
        std::slice::from_ref(&root),
        &|_, _| {},
    )
    .unwrap();
    Release {
        schema_version: SCHEMA_VERSION,
        version: installation.full_version.clone(),
        sources: Sources::described("Debian", report.community_kind),
        end_of_life: None,
        features: report.features.clone(),
        core: report.core.clone(),
        modules,
    }
}

/// A selection on a release, ready to run: with the admin shell.
pub struct Choice<'a> {
    inventory: &'a Inventory<'a>,
    release: &'a Release,
    pub selection: Selection,
    enforce: bool,
}

impl<'a> Choice<'a> {
    pub fn new(
        inventory: &'a Inventory<'a>,
        release: &'a Release,
        mut selection: Selection,
    ) -> Self {
        // It may be disabled by name, and is how the tests ask.
        if selection.module("admin_shell").is_none() {
            selection
                .set_module(inventory, "admin_shell", true)
                .unwrap();
        }
        Self {
            inventory,
            release,
            selection,
            enforce: true,
        }
    }

    pub fn profile(inventory: &'a Inventory<'a>, release: &'a Release, profile: &str) -> Self {
        let selection = selection_of(inventory, profile);
        Self::new(inventory, release, selection)
    }

    /// Only these flags are on.
    pub fn flags(inventory: &'a Inventory<'a>, release: &'a Release, on: &[Flag]) -> Self {
        let mut selection = Selection::defaults(inventory);
        for flag in Flag::ALL {
            let value = on.contains(&flag).into();
            selection
                .set_flag(flag, value, Origin::CommandLine)
                .unwrap();
        }
        Self::new(inventory, release, selection)
    }

    pub fn enforced(self, enforce: bool) -> Self {
        Self { enforce, ..self }
    }

    pub fn resolution(&self) -> Resolution<'_> {
        resolve(self.inventory, self.release, &self.selection, self.enforce)
    }

    /// `resolve --format lua` as it is, one host, and the sections that it has in comments.
    pub fn config(&self, plugins: &str) -> String {
        let request = Request {
            plugins: Some(plugins),
            findings: &[],
        };
        let fragment = fragment::lua(self.inventory, self.release, &self.resolution(), request);
        let mut text = fragment.clone();
        text.push_str("http_external_url = \"https://localhost/\"\nVirtualHost \"localhost\"\n");
        let sections = fragment.lines().filter_map(|line| line.strip_prefix("-- "));
        let starts = ["Component \"", "VirtualHost \"", "    "];
        for line in sections.filter(|line| starts.iter().any(|start| line.starts_with(start))) {
            text.push_str(&line.replace("example.org", "localhost"));
            text.push('\n');
        }
        text
    }
}

/// The startup line in a log.
pub fn line_in(log: &str) -> Option<String> {
    let start = log.find("Module stability profile: ")?;
    log[start..].lines().next().map(str::to_owned)
}

/// The counts of the startup line in a log.
pub fn counts(log: &str) -> [usize; 6] {
    let line = line_in(log).unwrap_or_else(|| panic!("no startup line in\n{log}"));
    ProfileLine::parse(&line).unwrap().0
}

/// An installation of which some plugins are gone; the real one is not touched.
pub struct Copy {
    installation: Installation,
    _folder: TempDir,
}

impl Copy {
    /// Everything linked, but the plugins with these file names.
    pub fn without(installation: &Installation, plugins: &[&str]) -> Self {
        let folder = scratch();
        let modules = folder.path().join("modules");
        fs::create_dir(&modules).unwrap();
        for entry in fs::read_dir(installation.modules_folder()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if !plugins.iter().any(|gone| name == *gone) {
                symlink(entry.path(), modules.join(name)).unwrap();
            }
        }
        let old = format!(
            "CFG_PLUGINDIR='{}/'",
            installation.modules_folder().display()
        );
        let new = format!("CFG_PLUGINDIR='{}/'", modules.display());
        let bin = folder.path().join("bin");
        for program in [installation.prosody(), installation.prosodyctl()] {
            let text = fs::read_to_string(&program).unwrap();
            assert!(text.contains(&old), "{} has no {old}", program.display());
            let name = program.file_name().unwrap().to_str().unwrap();
            write_script(&bin, name, &text.replace(&old, &new));
        }
        Self {
            installation: installation.with_programs(&bin),
            _folder: folder,
        }
    }

    pub fn start(&self, config: impl Fn(&Setup<'_>) -> String) -> Server {
        Server::start(&self.installation, config)
    }
}
