//! Options that are called unread in real configurations, beside a plain search of what real servers run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use prosody_stability::check::check_server;
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::inventory::Inventory;
use prosody_stability::release::builtin;
use prosody_stability::report::{Code, Finding};

use crate::corpus::{below, variables_beside};
use crate::real::ours;
use crate::support::folder::{scratch, write};
use crate::support::prosody::Installation;
use crate::support::prosody::installation::NEWEST;
use crate::support::root;
use crate::support::skip::skip_optional;

/// The built-in releases, with the server whose files are searched for each.
const RELEASES: [(&str, &str, Dialect); 2] = [
    ("0.12", "0.12", Dialect::V0_12),
    ("13.0", NEWEST, Dialect::V13),
];

/// Options that public configurations set and that nothing in 13.0 reads, as people found by hand.
const KNOWN: [&str; 5] = [
    "log_all_rooms",
    "user_tombstone_expire",
    "http_file_share_expire_after",
    "smacks_max_hibernated_sessions",
    "http_upload_expire_after",
];

/// Every text between quotes near the words "option" and "config" in the files that a server runs.
fn quoted(server: &Installation) -> BTreeSet<String> {
    let mut files = Vec::new();
    below(&server.root().join("usr/lib/prosody"), ".lua", &mut files);
    files.push(server.root().join("usr/bin/prosodyctl"));
    let mut texts = BTreeSet::new();
    for file in files {
        // It names obsolete ones to say so, and so does the command line of 0.12.
        if file.ends_with("prosodyctl/check.lua") || file.ends_with("util/startup.lua") {
            continue;
        }
        let text = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if line.contains("option") || line.contains("config") {
                let near = &lines[index..lines.len().min(index + 3)];
                let parts = near
                    .iter()
                    .flat_map(|line| line.split(['"', '\'']).skip(1).step_by(2));
                texts.extend(parts.map(str::to_owned));
            }
        }
    }
    texts
}

fn findings(version: &str, configuration: &Configuration) -> Vec<Finding> {
    let (release, _) = builtin::find(version, false).unwrap();
    let inventory = Inventory::builtin();
    let report = check_server(
        &inventory,
        "x",
        &release,
        configuration,
        None,
        None,
        Vec::new(),
    );
    report.findings
}

/// The names that are called unread or renamed, without those of which something merely does not load.
fn unread(findings: &[Finding]) -> BTreeSet<&str> {
    let found = findings.iter().filter(|finding| {
        let reason = finding.reason.as_deref().unwrap_or_default();
        let is_nowhere = finding.code == Code::OptionUnread && reason.starts_with("nothing");
        is_nowhere || finding.code == Code::OptionRenamed && finding.message.ends_with("no effect")
    });
    found
        .filter_map(|finding| finding.subject.as_deref())
        .collect()
}

/// Looks at files under both releases; what is called unread, by release and file.
fn look_at(files: &[(PathBuf, BTreeMap<String, String>)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut looked_at, mut failed) = (0, 0);
    for (version, server, dialect) in RELEASES {
        let Some(server) = Installation::find(server) else {
            continue;
        };
        let quoted = quoted(&server);
        assert!(quoted.contains("admins") && quoted.contains("c2s_timeout"));
        for (file, variables) in files {
            let Ok(configuration) = ours(file, dialect, variables) else {
                failed += 1;
                continue;
            };
            // Others are parts that a main file includes.
            if configuration.active().next().is_none() {
                continue;
            }
            looked_at += 1;
            let findings = findings(version, &configuration);
            let unread = unread(&findings);
            for option in &unread {
                assert!(
                    !quoted.contains(*option),
                    "{version} {}: {option}",
                    file.display()
                );
            }
            for known in KNOWN.iter().filter(|_| version == "13.0") {
                let mut hosts = configuration.hosts.values();
                let is_set = hosts.any(|host| host.options.contains_key(*known));
                assert!(
                    !is_set || unread.contains(known),
                    "{version} {}: {known} is not found",
                    file.display()
                );
            }
            let names = unread.into_iter().map(str::to_owned);
            all.entry(format!("{version} {}", file.display()))
                .or_default()
                .extend(names);
        }
    }
    eprintln!("{looked_at} readings looked at, {failed} do not load");
    all.retain(|_, options| !options.is_empty());
    all
}

#[test]
fn of_our_configurations_and_those_of_packages_nothing_is_called_unread() {
    let mut files = Vec::new();
    below(
        &root().join("tests/servers/configurations"),
        ".cfg.lua",
        &mut files,
    );
    files.push(root().join("tests/configuration/services-prosody.cfg.lua"));
    let folder = scratch();
    for version in ["0.12", "13.0", NEWEST] {
        if let Some(server) = Installation::find(version) {
            // Beside an empty directory that they include.
            let text =
                fs::read_to_string(server.root().join("etc/prosody/prosody.cfg.lua")).unwrap();
            fs::create_dir_all(folder.path().join(format!("{version}/conf.d"))).unwrap();
            let file = write(folder.path(), &format!("{version}/prosody.cfg.lua"), &text);
            files.push(file.into());
        }
    }
    let files: Vec<_> = files
        .into_iter()
        .map(|file| (file, BTreeMap::new()))
        .collect();
    assert_eq!(look_at(&files), BTreeMap::new());
}

/// With `X.cfg.lua.env` beside a configuration for its variables.
#[test]
fn of_public_configurations_only_what_nothing_reads_is_called_unread() {
    let Some(folder) = std::env::var_os("PROSODY_CONFIGS").filter(|name| !name.is_empty()) else {
        skip_optional("PROSODY_CONFIGS names no folder of public configurations");
        return;
    };
    let mut files = Vec::new();
    below(Path::new(&folder), ".lua", &mut files);
    let files: Vec<_> = files
        .into_iter()
        .map(|file| {
            let variables = variables_beside(&file);
            (file, variables)
        })
        .collect();
    for (file, options) in look_at(&files) {
        eprintln!("{file}: {options:?}");
    }
}
