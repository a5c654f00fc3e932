//! The steps of `action.yml`, run as they stand in the file in a repository of their own, with stand-ins for `gh` and
//! `docker`.

mod action;
mod install;
mod job;
mod reviewed;
mod script;

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use self::job::{Job, inventory_without};
use crate::support::command::{TOOL, run, run_with};
use crate::support::folder::{read, write, write_script};
use crate::support::skip::skip_or_fail;

const MARKER: &str = "<!-- prosody-stability review -->\n";

/// An inventory with the flags of a server.
const INVENTORY: [(&str, &str); 3] = [
    ("inventory", "inventory.json"),
    ("arguments", "--config=configuration.nix"),
    ("allow", "accepted.json"),
];

/// A review with warnings only.
const PLANNED_UPGRADE: [(&str, &str); 1] = [(
    "arguments",
    "--release=0.12..13.0\n--config=configuration.nix",
)];

#[test]
fn a_pull_request_that_breaks_fails_and_says_so_everywhere() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        said.stdout.starts_with("::error file=inventory.json,")
            && said.stdout.contains("mam will not load"),
        "{said:?}"
    );
    let summary = job.summary();
    assert!(
        summary.starts_with("❌ The module check fails: "),
        "{summary}"
    );
    assert!(
        summary.contains("**1 breaking, 0 warnings, 0 info**"),
        "{summary}"
    );
    assert_eq!(job.comments(), [format!("{MARKER}{summary}")]);
}

#[test]
fn a_pull_request_that_changes_no_module_gets_no_comment() {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert_eq!(said.stdout, "");
    assert_eq!(
        job.summary(),
        "✅ The module check passes.\n\nNo changes.\n"
    );
    assert_eq!(job.comments(), [""; 0]);
}

#[test]
fn what_others_merged_meanwhile_is_not_reviewed() {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    job.push("main", "inventory.json", &inventory_without(&["mam"]));
    let said = job.review(&INVENTORY);
    assert_eq!(
        (said.code(), said.stdout.as_str()),
        (Some(0), ""),
        "{said:?}"
    );
}

#[test]
fn later_pushes_update_one_comment_and_clear_it() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    assert_eq!(job.review(&INVENTORY).code(), Some(1));
    job.push(
        "change",
        "inventory.json",
        &inventory_without(&["mam", "carbons"]),
    );
    assert_eq!(job.review(&INVENTORY).code(), Some(1));
    let [comment] = &job.comments()[..] else {
        panic!("{:?}", job.comments());
    };
    assert!(
        comment.contains("**2 breaking, 0 warnings, 0 info**"),
        "{comment}"
    );
    job.push("change", "inventory.json", &inventory_without(&[]));
    // A push without any other change: the branch is as `main` again.
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(0), "{said:?}");
    let cleared = format!("{MARKER}✅ The module check passes.\n\nNo changes.\n");
    assert_eq!(job.comments(), [cleared]);
    assert_eq!(job.written(), ["POST", "PATCH", "PATCH"]);
}

#[test]
fn an_accepted_change_is_accepted_in_the_check_and_in_the_comment() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    let mut diff = Command::new(TOOL);
    diff.args(["diff", "HEAD^1:inventory.json", "inventory.json"])
        .args(["--config", "configuration.nix", "--fail-on", "breaking"])
        .args(["--allow", "written.json", "--allow-write"])
        .current_dir(job.server());
    run(&mut diff).success();
    let accepted = read(&job.server(), "written.json");
    fs::remove_file(job.server().join("written.json")).unwrap();
    job.push("change", "accepted.json", &accepted);
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(0), "{said:?}");
    let [comment] = &job.comments()[..] else {
        panic!("{:?}", job.comments());
    };
    assert!(
        comment.starts_with(&format!("{MARKER}✅ The module check passes.\n")),
        "{comment}"
    );
    assert!(
        comment.contains("**0 breaking, 0 warnings, 0 info, 1 accepted**"),
        "{comment}"
    );
    assert!(
        comment.contains("\n    warning: accepted.json: "),
        "no reason is given: {comment}"
    );
}

#[test]
fn a_fork_keeps_the_result_of_the_check() {
    let mut job = Job::new();
    job.read_only = true;
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    let breaks = job.review(&INVENTORY);
    assert_eq!(breaks.code(), Some(1), "{breaks:?}");
    assert!(
        breaks
            .stdout
            .contains("\n::notice title=prosody-stability::Cannot write the comment"),
        "{breaks:?}"
    );
    assert!(
        breaks.stderr.contains("Resource not accessible"),
        "{breaks:?}"
    );
    assert!(job.summary().contains("**1 breaking"), "{}", job.summary());
    let passes = job.review(&PLANNED_UPGRADE);
    assert_eq!(passes.code(), Some(0), "{passes:?}");
    assert!(
        passes.stdout.contains("Cannot write the comment"),
        "{passes:?}"
    );
    assert_eq!(job.comments(), [""; 0]);
}

#[test]
fn a_missing_allow_file_fails_unless_it_may_be_missing() {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    assert_eq!(job.review(&INVENTORY).code(), Some(0));
    let strict = "--config=configuration.nix\n--allow=accepted.json";
    let said = job.review(&[("inventory", "inventory.json"), ("arguments", strict)]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stderr.contains("error: cannot read accepted.json"),
        "{said:?}"
    );
    let [comment] = &job.comments()[..] else {
        panic!("{:?}", job.comments());
    };
    assert!(
        comment.starts_with(&format!(
            "{MARKER}❌ The module check fails: the review is incomplete.\n"
        )) && comment.contains("\n    error: cannot read accepted.json"),
        "{comment}"
    );
    assert!(!comment.contains("No changes"), "{comment}");
}

#[test]
fn what_cannot_be_determined_fails() {
    let job = Job::new();
    let conditional = "{ lib, ... }: { services.prosody-stability = lib.mkIf (builtins.pathExists ./x) { beta = true; }; }\n";
    job.push("change", "configuration.nix", conditional);
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        job.comments()[0].contains("`undecided`"),
        "{:?}",
        job.comments()
    );
}

#[test]
fn the_check_always_has_a_threshold_and_something_to_compare() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    let inventory = ("inventory", "inventory.json");
    let said = job.review(&[inventory]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    let warnings = job.review(&[PLANNED_UPGRADE[0], ("fail-on", "warning")]);
    assert_eq!(warnings.code(), Some(1), "{warnings:?}");
    let nothing = job.review(&[]);
    assert_eq!(nothing.code(), Some(2), "{nothing:?}");
    assert!(nothing.stderr.contains("nothing to compare"), "{nothing:?}");
    assert!(job.summary().contains("nothing to compare"));
    // Half a checkout has no base.
    let shallow = job.review(&[inventory, ("base", "HEAD^9")]);
    assert_eq!(shallow.code(), Some(2), "{shallow:?}");
    assert!(shallow.stderr.contains("fetch-depth"), "{shallow:?}");
}

/// As with `ref: ${{ github.event.pull_request.head.sha }}`: what its last commit changes is not the whole.
#[test]
fn the_head_of_a_pull_request_is_not_taken_for_its_merge() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    job.push("change", "README.md", "Our server.\n");
    let merge = job.git(&["rev-parse", "HEAD"]);
    job.git(&["checkout", "-q", "change"]);
    let mut script = job.command("bash");
    script
        .arg(&*script::PATH)
        .env("GITHUB_SHA", &merge)
        .env("REVIEW_INVENTORY", "inventory.json");
    let said = run(&mut script);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stderr.contains("may not be the base"), "{said:?}");
    script.env("REVIEW_BASE", "main");
    assert_eq!(run(&mut script).code(), Some(1));
}

#[test]
fn half_a_review_is_no_success() {
    let job = Job::new();
    job.push("change", "README.md", "Our server.\n");
    let broken = "#!/bin/sh\ncase \"$*\" in *markdown*) exit 101 ;; esac\n";
    fs::remove_file(job.folder.path().join("bin/prosody-stability")).unwrap();
    write_script(job.folder.path(), "bin/prosody-stability", broken);
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        job.summary().contains("with 101 as Markdown"),
        "{}",
        job.summary()
    );
}

#[test]
fn servers_have_comments_of_their_own() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    let named = |name, inputs: &[_]| job.review(&[inputs, &[("name", name)]].concat());
    let one = named("one", &INVENTORY);
    let two = named("two", &PLANNED_UPGRADE);
    let again = named("one", &INVENTORY);
    assert_eq!(
        [one.code(), two.code(), again.code()],
        [Some(1), Some(0), Some(1)]
    );
    assert_eq!(job.written().last().unwrap(), "PATCH");
    let first_lines: Vec<_> = job
        .comments()
        .iter()
        .map(|comment| comment.lines().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let [one, two] = &first_lines[..] else {
        panic!("{first_lines:?}");
    };
    assert!(
        one.starts_with(
            "<!-- prosody-stability review of one --> ❌ The module check of one fails"
        ),
        "{one}"
    );
    assert!(
        two.starts_with(
            "<!-- prosody-stability review of two --> ✅ The module check of two passes"
        ),
        "{two}"
    );
}

#[test]
fn a_long_review_is_cut_in_the_comment_only() {
    let job = Job::new();
    let stale = |number: u32| json!({ "fingerprint": format!("{number:016x}"), "reason": "" });
    let allow = json!({ "schemaVersion": 1, "allow": (0..4000).map(stale).collect::<Vec<_>>() });
    write(
        &job.server(),
        "inventory.json",
        &inventory_without(&["mam"]),
    );
    job.push("change", "accepted.json", &allow.to_string());
    let said = job.review(&INVENTORY);
    assert_eq!(said.code(), Some(1), "{said:?}");
    let (summary, comments) = (job.summary(), job.comments());
    // GitHub refuses a comment that is longer.
    assert!(
        summary.len() > 65_536 && comments[0].len() < 65_536,
        "{} {}",
        summary.len(),
        comments[0].len()
    );
    assert!(comments[0].contains("mam will not load"), "{}", comments[0]);
    assert!(
        comments[0]
            .ends_with("\nThe review is too long for a comment. The job summary has all of it.\n")
    );
    assert!(summary.contains("0000000000000f9f"), "the last entry");
}

/// The stand-in has no jq: here the filter meets comments as `gh pr view --json comments` prints them.
#[test]
fn finds_only_its_own_comment() {
    let job = Job::new();
    job.push("change", "inventory.json", &inventory_without(&["mam"]));
    assert_eq!(job.review(&INVENTORY).code(), Some(1));
    if Command::new("jq").arg("--version").output().is_err() {
        skip_or_fail("no jq: the filter for the comment is not tested");
        return;
    }
    let filter = read(job.folder.path(), "gh/filter");
    let comment = |number: u32, own: bool, body: String| json!({ "body": body, "viewerDidAuthor": own, "url": format!("https://github.com/owner/server/pull/7#issuecomment-{number}") });
    let found = |comments: Vec<Value>| {
        let mut jq = Command::new("jq");
        jq.args(["-r", &filter]).env("MARKER", MARKER.trim_end());
        run_with(
            &mut jq,
            json!({ "comments": comments }).to_string().as_bytes(),
        )
        .success()
        .stdout
    };
    let others = vec![
        comment(1, false, format!("{MARKER}copied")),
        comment(2, true, format!("quoted: {MARKER}")),
        comment(
            3,
            true,
            "<!-- prosody-stability review of one -->\n".to_owned(),
        ),
    ];
    assert_eq!(found(others.clone()), "\n");
    let own = comment(4, true, format!("{}\r\nreview", MARKER.trim_end()));
    assert_eq!(
        found([others, vec![own]].concat()),
        "https://github.com/owner/server/pull/7#issuecomment-4\n"
    );
}
