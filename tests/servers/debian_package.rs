//! The Debian package, on clean file systems of Debian 12 and 13: installed, run, asked about a pending upgrade, purged.
//!
//! `DEBIAN_PACKAGE` names the package that `scripts/package-debian` made, and `scripts/debian-roots` makes the file
//! systems. That takes minutes and a mirror, so that these tests are no part of `scripts/test`. They need root.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::scratch;
use crate::support::json::findings;
use crate::support::root;
use crate::support::skip::skip_optional;
use crate::upgrades::{DEBIAN_12_TO_13, SERVER, assert_names, concerning};

const REVIEW: &str = "prosody-stability-review-upgrade";
const CONFIG: &str = "/etc/prosody/prosody.cfg.lua";

/// A file system of Debian, unpacked for one test.
struct Debian {
    folder: tempfile::TempDir,
}

impl Debian {
    /// With Prosody, without the package; `None` where nobody asked for these tests.
    fn find(suite: &str) -> Option<Self> {
        if env::var_os("DEBIAN_PACKAGE").is_none() {
            skip_optional("the Debian package is tried only where DEBIAN_PACKAGE names it");
            return None;
        }
        let folder = scratch();
        let archive = roots().join(format!("{suite}.tar"));
        let mut command = Command::new("tar");
        command
            .arg("-C")
            .arg(folder.path())
            .arg("-xf")
            .arg(&archive);
        run(&mut command).success();
        Some(Self { folder })
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside.trim_start_matches('/'))
    }

    /// Runs a line of shell in there, with nothing of this machine's environment.
    fn run(&self, line: &str) -> CommandOutput {
        let mut command = Command::new("chroot");
        command
            .arg(self.folder.path())
            .args(["/bin/sh", "-c", line])
            .env_clear()
            .envs([
                ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                ("HOME", "/root"),
                ("LC_ALL", "C.UTF-8"),
                ("DEBIAN_FRONTEND", "noninteractive"),
            ]);
        run(&mut command)
    }

    fn install_package(&self) {
        let package = env::var_os("DEBIAN_PACKAGE").unwrap();
        fs::copy(root().join(package), self.path("/package.deb")).unwrap();
        self.run("dpkg --install /package.deb && rm /package.deb")
            .success();
    }

    /// Every path, of files and directories alike.
    fn paths(&self) -> BTreeSet<String> {
        let found = self.run("find / -xdev").success().stdout;
        found.lines().map(str::to_owned).collect()
    }

    /// Makes the packages of a suite what apt would install: the only source is a directory of these two.
    fn offer(&self, suite: &str) {
        fs::create_dir(self.path("/offered")).unwrap();
        for package in packages(suite) {
            fs::copy(
                &package,
                self.path("/offered").join(package.file_name().unwrap()),
            )
            .unwrap();
        }
        self.run(
            "set -e; cd /offered; rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
            for deb in *.deb; do dpkg-deb -f $deb
                echo \"Filename: ./$deb\"; echo \"Size: $(stat -c %s $deb)\"
                echo \"SHA256: $(sha256sum $deb | cut -d ' ' -f 1)\"; echo; done >Packages
            echo 'deb [trusted=yes] file:/offered ./' >/etc/apt/sources.list
            apt-get -q update",
        )
        .success();
    }

    fn version(&self, package: &str) -> String {
        let line = format!("dpkg-query -W -f '${{Version}}' {package}");
        self.run(&line).success().stdout
    }
}

fn roots() -> PathBuf {
    match env::var_os("DEBIAN_ROOTS") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("target/debian-roots"),
    }
}

fn packages(suite: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(roots().join(suite)).unwrap();
    let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    files
}

/// Whether Prosody of this file system runs the plugin that the package brings, in a rehearsal: without a plan to
/// compare with, the plugin logs a warning.
fn runs_plugin(debian: &Debian, config: &Path) -> bool {
    let arguments = [
        "rehearse",
        "--config",
        config.to_str().unwrap(),
        "--prosody",
        debian.folder.path().to_str().unwrap(),
        "--clients",
        "0",
        "--format",
        "json",
    ];
    let report = run(&mut tool(&arguments));
    findings(&report.json()).iter().any(|finding| {
        finding["subject"] == "stability_profile" && finding["code"] == "logged-warning"
    })
}

/// Installed, run and purged.
fn assert_comes_and_goes(suite: &str) {
    let Some(debian) = Debian::find(suite) else {
        return;
    };
    let before = debian.paths();
    let config = debian.path("/etc/prosody/with-plugin.cfg.lua");
    fs::write(
        &config,
        "modules_enabled = { 'stability_profile' }\nVirtualHost 'h'\n",
    )
    .unwrap();
    assert!(!runs_plugin(&debian, &config));
    debian.install_package();
    assert!(runs_plugin(&debian, &config));
    fs::remove_file(config).unwrap();

    let check = debian.run(&format!("prosody-stability check --config {CONFIG}"));
    assert_eq!(check.code(), Some(0), "{}\n{}", check.stdout, check.stderr);
    assert!(check.stdout.contains("localhost"), "{}", check.stdout);
    let flags = "--env-file /etc/default/prosody-stability";
    debian
        .run(&format!("prosody-stability resolve {flags}"))
        .success();
    for file in [
        "/usr/share/man/man1/prosody-stability.1.gz",
        "/usr/share/man/man1/prosody-stability-diff.1.gz",
        "/usr/share/man/man1/prosody-stability-review-upgrade.1.gz",
        "/usr/share/bash-completion/completions/prosody-stability",
        "/usr/share/fish/vendor_completions.d/prosody-stability.fish",
        "/usr/share/zsh/vendor-completions/_prosody-stability",
        "/usr/share/doc/prosody-stability/copyright",
    ] {
        assert!(debian.path(file).is_file(), "{file}");
    }
    let nothing = debian.run(REVIEW).success();
    assert!(
        nothing.stderr.contains("no upgrade of prosody"),
        "{nothing:?}"
    );

    debian.run("dpkg --purge prosody-stability").success();
    let after = debian.paths();
    let left: Vec<_> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn debian_12() {
    assert_comes_and_goes("bookworm");
}

#[test]
fn debian_13() {
    assert_comes_and_goes("trixie");
}

#[test]
fn a_pending_upgrade_to_13_is_reviewed() {
    let Some(debian) = Debian::find("bookworm") else {
        return;
    };
    debian.install_package();
    fs::write(debian.path("/etc/prosody/server.cfg.lua"), SERVER).unwrap();
    let review = format!("{REVIEW} -- --config /etc/prosody/server.cfg.lua --all --format json");
    debian.offer("trixie");

    // apt has to download them.
    let before = debian.paths();
    let downloaded = debian.run(&review);
    assert_eq!(downloaded.code(), Some(1), "{}", downloaded.stderr);
    let found = concerning(&downloaded.json());
    assert_names(&found, DEBIAN_12_TO_13);
    // The plugin of this package stays where it is.
    assert!(
        !downloaded.stdout.contains("stability_profile"),
        "{found:#?}"
    );
    assert_eq!(debian.paths(), before);

    // apt has them already, and nothing is there to download.
    debian
        .run("mv /offered/*.deb /var/cache/apt/archives/")
        .success();
    let archived = debian.run(&review);
    assert_eq!(archived.json(), downloaded.json());

    // Named one by one, one alone keeps the other as it is installed.
    let named = debian.run(&format!(
        "{REVIEW} /var/cache/apt/archives/prosody-modules_*.deb -- --format json"
    ));
    let sides = named.json()["sides"].clone();
    assert_eq!(sides[0]["release"], sides[1]["release"], "{sides:#}");
    let other = debian.run(&format!("{REVIEW} /var/cache/apt/archives/none.deb"));
    assert_eq!(other.code(), Some(2));
    assert_eq!(debian.version("prosody")[..4], *"0.12");
}

#[test]
fn apt_stops_before_a_breaking_upgrade() {
    let Some(debian) = Debian::find("bookworm") else {
        return;
    };
    debian.install_package();
    debian
        .run("cp /usr/share/doc/prosody-stability/examples/review-upgrades.conf /etc/apt/apt.conf.d/")
        .success();
    debian.offer("bookworm-backports");
    let upgrade = "apt-get -q install -y --no-install-recommends prosody prosody-modules";

    let own = fs::read(debian.path(CONFIG)).unwrap();
    fs::write(debian.path(CONFIG), SERVER).unwrap();
    let stopped = debian.run(upgrade);
    assert_ne!(stopped.code(), Some(0));
    let said = stopped.stdout + &stopped.stderr;
    assert!(said.contains("breaking  http_upload"), "{said}");
    assert_eq!(debian.version("prosody")[..4], *"0.12", "{said}");

    // Debian's own file has nothing that breaks.
    fs::write(debian.path(CONFIG), own).unwrap();
    debian.run(upgrade).success();
    assert_eq!(debian.version("prosody")[..4], *"13.0");
}
