//! The NixOS module's check of a build: the Prosody of a system starts with the configuration of the system, in a
//! sandbox like that of Nix, and the build fails when a module that is to load does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command::{Said, TOOL, run};
use crate::support::folder::{scratch, write, write_script};
use crate::support::json::text;
use crate::support::machine::{ask, ours};
use crate::support::prosody::Installation;
use crate::support::skip::skip_or_fail;
use crate::support::{PROFILES, machine, nix, root};

/// Which services.prosody goes with which server.
const SERVERS: [(&str, &str); 2] = [("old", "0.12"), ("new", "13.0")];

/// Modules that Debian's packages do not ship and nixpkgs' package is given by the module: files without a word, that
/// load on any server.
const EMPTY: [(&str, &[&str]); 2] = [
    (
        "0.12",
        &[
            "audit",
            "block_registrations",
            "cloud_notify_extensions",
            "http_altconnect",
            "log_json",
            "measure_cpu",
            "measure_memory",
            "measure_message_e2ee",
            "password_policy",
            "password_reset",
            "prometheus",
            "spam_reporting",
            "statistics",
        ],
    ),
    (
        "13.0",
        &[
            "audit",
            "block_registrations",
            "log_json",
            "measure_cpu",
            "measure_memory",
            "measure_message_e2ee",
            "prometheus",
        ],
    ),
];

const UPLOAD: &str = "{ services.prosody.httpFileShare = { domain = \"upload.localhost\"; }; }";

/// A derivation of a machine that was evaluated, with the store paths that it needs.
struct Build {
    script: String,
    /// The variables of the derivation.
    environment: Value,
    package: PathBuf,
    folder: TempDir,
}

impl Build {
    /// The check of a machine whose package is this server; none where something is missing here.
    fn of(server: &str, settings: &str) -> Option<Self> {
        if !nix::is_here() {
            return None;
        }
        let installation = Installation::find(server)?;
        let (upstream, _) = SERVERS
            .into_iter()
            .find(|(_, version)| *version == server)?;
        let check = ask(
            &machine::on(upstream, &format!("{UPLOAD} {settings}")),
            "inherit (builtins.head m.config.system.checks) environment script; inherit (m) text; \
             package = \"${prosody.package}\"; plugin = \"${./nixos-module/plugin}\"; \
             configuration = toString m.config.environment.etc.\"prosody/prosody.cfg.lua\".source;",
        );
        let folder = scratch();
        let place = |name: &str| {
            let path = Path::new(text(&check[name]));
            folder.path().join("store").join(path.file_name().unwrap())
        };
        let package = place("package");
        install(&installation, &package, text(&check["package"]));
        let plugin = root().join("nixos-module/plugin");
        copy(&plugin, &place("plugin"));
        fs::write(place("configuration"), text(&check["text"])).unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        Some(Self {
            script: text(&check["script"]).to_owned(),
            environment: check["environment"].clone(),
            package,
            folder,
        })
    }

    fn modules(&self) -> PathBuf {
        self.package.join("lib/prosody/modules")
    }

    /// Adds a module of one file to the package.
    fn add(&self, name: &str, lua: &str) {
        write(&self.modules(), &format!("mod_{name}/mod_{name}.lua"), lua);
    }

    /// Takes a module out of the package.
    fn remove(&self, name: &str) {
        let file = self.modules().join(format!("mod_{name}.lua"));
        if file.exists() {
            fs::remove_file(file).unwrap();
        } else {
            fs::remove_dir_all(self.modules().join(format!("mod_{name}"))).unwrap();
        }
    }

    /// Runs the script in a sandbox; none where there can be none.
    fn run(&self) -> Option<Said> {
        self.run_with_loopback("up")
    }

    fn run_with_loopback(&self, loopback: &str) -> Option<Said> {
        let is_complete = match self.environment["isComplete"] == true {
            true => "1",
            false => "",
        };
        let version = text(&self.environment["version"]);
        let script = format!(
            "export isComplete='{is_complete}' version='{version}'\n{}",
            self.script
        );
        let folder = self.folder.path();
        let script = write(folder, "script", &script);
        let mut command = namespaces()?;
        command
            .arg(root().join("tests/servers/nix_sandbox.sh"))
            .args([folder.join("root"), folder.join("store")])
            .args([TOOL, &script, loopback]);
        Some(run(&mut command))
    }
}

/// `unshare` as this machine lets us: as root, or with a namespace of users.
fn namespaces() -> Option<Command> {
    let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    let unshare = |way: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(way).args([
            "--net",
            "--mount",
            "--pid",
            "--ipc",
            "--uts",
            "--fork",
            "--kill-child",
        ]);
        command
    };
    let works = |way: &&&[&str]| {
        let mut command = unshare(way);
        let mount = "mount -t tmpfs none /mnt && mount -t proc proc /proc";
        command.args(["sh", "-c", mount]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        skip_or_fail("no namespaces for a sandbox: they need root, or user namespaces");
        return None;
    };
    Some(unshare(way))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    run(Command::new("cp").arg("-r").args([from, to])).success();
}

/// A package laid out as that of nixpkgs, at the store path `path` once it is in a sandbox.
fn install(installation: &Installation, package: &Path, path: &str) {
    copy(
        &installation.root().join("usr/lib/prosody"),
        &package.join("lib/prosody"),
    );
    let launcher = fs::read_to_string(installation.prosody()).unwrap();
    let lines = launcher.lines().map(|line| match line.split_once('=') {
        Some(("CFG_SOURCEDIR", _)) => format!("CFG_SOURCEDIR='{path}/lib/prosody';"),
        Some(("CFG_PLUGINDIR", _)) => format!("CFG_PLUGINDIR='{path}/lib/prosody/modules/';"),
        Some(("CFG_CONFIGDIR", _)) => "CFG_CONFIGDIR='/etc/prosody';".to_owned(),
        Some(("CFG_DATADIR", _)) => "CFG_DATADIR='/var/lib/prosody';".to_owned(),
        _ => line.to_owned(),
    });
    let launcher: Vec<_> = lines.collect();
    write_script(package, "bin/prosody", &(launcher.join("\n") + "\n"));
    let empty = EMPTY
        .into_iter()
        .find(|(version, _)| *version == installation.version);
    for name in empty.unwrap().1 {
        let folder = package.join(format!("lib/prosody/modules/mod_{name}"));
        assert!(!folder.exists(), "{} has {name}", installation.full_version);
        write(&folder, &format!("mod_{name}.lua"), "");
    }
}

/// What a build that passes has to say.
#[track_caller]
fn assert_passes(said: &Said, case: &str) {
    assert!(said.status.success(), "{case}:\n{}", said.stderr);
    // The report is the result, and the log has it as well.
    assert!(said.stdout.starts_with("Prosody "), "{case}: {said:?}");
    assert!(said.stderr.contains(&said.stdout), "{case}: {said:?}");
    assert!(!said.stdout.contains("[module-fails]"), "{case}: {said:?}");
}

/// What a build that fails has to say at its end, and which modules it names.
#[track_caller]
fn assert_fails(said: &Said, modules: &[&str], case: &str) {
    assert!(!said.status.success(), "{case}:\n{}", said.stderr);
    assert_eq!(said.stdout, "", "{case}");
    let failing = said
        .stderr
        .lines()
        .filter(|line| line.contains("[module-fails]"));
    let failing: Vec<_> = failing
        .filter_map(|line| line.strip_prefix("error     ")?.split(' ').next())
        .collect();
    assert_eq!(failing, modules, "{case}:\n{}", said.stderr);
    let last = said.stderr.lines().last().unwrap();
    assert_eq!(
        last,
        "To build without this check, set services.prosody-stability.rehearse.enable = false.",
        "{case}"
    );
}

fn assert_every_profile_passes(server: &str) {
    for profile in PROFILES {
        let Some(build) = Build::of(server, &ours(&format!("profile = {profile:?};"))) else {
            return;
        };
        let Some(said) = build.run() else { return };
        let case = format!("{server} {profile}");
        assert_passes(&said, &case);
        // It has loaded what the profile says, and no file was only looked at.
        let plan = format!("prosody-stability: starting ");
        assert!(said.stderr.starts_with(&plan), "{case}:\n{}", said.stderr);
        assert!(
            !said.stderr.contains("are looked at"),
            "{case}:\n{}",
            said.stderr
        );
        assert!(
            said.stdout.contains("upload.localhost (component)"),
            "{case}: {said:?}"
        );
        assert!(
            said.stdout.contains("does not see your data"),
            "{case}: {said:?}"
        );
        println!("{case}:\n{}", said.stderr);
    }
}

#[test]
fn every_profile_passes_with_the_old_prosody() {
    assert_every_profile_passes("0.12");
}

#[test]
fn every_profile_passes_with_the_new_prosody() {
    assert_every_profile_passes("13.0");
}
