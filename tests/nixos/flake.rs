//! The flake: checked on a stand-in for nixpkgs, without a network, as `docs/nixos.md` says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::command::{self, CommandOutput, TOOL};
use crate::support::folder::{read, scratch, write_script};
use crate::support::root;
use crate::support::skip::skip_or_fail;

/// Runs a command in a folder, with a Nix of its own settings.
pub fn run(folder: &Path, program: &str, args: &[&str]) -> CommandOutput {
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(folder)
        .env("NIX_CONFIG", NIX_CONFIG);
    command::run(&mut command)
}

/// Builds on this machine, with what it has, and asks no other.
const NIX_CONFIG: &str = "experimental-features = nix-command flakes\n\
    sandbox = false\n\
    build-users-group =\n\
    substituters =\n";

/// Whether this machine has a Nix that can build the stand-in's derivations; says so if not.
pub fn has_nix() -> bool {
    static ANSWER: OnceLock<Result<(), String>> = OnceLock::new();
    let answer = ANSWER.get_or_init(|| {
        if Command::new("nix").arg("--version").output().is_err() {
            return Err("nix is not installed".to_owned());
        }
        let probe = "derivation { name = \"probe\"; system = builtins.currentSystem; \
            builder = \"/bin/sh\"; args = [ \"-c\" \"/bin/mkdir $out\" ]; }";
        let folder = scratch();
        let args = ["build", "--impure", "--no-link", "--expr", probe];
        let said = run(folder.path(), "nix", &args);
        if said.status.success() {
            Ok(())
        } else {
            Err(format!("nix cannot build here: {}", said.stderr))
        }
    });
    if let Err(reason) = answer {
        skip_or_fail(reason);
    }
    answer.is_ok()
}

/// This repository, copied to where a test may change it.
pub struct Copy {
    folder: TempDir,
}

impl Copy {
    pub fn new() -> Self {
        let root = root();
        let folder = scratch();
        for name in files(root) {
            let target = folder.path().join(&name);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(root.join(&name), target).unwrap();
        }
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn change(&self, file: &str, change: impl Fn(&str) -> String) {
        let file = self.path().join(file);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, change(&text)).unwrap();
    }

    /// The stand-in for nixpkgs, with this build's command line as its Rust package.
    fn stand_in(&self) -> StandIn {
        let folder = scratch();
        let source = self.path().join("tests/nixpkgs-stub");
        let args = ["-R", source.to_str().unwrap(), "stub"];
        run(folder.path(), "cp", &args).success();
        // Nix builds anew what depends on this file when it changes, so it names the build it stands for.
        let build = fs::metadata(TOOL).unwrap().modified().unwrap();
        let script = format!("#!/bin/sh\n# {build:?}\nexec '{TOOL}' \"$@\"\n");
        write_script(folder.path(), "stub/bin/prosody-stability", &script);
        StandIn { folder }
    }

    /// `nix ARGS… path:THIS#ATTRIBUTE` on the stand-in.
    fn nix(&self, args: &[&str], attribute: &str) -> CommandOutput {
        let stand_in = self.stand_in();
        let (this, nixpkgs) = (format!("path:.{attribute}"), stand_in.flake());
        let mut all = args.to_vec();
        all.extend([&*this, "--override-input", "nixpkgs", &*nixpkgs]);
        all.push("--no-write-lock-file");
        run(self.path(), "nix", &all)
    }
}

struct StandIn {
    folder: TempDir,
}

impl StandIn {
    fn flake(&self) -> String {
        format!("path:{}/stub", self.folder.path().display())
    }
}

/// The repository's own files: what is tracked, or new and not ignored; the whole folder where there is no git.
fn files(root: &Path) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output();
    match listed {
        Ok(listed) if listed.status.success() => String::from_utf8(listed.stdout)
            .unwrap()
            .lines()
            .map(PathBuf::from)
            .filter(|name| root.join(name).is_file())
            .collect(),
        _ => walk(root, Path::new("")),
    }
}

fn walk(root: &Path, below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = below.join(entry.file_name());
        if name == Path::new("target") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            found.extend(walk(root, &name));
        } else {
            found.push(name);
        }
    }
    found
}

#[test]
fn every_check_passes_on_the_stand_in() {
    if !has_nix() {
        return;
    }
    Copy::new().nix(&["flake", "check"], "").success();
}

#[test]
fn the_documented_command_works_in_a_clone_and_in_a_worktree() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
        run(copy.path(), "git", &[&who, args].concat()).success()
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "All of it"]);
    git(&["worktree", "add", "--quiet", "tree"]);
    let docs = fs::read_to_string(copy.path().join("docs/nixos.md")).unwrap();
    let command =
        "nix flake check --override-input nixpkgs path:tests/nixpkgs-stub --no-write-lock-file";
    assert!(docs.contains(command), "docs/nixos.md names {command}");
    let args: Vec<_> = command.split(' ').skip(1).collect();
    for folder in [copy.path(), &copy.path().join("tree")] {
        run(folder, "nix", &args).success();
    }
}

/// A change to a file, and what the failing check must say about it.
fn assert_caught(file: &str, change: impl Fn(&str) -> String, hint: &str) {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    copy.change(file, change);
    let said = copy.nix(&["flake", "check", "--print-build-logs"], "");
    assert!(!said.status.success(), "{file} is out of step");
    assert!(
        said.stderr.contains(hint),
        "no {hint:?} in:\n{}",
        said.stderr
    );
}

#[test]
fn an_old_options_doc_fails_the_check() {
    assert_caught(
        "docs/options.md",
        |text| text.replacen("Default: ", "Default was: ", 1),
        "run: nix build .#options-doc && cat result > docs/options.md",
    );
}

#[test]
fn an_old_inventory_fails_the_check() {
    assert_caught(
        "nixos-module/inventory.nix",
        |text| text.replacen("stable", "table", 1),
        "run: prosody-stability emit --output nixos-module/inventory.nix",
    );
}

#[test]
fn an_example_with_a_mistake_fails_the_check() {
    assert_caught(
        "examples/personal.nix",
        |text| text.replacen("profile = \"personal\"", "profil = \"personal\"", 1),
        "services.prosody-stability.profil",
    );
}

/// What `nix flake show` lists, by hand: the names of the outputs for one Linux and one macOS, and what is for all.
#[test]
fn the_flake_shows_what_it_has() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let said = copy.nix(&["flake", "show", "--json"], "").success();
    let shown: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let names = |path: &str| -> Vec<&str> {
        let set = shown.pointer(path).and_then(serde_json::Value::as_object);
        set.into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let packages = [
        "default",
        "explorer",
        "options-doc",
        "options-page",
        "prosody-stability",
    ];
    for system in [
        "x86_64-linux",
        "aarch64-linux",
        "x86_64-darwin",
        "aarch64-darwin",
    ] {
        assert_eq!(names(&format!("/packages/{system}")), packages, "{system}");
        assert_eq!(names(&format!("/apps/{system}")), ["default"], "{system}");
        let is_linux = system.ends_with("linux");
        assert_eq!(
            !names(&format!("/checks/{system}")).is_empty(),
            is_linux,
            "{system}"
        );
    }
    assert_eq!(names("/nixosModules"), ["default", "prosody-stability"]);
    assert_eq!(names("/overlays"), ["default"]);
    assert_eq!(names("/templates"), ["default"]);
    assert!(!said.stderr.contains("error"), "{}", said.stderr);
}

#[test]
fn the_options_doc_is_in_step() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let committed = fs::read_to_string(copy.path().join("docs/options.md")).unwrap();
    // Once with the stand-in's `lib`, once with the real one where there is one.
    let stand_in = copy.path().join("tests/nixpkgs-stub/lib");
    let real = std::env::var_os("NIXPKGS_LIB").map(PathBuf::from);
    for lib in std::iter::once(stand_in).chain(real) {
        let generate = format!(
            "import ./nix/options-doc.nix {{ lib = import {}; }}",
            lib.display()
        );
        let args = ["eval", "--impure", "--raw", "--expr", &generate];
        let generated = run(copy.path(), "nix", &args).success().stdout;
        assert!(
            generated == committed,
            "docs/options.md is not up to date; run: nix build .#options-doc && cat result > docs/options.md\n{}",
            similar::TextDiff::from_lines(&committed, &generated).unified_diff()
        );
    }
}

#[test]
fn the_package_has_manual_pages_and_completions() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let args = ["build", "--out-link", "result"];
    copy.nix(&args, "#default").success();
    for file in [
        "bin/prosody-stability",
        "share/man/man1/prosody-stability.1",
        "share/man/man1/prosody-stability-resolve.1",
        "share/bash-completion/completions/prosody-stability.bash",
        "share/fish/vendor_completions.d/prosody-stability.fish",
        "share/zsh/site-functions/_prosody-stability",
    ] {
        let file = copy.path().join("result").join(file);
        assert!(fs::metadata(&file).unwrap().len() > 0, "{}", file.display());
    }
}

#[test]
fn the_explorer_is_a_directory_to_publish() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let args = ["build", "--out-link", "result"];
    copy.nix(&args, "#explorer").success();
    let page = fs::read_to_string(copy.path().join("result/index.html")).unwrap();
    assert!(page.contains("id=\"mod_http_file_share\""));
}

#[test]
fn a_snapshot_of_the_package_set_is_a_release_file() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let snapshot = "(builtins.getFlake (toString ./.)).lib.mkSnapshot";
    let stand_in = copy.stand_in();
    let expression = format!(
        "{snapshot} (builtins.getFlake \"{}\").legacyPackages.${{builtins.currentSystem}}",
        stand_in.flake()
    );
    // The flake's own nixpkgs is not asked for anything.
    let args = [
        "build",
        "--impure",
        "--out-link",
        "result",
        "--expr",
        &expression,
    ];
    run(copy.path(), "nix", &args).success();
    let text = fs::read_to_string(copy.path().join("result")).unwrap();
    let release: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(release["version"], "13.0.7");
    assert!(text.contains("firewall"), "{text}");
}

/// The code blocks of `docs/nixos.md` in a language.
fn blocks(language: &str) -> Vec<String> {
    let docs = read(root(), "docs/nixos.md");
    docs.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// A value of the machine's `services.prosody-stability`, asked for as the documentation asks.
fn ask(copy: &Copy, machine: &Path, value: &str) -> serde_json::Value {
    let attribute =
        format!("path:.#nixosConfigurations.xmpp.config.services.prosody-stability.{value}");
    let this = format!("path:{}", copy.path().display());
    let nixpkgs = format!("{this}/tests/nixpkgs-stub");
    let args = [
        &["eval", "--json", &*attribute, "--no-write-lock-file"][..],
        &["--override-input", "prosody-stability", &*this],
        &["--override-input", "nixpkgs", &*nixpkgs],
    ];
    let said = run(machine, "nix", &args.concat()).success();
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn the_documented_flake_works_as_pasted() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let blocks = blocks("nix");
    let [flake, flags, single, hosts] = &blocks[..] else {
        panic!("{blocks:?}");
    };
    assert_eq!(flake.lines().count(), 8);
    let machine = scratch();
    let write = |name: &str, text: &str| fs::write(machine.path().join(name), text).unwrap();
    let base = fs::read_to_string(copy.path().join("templates/default/configuration.nix")).unwrap();
    let (base, _) = base.split_once("  services.prosody-stability").unwrap();
    write("flake.nix", flake);
    write("base.nix", &format!("{base}}}"));
    write("flags.nix", flags);
    write("single.nix", single);
    write("hosts.nix", hosts);
    write(
        "configuration.nix",
        "{ imports = [ ./base.nix ./flags.nix ]; }",
    );
    let documented = &self::blocks("console")[0];
    let (question, answer) = documented.split_once('\n').unwrap();
    let (_, value) = question.split_once(".prosody-stability.").unwrap();
    let expected: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert_eq!(ask(&copy, machine.path(), value), expected);

    write(
        "configuration.nix",
        "{ imports = [ ./base.nix ./flags.nix ./single.nix ]; }",
    );
    let resolution = ask(&copy, machine.path(), "resolution");
    assert_eq!(resolution["cloud_notify"]["state"], "load");
    assert_eq!(resolution["lastactivity"]["state"], "off");

    write(
        "configuration.nix",
        "{ imports = [ ./base.nix ./hosts.nix ]; }",
    );
    let hosts = ask(&copy, machine.path(), "hosts");
    let modules = |host: &str| hosts[host]["modules"].to_string();
    assert!(modules("conference.example.org").contains("\"muc_moderation\""));
    assert!(modules("example.org").contains("\"carbons\""));
    assert!(!modules("example.org").contains("\"cloud_notify\""));
}

#[test]
fn the_template_is_a_machine_without_beta_modules() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let machine = scratch();
    let template = format!("path:{}", copy.path().display());
    let args = ["flake", "init", "--template", &template];
    run(machine.path(), "nix", &args).success();
    let line = ask(&copy, machine.path(), "profileLine");
    assert!(line.as_str().unwrap().contains("Beta=0"), "{line}");

    // The module may come in several ways at once.
    let flake = machine.path().join("flake.nix");
    let text = fs::read_to_string(&flake).unwrap();
    let once = "prosody-stability.nixosModules.default";
    let again =
        "prosody-stability.nixosModules.prosody-stability \"${prosody-stability}/nixos-module\"";
    fs::write(&flake, text.replace(once, &format!("{once} {again}"))).unwrap();
    assert_eq!(ask(&copy, machine.path(), "profileLine"), line);
}

#[test]
fn the_documented_flags_are_those_of_the_inventory() {
    let root = root();
    let docs = fs::read_to_string(root.join("docs/nixos.md")).unwrap();
    let inventory = fs::read_to_string(root.join("inventory/prosody.json")).unwrap();
    let inventory: serde_json::Value = serde_json::from_str(&inventory).unwrap();
    for (name, flag) in inventory["flags"].as_object().unwrap() {
        let row = format!("| `{name}` | `{}` |", flag["default"]);
        assert!(docs.contains(&row), "docs/nixos.md has a row {row}");
    }
}

#[test]
fn the_documented_checks_are_those_of_the_flake() {
    if !has_nix() {
        return;
    }
    let copy = Copy::new();
    let docs = fs::read_to_string(copy.path().join("docs/nixos.md")).unwrap();
    let (_, table) = docs.split_once("| check |").unwrap();
    let args = [
        "eval",
        "--json",
        "--apply",
        "builtins.mapAttrs (_: check: check.reduced)",
    ];
    let said = copy.nix(&args, "#checks.x86_64-linux").success();
    let checks: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    for (name, reduced) in checks.as_object().unwrap() {
        let kind = if name.starts_with("example-") {
            "example-*"
        } else {
            name
        };
        let row = table
            .lines()
            .find(|row| row.starts_with(&format!("| `{kind}` |")))
            .unwrap_or_else(|| panic!("docs/nixos.md has a row for {kind}"));
        let by_test = row.split('|').nth(4).unwrap();
        let said_reduced = by_test.contains("reduced") || name == "vm-test";
        assert_eq!(said_reduced, reduced.as_bool().unwrap(), "{row}");
    }
}

#[test]
fn every_nix_file_is_formatted() {
    let root = root();
    let mut unformatted = Vec::new();
    for name in files(root) {
        if name.extension().is_some_and(|extension| extension == "nix") {
            let text = fs::read_to_string(root.join(&name)).unwrap();
            if nixfmt_rs::format(&text).unwrap() != text {
                unformatted.push(name);
            }
        }
    }
    assert!(unformatted.is_empty(), "run: nix fmt\n{unformatted:?}");
}

#[test]
fn the_readme_shows_the_flake_that_is_tested() {
    let root = root();
    let snippet = |file: &str| {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let (_, rest) = text.split_once("```nix\n").unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    assert_eq!(snippet("README.md"), snippet("docs/nixos.md"));
}
