//! Two rehearsals against the review of the same upgrade: what differs is what `diff --config` says.
//!
//! The releases are snapshots of the two installations, so that both sides speak of the same files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::configured::{NEWER, configurations, install, snapshot};
use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::prosody::Installation;
use crate::support::skip::skip_optional;

/// What the facts of an entry say about the rehearsal, when that is no agreement.
fn disagreement(finding: &Value) -> Option<String> {
    let facts = finding["facts"].as_array()?.iter();
    let mut rehearsed = facts.filter(|fact| fact["code"] == "rehearsed");
    let said = rehearsed.next()?["message"].as_str()?;
    let agrees = ["the rehearsal confirms it", "today"];
    let loads = [
        "breaks",
        "mends",
        "dependency-starts",
        "dependency-stops",
        "starts",
        "stops",
    ];
    let is_about_loading = loads.contains(&finding["code"].as_str()?);
    (is_about_loading && !agrees.iter().any(|words| said.contains(words))).then(|| said.to_owned())
}

/// Reviews and rehearses a configuration: the modules about which the two disagree, or why it cannot
/// be read.
fn disagreements(
    config: &Path,
    servers: &[Installation; 2],
    releases: &str,
) -> Result<Vec<(String, String)>, String> {
    let [old, new] = servers;
    let mut command = tool(&["diff", "--all", "--format", "json", "--release", releases]);
    command.arg("--config").arg(config);
    command
        .arg("--rehearse")
        .args([old.prosody(), new.prosody()]);
    let said = run(&mut command);
    if said.code() == Some(2) && said.stdout.is_empty() {
        return Err(said.stderr);
    }
    let report = said.json();
    let findings = report["findings"].as_array().unwrap();
    let has = |code: &str| findings.iter().any(|finding| finding["code"] == code);
    assert!(has("not-seen"), "{}: no rehearsal", config.display());
    assert!(!has("not-compared"), "{} does not start", config.display());
    let found = findings.iter().filter_map(|finding| {
        let subject = finding["subject"].as_str()?.to_owned();
        Some((subject, disagreement(finding)?))
    });
    Ok(found.collect())
}

/// The two servers, and their snapshots as `old.json..new.json`.
fn servers_with_snapshots(folder: &Path) -> ([Installation; 2], String) {
    let servers = Installation::all();
    let servers: [Installation; 2] = servers.try_into().expect("there are two servers");
    let releases = ["old", "new"].map(|name| folder.join(format!("{name}.json")));
    for (installation, file) in servers.iter().zip(&releases) {
        fs::write(file, snapshot(installation).to_json().unwrap()).unwrap();
    }
    let releases = releases.map(|file| file.display().to_string());
    (servers, releases.join(".."))
}

#[test]
fn what_differs_between_two_rehearsals_is_what_the_review_says() {
    if Installation::all().is_empty() {
        return;
    }
    let folder = scratch();
    let (servers, releases) = servers_with_snapshots(folder.path());
    let names: Vec<String> = configurations();
    let names = names.iter().filter(|name| !NEWER.contains(&name.as_str()));
    let left = Mutex::new(names);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(name) = left.lock().unwrap().next() else {
                        break;
                    };
                    let own = folder.path().join(name.trim_end_matches(".cfg.lua"));
                    fs::create_dir(&own).unwrap();
                    let text = install(&own, name);
                    let config = PathBuf::from(write(&own, "prosody.cfg.lua", &text));
                    let disagreements = disagreements(&config, &servers, &releases);
                    for disagreement in disagreements.unwrap() {
                        found.lock().unwrap().push((name.clone(), disagreement));
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

/// Packages that were unpacked and not installed do not know where they stand.
#[test]
fn unpacked_packages_are_rehearsed_like_an_installation() {
    let folder = scratch();
    let text = "modules_enabled = { \"saslauth\", \"tls\", \"mam\", \"not_there\" }\nVirtualHost \"example.com\"\n";
    let config = write(folder.path(), "prosody.cfg.lua", text);
    for installation in Installation::all() {
        let rehearse = |prosody: &Path| {
            let mut command = tool(&["rehearse", "--format", "json", "--config", &config]);
            let said = run(command.arg("--prosody").arg(prosody));
            assert_eq!(said.code(), Some(1), "{}", said.stderr);
            let report = said.json();
            (report["findings"].clone(), report["scopes"].clone())
        };
        let modules = installation.modules_folder();
        // root/usr/lib/prosody/modules
        let unpacked = modules.ancestors().nth(4).unwrap();
        let installed = rehearse(&installation.prosody());
        assert_eq!(rehearse(unpacked), installed);
        let files = &installed.1[1]["files"];
        let mam = modules.join("mod_mam/mod_mam.lua").display().to_string();
        assert_eq!(files["mam"], mam, "{files}");
    }
}

/// The public configurations that neither of the two servers can read without what belongs to them.
const UNREADABLE: [&str; 5] = [
    // Their container provides /etc/prosody/conf.d.
    "prosody-0.12.cfg.lua",
    // Written for 13.0 and later: 0.12 has no `Lua`.
    "prosody-13.0.cfg.lua",
    "prosody-trunk.cfg.lua",
    "files/prosody.cfg.lua",
    // The configuration of another program.
    "migrator.cfg.lua",
];

#[test]
fn public_configurations_differ_as_reviewed() {
    let Some(public) = env::var_os("PROSODY_CONFIGS") else {
        return skip_optional("PROSODY_CONFIGS names no folder of public configurations");
    };
    if Installation::all().is_empty() {
        return;
    }
    let folder = scratch();
    let (servers, releases) = servers_with_snapshots(folder.path());
    let mut files = Vec::new();
    below(Path::new(&public), ".cfg.lua", &mut files);
    let mut found = Vec::new();
    let mut compared = 0;
    for file in &files {
        let is_template = fs::read_to_string(file).unwrap().contains("${");
        match disagreements(file, &servers, &releases) {
            Ok(disagreements) => {
                compared += 1;
                found.extend(disagreements.into_iter().map(|it| (file, it)));
            }
            Err(why) => {
                let is_known = UNREADABLE.iter().any(|name| file.ends_with(name));
                assert!(is_template || is_known, "{}: {why}", file.display());
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(compared >= 3, "only {compared} of {} files", files.len());
    println!("{compared} of {} files compared", files.len());
}

/// Every file below a directory with this ending.
fn below(directory: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}
