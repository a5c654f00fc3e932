//! The machines of a flake: the plans that are evaluated of them, and `diff --flake` between two revisions in a
//! scratch git repository, without a network.

use std::path::Path;
use std::process::Command;

use prosody_stability::configuration::nixos::plans::function;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::flake::{Copy, has_nix, run};
use crate::support::command::{self, CommandOutput, TOOL};
use crate::support::folder::{scratch, write, write_script};
use crate::support::json::{list, names};
use crate::support::{machine, nix};

/// A repository with a flake of three machines, on the stand-in for nixpkgs and this repository's module.
struct Fleet {
    folder: TempDir,
    /// What the flake takes its inputs from.
    _inputs: Copy,
}

const ALPHA: &str = r#"{ pkgs, ... }: {
  services.prosody.package = pkgs.prosody.override { version = "0.12.4"; };
  services.prosody.extraModules = [ "http_upload" ];
  services.prosody.virtualHosts.chat = { domain = "alpha.example"; enabled = true; };
}
"#;
const BETA: &str = r#"{
  services.prosody-stability = {
    enable = true;
    profile = "community";
    virtualHosts.localhost.modules.limits = false;
  };
}
"#;
const GAMMA: &str =
    "{ services.prosody.virtualHosts.chat = { domain = \"gamma.example\"; enabled = true; }; }\n";

impl Fleet {
    /// With one revision, in which nothing has changed yet.
    fn new() -> Self {
        let inputs = Copy::new();
        let folder = scratch();
        let this = inputs.path().display();
        let flake = format!(
            r#"{{
  inputs.nixpkgs.url = "path:{this}/tests/nixpkgs-stub";
  inputs.prosody-stability.url = "path:{this}";
  inputs.prosody-stability.inputs.nixpkgs.follows = "nixpkgs";
  outputs = {{ self, nixpkgs, prosody-stability }}:
    let
      machine = file: nixpkgs.lib.nixosSystem {{
        system = "x86_64-linux";
        modules = [
          prosody-stability.nixosModules.default
          {{ services.prosody = {{ enable = true; xmppComplianceSuite = false; }}; }}
          file
        ];
      }};
    in {{
      nixosConfigurations = {{
        alpha = machine ./alpha.nix;
        beta = machine ./beta.nix;
        gamma = machine ./gamma.nix;
        router = nixpkgs.lib.nixosSystem {{ system = "x86_64-linux"; modules = [ ]; }};
      }};
      plans = prosody-stability.lib.plans self.nixosConfigurations;
    }};
}}
"#
        );
        let fleet = Self {
            folder,
            _inputs: inputs,
        };
        fleet.git(&["init", "--quiet"]);
        fleet.commit(&[
            ("flake.nix", &flake),
            ("alpha.nix", ALPHA),
            ("beta.nix", BETA),
            ("gamma.nix", GAMMA),
        ]);
        fleet
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
        let said = run(self.path(), "git", &[&who, arguments].concat());
        said.success().stdout.trim().to_owned()
    }

    /// A revision with these files.
    fn commit(&self, files: &[(&str, &str)]) -> String {
        for (name, text) in files {
            write(self.path(), name, text);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A revision"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// `diff` in the repository, with a Nix that has no experimental features on and asks nobody.
    fn diff(&self, arguments: &[&str]) -> CommandOutput {
        let mut command = Command::new(TOOL);
        command
            .arg("diff")
            .args(arguments)
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env("NIX_CONFIG", "build-users-group =\nsubstituters =\n");
        command::run(&mut command)
    }

    /// `diff` between the first revision and what is committed now.
    fn review(&self, arguments: &[&str]) -> CommandOutput {
        let first = self.git(&["rev-list", "--max-parents=0", "HEAD"]);
        let old = format!("git+file:.?rev={first}");
        self.diff(&[&["--flake", &old, "."], arguments].concat())
    }

    /// The upgrade of alpha and a stricter profile on beta.
    fn upgraded() -> Self {
        let fleet = Self::new();
        fleet.commit(&[
            (
                "alpha.nix",
                &ALPHA.replace("version = \"0.12.4\";", "version = \"13.0.7\";"),
            ),
            ("beta.nix", &BETA.replace("community", "enterprise")),
        ]);
        fleet
    }
}

/// The findings of a report with this code.
fn with_code<'a>(report: &'a Value, code: &str) -> Vec<&'a Value> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["code"] == code).collect()
}

#[test]
fn two_revisions_say_what_changes_on_which_machine() {
    if !has_nix() {
        return;
    }
    let fleet = Fleet::upgraded();
    let text = fleet.review(&[]).success();
    let (summary, changes) = text.stdout.split_once("\n\n").unwrap();
    for line in [
        "  alpha  1 breaking",
        "  beta   0 breaking",
        "  gamma  nothing changes",
    ] {
        assert!(summary.contains(line), "{line} in {summary}");
    }
    assert!(!summary.contains("router"), "{summary}");
    assert!(summary.contains(" 3 of 4 machines of ."), "{summary}");
    for line in [
        "breaking  http_upload will not load: ",
        "services.prosody-stability.profile changes from community to enterprise (beta)",
        "Prosody is updated from 0.12.4 to 13.0.7 (alpha)",
    ] {
        assert!(changes.contains(line), "{line} in {changes}");
    }
    assert!(!changes.contains("gamma"), "{changes}");

    let markdown = fleet.review(&["--format", "markdown"]).success().stdout;
    for line in [
        "| alpha | 1 |",
        "### Breaking: 1",
        "| `alpha: alpha.example`",
    ] {
        assert!(markdown.contains(line), "{line} in {markdown}");
    }
    let github = fleet.review(&["--format", "github"]).success().stdout;
    let error = github.lines().next().unwrap();
    assert!(
        error.starts_with("::error title=breaks::http_upload"),
        "{error}"
    );
    assert!(error.contains("(alpha: alpha.example)"), "{error}");

    let report = fleet.review(&["--format", "json"]).success().json();
    let [breaks] = with_code(&report, "breaks")[..] else {
        panic!("{report}");
    };
    assert_eq!(breaks["selections"], json!(["alpha"]));
    assert_eq!(breaks["hosts"], json!({"alpha": ["alpha.example"]}));
    let scopes: Vec<_> = report["scopes"].as_array().unwrap().iter().collect();
    let machines: Vec<&str> = scopes.iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(machines, ["alpha", "beta", "gamma"]);
    assert!(scopes.iter().all(|scope| scope["kind"] == "machine"));
}

#[test]
fn the_exit_code_is_that_of_the_worst_machine() {
    if !has_nix() {
        return;
    }
    let fleet = Fleet::upgraded();
    assert_eq!(fleet.review(&[]).code(), Some(0));
    assert_eq!(fleet.review(&["--fail-on", "breaking"]).code(), Some(1));
    let beta = fleet.review(&["--fail-on", "breaking", "--machine", "beta"]);
    assert_eq!(beta.code(), Some(0), "{beta:?}");
    // Progress is for a terminal.
    assert_eq!(beta.stderr, "");
    let none = fleet.review(&["--machine", "bta"]);
    assert!(
        none.stderr.contains("did you mean `beta`?"),
        "{}",
        none.stderr
    );
    assert_eq!(none.code(), Some(2));
    assert!(none.stderr.contains("no machine `bta`"), "{}", none.stderr);
}

#[test]
fn the_plans_of_two_revisions_say_the_same_as_the_revisions() {
    if !has_nix() {
        return;
    }
    let fleet = Fleet::upgraded();
    let plans = |reference: &str| {
        let plans = format!("{reference}#plans");
        let arguments = ["eval", "--json", "--no-write-lock-file", &*plans];
        run(fleet.path(), "nix", &arguments).success().stdout
    };
    let first = fleet.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let folder = scratch();
    let before = plans(&format!("git+file:.?rev={first}"));
    let old = write(folder.path(), "old.json", &before);
    let new = write(folder.path(), "new.json", &plans("."));
    let of_plans = fleet
        .diff(&[&old, &new, "--format", "json"])
        .success()
        .json();
    let of_flakes = fleet.review(&["--format", "json"]).success().json();
    assert_eq!(of_plans["findings"], of_flakes["findings"]);
    assert_eq!(of_plans["scopes"], of_flakes["scopes"]);

    // As it is documented.
    let line = "plans = prosody-stability.lib.plans self.nixosConfigurations;";
    assert!(crate::support::folder::read(fleet.path(), "flake.nix").contains(line));
    assert!(crate::support::folder::read(crate::support::root(), "docs/fleets.md").contains(line));

    let plans: Value = serde_json::from_str(&plans(".")).unwrap();
    let beta = &plans["machines"]["beta"]["prosody"]["stability"];
    assert_eq!(beta["profile"], "enterprise");
    assert_eq!(beta["flags"]["beta"], false);
    assert_eq!(beta["release"], "13.0");
    assert_eq!(beta["states"]["cloud_notify"], "off");
    assert_eq!(
        beta["virtualHosts"],
        json!({"localhost": {"modules": {"limits": false}}})
    );
    let before: Value = serde_json::from_str(&before).unwrap();
    let before = &before["machines"]["beta"]["prosody"]["stability"];
    let found = list(&before["findings"]).iter();
    let codes: Vec<&str> = found
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["unavailable"]);
    assert!(
        beta["profileLine"].as_str().unwrap().contains("Beta=0"),
        "{beta}"
    );
    assert_eq!(
        plans["machines"]["alpha"]["prosody"]["stability"],
        Value::Null
    );
    assert_eq!(plans["machines"]["router"]["prosody"], Value::Null);
    let schema =
        crate::support::folder::read(crate::support::root(), "inventory/schema/plans.json");
    let schema = serde_json::from_str(&schema).unwrap();
    assert_eq!(crate::support::schema::violations(&schema, &plans), [""; 0]);
}

#[test]
fn a_machine_that_cannot_be_evaluated_hides_no_other_and_passes_no_check() {
    if !has_nix() {
        return;
    }
    let fleet = Fleet::upgraded();
    // What Nix cannot catch, and what it can.
    for (broken, why) in [
        (
            "{ config, ... }: { services.prosody.admins = [ config.no.such.option ]; }\n",
            "attribute 'no' missing",
        ),
        (
            "{ pkgs, ... }: { services.prosody.extraConfig = builtins.readFile (pkgs.runCommand \"x\" { } \"echo >$out\"); }\n",
            "cannot build",
        ),
        (
            "{ services.prosody.extraConfig = throw \"no\"; }\n",
            "its evaluation fails",
        ),
    ] {
        fleet.commit(&[("gamma.nix", broken)]);
        let said = fleet.review(&["--fail-on", "breaking"]);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(
            said.stdout.contains("http_upload will not load"),
            "{}",
            said.stdout
        );
        let doubt = "cannot determine what runs on the new side";
        let told = said.stdout.lines().find(|line| line.contains(doubt));
        let told = told.unwrap_or_else(|| panic!("{}", said.stdout));
        assert!(told.contains(&format!("{doubt}: {why}")), "{told}");
        assert!(told.contains("(gamma)"), "{told}");
    }
    let others = fleet.review(&["--fail-on", "breaking", "--machine", "beta"]);
    assert_eq!(others.code(), Some(0), "{others:?}");
}

#[test]
fn a_revision_that_cannot_be_evaluated_is_an_error_in_the_words_of_nix() {
    if !has_nix() {
        return;
    }
    let fleet = Fleet::upgraded();
    let missing = "git+file:.?rev=0123456789012345678901234567890123456789";
    for (arguments, part) in [
        (
            &["--flake", missing, "."][..],
            "cannot evaluate git+file:.?rev=0123",
        ),
        (
            &["--flake", ".", ".", "--attribute", "machines"],
            "nix printed: error: flake",
        ),
        (
            &["--flake", ".", "/nowhere/at/all"],
            "cannot evaluate /nowhere/at/all",
        ),
        (&["--flake", "--version", "."], "error"),
        (
            &["--flake", ".#alpha", "."],
            "invalid flake reference `.#alpha`",
        ),
        (
            &["--flake", ".", ".", "--attribute", "plans.kind"],
            "cannot evaluate .#plans.kind",
        ),
    ] {
        let said = fleet.diff(arguments);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert_eq!(said.stdout, "");
        assert!(said.stderr.contains(part), "{part} in {}", said.stderr);
    }
}

#[test]
fn without_nix_an_error_says_what_to_do() {
    let folder = scratch();
    let mut command = Command::new(TOOL);
    command
        .args(["diff", "--flake", ".", "."])
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .env("PATH", folder.path());
    let said = command::run(&mut command);
    assert_eq!(said.code(), Some(2));
    assert!(said.stderr.contains("cannot run `nix`"), "{}", said.stderr);
    assert!(
        said.stderr.contains("two files of plans"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_nix_that_does_not_end_is_ended() {
    let folder = scratch();
    let diff = |script: &str| {
        write_script(folder.path(), "nix", &format!("#!/bin/sh\n{script}\n"));
        let mut command = Command::new(TOOL);
        command
            .args([
                "diff",
                "--flake",
                "a",
                "b",
                "--timeout",
                "1",
                "--fail-on",
                "info",
            ])
            .env("NO_COLOR", "1")
            .env("PATH", folder.path());
        command::run(&mut command)
    };
    let never = diff("exec /bin/sleep 600");
    assert_eq!(never.code(), Some(2), "{never:?}");
    assert!(
        never.stderr.contains("`nix` timed out after 1 s"),
        "{}",
        never.stderr
    );
    // It names a machine, and does not end with it.
    let one = diff(
        "while [ $# -gt 1 ]; do shift; done\n\
         [ \"$1\" != builtins.attrNames ] || { echo '[\"m\"]'; exit; }\nexec /bin/sleep 600",
    );
    assert_eq!(one.code(), Some(2), "{one:?}");
    assert!(
        one.stdout.contains("timed out after 1 s (m)"),
        "{}",
        one.stdout
    );
}

#[test]
fn an_assertion_that_fails_breaks_its_machine() {
    if !has_nix() {
        return;
    }
    let fleet = Fleet::new();
    fleet.commit(&[(
        "gamma.nix",
        &GAMMA.replace(
            "{ services",
            "{ assertions = [ { assertion = false; message = \"no disk\"; } ]; services",
        ),
    )]);
    let said = fleet.review(&["--fail-on", "breaking"]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    let line = "breaking  the machine cannot be built: no disk (gamma)\n";
    assert!(said.stdout.contains(line), "{}", said.stdout);
}

/// The plans of machines, as `tests/support/machine.nix` makes them.
fn plans(machines: &str) -> Value {
    nix::evaluate(&format!("{} {{ {machines} }}", function()))
}

#[test]
fn the_text_is_the_one_that_services_prosody_writes() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let profile = machine::ours("profile = \"community\";");
        let host = "{ services.prosody.virtualHosts.\"example.org\" = { enabled = true; domain = \"example.org\"; }; }";
        let unchecked = machine::on(upstream, &format!("{profile} {host}"));
        // As it is by default, the text of the new one is known after a build only.
        let checked = unchecked.replacen('{', "{ checked = true;", 1);
        let expected = machine::ask(&unchecked, "inherit (m) text; inherit (m.cfg) profileLine;");
        let plan = &plans(&format!("m = {checked};"))["machines"]["m"];
        let prosody = &plan["prosody"];
        assert_eq!(prosody["configuration"], expected["text"], "{upstream}");
        assert_eq!(prosody["stability"]["profileLine"], expected["profileLine"]);
        assert_eq!(
            prosody["stability"]["flags"],
            json!({
                "security": true, "modern": true, "beta": true, "alpha": false, "http": true, "admin": true
            })
        );
        let installed = names(&prosody["communityModules"]);
        assert!(installed.contains(&"firewall"), "{upstream}: {installed:?}");
        assert_eq!(plan["assertions"], json!([]), "{upstream}: {plan}");
    }
}

#[test]
fn what_is_no_server_and_what_is_in_a_container_is_told_as_it_is() {
    if !nix::is_here() {
        return;
    }
    let inner = machine::bare("old", "");
    let built = machine::bare("new", "").replacen('{', "{ checked = true;", 1);
    let machines = plans(&format!(
        "broken = throw \"no\"; other = {{ }}; bare.config = {{ }}; \
         outer.config.containers.a.config = ({inner}).config; \
         outer.config.containers.b.config = ({built}).config;"
    ));
    let machines = machines["machines"].as_object().unwrap();
    let found: Vec<&String> = machines.keys().collect();
    assert_eq!(
        found,
        ["bare", "broken", "other", "outer", "outer/a", "outer/b"]
    );
    assert_eq!(machines["bare"], json!({"prosody": null}));
    assert_eq!(
        machines["broken"],
        json!({"failed": "its evaluation fails"})
    );
    assert_eq!(
        machines["other"],
        json!({"failed": "it is no NixOS configuration"})
    );
    assert!(machines["outer/a"]["prosody"]["configuration"].is_string());
    assert!(machines["outer/b"]["prosody"]["configuration"].is_null());
}
