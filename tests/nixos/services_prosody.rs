//! What else there is of services.prosody: packages, lists and texts that others write, and ports that open.

use serde_json::{Value, json};

use crate::support::json::names;
use crate::support::machine::{
    COMMAND, ask, assert_one_failure, assert_one_warning, names_in, ours, warnings,
};
use crate::support::{machine, nix};

/// No beta, and HTTP: on 13.0 there is something to keep out.
const ENTERPRISE: &str = "profile = \"enterprise\";";

/// Settings of services.prosody, as a module.
fn theirs(settings: &str) -> String {
    format!("({{ config, lib, pkgs, ... }}: {{ services.prosody = {{ {settings} }}; }})")
}

fn none() -> Vec<String> {
    Vec::new()
}

/// What a machine's package has, sorted, and what it must have.
fn installed(machine: &str) -> (Vec<String>, Vec<String>) {
    let said = ask(
        machine,
        "inherit (prosody.package) installed; inherit (m.cfg) communityModules;",
    );
    let sorted = |list: &Value| {
        let mut names: Vec<_> = names(list).into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    (
        sorted(&said["installed"]),
        sorted(&said["communityModules"]),
    )
}

#[test]
fn community_modules_are_added_to_any_package() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        for package in [
            "pkgs.prosody",
            "lib.mkDefault (pkgs.prosody.override { withExtraLuaPackages = p: [ p.cjson ]; })",
            "lib.mkForce (pkgs.prosody.override { withExtraLuaPackages = p: [ p.cjson ]; })",
        ] {
            let package = theirs(&format!("package = {package};"));
            let machine = machine::on(upstream, &format!("{} {package}", ours(ENTERPRISE)));
            let (installed, needed) = installed(&machine);
            assert_eq!(installed, needed, "{upstream} {package}");
            assert!(needed.contains(&"firewall".to_owned()), "{needed:?}");
            assert_eq!(warnings(&machine), none());
        }
    }
}

#[test]
fn what_a_package_has_already_stays_and_comes_once() {
    if !nix::is_here() {
        return;
    }
    let package = theirs(
        "package = pkgs.prosody.override { withExtraLuaPackages = p: [ p.cjson ]; \
           withOnlyInstalledCommunityModules = [ \"firewall\" \"of_my_own\" ]; };",
    );
    for upstream in machine::upstreams() {
        let machine = machine::on(upstream, &format!("{} {package}", ours(ENTERPRISE)));
        let (installed, needed) = installed(&machine);
        let mut expected = needed;
        expected.push("of_my_own".to_owned());
        expected.sort();
        assert_eq!(installed, expected);
        let said = ask(&machine, "inherit (prosody.package) luaPackages;");
        assert_eq!(said["luaPackages"], json!(["cjson"]));
        let off = machine::bare(upstream, &format!("./nixos-module {package}"));
        let said = ask(&off, "inherit (prosody.package) installed;");
        assert_eq!(said["installed"], json!(["firewall", "of_my_own"]));
    }
}

/// cloud_notify_extensions needs cloud_notify_encrypted, and this the Lua library.
#[test]
fn the_lua_libraries_of_community_modules_are_added_to_any_package() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        for (package, own) in [
            ("pkgs.prosody", &[][..]),
            (
                "pkgs.prosody.override { withExtraLuaPackages = p: [ p.cjson ]; }",
                &["cjson"],
            ),
            (
                "pkgs.prosody.override { withExtraLuaPackages = p: [ p.luaossl ]; }",
                &["luaossl"],
            ),
        ] {
            let package = theirs(&format!("package = {package};"));
            for (settings, needed) in [
                ("modules.cloud_notify_extensions = true;", &["luaossl"][..]),
                ("", &[]),
                (
                    "virtualHosts.localhost.modules.cloud_notify_extensions = true;",
                    &["luaossl"],
                ),
            ] {
                let settings = ours(&format!("{ENTERPRISE} {settings}"));
                let machine = machine::on(upstream, &format!("{settings} {package}"));
                let said = ask(&machine, "inherit (prosody.package) luaPackages;");
                let mut expected = own.to_vec();
                expected.extend(needed.iter().filter(|name| !own.contains(name)));
                assert_eq!(
                    names(&said["luaPackages"]),
                    expected,
                    "{upstream} {package}"
                );
            }
        }
    }
}

#[test]
fn jitsi_meets_package_gets_our_modules() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams_for_jitsi() {
        let machine = machine::with_jitsi(upstream, &ours(ENTERPRISE));
        let (installed, needed) = installed(&machine);
        assert_eq!(installed, needed);
        assert!(needed.contains(&"firewall".to_owned()), "{needed:?}");
        let said = ask(&machine, "inherit (m) failures enabledModules;");
        assert_eq!(said["failures"], json!([]));
        // Both sides' modules are told to load.
        for name in ["speakerstats", "firewall"] {
            assert!(names(&said["enabledModules"]).contains(&name), "{said}");
        }
    }
}

#[test]
fn a_package_that_takes_no_modules_is_left_alone_and_told() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        for package in [
            "removeAttrs pkgs.prosody [ \"override\" ]",
            "pkgs.prosody // { override = { other }: { }; }",
        ] {
            let package = theirs(&format!("package = {package};"));
            let machine = machine::on(upstream, &format!("{} {package}", ours(ENTERPRISE)));
            assert_one_warning(
                &machine,
                &[
                    "services.prosody.package",
                    ": block_registrations, firewall, spam_reporting.",
                    "config.services.prosody-stability.communityModules",
                ],
            );
        }
        let package = theirs(
            "package = removeAttrs (pkgs.prosody.override { withOnlyInstalledCommunityModules = \
               config.services.prosody-stability.communityModules; }) [ \"override\" ];",
        );
        let machine = machine::on(upstream, &format!("{} {package}", ours(ENTERPRISE)));
        assert_eq!(warnings(&machine), none());
    }
}

/// How often the text of the configuration assigns a list.
fn lists(option: &str, text: &str) -> usize {
    text.matches(&format!("{option} =")).count()
}

#[test]
fn names_for_modules_disabled_become_one_list() {
    if !nix::is_here() {
        return;
    }
    let more = ours("modulesDisabled = [ \"s2s\" ];");
    let again = ours("modulesDisabled = [ \"http_altconnect\" \"mam\" ];");
    let machine = machine::on("new", &format!("{} {more} {again}", ours(ENTERPRISE)));
    let said = ask(
        &machine,
        "inherit (m) failures text; inherit (m.cfg) profileLine resolution;",
    );
    assert_eq!(said["failures"], json!([]));
    let text = said["text"].as_str().unwrap();
    assert_eq!(lists("modules_disabled", text), 1);
    assert_eq!(
        names_in("modules_disabled", text),
        ["http_altconnect", "mam", "s2s"]
    );
    let mam = &said["resolution"]["mam"];
    assert_eq!(mam["state"], "off");
    assert_eq!(mam["reason"], "listed in modules_disabled");
    assert!(said["profileLine"].as_str().unwrap().contains("Stable=14,"));
}

#[test]
fn a_module_that_requires_a_disabled_one_cannot_load() {
    if !nix::is_here() {
        return;
    }
    let machine = machine::on(
        "new",
        &ours("profile = \"enterprise\"; modulesDisabled = [ \"pep\" ];"),
    );
    let said = ask(&machine, "inherit (m.cfg.resolution) bookmarks;");
    assert_eq!(said["bookmarks"]["state"], "unavailable");
    assert_eq!(
        said["bookmarks"]["reason"],
        "requires pep: listed in modules_disabled"
    );
    assert_one_warning(
        &machine,
        &["\n- bookmarks: requires pep: listed in modules_disabled"],
    );
}

#[test]
fn a_second_list_of_disabled_modules_is_refused_where_it_replaces_ours() {
    if !nix::is_here() {
        return;
    }
    for order in ["lib.mkBefore", "lib.mkAfter", ""] {
        for text in [
            "modules_disabled = { \\\"s2s\\\" }",
            "\\n  modules_disabled={}\\n",
            "c2s_ports = { 1 }\\nmodules_disabled = some_variable",
        ] {
            let extra = theirs(&format!("extraConfig = {order} \"{text}\";"));
            let machine = machine::on("new", &format!("{} {extra}", ours(ENTERPRISE)));
            assert_one_failure(
                &machine,
                &[
                    "services.prosody.extraConfig assigns modules_disabled",
                    "for http_altconnect:",
                    "services.prosody-stability.modulesDisabled",
                ],
            );
        }
    }
}

/// Whatever the service makes of it, a machine with this module can be evaluated to the end.
#[test]
fn everything_that_a_switch_needs_evaluates() {
    if !nix::is_here() {
        return;
    }
    let question = "unit = builtins.deepSeq (builtins.mapAttrs (_: u: u.serviceConfig or null) m.config.systemd.services) \
           (m.config.systemd.services.prosody or { }); \
         checks = map (check: check.script) m.config.system.checks; \
         etc = builtins.mapAttrs (_: file: if file.text == null then \"${file.source}\" else file.text) m.config.environment.etc; \
         inherit (m) failures warnings;";
    let settings = ours(&format!("{ENTERPRISE} reviewSchedule = \"daily\";"));
    let settings = format!("{COMMAND} {settings}");
    for upstream in machine::upstreams() {
        let machine = machine::on(upstream, &settings);
        let checked = machine.replacen('{', "{ checked = true;", 1);
        let said = ask(&checked, question);
        assert_eq!(said["failures"], json!([]), "{upstream}");
        let configuration = &said["etc"]["prosody/prosody.cfg.lua"];
        assert!(configuration.is_string(), "{upstream}: {said}");
    }
    for upstream in machine::upstreams_for_jitsi() {
        let machine = machine::with_jitsi(upstream, &settings);
        let said = ask(&machine.replacen('{', "{ checked = true;", 1), question);
        assert_eq!(said["failures"], json!([]), "{upstream}");
    }
}

/// Jitsi Meet's own `lockdown`, where it has that.
#[test]
fn jitsi_meets_lockdown_is_refused_where_its_list_replaces_ours() {
    if !nix::is_here() {
        return;
    }
    let lockdown = "({ lib, options, ... }: { services.jitsi-meet = lib.optionalAttrs \
           (options.services.jitsi-meet ? prosody && options.services.jitsi-meet.prosody ? lockdown) \
           { prosody.lockdown = true; }; })";
    for upstream in machine::upstreams_for_jitsi() {
        let machine = |settings: &str| {
            machine::with_jitsi(upstream, &format!("{} {lockdown}", ours(settings)))
        };
        let has = ask(
            &machine(""),
            "lockdown = m.options.services.jitsi-meet.prosody ? lockdown;",
        );
        if has["lockdown"] != true {
            continue;
        }
        assert_one_failure(
            &machine("beta = false; modulesDisabled = [ \"proxy65\" ];"),
            &[
                "modules_disabled",
                "services.prosody-stability.enforce = false",
            ],
        );
        let free = machine("beta = false; enforce = false;");
        assert_eq!(ask(&free, "inherit (m) failures;")["failures"], json!([]));
    }
}

/// A neighbour that writes a list of its own, as Jitsi Meet's `lockdown` does.
#[test]
fn a_neighbours_list_of_disabled_modules_is_refused_where_it_replaces_ours() {
    if !nix::is_here() {
        return;
    }
    let lockdown = theirs(
        "extraConfig = lib.mkBefore \"modules_disabled = { \\\"s2s\\\" };\\n\"; modules.http_files = false;",
    );
    for upstream in machine::upstreams_for_jitsi() {
        let machine = |settings: &str| {
            machine::with_jitsi(upstream, &format!("{} {lockdown}", ours(settings)))
        };
        let kept_out = machine("beta = false; modulesDisabled = [ \"proxy65\" ];");
        assert_one_failure(
            &kept_out,
            &[
                "modules_disabled",
                "services.prosody-stability.enforce = false",
            ],
        );
        let free = machine("beta = false; enforce = false;");
        assert_eq!(ask(&free, "inherit (m) failures;")["failures"], json!([]));
    }
}

#[test]
fn other_lists_are_not_taken_for_one_of_the_whole_server() {
    if !nix::is_here() {
        return;
    }
    for text in [
        "-- modules_disabled = { }",
        "Component \\\"a.example.org\\\" \\\"muc\\\"\\n  modules_disabled = { \\\"s2s\\\" }",
        "my_modules_disabled = { }",
    ] {
        let extra = theirs(&format!("extraConfig = \"{text}\";"));
        let machine = machine::on("new", &format!("{} {extra}", ours(ENTERPRISE)));
        assert_eq!(warnings(&machine), none(), "{text}");
    }
}

#[test]
fn a_section_above_ours_is_refused() {
    if !nix::is_here() {
        return;
    }
    let extra = theirs("extraConfig = lib.mkOrder 400 \"VirtualHost \\\"a.example.org\\\"\";");
    let machine = machine::on("new", &format!("{} {extra}", ours(ENTERPRISE)));
    assert_one_failure(&machine, &["services.prosody.extraConfig", "lib.mkBefore"]);
}

#[test]
fn modules_that_a_text_keeps_out_are_told() {
    if !nix::is_here() {
        return;
    }
    let list = |names: &str| {
        theirs(&format!(
            "extraConfig = \"modules_disabled = {{ {names} }}\";"
        ))
    };
    let enterprise = ours("profile = \"personal\"; beta = false;");
    let machine = |names: &str| machine::on("new", &format!("{enterprise} {}", list(names)));
    assert_one_warning(
        &machine("\\\"mam\\\"; 'carbons', -- \\\"smacks\\\"\\n"),
        &[
            "enabled modules: mam, carbons.",
            "services.prosody-stability.modulesDisabled",
        ],
    );
    assert_eq!(warnings(&machine("\\\"proxy65\\\"")), none());
}

#[test]
fn a_second_list_of_enabled_modules_is_refused() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let extra = theirs("extraConfig = \"modules_enabled = { }\";");
        let machine = machine::on(upstream, &format!("{} {extra}", ours(ENTERPRISE)));
        assert_one_failure(
            &machine,
            &["modules_enabled", "services.prosody.extraModules"],
        );
    }
}

#[test]
fn http_ports_that_open_although_http_is_off_are_told() {
    if !nix::is_here() {
        return;
    }
    let loopback = |more: &str| {
        theirs(&format!(
            "httpInterfaces = [ \"127.0.0.1\" \"::1\" ]; {more} modules.http_files = false;"
        ))
    };
    for upstream in machine::upstreams() {
        let files = theirs("modules.http_files = lib.mkDefault false;");
        let machine = |settings: &str, more: &str| {
            machine::on(upstream, &format!("{} {more}", ours(settings)))
        };
        assert_one_warning(
            &machine("", &files),
            &[
                "http is off: mod_http is required by http_altconnect, invites_register_web, password_reset.",
                "services.prosody.httpInterfaces",
                "services.prosody.httpsInterfaces",
            ],
        );
        assert_one_warning(&machine("", &loopback("")), &["mod_http"]);
        for more in ["httpsPorts = [ ];", "httpsInterfaces = [ \"localhost\" ];"] {
            assert_eq!(warnings(&machine("", &loopback(more))), none());
        }
        assert_eq!(warnings(&machine("modules.bosh = true;", &files)), none());
        assert_eq!(warnings(&machine("beta = false;", &files)), none());
    }
    // What services.prosody has on by itself opens them as well.
    assert_one_warning(
        &machine::on("old", &ours("beta = false;")),
        &["mod_http is required by http_files."],
    );
}

#[test]
fn a_module_that_exists_nowhere_is_no_standing_warning() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let said = ask(
            &machine::on(upstream, &ours("profile = \"development\";")),
            "inherit (m) warnings; inherit (m.cfg.resolution) push compliance_policy;",
        );
        for name in ["push", "compliance_policy"] {
            assert_eq!(said[name]["state"], "unavailable");
            assert!(!said["warnings"].to_string().contains(name), "{said}");
        }
    }
    assert_one_failure(
        &machine::on("new", &ours("beta = false; modules.push = true;")),
        &["push", "use cloud_notify for push"],
    );
}

#[test]
fn what_is_kept_out_neither_counts_nor_is_pulled_in() {
    if !nix::is_here() {
        return;
    }
    let settings = |enforce: bool| ours(&format!("profile = \"enterprise\"; enforce = {enforce};"));
    let state = |enforce: bool| {
        ask(
            &machine::on("new", &settings(enforce)),
            "inherit (m.cfg.resolution) http_altconnect; inherit (m.cfg) profileLine;",
        )
    };
    let kept_out = state(true);
    assert_eq!(kept_out["http_altconnect"]["state"], "off");
    assert!(
        kept_out["profileLine"]
            .as_str()
            .unwrap()
            .contains("Beta=0,")
    );
    let free = state(false);
    assert_eq!(free["http_altconnect"]["state"], "pulled-in");
    assert!(free["profileLine"].as_str().unwrap().contains("Beta=1,"));
}

#[test]
fn what_services_prosody_always_enables_is_on() {
    if !nix::is_here() {
        return;
    }
    let shell =
        "inherit (m.cfg.resolution) admin_shell; inherit (m.cfg) effectiveModules profileLine;";
    let said = ask(&machine::on("new", &ours("")), shell);
    assert_eq!(
        said["admin_shell"]["reason"],
        "services.prosody enables it although admin is off (default)"
    );
    assert_eq!(said["admin_shell"]["state"], "load");
    assert!(names(&said["effectiveModules"]).contains(&"admin_shell"));
    assert!(said["profileLine"].as_str().unwrap().ends_with("Admin=1"));
    let said = ask(&machine::on("old", &ours("")), shell);
    assert_eq!(said["admin_shell"]["state"], "off");
    assert!(said["profileLine"].as_str().unwrap().ends_with("Admin=0"));
    assert_one_warning(
        &machine::on("new", &ours("beta = false; modules.admin_shell = false;")),
        &["admin_shell", "services.prosody always enables it"],
    );
}

#[test]
fn modules_of_single_hosts_count_as_on() {
    if !nix::is_here() {
        return;
    }
    let host = theirs(
        "virtualHosts.other = { enabled = true; domain = \"other.example.org\"; \
           extraConfig = \"modules_enabled = { \\\"password_reset\\\", \\\"mam\\\" }\"; };",
    );
    for upstream in machine::upstreams() {
        let machine = machine::on(upstream, &format!("{} {host}", ours(ENTERPRISE)));
        let said = ask(
            &machine,
            "inherit (m.cfg) communityModules effectiveModules; inherit (m) text; \
             inherit (m.cfg.resolution) password_reset;",
        );
        assert_eq!(
            said["password_reset"]["reason"],
            "services.prosody enables it although beta is off (profile enterprise)"
        );
        assert!(names(&said["effectiveModules"]).contains(&"password_reset"));
        // With what it requires.
        for name in ["password_reset", "password_policy"] {
            assert!(names(&said["communityModules"]).contains(&name), "{said}");
        }
        // It need not load on the other hosts.
        let text = said["text"].as_str().unwrap();
        assert!(
            text.contains("on_some_host = { \"password_reset\" }"),
            "{text}"
        );
    }
}

#[test]
fn options_that_contradict_each_other_are_told() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        for (settings, other, names) in [
            (
                "modules.mam = true;",
                "modules.mam = false;",
                [
                    "services.prosody-stability.modules.mam = true",
                    "services.prosody.modules.mam = false",
                ],
            ),
            (
                "modules.mam = false;",
                "modules.mam = true;",
                [
                    "services.prosody-stability.modules.mam = false",
                    "services.prosody.modules.mam = true",
                ],
            ),
            (
                "modules.firewall = false;",
                "extraModules = [ \"firewall\" ];",
                [
                    "services.prosody-stability.modules.firewall = false",
                    "services.prosody.extraModules lists it",
                ],
            ),
            (
                "modules.mam = true; modulesDisabled = [ \"mam\" ];",
                "",
                [
                    "services.prosody-stability.modules.mam = true",
                    "services.prosody-stability.modulesDisabled lists it",
                ],
            ),
        ] {
            let settings = format!("{ENTERPRISE} {settings}");
            let machine = machine::on(upstream, &format!("{} {}", ours(&settings), theirs(other)));
            assert_one_warning(&machine, &names);
        }
    }
}

#[test]
fn alpha_of_the_chosen_profile_needs_no_warning() {
    if !nix::is_here() {
        return;
    }
    for (settings, warns) in [
        ("profile = \"development\";", false),
        (
            "profile = \"development\"; alpha = [ \"enterprise\" ];",
            true,
        ),
        ("profile = \"enterprise\"; alpha = true;", true),
        ("alpha = true;", true),
        ("alpha = [ ];", false),
    ] {
        let machine = machine::on("new", &ours(settings));
        let said = ask(&machine, "inherit (m) warnings;")["warnings"].to_string();
        let warning = "services.prosody-stability.alpha is on";
        assert_eq!(said.contains(warning), warns, "{settings}: {said}");
    }
}
