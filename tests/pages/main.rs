//! Pages: what they say, and how they behave in a real browser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod explorer;
mod hostile;
mod made;
mod matrix;
mod options;
mod outline;
mod plain;
mod rehearsal;
mod review;
mod tables;
mod verdicts;

use std::fs;
use std::path::PathBuf;

use support::command::{CommandOutput, run, tool};
use support::folder::scratch;
use support::root;
use support::skip::skip_or_fail;
use tempfile::TempDir;

/// Where the configuration of the examples stands.
const CONFIGURATION: &str = "tests/cmd/configuration.in";

/// A page in a file of its own.
struct File {
    folder: TempDir,
}

impl File {
    fn of(page: &str) -> Self {
        let folder = scratch();
        fs::write(folder.path().join("page.html"), page).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("page.html")
    }
}

/// What the command says in the folder of the configuration.
fn said(arguments: &str) -> CommandOutput {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let mut command = tool(&arguments);
    command.current_dir(root().join(CONFIGURATION));
    run(&mut command)
}

/// The page of a real upgrade of a server with three hosts.
fn review_page() -> File {
    let page = said("diff 0.12 13.0 --config prosody.cfg.lua --format html");
    File::of(&page.success().stdout)
}

fn explorer_page() -> File {
    File::of(&said("emit --format html").success().stdout)
}

/// The tool that knows what disabled people stumble over; none where it is not installed.
fn axe() -> Option<String> {
    let file = root().join("target/axe-core/node_modules/axe-core/axe.min.js");
    let text = fs::read_to_string(&file);
    if text.is_err() {
        skip_or_fail("axe-core is missing: scripts/test installs it");
    }
    text.ok()
}
