//! Any bytes as a compose file, behind those of the `.env` beside it and a NUL: variables with
//! their places, or an error that can be shown.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use prosody_stability::configuration::compose;
use prosody_stability::source::Source;
use tempfile::TempDir;

/// A directory of its own, so that nothing but the input stands beside the file.
static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a directory"));

fuzz_target!(|bytes: &[u8]| {
    let dot_env: PathBuf = DIRECTORY.path().join(".env");
    let text = match bytes.iter().position(|&byte| byte == 0) {
        Some(at) => {
            fs::write(&dot_env, &bytes[..at]).expect("written");
            &bytes[at + 1..]
        }
        None => {
            let _ = fs::remove_file(&dot_env);
            bytes
        }
    };
    let Ok(source) = Source::from_bytes("compose.yml".into(), text.to_vec()) else {
        return;
    };
    let source = Arc::new(source);
    match compose::read(&source, &DIRECTORY.path().join("stack.yml"), None) {
        Ok(variables) => {
            for found in &variables {
                let variable = &found.variable;
                let text = variable.source.text();
                assert!(text.get(variable.assignment.value_range.clone()).is_some());
                drop(found.origin().render(true));
            }
        }
        Err(error) => drop(error.render(true)),
    }
});
