//! `scripts/review-change` without GitHub.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use super::action::yaml;
use super::job::{Job, inventory_without};
use crate::support::command::run;
use crate::support::folder::read;
use crate::support::json::text;
use crate::support::root;

/// The script.
pub static PATH: LazyLock<String> = LazyLock::new(|| {
    let path = root().join("scripts/review-change");
    path.display().to_string()
});

fn script(job: &Job, settings: &[(&str, &str)]) -> Command {
    let mut script = job.command("bash");
    script.arg(&*PATH).envs(settings.iter().copied());
    script
}

#[test]
fn it_prints_text_and_writes_markdown() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    let inventory = ("REVIEW_INVENTORY", "inventory.json");
    let said = run(&mut script(&job, &[inventory]));
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        said.stdout.contains("\nbreaking  mam will not load"),
        "{said:?}"
    );
    let report = read(&job.server(), "review.md");
    assert!(
        report.starts_with("❌ The module check fails: fix or accept the changes below.\n\n## ")
            && report.contains("**1 breaking,"),
        "{report}"
    );
    // Nothing else of the repository is touched.
    assert_eq!(job.git(&["status", "--porcelain"]), "?? review.md");
    assert_eq!(job.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn it_runs_below_the_top_and_writes_where_it_is_told() {
    let job = Job::new();
    job.push("change", "docs/README.md", "Our server.\n");
    let output = job.folder.path().join("report.md");
    let mut command = script(
        &job,
        &[
            ("REVIEW_INVENTORY", "inventory.json"),
            ("REVIEW_OUTPUT", &output.display().to_string()),
            ("REVIEW_NAME", "chat.example/1"),
        ],
    );
    let said = run(command.current_dir(job.server().join("docs")));
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert_eq!(
        fs::read_to_string(output).unwrap(),
        "✅ The module check of chat.example/1 passes.\n\nNo changes.\n"
    );
}

#[test]
fn what_it_does_not_understand_is_refused_in_the_report_too() {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    let cases = [
        (
            ("REVIEW_INVENTORY", "../inventory.json"),
            "not a path below",
        ),
        (("REVIEW_INVENTORY", "/etc/passwd"), "not a path below"),
        (("REVIEW_INVENTORY", "gone.json"), "cannot find 'gone.json'"),
        (("REVIEW_NAME", "x --> y"), "is not usable"),
        (("REVIEW_FORMAT", "json"), "unknown format 'json'"),
        (("REVIEW_ARGUMENTS", "--root=."), "--root does not go with"),
        (("REVIEW_BASE", "--all"), "no revision '--all'"),
    ];
    for (setting, expected) in cases {
        let said = run(&mut script(
            &job,
            &[
                ("REVIEW_CONFIG", "configuration.nix"),
                ("REVIEW_INVENTORY", "inventory.json"),
                setting,
            ],
        ));
        assert_eq!(said.code(), Some(2), "{setting:?} {said:?}");
        assert!(said.stderr.contains(expected), "{setting:?} {said:?}");
        let report = read(&job.server(), "review.md");
        assert!(
            report.starts_with("❌ ")
                && report.contains("the review is incomplete")
                && report.contains(expected),
            "{setting:?} {report}"
        );
    }
}

#[test]
fn a_program_that_is_not_there_passes_nothing() {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    let settings = [
        ("REVIEW_INVENTORY", "inventory.json"),
        ("PROSODY_STABILITY", "/nowhere/prosody-stability"),
    ];
    let said = run(&mut script(&job, &settings));
    assert_eq!(said.code(), Some(2), "{said:?}");
}

/// The variables of the documented job are settings that the script knows.
#[test]
fn the_documented_job_of_gitlab_sets_what_there_is() {
    let page = read(root(), "docs/ci.md");
    let (_, job) = page.split_once("```yaml\nprosody:\n").unwrap();
    let job = yaml(&format!("prosody:\n{}", job.split_once("```").unwrap().0));
    let script = read(root(), "scripts/review-change");
    let variables = job["prosody"]["variables"].as_object().unwrap();
    let named = variables
        .keys()
        .filter(|name| name.starts_with("REVIEW_"))
        .inspect(|name| assert!(script.contains(&format!("\n#   {name} ")), "{name}"));
    assert_eq!(named.count(), 4);
    let line = text(&job["prosody"]["script"][0]);
    let path = line.strip_prefix("bash prosody-stability/").unwrap();
    assert!(Path::new(root()).join(path).is_file(), "{line}");
}
