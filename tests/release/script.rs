//! The script that makes the built-in release files makes the very files.
//!
//! `PROSODY_GIT` and `PROSODY_MODULES_GIT` name clones of Prosody and of prosody-modules, or their git directories. The
//! files that need packages of Debian's are held against those by the tests of servers.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use crate::support::command::run_within;
use crate::support::folder::{read, scratch};
use crate::support::root;
use crate::support::skip::skip_optional;

fn clone_of(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|path| !path.is_empty())
}

#[test]
fn releases_are_made_again_from_their_sources() {
    let clones = [clone_of("PROSODY_GIT"), clone_of("PROSODY_MODULES_GIT")];
    let [Some(prosody), Some(modules)] = clones else {
        skip_optional("PROSODY_GIT and PROSODY_MODULES_GIT name no clones");
        return;
    };
    let out = scratch();
    let mut script = Command::new(root().join("scripts/releases"));
    script
        .args(["0.11", "0.12"])
        .env("PROSODY_GIT", prosody)
        .env("MODULES_GIT", modules)
        .env("PROSODY_STABILITY", env!("CARGO_BIN_EXE_prosody-stability"))
        .env("RELEASES_OUT", out.path());
    run_within(&mut script, Duration::from_secs(60)).success();
    for version in ["0.11", "0.12"] {
        let file = format!("releases/{version}.json");
        let committed = read(root(), &format!("inventory/{file}"));
        assert!(read(out.path(), &file) == committed, "{version} differs");
    }
}

#[test]
fn an_unknown_release_is_refused() {
    let mut script = Command::new(root().join("scripts/releases"));
    let out = scratch();
    let said = run_within(
        script.arg("12.0").env("RELEASES_OUT", out.path()),
        Duration::from_secs(10),
    );
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stderr.contains("unknown '12.0', expected 0.11,"),
        "{said:?}"
    );
}
