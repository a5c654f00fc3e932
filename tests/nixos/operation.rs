//! What the NixOS module does in operation: the review before a switch, the check of the package, the plugin with its
//! table, and the look at the running server. Their scripts are taken from an evaluated machine and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prosody_stability::inventory::Inventory;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::command::{self, CommandOutput, TOOL, tool};
use crate::support::folder::{scratch, write, write_script};
use crate::support::json::{list, text};
use crate::support::machine::{COMMAND, ask, assert_one_failure, ours};
use crate::support::skip::skip_optional;
use crate::support::{PROFILES, machine, nix, root};

/// How the evaluated machines call what is not built.
const STORE: &str = "/nix/store/00000000000000000000000000000000-";

/// Runs a script of the module as NixOS does, with the command of this build.
fn run(
    script: &str,
    arguments: &[&Path],
    environment: &[(&str, &str)],
    folder: &Path,
) -> CommandOutput {
    let script = script
        .replace(
            &format!("{STORE}prosody-stability/bin/prosody-stability"),
            TOOL,
        )
        .replace(&format!("{STORE}coreutils/bin/"), "");
    let path = format!(
        "{}:{}",
        Path::new(TOOL).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", &format!("(\n{script}\n)")])
        .arg("script")
        .args(arguments)
        .env("PATH", path)
        .envs(environment.iter().copied())
        .current_dir(folder);
    command::run(&mut command)
}

/// The files of a machine below `etc/prosody-stability`, in a folder as a system has it.
fn system(machine: &str) -> TempDir {
    let asked = ask(
        machine,
        "inherit (m.config.environment.etc.prosody-stability.source) environment script; \
         release = m.cfg.computed.release.version; \
         inventoryFile = \"${./nixos-module/inventory.nix}\"; \
         releaseFile = \"${./inventory/releases + \"/${m.cfg.computed.release.version}.json\"}\";",
    );
    let release = format!("inventory/releases/{}.json", text(&asked["release"]));
    let here = |file: &str| root().join(file).display().to_string();
    let script = text(&asked["script"])
        .replace(
            text(&asked["inventoryFile"]),
            &here("nixos-module/inventory.nix"),
        )
        .replace(text(&asked["releaseFile"]), &here(&release))
        // A test changes what it gets.
        .replace("ln -s ", "cp ");
    let folder = scratch();
    let etc = etc(&folder);
    fs::create_dir_all(etc.parent().unwrap()).unwrap();
    let environment = &asked["environment"];
    let variables = ["modules", "selection"].map(|name| (name, text(&environment[name])));
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", &script])
        .env("out", &etc)
        .envs(variables);
    command::run(&mut command).success();
    folder
}

fn etc(system: &TempDir) -> PathBuf {
    system.path().join("etc/prosody-stability")
}

/// What a machine's check says when it is to replace a running system.
fn review(machine: &str, running: &Path, incoming: &Path) -> CommandOutput {
    let script = review_script(machine, running);
    run(&script, &[incoming, Path::new("switch")], &[], incoming)
}

fn review_script(machine: &str, running: &Path) -> String {
    let script = ask(
        machine,
        "script = m.config.system.preSwitchChecks.prosody-stability;",
    );
    text(&script["script"]).replace("/run/current-system", &running.display().to_string())
}

fn machine_of(release: &str, more: &str) -> String {
    let settings = format!("profile = \"enterprise\"; release = \"{release}\"; {more}");
    machine::on("new", &format!("{COMMAND} {}", ours(&settings)))
}

#[test]
fn a_switch_is_reviewed_and_goes_on_unless_told_otherwise() {
    if !nix::is_here() {
        return;
    }
    let (old, new) = (
        system(&machine_of("0.12", "")),
        system(&machine_of("13.0", "")),
    );
    for (fail_on, stops) in [
        ("", false),
        ("reviewOnSwitch.failOn = \"breaking\";", false),
        ("reviewOnSwitch.failOn = \"warning\";", true),
        ("reviewOnSwitch.failOn = \"info\";", true),
    ] {
        let said = review(&machine_of("13.0", fail_on), old.path(), new.path());
        assert!(said.stdout.contains("review before switch"), "{said:?}");
        assert!(said.stdout.contains("http_altconnect"), "{said:?}");
        assert_eq!(said.status.success(), !stops, "{fail_on}: {said:?}");
        let reason = "services.prosody-stability.reviewOnSwitch.failOn";
        assert_eq!(said.stderr.contains(reason), stops, "{fail_on}: {said:?}");
    }
}

#[test]
fn a_switch_that_breaks_a_module_can_be_stopped() {
    if !nix::is_here() {
        return;
    }
    let settings = "reviewOnSwitch.failOn = \"breaking\"; alpha = true;";
    let (old, new) = (machine_of("0.12", settings), machine_of("13.0", settings));
    let (old, system) = (system(&old), system(&new));
    // A release without a module that works today.
    let release = etc(&system).join("release.json");
    let mut without: Value = serde_json::from_slice(&fs::read(&release).unwrap()).unwrap();
    without["modules"]
        .as_object_mut()
        .unwrap()
        .remove("carbons")
        .unwrap();
    fs::write(&release, without.to_string()).unwrap();
    let said = review(&new, old.path(), system.path());
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(said.stdout.contains("carbons"), "{said:?}");
}

#[test]
fn what_the_flags_change_is_told_before_a_switch() {
    if !nix::is_here() {
        return;
    }
    let (old, new) = (
        machine_of("13.0", ""),
        machine_of("13.0", "security = false; alpha = true;"),
    );
    let said = review(&new, system(&old).path(), system(&new).path());
    assert!(said.status.success(), "{said:?}");
    assert!(said.stdout.contains("+ audit will be enabled"), "{said:?}");
    assert!(
        said.stdout.contains("- firewall will no longer be enabled"),
        "{said:?}"
    );
    assert!(!said.stdout.contains("carbons"), "{said:?}");
}

/// Without the command, a shell says which modules come and go, and nothing has to be built for it.
#[test]
fn without_the_command_a_switch_still_names_the_modules() {
    if !nix::is_here() {
        return;
    }
    let machine_of = |settings: &str| machine::on("new", &ours(settings));
    let (old, new) = (
        machine_of("beta = false;"),
        machine_of("beta = false; security = false; alpha = true;"),
    );
    assert!(!review_script(&new, Path::new("/")).contains("/bin/prosody-stability"));
    let said = review(&new, system(&old).path(), system(&new).path());
    assert!(said.status.success(), "{said:?}");
    for line in [
        "+ audit will be enabled\n",
        "- firewall will no longer be enabled\n",
    ] {
        assert!(said.stdout.contains(line), "{said:?}");
    }
}

/// What needs the command says so, instead of failing when it is run.
#[test]
fn what_needs_the_command_asks_for_it() {
    if !nix::is_here() {
        return;
    }
    for needing in [
        "rehearse.enable = true;",
        "reviewOnSwitch.failOn = \"breaking\";",
        "reviewSchedule = \"daily\";",
    ] {
        let (option, _) = needing.split_once(' ').unwrap();
        let settings = ours(&format!(
            "profile = \"enterprise\"; modules.admin_shell = true; {needing}"
        ));
        assert_one_failure(
            &machine::on("new", &settings),
            &[option, "services.prosody-stability.package"],
        );
        let machine = machine::on("new", &format!("{COMMAND} {settings}"));
        assert_eq!(
            ask(&machine, "inherit (m) failures;")["failures"],
            json!([])
        );
    }
}

/// Calendar events as systemd.time(7) writes them, and as systemd reads them where it is here.
#[test]
fn a_schedule_is_a_calendar_event() {
    if !nix::is_here() {
        return;
    }
    for (event, is_one) in [
        ("daily", true),
        ("hourly UTC", true),
        ("Mon..Fri 06:00", true),
        ("Sat,Sun *-*-* 04:30:00", true),
        ("*-*-01 00:00:00 Europe/Berlin", true),
        ("Wed *-1", true),
        ("monday *-12-* 17:00", true),
        ("Sat,Thu,Mon..Wed,Sat..Sun", true),
        ("Mon,Fri *-*-3,1,2 *:30:45", true),
        ("10-15", true),
        ("*:2/3", true),
        ("@1395716396", true),
        ("12,14,13,12:20,10,30", true),
        ("Mon Fri", false),
        ("Mon-Fri", true),
        ("daily CET", true),
        ("00/2:15", true),
        ("*-*~1 05:00", true),
        ("2026-12-24 18:00", true),
        ("Monday", true),
        ("dayly", false),
        ("every day", false),
        ("5 minutes", false),
        ("06:00 daily", false),
        ("", false),
    ] {
        let settings = ours(&format!(
            "modules.admin_shell = true; reviewSchedule = {event:?};"
        ));
        let machine = machine::on("new", &format!("{COMMAND} {settings}"));
        let failures = ask(&machine, "inherit (m) failures;")["failures"].to_string();
        let refused = failures.contains("is not a calendar event");
        assert_eq!(refused, !is_one, "{event}: {failures}");
        let systemd = Command::new("systemd-analyze")
            .args(["calendar", "--", event])
            .output();
        match systemd {
            Ok(said) => assert_eq!(said.status.success(), is_one, "systemd on {event}"),
            Err(_) => {
                skip_optional("systemd-analyze is missing: it was not asked about calendar events")
            }
        }
    }
}

#[test]
fn the_first_switch_and_a_failing_review_stop_nothing() {
    if !nix::is_here() {
        return;
    }
    let machine = machine_of("13.0", "reviewOnSwitch.failOn = \"info\";");
    let (before, incoming) = (scratch(), system(&machine));
    let said = review(&machine, before.path(), incoming.path());
    assert!(said.status.success(), "{said:?}");
    assert!(said.stdout.contains("nothing to review"), "{said:?}");

    let same = review(&machine, incoming.path(), incoming.path());
    assert!(same.status.success(), "{same:?}");

    let damaged = system(&machine);
    fs::write(etc(&damaged).join("inventory.nix"), "{").unwrap();
    let said = review(&machine, damaged.path(), incoming.path());
    assert!(said.status.success(), "{said:?}");
    assert!(said.stderr.contains("the review failed"), "{said:?}");
}

#[test]
fn a_review_that_hangs_is_ended_and_does_not_stop_the_switch() {
    if !nix::is_here() {
        return;
    }
    let machine = machine_of(
        "13.0",
        "reviewOnSwitch = { failOn = \"info\"; timeout = 1; };",
    );
    let system = system(&machine);
    let folder = scratch();
    // One that can be asked to end, and one that ends for nobody.
    for body in ["exec tail -f /dev/null", "trap '' TERM\ntail -f /dev/null"] {
        let hanging = write_script(folder.path(), "hanging", &format!("#!/bin/sh\n{body}\n"));
        let script = review_script(&machine, system.path())
            .replace(
                &format!("{STORE}prosody-stability/bin/prosody-stability"),
                &hanging,
            )
            .replace("--kill-after=5", "--kill-after=1");
        let arguments = [system.path(), Path::new("switch")];
        let said = run(&script, &arguments, &[], folder.path());
        assert!(said.status.success(), "{body}: {said:?}");
        assert!(
            said.stderr.contains("timed out after 1 seconds"),
            "{body}: {said:?}"
        );
    }
    let zero = machine_of("13.0", "reviewOnSwitch.timeout = 0;");
    let refused = nix::try_evaluate(&format!(
        "({zero}).config.system.preSwitchChecks.prosody-stability"
    ));
    assert!(refused.unwrap_err().contains("reviewOnSwitch.timeout"));
}

#[test]
fn a_system_that_cannot_check_before_a_switch_is_left_alone() {
    if !nix::is_here() {
        return;
    }
    let checks = "checks = m.config.system.preSwitchChecks or null; inherit (m) failures;";
    let said = ask(&machine::on("old", ""), checks);
    assert_eq!(said, json!({ "checks": null, "failures": [] }));
    let wanted = machine::on("old", &ours("reviewOnSwitch.enable = true;"));
    let failures = ask(&wanted, "inherit (m) failures;").to_string();
    assert!(failures.contains("reviewOnSwitch.enable"), "{failures}");
    let off = machine::on("new", &ours("reviewOnSwitch.enable = false;"));
    assert_eq!(ask(&off, checks)["checks"], json!({}));
}

/// The selection that a system has among its files, as the command understands it.
#[test]
fn the_files_of_a_system_say_what_the_machine_loads() {
    if !nix::is_here() {
        return;
    }
    for settings in [
        "",
        "profile = \"community\"; modules.mam = false; modules.http_altconnect = true;",
        "beta = [ \"security\" \"modern\" ]; alpha = [ ]; admin = true;",
    ] {
        for (upstream, release) in [("old", "0.12"), ("new", "13.0")] {
            let machine = machine::on(upstream, &ours(settings));
            let system = system(&machine);
            let modules = fs::read_to_string(etc(&system).join("modules")).unwrap();
            let selection = etc(&system).join("selection.nix");
            // The release lacks what the machine loads: the command says so for each, and for nothing else.
            let bare = scratch();
            let mut nothing: Value =
                serde_json::from_slice(&fs::read(etc(&system).join("release.json")).unwrap())
                    .unwrap();
            nothing["modules"] = json!({});
            let release_file = bare.path().join("release.json");
            fs::write(&release_file, nothing.to_string()).unwrap();
            let mut diff = tool(&["diff", release, "--format", "json"]);
            diff.arg(&release_file).arg("--config").arg(&selection);
            let review = command::run(&mut diff).success().json();
            let resolution = ask(&machine, "inherit (m.cfg) resolution;");
            let loads = |name: &str| {
                let module = &resolution["resolution"][name];
                module["state"] == "load" || module["state"] == "component"
            };
            let codes = list(&review["findings"])
                .iter()
                .map(|finding| &finding["code"]);
            assert!(
                codes.into_iter().all(|code| code != "undecided"),
                "{review}"
            );
            let broken: Vec<_> = list(&review["findings"])
                .iter()
                .filter(|change| change["code"] == "breaks")
                .map(|change| text(&change["subject"]).to_owned())
                .collect();
            assert!(!broken.is_empty());
            for name in resolution["resolution"].as_object().unwrap().keys() {
                assert_eq!(
                    broken.contains(name),
                    loads(name),
                    "{settings} {upstream}: {name}"
                );
            }
            assert!(modules.lines().any(|name| name == "roster"), "{modules}");
        }
    }
}

/// A package with all modules of a release but some, laid out as Prosody's.
fn package(release: &str, without: &[&str]) -> TempDir {
    let file = root().join(format!("inventory/releases/{release}.json"));
    let release: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let folder = scratch();
    let modules = folder.path().join("lib/prosody/modules");
    fs::create_dir_all(&modules).unwrap();
    for (name, module) in release["modules"].as_object().unwrap() {
        if without.contains(&name.as_str()) || module.get("unusable").is_some() {
            continue;
        }
        let depends = module["depends"]["always"].as_array();
        let lua: String = depends
            .into_iter()
            .flatten()
            .map(|needed| format!("module:depends({needed});\n"))
            .collect();
        if module["origin"] == "bundled" {
            fs::write(modules.join(format!("mod_{name}.lua")), lua).unwrap();
        } else {
            let own = modules.join(format!("mod_{name}"));
            fs::create_dir(&own).unwrap();
            fs::write(own.join(format!("mod_{name}.lua")), lua).unwrap();
        }
    }
    folder
}

/// Builds a machine's check of the package, with this package in the place of the one that is not built. Its files
/// are looked at, and nothing is started: tests/servers does that.
fn verify(machine: &str, package: &Path) -> CommandOutput {
    let check = ask(
        machine,
        "inherit (builtins.head m.config.system.checks) environment script; \
         package = \"${prosody.package}\"; plugin = \"${./nixos-module/plugin}\";",
    );
    // It needs no command that would have to be built.
    assert_eq!(check["environment"], json!({ "nativeBuildInputs": [] }));
    let script = text(&check["script"])
        .replace(text(&check["package"]), &package.display().to_string())
        .replace(
            text(&check["plugin"]),
            &root().join("nixos-module/plugin").display().to_string(),
        );
    let folder = scratch();
    let result = folder.path().join("out");
    let said = run(
        &script,
        &[],
        &[("out", &result.display().to_string())],
        folder.path(),
    );
    assert_eq!(said.status.success(), result.exists(), "{said:?}");
    said
}

#[test]
fn a_package_with_every_module_passes() {
    if !nix::is_here() {
        return;
    }
    for (upstream, release) in [("old", "0.12"), ("new", "13.0")] {
        for profile in PROFILES {
            let machine = machine::on(upstream, &ours(&format!("profile = {profile:?};")));
            let said = verify(&machine, package(release, &[]).path());
            assert!(said.status.success(), "{upstream} {profile}: {said:?}");
        }
    }
}

#[test]
fn a_package_without_a_wanted_module_is_not_built_with() {
    if !nix::is_here() {
        return;
    }
    let machine = machine::on(
        "new",
        &format!(
            "{} {{ services.prosody.extraModules = [ \"of_my_own\" ]; }}",
            ours("profile = \"development\";")
        ),
    );
    // Of the inventory, needed by one of the inventory, of upstream's own, and of the user's.
    let missing = ["carbons", "cloud_notify_filters", "proxy65"];
    let said = verify(&machine, package("13.0", &missing).path());
    assert!(!said.status.success(), "{said:?}");
    for name in missing.into_iter().chain(["of_my_own"]) {
        assert!(said.stderr.contains(name), "no {name} in {said:?}");
    }
    assert!(!said.stderr.contains("roster"), "{said:?}");
    assert!(said.stderr.contains("services.prosody.package"), "{said:?}");
    // What is not to load may be missing.
    let quiet = machine::on("new", &ours("modules.carbons = false;"));
    let said = verify(&quiet, package("13.0", &["carbons"]).path());
    assert!(said.status.success(), "{said:?}");
}

/// Names are no patterns, no lists and no options: each is looked for as it is.
#[test]
fn a_strange_name_is_not_taken_for_a_module_that_is_there() {
    if !nix::is_here() {
        return;
    }
    let names = [
        "r.ster",
        "roster tls",
        "*",
        "[a-z]*",
        "-v",
        "--",
        "$HOME",
        "a'b",
        "\\",
        "x\\|roster",
        "roster\": {",
        "one\ntwo",
        "roster\n    \"tls",
    ];
    let listed: String = names
        .iter()
        .map(|name| format!("(builtins.fromJSON {:?}) ", json!(name).to_string()))
        .collect::<String>()
        .replace("${", "\\${");
    let machine = machine::on(
        "new",
        &format!("{{ services.prosody.extraModules = [ {listed} ]; }}"),
    );
    let package = package("13.0", &[]);
    let said = verify(&machine, package.path());
    assert!(!said.status.success(), "{said:?}");
    for name in names {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let shown = match name.chars().all(is_plain) {
            true => name.to_owned(),
            false => json!(name).to_string(),
        };
        let error = format!("error    {shown} is not in {}\n", package.path().display());
        assert!(said.stderr.contains(&error), "{name}: {said:?}");
    }
    assert!(!said.stderr.contains("error    \"roster\" "), "{said:?}");
}

#[test]
fn a_missing_module_is_named_with_what_replaces_it() {
    if !nix::is_here() {
        return;
    }
    let upload = "{ services.prosody.uploadHttp = { domain = \"upload.example.org\"; }; }";
    let machine = machine::on("old", &format!("{} {upload}", ours("http = true;")));
    let said = verify(&machine, package("0.12", &["http_upload"]).path());
    assert!(!said.status.success(), "{said:?}");
    assert!(said.stderr.contains("http_upload"), "{said:?}");
    assert!(
        said.stderr.contains("use http_file_share instead"),
        "{said:?}"
    );
}

#[test]
fn plugins_that_nobody_can_look_at_only_give_a_warning() {
    if !nix::is_here() {
        return;
    }
    let elsewhere = "{ services.prosody.extraPluginPaths = [ \"/var/lib/prosody/plugins\" ]; }";
    let machine = machine::on("new", elsewhere);
    let said = verify(&machine, package("13.0", &["carbons"]).path());
    assert!(said.status.success(), "{said:?}");
    assert!(said.stderr.contains("carbons"), "{said:?}");
}

/// The script of a machine's check; none where nothing is checked.
fn check_of(machine: &str) -> Option<String> {
    let checks = ask(
        machine,
        "checks = map (check: check.script) m.config.system.checks;",
    );
    match list(&checks["checks"]) {
        [] => None,
        [script] => Some(text(script).to_owned()),
        more => panic!("not one check but {more:?}"),
    }
}

#[test]
fn a_check_that_is_off_is_not_there() {
    if !nix::is_here() {
        return;
    }
    // What is set, whether the server is started, and whether its files may be looked at.
    for (command, settings, starts, looks) in [
        ("", "", false, true),
        ("", "verifyPackage = false;", false, false),
        (COMMAND, "", true, true),
        (COMMAND, "verifyPackage = false;", true, false),
        (COMMAND, "rehearse.enable = false;", false, true),
        (
            COMMAND,
            "verifyPackage = false; rehearse.enable = false;",
            false,
            false,
        ),
    ] {
        for upstream in machine::upstreams() {
            let script = check_of(&machine::on(
                upstream,
                &format!("{command} {}", ours(settings)),
            ));
            let has = |words: &str| script.as_ref().is_some_and(|script| script.contains(words));
            assert_eq!(
                has("prosody-stability rehearse"),
                starts,
                "{upstream} {settings}"
            );
            assert_eq!(has("is not in"), looks, "{upstream} {settings}");
            assert_eq!(script.is_some(), starts || looks, "{upstream} {settings}");
        }
    }
}

/// A Prosody for another kind of machine does not start on the one that builds.
#[test]
fn a_server_that_cannot_run_here_is_looked_at() {
    if !nix::is_here() {
        return;
    }
    let machine = machine::on("new", COMMAND).replacen('{', "{ canExecute = false;", 1);
    let script = check_of(&machine).unwrap();
    assert!(!script.contains("prosody-stability rehearse"), "{script}");
    assert!(!script.contains("/bin/prosody-stability"), "{script}");
    assert!(script.contains("is not in"), "{script}");
}

/// Services.prosody may check its configuration by building it: nobody knows the text then, and the check takes the
/// file.
#[test]
fn the_check_starts_the_server_with_the_file_that_the_machine_gets() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let machine = machine::on(upstream, COMMAND).replacen('{', "{ checked = true;", 1);
        let script = check_of(&machine).unwrap();
        let file = ask(
            &machine,
            "file = toString m.config.environment.etc.\"prosody/prosody.cfg.lua\".source;",
        );
        let copies = format!("cp {} prosody.cfg.lua\n", text(&file["file"]));
        assert!(script.starts_with(&copies), "{upstream}: {script}");
    }
}

/// A `prosodyctl` that answers `shell module list` with these modules.
fn prosodyctl(folder: &Path, modules: &[&str]) {
    let list: String = modules.iter().map(|name| format!("    {name}\n")).collect();
    let answer = format!("#!/bin/sh\ncat <<'END'\nlocalhost:\n{list}Result: nil\nEND\n");
    write_script(folder, "bin/prosodyctl", &answer);
}

#[test]
fn the_schedule_looks_at_the_running_server() {
    if !nix::is_here() {
        return;
    }
    let settings = ours("reviewSchedule = \"daily\"; beta = false;");
    let machine = machine::on("new", &format!("{COMMAND} {settings}"));
    let asked = ask(
        &machine,
        "inherit (m.config.systemd.services.prosody-stability-status) script; \
         calendar = m.config.systemd.timers.prosody-stability-status.timerConfig.OnCalendar; \
         package = \"${prosody.package}\"; inherit (m.cfg) resolution;",
    );
    assert_eq!(text(&asked["calendar"]), "daily");
    let resolution = asked["resolution"].as_object().unwrap();
    let always = Inventory::builtin().always_loaded;
    let wanted: Vec<&str> = resolution
        .values()
        .filter(|module| module["state"] == "load")
        .map(|module| text(&module["name"]))
        .chain(["admin_shell"])
        .chain(always.iter().map(String::as_str))
        .collect();
    let system = system(&machine);
    let status = |modules: &[&str]| {
        let package = scratch();
        prosodyctl(package.path(), modules);
        let script = text(&asked["script"])
            .replace(
                text(&asked["package"]),
                &package.path().display().to_string(),
            )
            .replace(
                &format!("{STORE}prosody-stability/selection.nix"),
                &etc(&system).join("selection.nix").display().to_string(),
            );
        run(&script, &[], &[], package.path())
    };
    let said = status(&wanted);
    assert!(said.status.success(), "{said:?}");
    let without: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|name| *name != "carbons")
        .collect();
    let said = status(&without);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(said.stdout.contains("carbons"), "{said:?}");
}

/// A unit as systemd reads it, from the settings of its service.
fn unit(service: &Value) -> String {
    let mut unit = String::from("[Service]\nExecStart=/bin/true\n");
    for (name, value) in service.as_object().unwrap() {
        let values = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            unit += &format!("{name}={value}\n");
        }
    }
    unit
}

#[test]
fn the_scheduled_unit_is_confined() {
    if !nix::is_here() {
        return;
    }
    let settings = ours("reviewSchedule = \"daily\";");
    let machine = machine::on("new", &format!("{COMMAND} {settings}"));
    let asked = ask(
        &machine,
        "inherit (m.config.systemd.services.prosody-stability-status) serviceConfig;",
    );
    let service = &asked["serviceConfig"];
    for (setting, value) in [
        ("User", json!("prosody")),
        ("PrivateNetwork", json!(true)),
        ("RestrictAddressFamilies", json!("AF_UNIX")),
        ("ProtectSystem", json!("strict")),
        ("CapabilityBoundingSet", json!("")),
        ("NoNewPrivileges", json!(true)),
    ] {
        assert_eq!(service[setting], value, "{setting}");
    }
    for setting in ["SystemCallFilter", "MemoryMax", "TimeoutStartSec"] {
        assert!(!service[setting].is_null(), "{setting}");
    }
    let version = Command::new("systemd-analyze").arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        skip_optional(
            "systemd-analyze is missing: how exposed the scheduled unit is was not rated",
        );
        return;
    }
    let folder = scratch();
    let file = write(
        folder.path(),
        "prosody-stability-status.service",
        &unit(service),
    );
    // From 0 to 100, where 92 is a unit with no such settings.
    let rated = |file: &str| {
        let mut analyse = Command::new("systemd-analyze");
        analyse.args([
            "security",
            "--offline=true",
            "--threshold=10",
            "--no-pager",
            file,
        ]);
        command::run(&mut analyse)
    };
    let said = rated(&file);
    eprintln!("{}", said.stdout.lines().next_back().unwrap_or_default());
    assert!(said.status.success(), "{said:?}");
    assert!(!said.stderr.contains("Unknown"), "{said:?}");
    // The test can fail.
    let file = write(
        folder.path(),
        "bare.service",
        &unit(&json!({ "Type": "oneshot" })),
    );
    assert!(!rated(&file).status.success());
}
