//! `migrate prosody.cfg.lua`: the same modules under the flags, and what flags cannot say is said.

use std::collections::BTreeSet;
use std::path::Path;

use prosody_stability::inventory::Inventory;
use serde_json::Value;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{list, text};

/// A configuration, the files that it includes, and what a reader of it expects.
struct Case {
    name: &'static str,
    text: &'static str,
    included: &'static [(&'static str, &'static str)],
    /// Modules of the inventory that load on virtual hosts and that flags cannot load on all of them.
    of_some: &'static [&'static str],
    /// What must stand in the result.
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "literal",
        text: "modules_enabled = { \"roster\", \"saslauth\", \"tls\", \"disco\", \"carbons\", \"mam\", \"ping\" }\nVirtualHost \"a.example\"\n",
        included: &[],
        of_some: &[],
        says: &["the virtual host a.example (prosody.cfg.lua:2)"],
    },
    Case {
        name: "nothing enabled",
        text: "VirtualHost \"a.example\"\n",
        included: &[],
        of_some: &[],
        says: &["roster = false;"],
    },
    Case {
        name: "several hosts",
        text: "modules_enabled = { \"roster\", \"smacks\" }\nVirtualHost \"a.example\"\nVirtualHost \"b.example\"\nmodules_enabled = { \"bosh\", \"groups\" }\n",
        included: &[],
        of_some: &["bosh", "http_altconnect"],
        says: &[
            "groups loads on b.example (prosody.cfg.lua:4), but not on every virtual host",
            "bosh loads on b.example (prosody.cfg.lua:4), but not with this selection",
        ],
    },
    Case {
        name: "components",
        text: "modules_enabled = { \"roster\", \"mam\" }\nVirtualHost \"a.example\"\nComponent \"rooms.a.example\" \"muc\"\nmodules_enabled = { \"muc_mam\" }\nComponent \"up.a.example\" \"http_file_share\"\nComponent \"gateway.a.example\"\n",
        included: &[],
        of_some: &[],
        says: &[
            "the component rooms.a.example (muc) (prosody.cfg.lua:3)",
            "the list of rooms.a.example (prosody.cfg.lua:4): muc_mam",
            "the component gateway.a.example (component) (prosody.cfg.lua:6)",
            "http_file_share = true;",
        ],
    },
    Case {
        name: "includes",
        text: "modules_enabled = { \"roster\", \"csi_simple\" }\nInclude \"conf.d/*.cfg.lua\"\n",
        included: &[
            (
                "conf.d/a.cfg.lua",
                "VirtualHost \"a.example\"\nmodules_enabled = { \"lastactivity\" }\n",
            ),
            (
                "conf.d/b.cfg.lua",
                "VirtualHost \"b.example\"\nmodules_enabled = { \"lastactivity\" }\n",
            ),
        ],
        of_some: &[],
        says: &["conf.d/a.cfg.lua:1", "lastactivity = true;"],
    },
    Case {
        name: "locals and a loop",
        text: "local names = { \"roster\", \"blocklist\" }\nfor _, name in ipairs { \"version\", \"limits\" } do names[#names + 1] = name end\nmodules_enabled = names\nVirtualHost \"a.example\"\n",
        included: &[],
        of_some: &[],
        says: &[],
    },
    Case {
        name: "outside the inventory",
        text: "modules_enabled = { \"roster\", \"turn_external\", \"mine\", \"pep\" }\nadmins = { \"me@a.example\" }\nstorage = \"sql\"\nVirtualHost \"a.example\"\n",
        included: &[],
        of_some: &[],
        says: &[
            "extraModules = [",
            "\"mine\"",
            "\"turn_external\"",
            "2 options that are not about modules",
        ],
    },
    Case {
        name: "disabled",
        text: "modules_enabled = { \"roster\", \"invites_register\", \"bookmarks\", \"uptime\", \"bosh\" }\nmodules_disabled = { \"offline\", \"http_altconnect\", \"uptime\" }\nVirtualHost \"a.example\"\n",
        included: &[],
        of_some: &[],
        says: &[
            "offline is in modules_disabled (prosody.cfg.lua:2)",
            "enforce = true;",
        ],
    },
    Case {
        name: "a component's module on a virtual host",
        text: "modules_enabled = { \"roster\", \"http_file_share\" }\nVirtualHost \"a.example\"\n",
        included: &[],
        of_some: &["http_file_share"],
        says: &[
            "http_file_share loads on a.example (prosody.cfg.lua:1), but not with this selection",
        ],
    },
    Case {
        name: "everything of a profile",
        text: "modules_enabled = { \"roster\", \"saslauth\", \"tls\", \"dialback\", \"disco\", \"private\", \"vcard\", \"version\", \"uptime\", \"time\", \"ping\", \"firewall\", \"limits\", \"blocklist\", \"spam_reporting\", \"watchregistrations\", \"block_registrations\", \"tombstones\", \"carbons\", \"mam\", \"smacks\", \"csi_simple\", \"bookmarks\", \"invites\", \"invites_adhoc\", \"lastactivity\", \"bosh\", \"websocket\", \"admin_adhoc\", \"admin_shell\", \"server_contact_info\" }\nVirtualHost \"a.example\"\nVirtualHost \"off.example\"\nenabled = false\n",
        included: &[],
        of_some: &[],
        says: &[
            "profile = \"enterprise\";",
            "the host off.example (prosody.cfg.lua:3) is not active",
        ],
    },
];

fn put(folder: &Path, case: &Case) -> String {
    for (name, text) in case.included {
        write(folder, name, text);
    }
    write(folder, "prosody.cfg.lua", case.text);
    "prosody.cfg.lua".to_owned()
}

fn said(folder: &Path, arguments: &[&str]) -> CommandOutput {
    run(tool(arguments).current_dir(folder))
}

/// The modules of the inventory that load on a virtual host: not as components, nor for components.
fn loading(resolution: &Value) -> BTreeSet<String> {
    let modules = list(&resolution["modules"]);
    let with = |state: &'static str| modules.iter().filter(move |m| text(&m["state"]) == state);
    let components: Vec<&str> = with("component").map(|m| text(&m["name"])).collect();
    let pulled_in = with("pulled-in").filter(|module| {
        let mut by = list(&module["pulledIn"]["by"]).iter().map(text);
        by.any(|name| !components.contains(&name))
    });
    let known = with("load").chain(pulled_in);
    let known = known.filter(|module| module.get("category").is_some());
    let known = known.map(|module| &module["name"]);
    // A host has no entry for what it does not name: that stands among the dependencies.
    let inventory = Inventory::builtin();
    let dependencies = list(&resolution["dependencies"]).iter().map(|d| &d["name"]);
    let dependencies = dependencies.filter(|name| inventory.modules.contains_key(text(name)));
    known
        .chain(dependencies)
        .map(|name| text(name).to_owned())
        .collect()
}

#[test]
fn the_flags_load_what_every_virtual_host_loads() {
    for case in CASES {
        for release in ["0.12", "13.0"] {
            let folder = scratch();
            let file = put(folder.path(), case);
            let migrated = said(folder.path(), &["migrate", &file, "--release", release]).success();
            let settings = write(folder.path(), "settings.nix", &migrated.stdout);
            let selected = said(
                folder.path(),
                &[
                    "resolve",
                    "--format",
                    "json",
                    "--release",
                    release,
                    "--config",
                    &settings,
                    if migrated.stdout.contains("enforce = true;") {
                        "--enforce"
                    } else {
                        "--enforce=false"
                    },
                ],
            );
            let selected = loading(&selected.success().json());
            let configured = [
                "resolve",
                "--format",
                "json",
                "--release",
                release,
                "--config",
                &file,
            ];
            let configured = said(folder.path(), &configured).success().json();
            // A component is made of a module, and there are no flags about what it loads.
            let hosts: Vec<_> = list(&configured["hosts"])
                .iter()
                .filter(|host| {
                    list(&host["modules"])
                        .iter()
                        .all(|m| text(&m["state"]) != "component")
                })
                .collect();
            assert!(!hosts.is_empty(), "{}", case.name);
            for host in hosts {
                let mut expected = loading(host);
                expected.retain(|name| !case.of_some.contains(&name.as_str()));
                assert_eq!(
                    selected, expected,
                    "{} on {release}:\n{}",
                    case.name, migrated.stdout
                );
            }
        }
    }
}

#[test]
fn what_flags_cannot_say_is_said() {
    for case in CASES {
        let folder = scratch();
        let file = put(folder.path(), case);
        let nix = said(folder.path(), &["migrate", &file]).success().stdout;
        for part in case.says {
            assert!(nix.contains(part), "{}: no {part} in\n{nix}", case.name);
        }
        assert_eq!(nixfmt_rs::format(&nix).unwrap(), nix, "{}", case.name);
        // An environment file can name no module: what the settings name stands in comments.
        let env = said(folder.path(), &["migrate", &file, "--format", "env"]).success();
        let outside = ["mine", "turn_external"];
        for name in outside
            .iter()
            .filter(|name| nix.contains(&format!("\"{name}\"")))
        {
            let comment = env
                .stdout
                .lines()
                .find(|line| line.starts_with("# Outside"));
            assert!(comment.unwrap().contains(name), "{}", env.stdout);
        }
        let flags = env.stdout.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(flags.count(), 6, "{}", env.stdout);
        let has_modules = nix.contains("modules = {");
        let warns = env
            .stderr
            .contains("environment variables cannot name modules");
        assert_eq!(warns, has_modules, "{}: {}", case.name, env.stderr);
    }
}

#[test]
fn half_an_answer_is_none() {
    let folder = scratch();
    let cases = [
        (
            "modules_enabled = RunScript \"x.lua\"\nVirtualHost \"a\"\n",
            "prosody.cfg.lua:1: cannot determine modules_enabled",
        ),
        (
            "modules_enabled = { \"roster\" }\n",
            "defines no active virtual host",
        ),
        ("modules_enabled = {\n", "prosody.cfg.lua"),
    ];
    for (text, part) in cases {
        write(folder.path(), "prosody.cfg.lua", text);
        let said = said(folder.path(), &["migrate", "prosody.cfg.lua"]);
        assert_eq!(said.code(), Some(2), "{said:?}");
        assert!(
            said.stdout.is_empty() && said.stderr.contains(part),
            "{said:?}"
        );
    }
}
