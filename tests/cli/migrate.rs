//! `migrate`: the same modules before and after, and nothing but names changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use prosody_stability::inventory::{FlagValues, Inventory};
use prosody_stability::migrate::{self, nixos};
use prosody_stability::selection::{Origin, Selection, nixos_module};
use prosody_stability::source::Source;
use serde_json::Value;

use crate::support::command::{TOOL, run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::{list, text};
use crate::support::{PROFILES, nix, root, skip};

fn stdout(arguments: &[&str]) -> String {
    run(&mut tool(arguments)).success().stdout
}

/// What happens to each module: name and state.
fn modules(arguments: &[&str]) -> Vec<(String, String)> {
    let arguments = [&["resolve", "--format", "json"], arguments].concat();
    let resolution = run(&mut tool(&arguments)).success().json();
    let modules = list(&resolution["modules"]).iter();
    modules
        .map(|module| (&module["name"], &module["state"]))
        .map(|(name, state)| (text(name).to_owned(), text(state).to_owned()))
        .collect()
}

/// The settings in NixOS modules, evaluated by Nix; `None` without Nix.
fn settings<T: AsRef<str>>(texts: &[T]) -> Option<Vec<Value>> {
    let found = nix::evaluate_all(texts)?.unwrap_or_else(|error| panic!("{error}"));
    let settings = found
        .iter()
        .map(|machine| machine["services"]["prosody-stability"].clone());
    Some(settings.collect())
}

/// The options of `resolve` that say the same as settings.
fn options(settings: &Value) -> Vec<String> {
    let mut options = Vec::new();
    for (name, value) in settings.as_object().unwrap() {
        match (name.as_str(), value) {
            ("enable", _) => assert_eq!(value, true),
            ("modules", Value::Object(modules)) => {
                for (module, on) in modules {
                    let option = if on == true { "--enable" } else { "--disable" };
                    options.extend([option.to_owned(), module.clone()]);
                }
            }
            (_, Value::Array(categories)) => {
                let categories = categories.iter().map(|c| c.as_str().unwrap());
                let list = categories.collect::<Vec<_>>().join(",");
                options.extend([format!("--{name}"), list]);
            }
            (_, Value::String(text)) => options.extend([format!("--{name}"), text.clone()]),
            _ => options.extend([format!("--{name}"), value.to_string()]),
        }
    }
    options
}

fn modules_of_snippet(text: &str) -> Option<Vec<(String, String)>> {
    let options = options(&settings(&[text])?[0]);
    Some(modules(
        &options.iter().map(String::as_str).collect::<Vec<_>>(),
    ))
}

fn env_file(profile: &str) -> String {
    let file = format!("tests/cli/env/{profile}.env");
    root().join(file).display().to_string()
}

fn lines(env: &str) -> Vec<(&str, &str)> {
    env.lines()
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name, value.split_whitespace().next().unwrap()))
        .collect()
}

#[test]
fn the_guides_configurations_give_the_same_modules_in_every_form() {
    let folder = scratch();
    for profile in PROFILES {
        let env = env_file(profile);
        let expected = modules(&["--env-file", &env]);
        assert_eq!(expected, modules(&["--profile", profile]), "{profile}");
        let text = fs::read_to_string(&env).unwrap();
        let mut list = "services:\n  xmpp:\n    image: x\n    environment:\n".to_owned();
        let mut map = list.clone();
        let mut unit = "[Unit]\nDescription=x\n\n[Service]\nExecStart=/bin/x\n".to_owned();
        for (name, value) in lines(&text) {
            list.push_str(&format!("      - {name}={value}\n"));
            map.push_str(&format!("      {name}: \"{value}\"\n"));
            unit.push_str(&format!("Environment=\"{name}={value}\"\n"));
        }
        let forms = [
            ("list.yml", list),
            ("map.yaml", map),
            ("xmpp.service", unit),
            (".env", text),
        ];
        for (name, text) in forms {
            let file = write(folder.path(), name, &text);
            let migrated = stdout(&["migrate", &file]);
            if let Some(found) = modules_of_snippet(&migrated) {
                assert_eq!(found, expected, "{profile} in {name}:\n{migrated}");
            }
        }
    }
}

#[test]
fn every_selection_comes_back_from_its_settings_and_is_laid_out_as_nixfmt_does() {
    let inventory = Inventory::builtin();
    let mut checked = 0;
    let mut texts = Vec::new();
    for bits in 0..64 {
        let values = FlagValues::from_bits(bits);
        for profile in [None, Some("development")] {
            let mut selection = Selection::defaults(&inventory);
            if let Some(profile) = profile {
                selection.set_profile(&inventory, profile).unwrap();
            }
            for flag in prosody_stability::inventory::Flag::ALL {
                let value = values.get(flag);
                selection
                    .set_flag(flag, value, Origin::CommandLine)
                    .unwrap();
            }
            if bits % 3 == 0 {
                selection.set_module(&inventory, "carbons", true).unwrap();
                selection.set_module(&inventory, "mam", false).unwrap();
            }
            let text = nixos_module::write(&inventory, &selection, None).unwrap();
            assert_eq!(nixfmt_rs::format(&text).unwrap(), text);
            texts.push((text, selection));
            checked += 1;
        }
    }
    // One evaluation for all of them.
    let all: Vec<_> = texts.iter().map(|(text, _)| text).collect();
    let Some(found) = settings(&all) else {
        return;
    };
    for ((text, selection), settings) in texts.iter().zip(found) {
        let of_profile = selection.profile().map(|name| &inventory.profiles[name]);
        for flag in prosody_stability::inventory::Flag::ALL {
            let wanted = serde_json::to_value(selection.flags().get(flag)).unwrap();
            let given = settings.get(flag.name()).cloned().unwrap_or_else(|| {
                serde_json::to_value(of_profile.unwrap().flags.get(flag)).unwrap()
            });
            assert_eq!(given, wanted, "{flag} in\n{text}");
        }
    }
    println!("{checked} selections");
}

fn rewritten(text: &str) -> nixos::Rewritten {
    nixos::rewrite(&Inventory::builtin(), &Source::new("a.nix", text)).unwrap()
}

#[test]
fn only_former_names_are_rewritten_wherever_they_stand() {
    let cases = [
        "{ services.prosody-stability.X = true; }",
        "{ services = { prosody-stability = { X = [ \"enterprise\" ]; }; }; } # enterprise\n",
        "{ config, lib, ... }:\n{\n  services.prosody-stability = lib.mkIf config.enterprise {\n\t\tprofile = \"enterprise\";  \n    X  =  true ;\r\n  };\n}\n",
        "{ services.\"prosody-stability\".\"X\" = false; enterprise = 1; }",
        "{ a = config.services.prosody-stability.X; b = config.services.prosody-stability ? X; }",
        "{ a = config.services.prosody-stability.X or config.services.prosody-stability.X; }",
        "{ nixosConfigurations.a = f { modules = [ { services.prosody-stability.X = true; } ]; }; }",
        "{ services.prosody-stability = lib.mkMerge [ { X = true; } (lib.mkIf c { beta = false; }) ]; }",
        "{ services.prosody-stability = let enterprise = true; in { X = enterprise; }; }",
        "{ services.other.enterprise = 1; services.prosody-stability.modules.enterprise = true; services.prosody-stability.X = (1); }",
        "{ services.prosody-stability.${\"enterprise\"} = 1; services.prosody-stability = { /* enterprise */ X = \"${config.services.prosody-stability.X}\"; }; }",
    ];
    for case in cases {
        let (old, new) = (case.replace('X', "enterprise"), case.replace('X', "alpha"));
        let found = rewritten(&old);
        assert_eq!(found.text, new);
        assert_eq!(found.renamed, case.matches('X').count());
        assert!(found.messages.is_empty(), "{case}");
        assert_eq!(rewritten(&new).renamed, 0, "once is enough");
    }
}

#[test]
fn what_cannot_be_rewritten_is_said() {
    let found = rewritten("{ services.prosody-stability = { inherit (x) enterprise; }; }");
    assert_eq!((found.renamed, found.messages.len()), (0, 1));
    let inventory = Inventory::builtin();
    let error = |text: &str| {
        nixos::rewrite(&inventory, &Source::new("a.nix", text))
            .unwrap_err()
            .to_string()
    };
    let both = "{ services.prosody-stability = { alpha = true; enterprise = true; }; }";
    assert!(error(both).contains("name the same option"));
    assert!(error("{ services.prosody-stability = ").contains("not a Nix expression"));
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let inventory = Inventory::builtin();
    for piece in [
        "[",
        "(",
        "{ a = ",
        "a: ",
        "-",
        "f ",
        "!",
        "\"${",
        "if a then b else ",
        "a ++ ",
        "a.b or ",
        "with a; ",
    ] {
        for count in [300, 900, 5000] {
            // Either answer is fine; a stack that overflows is not.
            let text = piece.repeat(count);
            let _ = nixos::rewrite(&inventory, &Source::new("a.nix", text));
        }
    }
}

#[test]
fn a_file_is_written_only_when_asked_and_a_copy_is_kept() {
    let folder = scratch();
    let file = folder.path().join("configuration.nix");
    let name = file.display().to_string();
    let old = "{\n  # ours\n  services.prosody-stability.enterprise = true;\n}\n";
    fs::write(&file, old).unwrap();
    let shown = stdout(&["migrate", &name]);
    assert!(shown.contains("-  services.prosody-stability.enterprise = true;"));
    assert!(shown.contains("+  services.prosody-stability.alpha = true;"));
    assert_eq!(fs::read_to_string(&file).unwrap(), old);
    stdout(&["migrate", &name, "--write"]);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        old.replace("enterprise", "alpha")
    );
    assert_eq!(read(folder.path(), "configuration.nix.bak"), old);
    // Nothing is left to do; and an older copy is never touched.
    stdout(&["migrate", &name, "--write"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    fs::write(&file, old.replace("ours", "mine")).unwrap();
    stdout(&["migrate", &name, "--write"]);
    assert_eq!(read(folder.path(), "configuration.nix.bak"), old);
    assert_eq!(
        read(folder.path(), "configuration.nix.bak2"),
        old.replace("ours", "mine")
    );
}

/// Calls that are there or not from run to run, and touch no file: the start of the program, what a
/// thread of ours does with memory, and how often it is waited for.
const UNSTEADY: [&str; 11] = [
    "brk",
    "clone3",
    "execve",
    "futex",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "rseq",
    "sched_yield",
    "set_robust_list",
];

#[test]
fn killed_before_any_system_call_it_leaves_the_old_file_or_the_new_one() {
    let old = format!(
        "{{\n  services.prosody-stability.enterprise = true;\n  # {}\n}}\n",
        "filling ".repeat(4000)
    );
    let new = old.replace("enterprise", "alpha");
    let folder = scratch();
    let file = folder.path().join("a.nix");
    fs::write(&file, &old).unwrap();
    let trace = folder.path().join("trace");
    let Some(true) = strace(&trace, &[], &file) else {
        return;
    };
    assert_eq!(fs::read_to_string(&file).unwrap(), new);
    // Each call, and which one of its name it is.
    let trace = fs::read_to_string(trace).unwrap();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let calls: Vec<(&str, usize)> = trace
        .lines()
        .filter_map(|line| line.split_once('(').map(|(name, _)| name))
        .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        .filter(|name| !UNSTEADY.contains(name))
        .map(|name| {
            let count = seen.entry(name).or_default();
            *count += 1;
            (name, *count)
        })
        .collect();
    let (mut with_old, mut with_copy, mut with_new, mut missed) = (0, 0, 0, 0);
    for (name, count) in &calls {
        let folder = scratch();
        let file = folder.path().join("a.nix");
        fs::write(&file, &old).unwrap();
        let inject = format!("inject={name}:signal=KILL:when={count}");
        let here = format!("killed before {name} number {count}");
        match strace(Path::new("/dev/null"), &["-e", &inject], &file) {
            // How often it reads about itself differs from run to run: this call did not happen.
            Some(true) => {
                assert_eq!(fs::read_to_string(&file).unwrap(), new, "not {here}");
                missed += 1;
                continue;
            }
            Some(false) => {}
            None => return,
        }
        let text = fs::read_to_string(&file).unwrap();
        let copy = fs::read_to_string(folder.path().join("a.nix.bak")).ok();
        assert!(copy.as_ref().is_none_or(|copy| *copy == old), "{here}");
        if text == new {
            assert!(copy.is_some(), "no copy: {here}");
            with_new += 1;
        } else {
            assert!(text == old, "a mixture: {here}");
            with_old += usize::from(copy.is_none());
            with_copy += usize::from(copy.is_some());
        }
    }
    println!(
        "killed before each of {} calls: {with_old} times nothing happened, {with_copy} times only \
         the copy is there, {with_new} times all is done",
        calls.len()
    );
    assert!(with_old > 10 && with_copy > 4 && with_new > 2);
    assert!(missed <= 3, "{missed} calls did not happen again");
}

/// Rewrites a file under strace; says whether the program ended by itself, and succeeded. `None`
/// where programs cannot be traced.
fn strace(trace: &Path, more: &[&str], file: &Path) -> Option<bool> {
    let output = Command::new("strace")
        .arg("-qq")
        .arg("-o")
        .arg(trace)
        .args(more)
        .arg(TOOL)
        .args(["migrate", "--write"])
        .arg(file)
        .output();
    let Ok(output) = output else {
        skip::skip_or_fail("no strace: install it");
        return None;
    };
    // strace ends itself as the traced program was ended.
    match output.status.code() {
        None => Some(false),
        Some(0) => Some(true),
        Some(_) => {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(why.contains("strace:"), "{why}");
            skip::skip_or_fail(&format!("strace cannot trace programs here: {why}"));
            None
        }
    }
}

#[test]
fn what_is_no_configuration_is_said() {
    let folder = scratch();
    let check = |name: &str, text: &str, more: &[&str], part: &str| {
        let file = write(folder.path(), name, text);
        let said = run(&mut tool(&[&["migrate", file.as_str()], more].concat()));
        assert_eq!(said.code(), Some(2), "{text}: {said:?}");
        assert!(said.stderr.contains(part), "{text}: {said:?}");
    };
    check(".env", "A=1\n", &[], "sets no PROSODY_ENABLE_");
    check(
        ".env",
        "PROSODY_ENABLE_BETA=maybe\n",
        &[],
        "invalid value `maybe`",
    );
    check("c.yml", "services: [\n", &[], "is not a compose file");
    check(
        "c.yml",
        "services:\n  a:\n    environment:\n      - PROSODY_ENABLE_BETA=${B}\n",
        &[],
        "c.yml:4:9",
    );
    check(
        "c.yml",
        "services: {a: {}}\n",
        &["--service", "b"],
        "no service `b`",
    );
    check(
        ".env",
        "PROSODY_ENABLE_BETA=1\n",
        &["--write"],
        "only rewrites NixOS configurations",
    );
}

#[test]
fn kinds_are_told_apart() {
    use migrate::InputKind::{Compose, Env, Nix, Systemd};
    let cases = [
        ("docker-compose.yml", "", Compose),
        ("<stdin>", "services:\n  a:\n", Compose),
        ("a.conf", "[Service]\nEnvironment=A=1\n", Systemd),
        ("prosody.service", "", Systemd),
        ("a.nix", "", Nix),
        (
            "<stdin>",
            "{ services.prosody-stability.beta = false; }",
            Nix,
        ),
        ("prosody.env", "PROSODY_ENABLE_BETA=1", Env),
    ];
    for (name, text, kind) in cases {
        assert_eq!(
            migrate::input_kind(&Source::new(name, text)),
            kind,
            "{name} {text}"
        );
    }
}
