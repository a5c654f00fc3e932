//! `snapshot --rehearse` on the real servers: what is recorded is what happens, and the commands use
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::every_module;
use crate::rehearsal_document::blocks;
use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{read, scratch, write, write_script};
use crate::support::prosody::Installation;
use crate::support::root;
use crate::support::schema::violations;

/// The modules that do not load with nothing set, and load when these options are set: by version.
/// `every_module` sets them.
const NEED_OPTIONS: [(&str, &[(&str, &str)]); 2] = [
    (
        "0.12",
        &[
            ("auth_insecure", "insecure_open_authentication"),
            ("auth_ldap", "ldap_base"),
            ("auth_oauthbearer", "oauth_client_id"),
            ("http_upload_external", "http_upload_external_base_url"),
            ("muc_rtbl", "muc_rtbl_jid"),
            ("turn_external", "turn_external_secret"),
        ],
    ),
    (
        "13.0",
        &[
            ("auth_insecure", "insecure_open_authentication"),
            ("auth_ldap", "ldap_base"),
            ("auth_oauthbearer", "oauth_client_id"),
            ("dnsbl", "dnsbls"),
            ("http_upload_external", "http_upload_external_base_url"),
            ("muc_rtbl", "muc_rtbl_jid"),
            ("pubsub_forgejo", "forgejo_secret"),
            ("turn_external", "turn_external_secret"),
        ],
    ),
];

/// The modules that require one which no package has.
const NEED_MODULES: [(&str, &[(&str, &str)]); 2] = [
    (
        "0.12",
        &[
            ("bob", "cache_c2s_caps"),
            ("invites_register_web", "password_policy"),
            ("watch_spam_reports", "spam_reporting"),
        ],
    ),
    ("13.0", &[("bob", "cache_c2s_caps")]),
];

/// The modules that load as a component only.
const COMPONENTS: [(&str, &[&str]); 2] = [
    (
        "0.12",
        &[
            "component",
            "http_muc_log",
            "muc",
            "muc_mam",
            "muc_moderation",
            "muc_restrict_media",
            "vcard_muc",
        ],
    ),
    (
        "13.0",
        &[
            "component",
            "http_muc_log",
            "muc",
            "muc_limits",
            "muc_mam",
            "muc_moderation",
            "muc_restrict_avatars",
            "muc_restrict_media",
            "muc_search",
        ],
    ),
];

/// Its error does not name the option `http_files_dir`; 0.12 loads it all the same.
const NAMES_NO_OPTION: [(&str, &[&str]); 2] = [("0.12", &[]), ("13.0", &["http_files"])];

fn of_version<T: Copy>(table: &[(&str, T); 2], version: &str) -> T {
    table.iter().find(|(of, _)| *of == version).unwrap().1
}

/// Scans trees and tries each of their modules with an installation.
fn snapshot(
    version: &str,
    prosody: &Path,
    community: Option<&Path>,
    with: &Path,
    file: &Path,
) -> CommandOutput {
    let mut command = tool(&["snapshot", "--revision", "test", "--version", version]);
    command.arg("--prosody").arg(prosody);
    if let Some(community) = community {
        command.arg("--community").arg(community);
    }
    command
        .arg("--rehearse")
        .arg(with)
        .arg("--output")
        .arg(file);
    run(&mut command)
}

fn release(file: &Path) -> Value {
    let release: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let schema = read(root(), "inventory/schema/release.json");
    let schema = serde_json::from_str(&schema).unwrap();
    assert_eq!(violations(&schema, &release), [""; 0]);
    release
}

/// Each module that has code, with what was observed of it.
fn observed(release: &Value) -> BTreeMap<&str, &Value> {
    let modules = release["modules"].as_object().unwrap().iter();
    let modules = modules.filter(|(_, facts)| facts["stub"] != true);
    modules
        .map(|(name, facts)| (name.as_str(), &facts["observed"]))
        .collect()
}

/// The plugins of an installation with these names only, in an installation of links.
fn part_of(installation: &Installation, is_part: impl Fn(&str) -> bool) -> TempDir {
    let folder = scratch();
    let modules = folder.path().join("lib/prosody/modules");
    fs::create_dir_all(&modules).unwrap();
    let all = installation.modules_folder();
    for entry in fs::read_dir(all.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "modules" {
            symlink(entry.path(), modules.with_file_name(entry.file_name())).unwrap();
        }
    }
    for entry in fs::read_dir(all).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let module = name.trim_end_matches(".lua");
        if is_part(module.strip_prefix("mod_").unwrap_or(module)) {
            symlink(entry.path(), modules.join(name)).unwrap();
        }
    }
    folder
}

/// The modules of which something is known beforehand, with its words as JSON.
fn expected(version: &str) -> BTreeMap<&'static str, Value> {
    let fails = |cause: &str, name: &str| json!({ "fails": { "cause": cause, "name": name } });
    let options = of_version(&NEED_OPTIONS, version).iter();
    let options = options.map(|(module, option)| (*module, fails("option", option)));
    let modules = of_version(&NEED_MODULES, version).iter();
    let modules = modules.map(|(module, other)| (*module, fails("dependency", other)));
    let components = of_version(&COMPONENTS, version).iter();
    let components = components.map(|module| (*module, json!({ "loadsOn": "component" })));
    options.chain(modules).chain(components).collect()
}

fn assert_as_expected(version: &str, observed: &BTreeMap<&str, &Value>) {
    let expected = expected(version);
    let nowhere: BTreeSet<&str> = every_module::load_nowhere(version).collect();
    let unnamed = of_version(&NAMES_NO_OPTION, version);
    for (name, facts) in observed {
        if nowhere.contains(name) || unnamed.contains(name) {
            assert!(facts["fails"].is_object(), "{name}: {facts}");
            let words = facts["fails"]["words"].as_str();
            assert!(words.is_some() || *name == "proctitle", "{name}: {facts}");
            continue;
        }
        match expected.get(name) {
            Some(expected) => assert_eq!(*facts, expected, "{name}"),
            None => assert_eq!(**facts, json!({ "loadsOn": "virtualHost" }), "{name}"),
        }
    }
    let named = expected.keys().chain(&nowhere).chain(unnamed);
    for name in named {
        assert!(observed.contains_key(name), "{name} was not tried");
    }
}

#[test]
fn every_module_of_the_new_prosody_is_observed_as_it_is() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let folder = scratch();
    let file = folder.path().join("observed.json");
    let all = installation.root();
    let said = snapshot("13.0", &all, Some(&all), &installation.prosody(), &file).success();
    let release = release(&file);
    let observed = observed(&release);
    assert_as_expected("13.0", &observed);
    assert!(
        said.stderr.contains("modules tried alone with"),
        "{}",
        said.stderr
    );
    let proctitle = json!({ "fails": { "cause": "library", "name": "proctitle" } });
    assert_eq!(*observed["proctitle"], proctitle);
    // The scan knows what these modules load and read: `every_module` holds that as well.
    for (name, facts) in release["modules"].as_object().unwrap() {
        assert_eq!(facts["depends"].get("observed"), None, "{name}");
        let options = facts["options"]["named"].as_object().into_iter().flatten();
        for (option, read) in options {
            assert_eq!(read.get("observed"), None, "{name} {option}");
        }
    }
}

/// Of the old server a part is tried: everything of which something is known, and what begins with
/// one of two letters.
#[test]
fn modules_of_the_old_prosody_are_observed_as_they_are_and_twice_the_same() {
    let Some(installation) = Installation::find("0.12") else {
        return;
    };
    let expected = expected("0.12");
    let nowhere: BTreeSet<&str> = every_module::load_nowhere("0.12").collect();
    let part = part_of(&installation, |name| {
        let is_known = expected.contains_key(name) || nowhere.contains(name);
        is_known || name.starts_with(['b', 'v'])
    });
    let folder = scratch();
    let files = ["one", "two"].map(|name| folder.path().join(name));
    for file in &files {
        let said = snapshot("13.0", part.path(), None, &installation.prosody(), file).success();
        let full = &installation.full_version;
        let warning = format!("warning: the server is Prosody {full}, not 13.0");
        assert!(said.stderr.contains(&warning), "{}", said.stderr);
    }
    let release = release(&files[0]);
    let observed = observed(&release);
    assert!(observed.len() > 20, "{}", observed.len());
    assert_as_expected("0.12", &observed);
    let [one, two] = files.map(|file| fs::read_to_string(file).unwrap());
    assert!(one == two, "two runs record different things");
}

/// Modules whose code does not show what they do, besides the `greeter` of docs/rehearsal.md.
const STAND_INS: [(&str, &str); 9] = [
    (
        "loads_directly",
        "local found, manager = pcall(require, \"prosody.core.modulemanager\")\n\
         if not found then manager = require \"core.modulemanager\" end\n\
         manager.load(module.host, \"motd\")\n",
    ),
    ("needs_greeter", "module:depends \"greeter\"\n"),
    ("needs_library", "require \"no.such.library\"\n"),
    (
        "needs_option",
        "assert(module:get_option_string(\"needs_option\" .. (\"_key\")), \"please set needs_option_key\")\n",
    ),
    ("needs_both", "module:depends \"needs_option\"\n"),
    ("needs_raises", "module:depends \"raises\"\n"),
    (
        "raises",
        "error(\"no use for \" .. tostring({}) .. \" of /some/path:17\")\n",
    ),
    ("spoilt", "this is no Lua\n"),
    ("quits", "os.exit(3)\n"),
];

/// What a snapshot records of the stand-ins.
fn stand_ins(folder: &Path, installation: &Installation) -> PathBuf {
    let modules = folder.join("modules");
    let document = read(root(), "docs/rehearsal.md");
    let greeter = ("greeter", blocks(&document, "lua")[1]);
    for (name, code) in STAND_INS.into_iter().chain([greeter]) {
        let module = modules.join(format!("mod_{name}"));
        fs::create_dir_all(&module).unwrap();
        write(&module, &format!("mod_{name}.lua"), code);
    }
    // The server runs as another user.
    for directory in [folder, &modules] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let part = part_of(installation, |name| ["motd", "welcome"].contains(&name));
    let file = folder.join("observed.json");
    let version = &installation.full_version;
    let modules = Some(modules.as_path());
    snapshot(
        version,
        part.path(),
        modules,
        &installation.prosody(),
        &file,
    )
    .success();
    file
}

#[test]
fn what_no_code_shows_is_observed_and_the_commands_use_it() {
    for installation in Installation::all() {
        let folder = scratch();
        let file = stand_ins(folder.path(), &installation);
        let release = release(&file);
        let module = |name: &str| &release["modules"][name];
        let loads = json!({ "loadsOn": "virtualHost" });
        let fails = |cause: &str, name: &str| json!({ "fails": { "cause": cause, "name": name } });
        for (name, expected) in [
            ("greeter", loads.clone()),
            ("loads_directly", loads.clone()),
            ("motd", loads.clone()),
            ("needs_greeter", loads),
            ("needs_library", fails("library", "no.such.library")),
            ("needs_option", fails("option", "needs_option_key")),
            ("needs_both", fails("dependency", "needs_option")),
            ("needs_raises", fails("dependency", "raises")),
        ] {
            assert_eq!(module(name)["observed"], expected, "{name}");
        }
        for (name, cause, words) in [
            ("raises", "raised", "no use for table: ADDRESS of PATH"),
            ("quits", "noServer", "it exited"),
        ] {
            let failure = &module(name)["observed"]["fails"];
            assert_eq!(failure["cause"], cause, "{name}");
            assert_eq!(failure["words"], words, "{name}");
        }
        assert_eq!(module("spoilt")["observed"]["fails"]["cause"], "syntax");
        assert_eq!(
            module("greeter")["depends"]["observed"],
            json!(["motd", "welcome"])
        );
        assert_eq!(
            module("loads_directly")["depends"]["observed"],
            json!(["motd"])
        );
        // What another module brings along is recorded of that one.
        assert_eq!(module("needs_greeter")["depends"].get("observed"), None);
        let text = json!({ "type": "any", "observed": true });
        assert_eq!(module("greeter")["options"]["named"]["greeter_text"], text);
        assert_used(&installation, folder.path(), &file);
    }
}

/// What the commands make of it.
fn assert_used(installation: &Installation, folder: &Path, file: &Path) {
    let file = file.display().to_string();
    let with = |words: &[&str]| run(&mut tool(&[words, &["--release", &file]].concat()));
    let resolution = with(&["resolve", "--enable", "needs_greeter", "--format", "json"]).success();
    let dependencies = resolution.json()["dependencies"].clone();
    let names: Vec<&str> = dependencies
        .as_array()
        .unwrap()
        .iter()
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect();
    for name in ["greeter", "motd", "welcome"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let explained = |name: &str| with(&["explain", name]).success().stdout;
    for (name, words) in [
        ("greeter", "observed: loads alone on a virtual host"),
        ("greeter", "loads with it, as observed: motd, welcome"),
        ("greeter", "reads, as observed: greeter_text"),
        ("motd", "used by greeter, loads_directly"),
        (
            "needs_both",
            "observed: does not load alone: it requires needs_option",
        ),
    ] {
        assert!(explained(name).contains(words), "{}", explained(name));
    }
    let config = "modules_enabled = { 'greeter', 'needs_library', 'needs_both', 'raises' }\n\
                  greeter_text = 'hello'\nVirtualHost 'example.com'\n";
    let config = write(folder, "prosody.cfg.lua", config);
    let report = with(&["check", "--config", &config, "--format", "json"]).json();
    let found: Vec<[&str; 3]> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == "fails-observed" || finding["code"] == "option-unread")
        .map(|finding| ["code", "severity", "subject"].map(|key| finding[key].as_str().unwrap()))
        .collect();
    // Setting an option may help with `needs_both`, and something reads `greeter_text`.
    assert_eq!(
        found,
        [
            ["fails-observed", "warning", "needs_library"],
            ["fails-observed", "info", "raises"],
        ],
        "{}",
        installation.full_version
    );
    if installation.version == "13.0" {
        let document = read(root(), "docs/rehearsal.md");
        // A later update of the distribution has another number.
        let printed = explained("greeter").replace(&installation.full_version, "13.0.1");
        // The document has no module that needs it.
        let printed = printed.replace("                 used by needs_greeter\n", "");
        let line = "$ prosody-stability explain greeter --release observed.json\n";
        let shown = blocks(&document, "console");
        let shown = shown.iter().find_map(|block| block.strip_prefix(line));
        assert_eq!(shown, Some(printed.as_str()));
    }
    assert_reviewed(folder, &file);
}

/// A module that begins to fail is a change; the same way back is none to worry about.
fn assert_reviewed(folder: &Path, file: &str) {
    let text = fs::read_to_string(file).unwrap();
    let mut other: Value = serde_json::from_str(&text).unwrap();
    other["modules"]["raises"]["observed"] = json!({ "loadsOn": "virtualHost" });
    let other = write(folder, "other.json", &other.to_string());
    let changes = |old: &str, new: &str| {
        let sides = format!("{old}..{new}");
        let words = [
            "diff",
            "--enable",
            "raises",
            "--all",
            "--format",
            "json",
            "--release",
            &sides,
        ];
        let report = run(&mut tool(&words)).success().json();
        let findings = report["findings"].as_array().unwrap().iter();
        let findings = findings.map(|finding| {
            let [code, severity] = ["code", "severity"].map(|key| finding[key].as_str().unwrap());
            format!("{severity} {code}")
        });
        findings.collect::<Vec<_>>()
    };
    assert_eq!(changes(&other, file), ["warning fails-observed"]);
    assert_eq!(changes(file, &other), ["info loads-observed"]);
}

#[test]
fn a_server_that_cannot_be_tried_is_an_error() {
    let Some(installation) = Installation::find("13.0") else {
        return;
    };
    let folder = scratch();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let broken = write_script(
        folder.path(),
        "prosody",
        "#!/bin/sh\necho no library\nexit 1\n",
    );
    let part = part_of(&installation, |name| name == "motd");
    for (server, words) in [
        ("/nothing/there", "cannot find /nothing/there"),
        (
            &broken,
            "the server does not start, even without modules: no library",
        ),
    ] {
        let file = folder.path().join("observed.json");
        let said = snapshot("13.0", part.path(), None, Path::new(server), &file);
        assert_eq!(said.code(), Some(2), "{}", said.stderr);
        assert!(said.stderr.contains(words), "{}", said.stderr);
        assert!(!file.exists());
    }
}
