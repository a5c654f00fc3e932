//! What `check` says of hosts with settings of their own, of open ports, and of what was observed.

use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{findings, list, text};

#[test]
fn each_host_with_settings_of_its_own_has_a_scope_and_counts() {
    let folder = scratch();
    let settings = r#"{ services.prosody-stability = {
        enable = true;
        profile = "personal";
        virtualHosts."b.example".modules.carbons = false;
        components."rooms.example".modules.muc_moderation = true;
    }; }"#;
    let file = write(folder.path(), "server.nix", settings);
    let arguments = [
        "check",
        "--release",
        "13.0",
        "--config",
        &file,
        "--format",
        "json",
    ];
    let report = run(&mut tool(&arguments)).json();
    let scopes = list(&report["scopes"]);
    let named: Vec<_> = scopes
        .iter()
        .map(|scope| (text(&scope["name"]), text(&scope["kind"])))
        .collect();
    let expected = [
        ("personal", "selection"),
        ("b.example", "virtual-host"),
        ("rooms.example", "component"),
    ];
    assert_eq!(named, expected, "{report}");
    let modules: Vec<_> = scopes
        .iter()
        .map(|scope| scope["modules"].as_u64())
        .collect();
    // One less than everywhere, and on the component what it was given.
    assert_eq!(modules[1].map(|count| count + 1), modules[0], "{report}");
    assert!(modules[2] < modules[1], "{report}");
    // What a component loads only for what it is made of is as it has to be.
    let all = findings(&report);
    let of_component = all.iter().filter(|f| f["host"] == "rooms.example");
    assert_eq!(of_component.count(), 0, "{report}");
}

#[test]
fn what_holds_for_the_server_is_not_said_again_of_a_host() {
    let folder = scratch();
    let settings = r#"{ services.prosody-stability = {
        enable = true;
        profile = "enterprise";
        modules = { firewall = false; http_upload = true; };
        virtualHosts."b.example".modules = { limits = true; http_upload = true; firewall = true; };
    }; }"#;
    let file = write(folder.path(), "server.nix", settings);
    let arguments = ["check", "--release", "13.0", "--config", &file];
    let report = run(tool(&arguments).args(["--format", "json"])).json();
    let mut said: Vec<_> = findings(&report)
        .into_iter()
        .filter(|f| ["unavailable", "needs-configuration"].contains(&text(&f["code"])))
        .map(|f| {
            let host = f["host"].as_str().unwrap_or("server");
            format!("{} {} {host}", text(&f["code"]), text(&f["subject"]))
        })
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "needs-configuration firewall b.example",
            "needs-configuration limits server",
            "unavailable http_upload server",
        ]
    );
}

/// The findings of a configuration on a release, those with one code: severity, subject and reason.
fn findings_of(release: &str, configuration: &str, code: &str) -> Vec<[String; 3]> {
    let folder = scratch();
    let file = write(folder.path(), "prosody.cfg.lua", configuration);
    let arguments = ["check", "--release", release, "--config", &file];
    let more = ["--http", "false", "--format", "json"];
    let report = run(tool(&arguments).args(more)).json();
    let findings = findings(&report).into_iter();
    let wanted = findings.filter(|finding| finding["code"] == code);
    let columns = ["severity", "subject", "reason"];
    wanted
        .map(|finding| columns.map(|column| finding[column].as_str().unwrap_or("").to_owned()))
        .collect()
}

#[test]
fn http_is_open_unless_all_its_interfaces_are_local_or_it_has_no_ports() {
    for (settings, is_open) in [
        ("", true),
        ("http_interfaces = { '127.0.0.1' }\n", true),
        (
            "http_interfaces = { 'localhost' }\nhttps_ports = { }\n",
            false,
        ),
        ("http_interfaces = 'localhost'\nhttps_ports = { }\n", false),
        (
            "http_interfaces = { '::1', '127.0.0.9' }\nhttps_ports = { }\n",
            false,
        ),
        ("http_interfaces = { '*' }\nhttps_ports = { }\n", true),
        (
            "http_interfaces = { '::1', '192.0.2.1' }\nhttps_ports = { }\n",
            true,
        ),
        ("http_interfaces = { }\nhttps_ports = { }\n", true),
        ("http_ports = { }\nhttps_ports = { }\n", false),
        ("http_ports = { 5280 }\nhttps_ports = { }\n", true),
        ("http_ports = { }\nhttps_interfaces = { '::1' }\n", false),
        ("http_ports = { }\nhttps_interfaces = { '::' }\n", true),
        ("https_ports = { }\n", true),
    ] {
        let configuration = format!(
            "{settings}modules_enabled = {{ 'invites_register_web' }}\nVirtualHost 'a.example'\n"
        );
        let open = findings_of("13.0", &configuration, "http-port-open");
        assert_eq!(open.len(), usize::from(is_open), "{settings}: {open:?}");
    }
}

#[test]
fn what_did_not_load_when_it_was_tried_alone_is_a_finding() {
    let mut release: Value =
        serde_json::from_str(include_str!("../../inventory/releases/13.0.json")).unwrap();
    let observed = [
        (
            "motd",
            json!({ "fails": { "cause": "library", "name": "lpeg" } }),
        ),
        (
            "welcome",
            json!({ "fails": { "cause": "raised", "words": "no" } }),
        ),
        // Its configuration may set the option, and what loads is no finding.
        (
            "announce",
            json!({ "fails": { "cause": "option", "name": "x" } }),
        ),
        ("time", json!({ "loadsOn": "virtualHost" })),
    ];
    for (name, observation) in observed {
        assert!(release["modules"][name].is_object(), "{name}");
        release["modules"][name]["observed"] = observation;
    }
    let folder = scratch();
    let release = write(folder.path(), "13.0.json", &release.to_string());
    let configuration = "modules_enabled = { 'motd', 'welcome', 'announce', 'time' }\n\
                         VirtualHost 'a.example'\n";
    let failing = findings_of(&release, configuration, "fails-observed");
    let expected = [
        ["warning", "motd", "the Lua library lpeg is missing"],
        ["info", "welcome", "it raises an error: no"],
    ];
    assert_eq!(failing, expected);
    let arguments = ["check", "--release", &release, "--enable", "motd"];
    let check = run(&mut tool(&arguments)).stdout;
    assert!(
        check.contains("→ install the Lua library lpeg, for example with luarocks"),
        "{check}"
    );
}

#[test]
fn an_unavailable_module_is_to_be_removed_where_a_file_names_it_and_disabled_elsewhere() {
    let help_of = |arguments: &[&str]| {
        let report = run(tool(&["check", "--release", "13.0", "--format", "json"]).args(arguments));
        let report = report.json();
        let unavailable = findings(&report).into_iter();
        let mut unavailable = unavailable
            .filter(|finding| finding["code"] == "unavailable" && finding["subject"] == "push");
        let help = unavailable
            .next()
            .map(|finding| text(&finding["help"]).to_owned());
        help.unwrap_or_default()
    };
    let selected = help_of(&["--profile", "personal", "--enable", "push"]);
    assert_eq!(selected, "disable push explicitly");
    let folder = scratch();
    let configuration = "modules_enabled = { 'push' }\nVirtualHost 'a.example'\n";
    let file = write(folder.path(), "prosody.cfg.lua", configuration);
    let configured = help_of(&["--config", &file]);
    assert_eq!(configured, "remove push from the configuration");
}

#[test]
fn where_it_is_not_known_what_loads_no_option_is_called_unread() {
    let options =
        "nothing_reads_this = 1\nhttp_upload_file_size_limit = 1\nfirewall_scripts = { }\n";
    let host = "VirtualHost 'a.example'\n";
    let known = format!("modules_enabled = {{ 'http_file_share' }}\n{options}{host}");
    let subjects = |configuration: &str, code: &str| -> Vec<String> {
        let findings = findings_of("13.0", configuration, code).into_iter();
        findings.map(|[_, subject, _]| subject).collect()
    };
    assert_eq!(
        subjects(&known, "option-unread"),
        ["nothing_reads_this", "firewall_scripts"]
    );
    assert_eq!(
        subjects(&known, "option-renamed"),
        ["http_upload_file_size_limit"]
    );
    let unknown = format!("modules_enabled = FileLines 'x'\n{options}{host}");
    assert_eq!(subjects(&unknown, "option-unread"), [""; 0]);
    assert_eq!(subjects(&unknown, "option-renamed"), [""; 0]);
}

#[test]
fn what_works_on_rooms_only_is_misplaced_on_a_virtual_host() {
    let configuration = "modules_enabled = { 'muc_block_pm', 'carbons' }\n\
                         VirtualHost 'a.example'\n\
                         Component 'rooms.example' 'muc'\n\
                         modules_enabled = { 'muc_archive' }\n";
    let findings = findings_of("13.0", configuration, "misplaced").into_iter();
    let subjects: Vec<String> = findings
        .map(|[severity, subject, _]| format!("{severity} {subject}"))
        .collect();
    assert_eq!(subjects, ["warning muc_block_pm"]);
}

#[test]
fn a_core_module_that_is_disabled_by_name_is_a_finding_and_no_other_is() {
    let disabled = |module: &str| {
        let arguments = ["check", "--release", "13.0", "--disable", module];
        let report = run(tool(&arguments).args(["--format", "json"])).json();
        let all = findings(&report).into_iter();
        let of_core = all.filter(|finding| finding["code"] == "core-disabled");
        of_core
            .map(|f| text(&f["message"]).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(disabled("carbons"), [""; 0]);
    assert_eq!(
        disabled("ping"),
        ["core module ping is disabled explicitly"]
    );
}
