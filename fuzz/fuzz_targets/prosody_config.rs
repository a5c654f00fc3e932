//! Any bytes as a prosody.cfg.lua, run in the sandbox with small limits: a configuration whose
//! findings have places, or an error that can be shown.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use prosody_stability::configuration::Dialect;
use prosody_stability::configuration::prosody::{self, Limits, ReadOptions};
use prosody_stability::source::Source;
use tempfile::TempDir;

/// A root of its own, so that no file of this machine can be included.
static ROOT: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a directory"));

fuzz_target!(|bytes: &[u8]| {
    let main: PathBuf = ROOT.path().join("prosody.cfg.lua");
    let Ok(source) = Source::from_bytes(main.display().to_string(), bytes.to_vec()) else {
        return;
    };
    for dialect in [Dialect::V0_12, Dialect::V13] {
        let options = ReadOptions {
            root: Some(ROOT.path().to_owned()),
            limits: Limits {
                instructions: 100_000,
                memory: 16 << 20,
                time: Duration::from_millis(500),
                ..Limits::default()
            },
            ..ReadOptions::new(dialect)
        };
        match prosody::read(&source, &options) {
            Ok(configuration) => {
                for finding in &configuration.findings {
                    assert!(!finding.message.is_empty());
                    assert!(finding.place.as_ref().is_none_or(|place| place.line > 0));
                }
            }
            Err(error) => drop(error.render(true)),
        }
    }
});
