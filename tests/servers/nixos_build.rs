//! The NixOS module's check of a build, built by Nix itself in its own sandbox.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::nixos_check::{assert_failing, install, namespaces, remove};
use crate::support::command::{CommandOutput, TOOL, run};
use crate::support::folder::scratch;
use crate::support::prosody::Installation;
use crate::support::{nix, root};

/// What a shell in the sandbox may use of this machine, beside a `/bin` of its own. None lies in another one.
const BORROWED: [&str; 3] = ["/usr", "/lib", "/lib64"];

/// For root: everything of this machine is read-only but one directory, whatever Nix makes of its sandbox. Then comes
/// Nix.
const GUARDED: &str = "mount -t proc proc /proc && mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro / && shift && exec \"$@\"";

/// The check of a system with this package, built; none where something is missing here.
fn build(folder: &TempDir, version: &str, settings: &str) -> Option<CommandOutput> {
    let folder = folder.path();
    let bin = folder.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        // Nixpkgs' shell is bash, under whatever name.
        fs::copy("/bin/bash", bin.join("sh")).unwrap();
        symlink("sh", bin.join("bash")).unwrap();
    }
    let mut paths = format!("/bin={}", bin.display());
    for path in BORROWED {
        if let Ok(real) = fs::canonicalize(path) {
            paths.push_str(&format!(" {path}={}", real.display()));
        }
    }
    let expression = format!(
        "import {}/tests/servers/nixos_build.nix {{ prosody = {:?}; version = {version:?}; \
         tool = {TOOL:?}; settings = {{ {settings} }}; }}",
        root().display(),
        folder.join("prosody").display().to_string()
    );
    let config = format!(
        "experimental-features = nix-command flakes\nsandbox = true\nsandbox-fallback = false\n\
         sandbox-paths = {paths}\nbuild-users-group =\nsubstituters =\n"
    );
    let is_root = run(Command::new("id").arg("-u")).stdout.trim() == "0";
    let mut command = match is_root {
        true => namespaces()?,
        false => Command::new("env"),
    };
    if is_root {
        command.args(["sh", "-c", GUARDED, "sh"]).arg(folder);
    }
    command
        .args([
            "nix",
            "build",
            "--no-link",
            "--print-build-logs",
            "--impure",
        ])
        .arg("--store")
        .arg(folder.join("store"))
        .args(["--expr", &expression])
        .env("NIX_CONFIG", config)
        .env("HOME", folder)
        .env("TMPDIR", folder);
    let said = run(&mut command);
    // Or nobody but root could remove what is in the store.
    let mut writable = Command::new("chmod");
    run(writable.args(["-R", "u+w"]).arg(folder.join("store")));
    Some(said)
}

/// A folder with the package of a server.
fn package(server: &str) -> Option<(TempDir, String)> {
    if !nix::is_here() {
        return None;
    }
    let installation = Installation::find(server)?;
    let folder = scratch();
    install(&installation, &folder.path().join("prosody"), "@out@");
    Some((folder, installation.full_version))
}

fn modules(folder: &Path) -> PathBuf {
    folder.join("prosody/lib/prosody/modules")
}

#[test]
fn nix_builds_a_system_whose_modules_load_and_no_other() {
    for server in ["0.12", "13.0"] {
        let Some((folder, version)) = package(server) else {
            return;
        };
        let settings = "services.prosody-stability.profile = \"community\";";
        let Some(said) = build(&folder, &version, settings) else {
            return;
        };
        assert!(said.status.success(), "{server}:\n{}", said.stderr);
        let started = format!("Prosody {version}, prosody.cfg.lua: 0 errors");
        assert!(said.stderr.contains(&started), "{server}:\n{}", said.stderr);

        remove(&modules(folder.path()), "smacks");
        let said = build(&folder, &version, settings).unwrap();
        assert!(!said.status.success(), "{server}:\n{}", said.stderr);
        assert_failing(&said, &["smacks"], server);
        let option = "services.prosody-stability.rehearse.enable = false.";
        assert!(said.stderr.contains(option), "{server}:\n{}", said.stderr);

        let off =
            format!("{settings} services.prosody-stability.rehearse.mayFail = [ \"smacks\" ];");
        let said = build(&folder, &version, &off).unwrap();
        assert!(said.status.success(), "{server}:\n{}", said.stderr);
    }
}
