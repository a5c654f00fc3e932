//! `migrate prosody.cfg.lua --to 13.0`: what is certain changes, and nothing else.

use std::fs;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::{list, text};

/// A configuration before and after, in one text: `⟨old|new⟩`.
const CASES: [&str; 15] = [
    "modules_enabled = { \"roster\", \"⟨json_logs|log_json⟩\" } -- json_logs\nVirtualHost \"a\"\n",
    "modules_enabled = {\r\n\t'⟨json_logs|log_json⟩';\r\n\t[[⟨measure_message_e2e|measure_message_e2ee⟩]],\r\n}\r\nVirtualHost(\"a\")\r\n",
    "modules_enabled = { \"roster\" }\nmodules_enabled⟨ = modules_enabled + | ⟩{ \"mam\" } -- more\nVirtualHost \"a\"\n",
    "modules_enabled = { \"roster\" }\nmodules_enabled⟨   =modules_enabled\n  +\t| ⟩{ \"⟨json_logs|log_json⟩\" }\nVirtualHost \"a\"\n",
    "admins = { \"json_logs@a\" }\nmodules_enabled = { \"roster\" }\nb = modules_enabled⟨|:value()⟩\nc = admins⟨|:value()⟩ ; d = 1\nVirtualHost \"a\"\n",
    "VirtualHost \"a\" { modules_disabled = { \"⟨json_logs|log_json⟩\" }, title = \"json_logs\" };\nComponent \"c\" \"⟨json_logs|log_json⟩\"\n",
    "modules_enabled = { \"roster\" }\nmodules_enabled { \"⟨json_logs|log_json⟩\" }\nmodules_enabled:append { \"⟨json_logs|log_json⟩\" }\nVirtualHost \"a\"\n",
    "VirtualHost \"a\"\nmodules_enabled = { \"carbons\" }\nmodules_enabled⟨ = modules_enabled + | ⟩{ \"smacks\" }\nVirtualHost \"b\"\nmodules_disabled = { \"offline\" }\nmodules_disabled⟨ = modules_disabled + | ⟩{ \"presence\" }\n",
    // Options, wherever they are set.
    "⟨registration_whitelist|registration_allowlist⟩ = { \"a\" } -- registration_whitelist\nVirtualHost \"a\"\n  ⟨user_tombstone_expire|user_tombstone_expiry⟩ = \"1 week\"\n",
    "VirtualHost \"a\" { ⟨legacy_ssl_ports|c2s_direct_tls_ports⟩ = { 5223 }, limits = { legacy_ssl_ports = 1 } };\nComponent \"c\" \"muc\" {\r\n\tmodules_enabled = { \"muc_mam\" }, ⟨log_all_rooms|muc_log_all_rooms⟩ = true }\n",
    "⟨legacy_ssl_ports|c2s_direct_tls_ports⟩ = { 5223 }\n⟨legacy_ssl_ports|c2s_direct_tls_ports⟩ { 5224 }\nVirtualHost \"a\"\n",
    // Another value goes with the new name, the new name is set as well, the file reads it, it is local.
    "use_libevent = true\ninvites_page_module = \"x\"\nhttp_upload_file_size_limit = 5\nVirtualHost \"a\"\n",
    "log_all_rooms = true\nmuc_log_all_rooms = true\nVirtualHost \"a\"\n",
    "legacy_ssl_ports = 5\nother = legacy_ssl_ports\nlocal log_all_rooms = 1\nlog_all_rooms = 2\nVirtualHost \"a\"\n",
    // A replacement is another module, and a bundled one keeps its name.
    "modules_enabled = { \"http_upload\", \"prometheus\", \"cloud_notify\", \"smacks\" }\nVirtualHost \"a\"\n",
];

fn side(case: &str, new: bool) -> String {
    let mut out = String::new();
    let mut rest = case;
    while let Some((before, after)) = rest.split_once('⟨') {
        let (both, after) = after.split_once('⟩').unwrap();
        let (old, now) = both.split_once('|').unwrap();
        out.push_str(before);
        out.push_str(if new { now } else { old });
        rest = after;
    }
    out + rest
}

fn said(folder: &tempfile::TempDir, arguments: &[&str]) -> CommandOutput {
    run(tool(arguments).current_dir(folder.path()))
}

/// Each host, and the names of the modules that it asks for.
fn hosts(folder: &tempfile::TempDir, file: &str) -> Vec<(String, Vec<String>)> {
    let arguments = [
        "resolve",
        "--format",
        "json",
        "--release",
        "13.0",
        "--config",
        file,
    ];
    let hosts = said(folder, &arguments).success().json();
    let names = |host: &serde_json::Value| {
        let modules = list(&host["modules"]).iter();
        let names = modules.map(|module| match module.get("loadsAs") {
            Some(name) => text(name).to_owned(),
            None => text(&module["name"]).to_owned(),
        });
        names.collect()
    };
    list(&hosts["hosts"])
        .iter()
        .map(|host| (text(&host["host"]).to_owned(), names(host)))
        .collect()
}

#[test]
fn what_is_certain_changes_and_all_else_stays_byte_for_byte() {
    for case in CASES {
        let (old, new) = (side(case, false), side(case, true));
        let folder = scratch();
        write(folder.path(), "p.cfg.lua", &old);
        let shown = said(&folder, &["migrate", "p.cfg.lua", "--to", "13.0"]).success();
        assert_eq!(shown.stdout.is_empty(), old == new, "{old}");
        assert_eq!(read(folder.path(), "p.cfg.lua"), old, "only --write writes");
        said(
            &folder,
            &["migrate", "p.cfg.lua", "--to", "13.0", "--write"],
        )
        .success();
        assert_eq!(read(folder.path(), "p.cfg.lua"), new, "{old}");
        if old != new {
            assert_eq!(read(folder.path(), "p.cfg.lua.bak"), old);
        }
        // Nothing is left to do, and Prosody 13.0 reads it.
        let again = said(&folder, &["migrate", "p.cfg.lua", "--to", "13.0"]).success();
        assert!(again.stdout.is_empty(), "{}", again.stdout);
        // The same hosts and modules as those of the old text, where Prosody reads that at all.
        if !old.contains('+') {
            write(folder.path(), "old.cfg.lua", &old);
            let named = |mut hosts: Vec<(String, Vec<String>)>| {
                for (_, names) in &mut hosts {
                    for name in names.iter_mut() {
                        *name = match name.as_str() {
                            "json_logs" => "log_json".to_owned(),
                            "measure_message_e2e" => "measure_message_e2ee".to_owned(),
                            _ => name.clone(),
                        };
                    }
                    names.sort();
                }
                hosts
            };
            let (before, after) = (hosts(&folder, "old.cfg.lua"), hosts(&folder, "p.cfg.lua"));
            assert_eq!(named(before), named(after), "{old}");
        }
    }
}

#[test]
fn an_append_adds_to_the_list_of_its_host() {
    let folder = scratch();
    let new = side(CASES[7], true);
    write(folder.path(), "p.cfg.lua", &new);
    let hosts = hosts(&folder, "p.cfg.lua");
    let has = |host: &str, module: &str| {
        let (_, names) = hosts.iter().find(|(name, _)| name == host).unwrap();
        names.iter().any(|name| name == module)
    };
    assert!(
        has("a", "carbons") && has("a", "smacks") && !has("b", "smacks"),
        "{hosts:?}"
    );
}

#[test]
fn decisions_are_left_with_file_and_line() {
    let folder = scratch();
    let main = "modules_enabled = { \"http_upload\" }\nlocal more = { \"json_logs\" }\nInclude \"more.cfg.lua\"\nVirtualHost \"a\"\nmodules_enabled = more\n";
    write(folder.path(), "p.cfg.lua", main);
    write(
        folder.path(),
        "more.cfg.lua",
        "modules_disabled = { \"measure_message_e2e\" }\n",
    );
    let said = said(
        &folder,
        &["migrate", "p.cfg.lua", "--to", "13.0", "--write"],
    )
    .success();
    for part in [
        "p.cfg.lua:1: http_upload cannot load",
        "use http_file_share instead",
        "p.cfg.lua:5: json_logs was renamed to log_json",
        "more.cfg.lua:1: measure_message_e2e was renamed to measure_message_e2ee",
        "more.cfg.lua is included, and included files are not rewritten",
    ] {
        assert!(said.stderr.contains(part), "no {part} in {}", said.stderr);
    }
    assert_eq!(read(folder.path(), "p.cfg.lua"), main);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_text_that_prosody_would_not_read_is_not_written() {
    let cases = [
        // Nothing to append to on this host.
        (
            "VirtualHost \"a\"\nmodules_enabled = modules_enabled + { \"mam\" }\n",
            "13.0",
        ),
        ("modules_enabled = { \"json_logs\"\n", "13.0"),
        // 0.12 cannot append.
        (
            "modules_enabled = { \"json_logs\" }\nmodules_enabled { \"mam\" }\n",
            "0.12",
        ),
    ];
    for (old, to) in cases {
        let folder = scratch();
        write(folder.path(), "p.cfg.lua", old);
        let said = said(&folder, &["migrate", "p.cfg.lua", "--to", to, "--write"]);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert_eq!(read(folder.path(), "p.cfg.lua"), old);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
