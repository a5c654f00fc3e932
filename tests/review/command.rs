//! `diff` on the command line: what it must name, its formats, its gate, and what it does not read.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::command::{self, CommandOutput, tool};
use crate::support::folder::{read, scratch};
use crate::support::json::{list, text};
use crate::support::root;
use crate::support::schema::violations;

fn run_in(folder: &Path, args: &[&str]) -> CommandOutput {
    command::run(tool(args).current_dir(folder))
}

fn run(args: &[&str]) -> CommandOutput {
    command::run(&mut tool(args))
}

fn json_of(args: &[&str]) -> Value {
    run(&[args, &["--format", "json"]].concat())
        .success()
        .json()
}

/// All changes of a review, whatever entries they are folded into.
fn changes<'a>(review: &'a Value) -> Vec<&'a Value> {
    let entries = list(&review["findings"]).iter();
    let facts = |entry: &'a Value| list_or_none(&entry["facts"]);
    entries
        .flat_map(|entry| std::iter::once(entry).chain(facts(entry)))
        .collect()
}

fn list_or_none(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The changes with a code as subject and sentence.
fn of_code(review: &Value, code: &str) -> Vec<(String, String)> {
    let changes = changes(review)
        .into_iter()
        .filter(|change| change["code"] == code);
    let sentence = |change: &Value| match change["reason"].as_str() {
        Some(reason) => format!("{}: {reason}", text(&change["message"])),
        None => text(&change["message"]).to_owned(),
    };
    changes
        .map(|change| {
            (
                change["subject"].as_str().unwrap_or_default().to_owned(),
                sentence(change),
            )
        })
        .collect()
}

/// A folder with the built-in inventory and one that differs: carbons demoted, mam gone.
fn two_inventories() -> tempfile::TempDir {
    let folder = scratch();
    let old = read(root(), "inventory/prosody.json");
    let mut new: Value = serde_json::from_str(&old).unwrap();
    new["modules"]["carbons"]["stability"] = json!("alpha");
    new["modules"].as_object_mut().unwrap().shift_remove("mam");
    fs::write(folder.path().join("old.json"), old).unwrap();
    fs::write(
        folder.path().join("new.json"),
        serde_json::to_string_pretty(&new).unwrap(),
    )
    .unwrap();
    folder
}

#[test]
fn names_what_the_step_to_13_does_to_a_community_server() {
    let review = json_of(&["diff", "--release", "0.12..13.0", "--profile", "community"]);
    let bundled = of_code(&review, "bundled");
    for module in ["cloud_notify", "http_altconnect"] {
        let mut changes = changes(&review).into_iter();
        let change = changes.find(|c| c["code"] == "bundled" && c["subject"] == module);
        let change = change.unwrap_or_else(|| panic!("{module} in {bundled:?}"));
        assert_eq!(change["severity"], "warning");
        assert_eq!(change["help"], "stop installing the community copy");
        assert_eq!(change["selections"], json!(["community"]));
    }
    let replaced = of_code(&review, "replaced");
    assert_eq!(replaced.len(), 1, "{replaced:?}");
    assert_eq!(replaced[0].0, "http_upload");
    assert!(
        replaced[0]
            .1
            .starts_with("http_upload will be replaced by http_file_share: only its README"),
        "{replaced:?}"
    );
    assert!(
        of_code(&review, "withdrawn")
            .iter()
            .any(|(subject, _)| subject == "http_upload")
    );
}

#[test]
fn names_what_is_pulled_in_on_an_enterprise_server() {
    let review = json_of(&["diff", "--release", "0.12..13.0", "--profile", "enterprise"]);
    let pulled = of_code(&review, "pulled-in");
    assert_eq!(pulled.len(), 1, "{pulled:?}");
    assert_eq!(pulled[0].0, "http_altconnect");
    assert_eq!(
        pulled[0].1,
        "http_altconnect will load although beta is off: optional dependency of bosh, websocket"
    );
}

#[test]
fn without_a_selection_every_profile_is_reviewed_apart() {
    let review = json_of(&["diff", "--release", "0.12..13.0"]);
    let names: Vec<_> = list(&review["scopes"])
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["personal", "community", "enterprise", "development"]
    );
    let changes = changes(&review);
    let pulled = changes.iter().find(|c| c["code"] == "pulled-in").unwrap();
    assert_eq!(pulled["selections"], json!(["enterprise"]));
}

#[test]
fn json_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(&run(&["schema", "report"]).stdout).unwrap();
    let review = json_of(&["diff", "--release", "0.12..13.0"]);
    assert_eq!(violations(&schema, &review), [""; 0]);
}

#[test]
fn says_nothing_when_nothing_changed() {
    for format in ["markdown", "github", "patch"] {
        let output = run(&["diff", "--format", format, "--fail-on", "info"]);
        assert_eq!(
            (output.code(), output.stdout),
            (Some(0), String::new()),
            "{format}"
        );
    }
    let said = run(&["diff"]).stdout;
    assert!(
        said.contains("both sides are the same, nothing to compare"),
        "{said}"
    );
}

#[test]
fn the_gate_has_three_exit_codes() {
    let folder = two_inventories();
    let code = |args: &[&str]| {
        run_in(
            folder.path(),
            &[&["diff", "old.json", "new.json"], args].concat(),
        )
        .status
        .code()
    };
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "breaking"]), Some(1));
    assert_eq!(code(&["--fail-on", "breaking", "--summary"]), Some(1));
    assert_eq!(code(&["--fail-on", "disaster"]), Some(2));
    let back = run_in(
        folder.path(),
        &["diff", "new.json", "old.json", "--fail-on", "breaking"],
    );
    assert_eq!(back.code(), Some(0), "what starts breaks nothing");
}

#[test]
fn a_closed_standard_output_leaves_the_exit_code_as_it_is() {
    for format in ["text", "markdown", "json", "github"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let arguments = ["diff", "--release", "0.12..13.0", "--fail-on", "breaking"];
        let mut command = tool(&[&arguments[..], &["--format", format]].concat());
        let status = command.stdout(writer).stderr(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(1), "{format}");
    }
}

#[test]
fn accepted_changes_pass_until_they_expire() {
    let folder = two_inventories();
    let diff = [
        "diff",
        "old.json",
        "new.json",
        "--allow",
        "allow.json",
        "--fail-on",
        "breaking",
    ];
    let missing = run_in(folder.path(), &diff);
    assert_eq!(missing.code(), Some(2));
    let written = run_in(folder.path(), &[&diff[..], &["--allow-write"]].concat());
    assert_eq!(written.code(), Some(0), "{}", written.stderr);
    let file = folder.path().join("allow.json");
    let mut allowed: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(list(&allowed["allow"]).len(), 2, "{allowed}");
    assert_eq!(run_in(folder.path(), &diff).code(), Some(0));
    // Nothing of it is to be removed.
    let pruned = run_in(folder.path(), &[&diff[..], &["--prune"]].concat());
    assert_eq!(pruned.code(), Some(0), "{}", pruned.stderr);
    let kept: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, allowed);
    allowed["allow"][0]["reason"] = json!("it is fine");
    allowed["allow"][0]["until"] = json!("2020-01-31");
    fs::write(&file, allowed.to_string()).unwrap();
    let expired = run_in(folder.path(), &diff);
    assert_eq!(expired.code(), Some(1));
    assert!(
        expired.stdout.contains("expired after 2020-01-31"),
        "{}",
        expired.stdout
    );
    allowed["allow"][0]["until"] = json!("9999-12-31");
    fs::write(&file, allowed.to_string()).unwrap();
    let holds = run_in(folder.path(), &diff);
    assert_eq!(holds.code(), Some(0));
    assert!(!holds.stdout.contains("stale"), "{}", holds.stdout);
    assert!(holds.stdout.contains("it is fine"), "{}", holds.stdout);
    // What stands there is kept, and what is gone is said.
    let stale = run_in(folder.path(), &["diff", "--allow", "allow.json"]);
    assert!(stale.stdout.contains("no such change"), "{}", stale.stdout);
    run_in(folder.path(), &[&diff[..], &["--allow-write"]].concat());
    assert!(fs::read_to_string(&file).unwrap().contains("it is fine"));
    allowed["allow"][0]["until"] = json!("2027-02-30");
    fs::write(&file, allowed.to_string()).unwrap();
    assert_eq!(run_in(folder.path(), &diff).code(), Some(2));
}

#[test]
fn the_patch_applies() {
    let folder = two_inventories();
    for (side, file) in [("old.json", "inventory.nix"), ("new.json", "wanted.nix")] {
        let emitted = run_in(folder.path(), &["emit", "--inventory", side]);
        fs::write(folder.path().join(file), emitted.stdout).unwrap();
    }
    let patch = run_in(
        folder.path(),
        &["diff", "old.json", "new.json", "--format", "patch"],
    );
    fs::write(folder.path().join("a.patch"), patch.stdout).unwrap();
    let status = Command::new("patch")
        .args(["-p1", "--fuzz=0", "-i", "a.patch"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    assert_eq!(read("inventory.nix"), read("wanted.nix"));
}

#[test]
fn markdown_fits_a_pull_request() {
    let folder = two_inventories();
    let old = fs::read_to_string(folder.path().join("old.json")).unwrap();
    for side in ["before", "after"] {
        let mut many: Value = serde_json::from_str(&old).unwrap();
        for number in 0..3_000 {
            many["modules"][format!("module_{number}")] = json!({
                "category": "security", "stability": "stable",
                "purpose": format!("| <b>@everyone</b> `{side} {number}`\n"),
            });
        }
        let file = folder.path().join(format!("{side}.json"));
        fs::write(file, many.to_string()).unwrap();
    }
    let review = |arguments: &[&str]| {
        let diff = ["diff", "before.json", "after.json", "--format", "markdown"];
        run_in(folder.path(), &[&diff, arguments].concat())
    };
    // They load nowhere: counted, not listed.
    let brief = review(&[]).stdout;
    assert!(
        brief.contains("3000 other changes in the inventory"),
        "{brief}"
    );
    assert!(brief.len() < 2_000, "{brief}");
    let output = review(&["--all"]);
    let text = output.stdout;
    assert!(text.len() < 65_535, "{}", text.len());
    assert!(text.contains(" more entries\n"), "cut with a count");
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for row in text.lines().filter(|line| line.starts_with('|')) {
        assert!(row.ends_with('|') && [5, 6].contains(&cells(row)), "{row}");
    }
}

#[test]
fn annotations_are_one_line_each() {
    let folder = two_inventories();
    let text = run_in(
        folder.path(),
        &["diff", "old.json", "new.json", "--format", "github"],
    )
    .stdout;
    assert!(
        text.starts_with("::error file=new.json,line=1,title=stops::"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
}

#[test]
fn reads_a_side_from_git_and_from_a_system() {
    let folder = two_inventories();
    let git = |args: &[&str]| {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ];
        let mut git = Command::new("git");
        command::run(git.args(identity).args(args).current_dir(folder.path())).success();
    };
    git(&["init", "-q"]);
    git(&["add", "old.json"]);
    git(&["commit", "-q", "-m", "one"]);
    let system = folder.path().join("system/etc/prosody-stability");
    fs::create_dir_all(&system).unwrap();
    fs::copy(
        folder.path().join("new.json"),
        system.join("inventory.json"),
    )
    .unwrap();
    let output = run_in(
        folder.path(),
        &["diff", "HEAD:old.json", "system", "--format", "json"],
    );
    let review = output.json();
    let stops: Vec<_> = of_code(&review, "stops")
        .into_iter()
        .map(|(subject, _)| subject)
        .collect();
    // What concerns more profiles comes first: development has alpha on.
    assert_eq!(stops, ["mam", "carbons"]);
}

#[test]
fn plugins_are_scanned_on_the_fly() {
    let folder = scratch();
    for (side, label) in [("old", "Beta"), ("new", "Obsolete")] {
        let module = folder.path().join(side).join("mod_spam_reporting");
        fs::create_dir_all(&module).unwrap();
        fs::write(
            module.join("mod_spam_reporting.lua"),
            "module:depends(\"blocklist\")\n",
        )
        .unwrap();
        fs::write(
            module.join("README.md"),
            format!("---\nlabels:\n- Stage-{label}\n---\n"),
        )
        .unwrap();
    }
    let output = run_in(folder.path(), &["diff", "old", "new", "--format", "json"]);
    let review = output.json();
    let lowered = of_code(&review, "stage-lowered");
    assert_eq!(lowered[0].0, "spam_reporting", "{review}");
    assert!(
        of_code(&review, "withdrawn").is_empty(),
        "the tree is laid over a whole release"
    );
}

#[test]
fn bad_input_names_the_side_and_the_place() {
    let folder = two_inventories();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let old = fs::read_to_string(folder.path().join("old.json")).unwrap();
    write("truncated.json", &old[..old.len() / 2]);
    let emitted = run_in(folder.path(), &["emit"]).stdout;
    write(
        "edited.nix",
        &emitted.replacen("stability = \"beta\"", "stability = \"alpha\"", 1),
    );
    write(
        "evaluated.nix",
        &emitted.replacen("\"beta\"", "lib.beta", 1),
    );
    fs::create_dir(folder.path().join("empty")).unwrap();
    let release = run_in(folder.path(), &["diff"]).stdout;
    assert!(!release.is_empty());
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/inventory/releases/13.0.json");
    let release = read(root(), shipped);
    write("broken_release.json", &release[..release.len() / 2]);
    let cases: [(&[&str], &[&str]); 12] = [
        (&["old.json", "missing.json"], &["NEW", "missing.json"]),
        (&["empty"], &["OLD", "empty"]),
        (&["truncated.json"], &["OLD", "truncated.json:"]),
        (&["old.json", "truncated.json"], &["NEW", "truncated.json:"]),
        (
            &["broken_release.json", "13.0"],
            &["OLD", "broken_release.json:"],
        ),
        (&["edited.nix"], &["OLD", "edited.nix:"]),
        (&["evaluated.nix"], &["OLD", "evaluated.nix:"]),
        (
            &["old.json", shipped],
            &["OLD (old.json) is an inventory", "NEW", "is a release"],
        ),
        (&["no-such-revision:old.json"], &["OLD", "no-such-revision"]),
        (&["old.json", "--exec=x:old.json"], &["unexpected argument"]),
        (&["--release", "0.12..99.x"], &["NEW", "99.x"]),
        (
            &["--release", "0.12..13.0", "0.12", "13.0"],
            &["--release", "OLD (0.12) is a release"],
        ),
    ];
    for (args, parts) in cases {
        let output = run_in(folder.path(), &[&["diff"], args].concat());
        let error = &output.stderr;
        assert_eq!(output.code(), Some(2), "{args:?}: {error}");
        assert_eq!(output.stdout, "", "{args:?}");
        for part in parts {
            assert!(error.contains(part), "{args:?}: {part} in {error}");
        }
    }
}

#[test]
fn a_nixos_file_is_read_without_guessing() {
    let folder = scratch();
    let diff = |text: &str| {
        fs::write(folder.path().join("c.nix"), text).unwrap();
        run_in(
            folder.path(),
            &[
                "diff",
                "--release",
                "0.12..13.0",
                "--config",
                "c.nix",
                "--format",
                "json",
            ],
        )
    };
    let pulled_in = |output: &CommandOutput| {
        let review = output.json();
        of_code(&review, "pulled-in").len()
    };
    for text in [
        "{ services.prosody-stability = { http = true; beta = false; }; }",
        "{ lib, ... }: { config.services.\"prosody-stability\".http = lib.mkForce true; \
         config.services.prosody-stability.beta = lib.mkDefault (false); }",
        "{ lib, ... }: with lib; { services = mkMerge [ { prosody-stability.profile = \"enterprise\"; } ]; }",
        "{ services.prosody-stability = { http = true; beta = [ ]; }; }",
    ] {
        let output = diff(text);
        assert_eq!(pulled_in(&output), 1, "{text}: {}", output.stderr);
        assert_eq!(output.stderr, "", "{text}");
    }
    for (text, place) in [
        (
            "{ services.prosody-stability = {\n  beta = x;\n}; }",
            "c.nix:2:10",
        ),
        (
            "{ lib, ... }: { services.prosody-stability.beta = lib.mkIf c false; }",
            "c.nix:1:62",
        ),
        (
            "{ services.prosody-stability = { inherit beta; }; }",
            "c.nix:1:42",
        ),
        ("{ services = import ./x.nix; }", "c.nix:1:14"),
        (
            "{ services.prosody-stability.${name} = false; }",
            "c.nix:1:30",
        ),
    ] {
        let output = diff(text);
        let said = &output.stderr;
        assert_eq!(output.code(), Some(0), "{text}: {said}");
        assert!(said.contains(place), "{text}: {place} in {said}");
        let review = output.json();
        let undecided = of_code(&review, "undecided");
        assert!(undecided[0].1.contains(place), "{review}");
    }
    let deep = format!("{{ x = {}1{}; }}", "[".repeat(100_000), "]".repeat(100_000));
    let chain = format!("{{ x = {}1; }}", "x: ".repeat(100_000));
    let operators = format!("{{ x = 1{}; }}", " ++ 1".repeat(100_000));
    for text in [
        "{ services.prosody-stability.beta = \"yes\"; }",
        "{ services.prosody-stability.beta = [ \"secuirty\" ]; }",
        "{ services.prosody-stability.profile = \"enterprize\"; }",
        "{ services.prosody-stability.modules.carbon = true; }",
        "{ services.prosody-stability.securty = true; }",
        "{ services.prosody-stability = { http = true; ",
        &deep,
        &chain,
        &operators,
    ] {
        let output = diff(text);
        let shown: String = text.chars().take(80).collect();
        assert_eq!(output.code(), Some(2), "{shown}");
        assert!(output.stderr.contains("c.nix:1:"), "{shown}");
    }
}
