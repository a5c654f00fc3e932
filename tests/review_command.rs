//! `diff` on the command line: what it must name, its formats, its gate, and what it does not read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod json_schema;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use prosody_stability::review::severity;
use serde_json::{Value, json};

fn run_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(assert_cmd::cargo::cargo_bin!("prosody-stability"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn run(args: &[&str]) -> Output {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json_of(args: &[&str]) -> Value {
    let output = run(&[args, &["--format", "json"]].concat());
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The changes of a kind as subject and message.
fn of_kind(review: &Value, code: &str) -> Vec<(String, String)> {
    let changes = review["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["kind"] == code);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .map(|change| (text(&change["subject"]), text(&change["message"])))
        .collect()
}

/// A folder with the built-in inventory and one that differs: carbons demoted, mam gone.
fn two_inventories() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let old = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/inventory/prosody.json"
    ))
    .unwrap();
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
    let bundled = of_kind(&review, "bundled");
    for module in ["cloud_notify", "http_altconnect"] {
        let change = review["changes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["kind"] == "bundled" && c["subject"] == module);
        let change = change.unwrap_or_else(|| panic!("{module} in {bundled:?}"));
        assert_eq!(change["severity"], "warning");
        assert_eq!(change["help"], "stop installing the community copy");
        assert_eq!(change["selections"], json!(["community"]));
    }
    let replaced = of_kind(&review, "replaced");
    assert_eq!(replaced.len(), 1, "{replaced:?}");
    assert_eq!(replaced[0].0, "http_upload");
    assert!(
        replaced[0].1.contains("http_file_share loads instead"),
        "{replaced:?}"
    );
    assert!(
        of_kind(&review, "withdrawn")
            .iter()
            .any(|(subject, _)| subject == "http_upload")
    );
}

#[test]
fn names_what_is_pulled_in_on_an_enterprise_server() {
    let review = json_of(&["diff", "--release", "0.12..13.0", "--profile", "enterprise"]);
    let pulled = of_kind(&review, "pulled-in");
    assert_eq!(pulled.len(), 1, "{pulled:?}");
    assert_eq!(pulled[0].0, "http_altconnect");
    assert_eq!(
        pulled[0].1,
        "http_altconnect will load although beta is off: bosh, websocket ask for it"
    );
}

#[test]
fn without_a_selection_every_profile_is_reviewed_apart() {
    let review = json_of(&["diff", "--release", "0.12..13.0"]);
    let names: Vec<_> = review["selections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["personal", "community", "enterprise", "development"]
    );
    let pulled = review["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["kind"] == "pulled-in")
        .unwrap();
    assert_eq!(pulled["selections"], json!(["enterprise"]));
}

#[test]
fn json_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(&stdout(&run(&["schema", "review"]))).unwrap();
    let review = json_of(&["diff", "--release", "0.12..13.0"]);
    assert_eq!(json_schema::violations(&schema, &review), [""; 0]);
}

#[test]
fn says_nothing_when_nothing_changed() {
    for format in ["markdown", "github", "patch"] {
        let output = run(&["diff", "--format", format, "--fail-on", "info"]);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(0), String::new()),
            "{format}"
        );
    }
    assert!(stdout(&run(&["diff"])).contains("nothing changes"));
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
    assert_eq!(back.status.code(), Some(0), "what starts breaks nothing");
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
    assert_eq!(missing.status.code(), Some(2));
    let written = run_in(folder.path(), &[&diff[..], &["--allow-write"]].concat());
    assert_eq!(
        written.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    let file = folder.path().join("allow.json");
    let mut allowed: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(allowed["allow"].as_array().unwrap().len(), 2, "{allowed}");
    assert_eq!(run_in(folder.path(), &diff).status.code(), Some(0));
    allowed["allow"][0]["reason"] = json!("it is fine");
    allowed["allow"][0]["until"] = json!("2020-01-31");
    fs::write(&file, allowed.to_string()).unwrap();
    let expired = run_in(folder.path(), &diff);
    assert_eq!(expired.status.code(), Some(1));
    assert!(
        stdout(&expired).contains("accepted until 2020-01-31 only"),
        "{}",
        stdout(&expired)
    );
    // What stands there is kept, and what is gone is said.
    let stale = run_in(folder.path(), &["diff", "--allow", "allow.json"]);
    assert!(
        stdout(&stale).contains("there is no such change"),
        "{}",
        stdout(&stale)
    );
    run_in(folder.path(), &[&diff[..], &["--allow-write"]].concat());
    assert!(fs::read_to_string(&file).unwrap().contains("it is fine"));
    allowed["allow"][0]["until"] = json!("2027-02-30");
    fs::write(&file, allowed.to_string()).unwrap();
    assert_eq!(run_in(folder.path(), &diff).status.code(), Some(2));
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
    let mut many: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("old.json")).unwrap()).unwrap();
    for number in 0..3_000 {
        many["modules"][format!("module_{number}")] = json!({
            "category": "security", "stability": "stable", "purpose": "| <b>@everyone</b> `x`\n",
        });
    }
    fs::write(folder.path().join("many.json"), many.to_string()).unwrap();
    let output = run_in(
        folder.path(),
        &["diff", "old.json", "many.json", "--format", "markdown"],
    );
    let text = stdout(&output);
    assert!(text.len() < 65_535, "{}", text.len());
    assert!(text.contains(" more changes\n"), "cut with a count");
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for row in text.lines().filter(|line| line.starts_with('|')) {
        assert!(row.ends_with('|') && [4, 6].contains(&cells(row)), "{row}");
    }
}

#[test]
fn annotations_are_one_line_each() {
    let folder = two_inventories();
    let text = stdout(&run_in(
        folder.path(),
        &["diff", "old.json", "new.json", "--format", "github"],
    ));
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
        let output = Command::new("git")
            .args(identity)
            .args(args)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
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
    let review: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stops: Vec<_> = of_kind(&review, "stops")
        .into_iter()
        .map(|(subject, _)| subject)
        .collect();
    assert_eq!(stops, ["carbons", "mam"]);
}

#[test]
fn plugins_are_scanned_on_the_fly() {
    let folder = tempfile::tempdir().unwrap();
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
    let review: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lowered = of_kind(&review, "stage-lowered");
    assert_eq!(lowered[0].0, "spam_reporting", "{review}");
    assert!(
        of_kind(&review, "withdrawn").is_empty(),
        "the tree is laid over a whole release"
    );
}

#[test]
fn bad_input_names_the_side_and_the_place() {
    let folder = two_inventories();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let old = fs::read_to_string(folder.path().join("old.json")).unwrap();
    write("truncated.json", &old[..old.len() / 2]);
    let emitted = stdout(&run_in(folder.path(), &["emit"]));
    write(
        "edited.nix",
        &emitted.replacen("stability = \"beta\"", "stability = \"alpha\"", 1),
    );
    write(
        "evaluated.nix",
        &emitted.replacen("\"beta\"", "lib.beta", 1),
    );
    fs::create_dir(folder.path().join("empty")).unwrap();
    let release = stdout(&run_in(folder.path(), &["diff"]));
    assert!(!release.is_empty());
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/inventory/releases/13.0.json");
    let release = fs::read_to_string(shipped).unwrap();
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
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert_eq!(output.stdout, b"", "{args:?}");
        for part in parts {
            assert!(error.contains(part), "{args:?}: {part} in {error}");
        }
    }
}

#[test]
fn a_nixos_file_is_read_without_guessing() {
    let folder = tempfile::tempdir().unwrap();
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
    let pulled_in = |output: &Output| {
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        of_kind(&review, "pulled-in").len()
    };
    for text in [
        "{ services.prosody-stability = { http = true; beta = false; }; }",
        "{ lib, ... }: { config.services.\"prosody-stability\".http = lib.mkForce true; \
         config.services.prosody-stability.beta = lib.mkDefault (false); }",
        "{ lib, ... }: with lib; { services = mkMerge [ { prosody-stability.profile = \"enterprise\"; } ]; }",
        "{ services.prosody-stability = { http = true; beta = [ ]; }; }",
    ] {
        let output = diff(text);
        assert_eq!(
            pulled_in(&output),
            1,
            "{text}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{text}");
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
            "{ services.prosody-stability.${\"beta\"} = false; }",
            "c.nix:1:30",
        ),
    ] {
        let output = diff(text);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}: {said}");
        assert!(said.contains(place), "{text}: {place} in {said}");
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(
            review["undecided"][0].as_str().unwrap().contains(place),
            "{review}"
        );
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
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("c.nix:1:"),
            "{shown}"
        );
    }
}

#[test]
fn the_documentation_explains_every_code() {
    let text = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/upgrade-review.md"
    ))
    .unwrap();
    let (_, table) = text
        .split_once("not up to date. -->\n\n")
        .expect("the marker of the table");
    assert_eq!(
        table,
        severity::table(),
        "put this into docs/upgrade-review.md:\n{}",
        severity::table()
    );
}
