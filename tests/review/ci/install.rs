//! How the action gets the command.

use std::env;
use std::fs;
use std::process::Command;

use super::PLANNED_UPGRADE;
use super::job::Job;
use crate::support::command::{CommandOutput, TOOL, run};
use crate::support::folder::{read, write, write_script};
use crate::support::root;

fn job() -> Job {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    fs::remove_file(job.folder.path().join("bin/prosody-stability")).unwrap();
    job
}

fn install(job: &Job, inputs: &[(&str, &str)]) -> CommandOutput {
    job.review(&[&PLANNED_UPGRADE, inputs].concat())
}

/// The action's version, as its releases have it: an archive and its checksum.
fn release(job: &Job) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let folder = job.folder.path().join(format!("gh/releases/v{version}"));
    let name = format!(
        "prosody-stability-{version}-{}-unknown-linux-musl",
        env::consts::ARCH
    );
    // What is in it runs the command under test, and says where it comes from.
    let program = format!("#!/bin/sh\necho \"released: $1\" >&2\nexec {TOOL} \"$@\"\n");
    write_script(&folder.join(&name), "prosody-stability", &program);
    let lines = format!("tar -czf {name}.tar.gz {name}; sha256sum {name}.tar.gz | tee SHA256SUMS");
    let mut shell = Command::new("sh");
    let said = run(shell.args(["-c", &lines]).current_dir(folder)).success();
    said.stdout.split(' ').next().unwrap().to_owned()
}

#[test]
fn the_command_of_the_path_is_taken() {
    let job = job();
    let program = format!("#!/bin/sh\necho \"of the path: $1\" >&2\nexec {TOOL} \"$@\"\n");
    write_script(job.folder.path(), "bin/prosody-stability", &program);
    let said = install(&job, &[]);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(said.stderr.contains("of the path: diff"), "{said:?}");
}

#[test]
fn a_release_is_downloaded_and_its_checksum_compared() {
    let job = job();
    let checksum = release(&job);
    for inputs in [
        &[("install", "release")][..],
        &[("install", "release"), ("sha256", &checksum)],
    ] {
        let said = install(&job, inputs);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert!(said.stderr.contains("released: diff"), "{said:?}");
    }
}

#[test]
fn an_archive_with_another_checksum_is_not_run() {
    let job = job();
    release(&job);
    let other = "0".repeat(64);
    let refused = |said: CommandOutput| {
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(said.stderr.contains("expected checksum"), "{said:?}");
        assert!(!said.stderr.contains("released: "), "{said:?}");
    };
    refused(install(&job, &[("install", "release"), ("sha256", &other)]));
    let version = env!("CARGO_PKG_VERSION");
    let sums = format!("gh/releases/v{version}/SHA256SUMS");
    let listed = read(job.folder.path(), &sums);
    write(
        job.folder.path(),
        &sums,
        &listed.replace(&listed[..64], &other),
    );
    refused(install(&job, &[("install", "release")]));
    // One that the list does not name is not known to be good.
    write(
        job.folder.path(),
        &sums,
        &listed.replace("prosody", "other"),
    );
    refused(install(&job, &[("install", "release")]));
}

#[test]
fn it_is_built_from_the_checkout_of_the_action() {
    let job = job();
    // Stands in for cargo, for which this takes minutes.
    let cargo = format!(
        "#!/bin/sh\nset -eu\n[ \"$*\" = \"install --quiet --locked --path $EXPECTED --root $RUNNER_TEMP/prosody-stability\" ]\n\
         mkdir -p \"$RUNNER_TEMP/prosody-stability/bin\"\nln -sf {TOOL} \"$RUNNER_TEMP/prosody-stability/bin/\"\n\
         echo built >&2\n"
    );
    let cargo = cargo.replace("$EXPECTED", &root().display().to_string());
    write_script(job.folder.path(), "bin/cargo", &cargo);
    for inputs in [&[][..], &[("install", "build")]] {
        let said = install(&job, inputs);
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert!(said.stderr.contains("built\n"), "{said:?}");
    }
}

#[test]
fn what_cannot_be_had_is_said() {
    let mut job = job();
    let said = install(&job, &[("install", "release")]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("cannot download "), "{said:?}");
    let said = install(&job, &[("install", "$(touch pwned)\n::error::x")]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stderr.contains("unknown value $'$(touch pwned)"),
        "{said:?}"
    );
    job.is_elsewhere = false;
    let said = install(&job, &[("install", "release")]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("has no releases"), "{said:?}");
}
