//! Any bytes as a prosody.cfg.lua that is checked, migrated to flags, and rewritten for another
//! Prosody: whatever is rewritten can still be read, and says the same when it is done again.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use prosody_stability::check::check_server;
use prosody_stability::configuration::prosody::{self, Limits, ReadOptions};
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::diagnostic::Result;
use prosody_stability::fragment::additive;
use prosody_stability::inventory::Inventory;
use prosody_stability::migrate::prosody::rewrite;
use prosody_stability::migrate::{server, written};
use prosody_stability::release::{Release, builtin};
use prosody_stability::report::{github, markdown, text};
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;
use tempfile::TempDir;

/// A root of its own, so that no file of this machine can be included.
static ROOT: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a directory"));
static RELEASE: LazyLock<Release> = LazyLock::new(|| {
    let (release, _) = builtin::find("13.0", false).expect("a built-in release");
    release
});

fn read(source: &Source) -> Result<Configuration> {
    let options = ReadOptions {
        root: Some(ROOT.path().to_owned()),
        limits: Limits {
            instructions: 100_000,
            memory: 16 << 20,
            modules: 2_000,
            time: Duration::from_millis(500),
            ..Limits::default()
        },
        ..ReadOptions::new(Dialect::V13)
    };
    prosody::read(source, &options)
}

fuzz_target!(|bytes: &[u8]| {
    let main: PathBuf = ROOT.path().join("prosody.cfg.lua");
    let name = main.display().to_string();
    let Ok(source) = Source::from_bytes(name.clone(), bytes.to_vec()) else {
        return;
    };
    let Ok(configuration) = read(&source) else {
        return;
    };
    let inventory = Inventory::builtin();
    let policy = Selection::defaults(&inventory);
    let notes = configuration.findings.clone();
    let report = check_server(
        &inventory,
        "",
        &RELEASE,
        &configuration,
        Some(&policy),
        None,
        notes,
    );
    drop(text::text(&report, Some(80), true));
    drop(markdown::markdown(&report, false, true));
    drop(github::github(&report, |finding| finding.place.clone()));
    drop(additive::lua(&inventory, &RELEASE, &configuration, &policy));
    if let Ok(migrated) = server::of_configuration(&inventory, &RELEASE, &configuration) {
        drop(written::nix(&inventory, &RELEASE, &name, &migrated));
        drop(written::env(&inventory, &RELEASE, &name, &migrated));
    }
    if let Ok(rewritten) = rewrite(&inventory, &RELEASE, &source, read) {
        let again = Source::new(name, rewritten.text.as_str());
        let again = rewrite(&inventory, &RELEASE, &again, read).expect("still to be read");
        assert_eq!((again.changes, &again.text), (0, &rewritten.text));
    }
});
