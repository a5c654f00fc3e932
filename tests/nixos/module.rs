//! The NixOS module beside users, neighbours and upstream: who wins, what is kept out, and what is said.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::json::{names, text};
use crate::support::machine::{ask, assert_one_failure, assert_one_warning, ours, warnings};
use crate::support::{machine, nix};

/// What the guide lists as beta, and the names that these modules have in Prosody.
const BETA: [&str; 14] = [
    "cloud_notify",
    "cloud_notify_extensions",
    "http_altconnect",
    "http_file_share",
    "http_upload",
    "invites_register",
    "invites_register_web",
    "mimicking",
    "password_reset",
    "prometheus",
    "pubsub_serverinfo",
    "push",
    "statistics",
    "vcard4",
];

/// An old services.prosody has a module on that opens the HTTP ports.
const NO_HTTP_FILES: &str = "{ services.prosody.modules.http_files = false; }";

/// Beside the module, as jitsi-meet sets it.
const NEIGHBOUR: &str = "({ lib, ... }: { services.prosody.modules = { \
    admin_adhoc = lib.mkDefault false; bosh = lib.mkDefault true; ping = lib.mkDefault true; \
    websocket = lib.mkDefault true; cloud_notify = lib.mkDefault true; }; })";

fn set(value: &Value) -> BTreeSet<String> {
    names(value).into_iter().map(str::to_owned).collect()
}

#[test]
fn without_beta_no_beta_module_is_anywhere() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        for flags in [
            "beta = false;",
            "beta = false; http = true; admin = true;",
            "profile = \"enterprise\";",
        ] {
            let machine = machine::on(upstream, &ours(flags));
            let said = ask(
                &machine,
                "inherit (m) text enabledModules; inherit (m.cfg) communityModules effectiveModules; \
                 inherit (prosody.package) installed; inherit (prosody) extraModules; \
                 release = m.cfg.computed.release.version;",
            );
            let text = said["text"].as_str().unwrap();
            let enabled = machine::names_in("modules_enabled", text);
            let disabled = machine::names_in("modules_disabled", text);
            for beta in BETA {
                let is_in = |list: &Value| set(list).contains(beta);
                assert!(
                    !enabled.iter().any(|name| name == beta),
                    "{upstream} {flags} {beta}"
                );
                for list in [
                    "enabledModules",
                    "communityModules",
                    "effectiveModules",
                    "installed",
                    "extraModules",
                ] {
                    assert!(!is_in(&said[list]), "{upstream} {flags} {list} {beta}");
                }
            }
            // On 13.0 bosh and websocket ask for http_altconnect.
            let asks = said["release"] == "13.0" && flags != "beta = false;";
            assert_eq!(
                disabled,
                if asks {
                    vec!["http_altconnect"]
                } else {
                    vec![]
                }
            );
        }
    }
}

#[test]
fn the_user_has_the_last_word_on_a_beta_module() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let user = "{ services.prosody.modules.cloud_notify = true; }";
        let machine = machine::on(upstream, &format!("{} {user}", ours("beta = false;")));
        let said = ask(
            &machine,
            "inherit (m) enabledModules text; inherit (m.cfg) communityModules; why = m.cfg.resolution.cloud_notify; \
             release = m.cfg.computed.release.version;",
        );
        assert!(set(&said["enabledModules"]).contains("cloud_notify"));
        let disabled = machine::names_in("modules_disabled", said["text"].as_str().unwrap());
        assert!(disabled.is_empty());
        // It has to be there to load: 0.12 does not bring it.
        let is_installed = set(&said["communityModules"]).contains("cloud_notify");
        assert_eq!(is_installed, said["release"] == "0.12");
        assert_eq!(said["why"]["state"], "load");
        assert_eq!(
            said["why"]["reason"],
            "services.prosody enables it although beta is off (set)"
        );
    }
}

#[test]
fn what_is_named_in_a_list_of_the_users_is_not_kept_out() {
    if !nix::is_here() {
        return;
    }
    let user = "{ services.prosody.extraModules = [ \"http_altconnect\" \"of_my_own\" ]; }";
    let machine = machine::on(
        "new",
        &format!("{} {user}", ours("profile = \"enterprise\";")),
    );
    let said = ask(&machine, "inherit (m) enabledModules text;");
    assert!(set(&said["enabledModules"]).is_superset(&set(&json!([
        "http_altconnect",
        "of_my_own",
        "firewall"
    ]))));
    assert!(!said["text"].as_str().unwrap().contains("modules_disabled"));
}

#[test]
fn what_something_needs_is_never_kept_out_and_told() {
    if !nix::is_here() {
        return;
    }
    // cloud_notify_extensions comes with cloud_notify_encrypted, which needs cloud_notify.
    let machine = machine::on(
        "new",
        &ours("beta = false; modules.cloud_notify_extensions = true;"),
    );
    let text = ask(&machine, "inherit (m) text;");
    assert!(!text["text"].as_str().unwrap().contains("modules_disabled"));
    assert_one_warning(
        &machine,
        &[
            "cloud_notify: required by cloud_notify_encrypted although",
            "beta is off",
            "services.prosody-stability.enforce",
        ],
    );
}

#[test]
fn a_neighbours_defaults_are_no_conflict_and_win_but_for_what_stability_forbids() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        for flags in [
            "",
            "profile = \"community\";",
            "profile = \"enterprise\";",
            "beta = false;",
        ] {
            let machine = machine::on(upstream, &format!("{} {NEIGHBOUR}", ours(flags)));
            let said = ask(
                &machine,
                "inherit (prosody) modules; inherit (m) failures text;",
            );
            let modules = &said["modules"];
            assert_eq!(said["failures"], json!([]));
            assert_eq!(modules["admin_adhoc"], false, "{upstream} {flags}");
            assert_eq!(modules["bosh"], true);
            assert_eq!(modules["ping"], true);
            let beta = matches!(flags, "" | "profile = \"community\";");
            assert_eq!(modules["cloud_notify"], beta, "{upstream} {flags}");
        }
    }
    // bosh is on past the flags, and what it asks for is still kept out.
    let machine = machine::on("new", &format!("{} {NEIGHBOUR}", ours("beta = false;")));
    let said = ask(&machine, "inherit (m) text; inherit (m.cfg) resolution;");
    assert_eq!(
        machine::names_in("modules_disabled", said["text"].as_str().unwrap()),
        ["http_altconnect"]
    );
    assert_eq!(
        said["resolution"]["bosh"]["reason"],
        "services.prosody enables it although http is off (default)"
    );
}

#[test]
fn a_module_that_is_named_holds_against_a_neighbours_default_and_yields_to_the_user() {
    if !nix::is_here() {
        return;
    }
    let named = ours("modules.admin_adhoc = true; modules.bosh = false;");
    let modules = |more: &str| {
        let machine = machine::on("new", &format!("{named} {NEIGHBOUR} {more}"));
        ask(&machine, "inherit (prosody) modules;")["modules"].clone()
    };
    let held = modules("");
    assert_eq!(
        (&held["admin_adhoc"], &held["bosh"]),
        (&json!(true), &json!(false))
    );
    let yielded = modules("{ services.prosody.modules = { admin_adhoc = false; bosh = true; }; }");
    assert_eq!(
        (&yielded["admin_adhoc"], &yielded["bosh"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn a_module_that_does_not_work_beside_another_takes_its_place() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let legacy = |settings: &str| {
            let machine = machine::on(upstream, settings);
            ask(&machine, "inherit (prosody) modules;")["modules"]["vcard_legacy"].clone()
        };
        assert_eq!(legacy(""), false);
        assert_eq!(legacy(&ours("modules.vcard = false;")), true);
    }
    let both = "{ services.prosody.modules.vcard_legacy = true; }";
    let machine = machine::on(
        "new",
        &format!("{} {both}", ours("profile = \"enterprise\";")),
    );
    assert_one_warning(
        &machine,
        &[
            "vcard clashes with vcard_legacy",
            "services.prosody.modules",
        ],
    );
}

#[test]
fn an_upstream_that_gains_a_switch_takes_the_module_there() {
    if !nix::is_here() {
        return;
    }
    let gained = "({ lib, ... }: { options.services.prosody.modules = { \
        firewall = lib.mkOption { type = lib.types.bool; default = false; }; \
        log_json = lib.mkOption { type = lib.types.bool; default = true; }; }; })";
    let machine = machine::on("new", gained);
    let said = ask(&machine, "inherit (prosody) modules extraModules;");
    assert_eq!(said["modules"]["firewall"], true);
    // The guide calls it json_logs.
    assert_eq!(said["modules"]["log_json"], false);
    assert!(!set(&said["extraModules"]).contains("firewall"));
    let machine = machine::on("new", &format!("{gained} {}", ours("alpha = true;")));
    let said = ask(&machine, "inherit (prosody) modules extraModules;");
    assert_eq!(said["modules"]["log_json"], true);
    assert!(!set(&said["extraModules"]).contains("log_json"));
}

#[test]
fn off_it_changes_nothing() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let questions = "inherit (m) text enabledModules failures warnings; inherit (prosody.package) installed;";
        let bare = ask(&machine::bare(upstream, ""), questions);
        let off = "./nixos-module { services.prosody-stability = { profile = \"enterprise\"; security = false; }; }";
        assert_eq!(ask(&machine::bare(upstream, off), questions), bare);
    }
}

#[test]
fn imported_twice_it_is_there_once() {
    if !nix::is_here() {
        return;
    }
    let questions = "inherit (m) text warnings; inherit (m.cfg) resolution;";
    let settings = ours("profile = \"community\";");
    let once = ask(&machine::on("new", &settings), questions);
    let again =
        "./nixos-module/default.nix { imports = [ ./nixos-module ]; } (import ./nixos-module)";
    let twice = ask(
        &machine::on("new", &format!("{settings} {again}")),
        questions,
    );
    assert_eq!(once, twice);
}

#[test]
fn a_typo_gets_the_nearest_name() {
    if !nix::is_here() {
        return;
    }
    for (settings, typed, meant) in [
        (
            "bata = false;",
            "services.prosody-stability.bata",
            "services.prosody-stability.beta",
        ),
        (
            "modules.fierwall = true;",
            "services.prosody-stability.modules.fierwall",
            "firewall",
        ),
        (
            "profile = \"comunity\";",
            "services.prosody-stability.profile",
            "community",
        ),
        (
            "alpha = [ \"secruity\" ];",
            "services.prosody-stability.alpha",
            "security",
        ),
        (
            "release = \"13.1\";",
            "services.prosody-stability.release",
            "13.0",
        ),
    ] {
        for upstream in machine::upstreams() {
            let machine = machine::on(upstream, &ours(settings));
            let said = format!("let m = {machine}; in toString m.failures + m.text");
            let error = match nix::try_evaluate(&said) {
                Ok(failures) => text(&failures).to_owned(),
                Err(error) => error,
            };
            assert!(error.contains(typed), "{error}");
            let (_, suggestion) = error
                .split_once("Did you mean")
                .unwrap_or_else(|| panic!("no suggestion in {error}"));
            assert!(suggestion.contains(meant), "{error}");
        }
    }
}

#[test]
fn a_value_that_is_none_is_refused_with_the_name_of_its_option() {
    if !nix::is_here() {
        return;
    }
    for (settings, name) in [
        ("profile = \"huge\";", "profile"),
        ("release = \"12.0\";", "release"),
        ("beta = [ \"secruity\" ];", "beta"),
        ("http = [ \"http\" ];", "http"),
        ("modules.mam = \"on\";", "modules.mam"),
        ("profileLine = \"mine\";", "profileLine"),
    ] {
        let machine = machine::on("new", &ours(settings));
        let error = nix::try_evaluate(&format!("let m = {machine}; in m.text + m.cfg.profileLine"))
            .unwrap_err();
        let name = format!("services.prosody-stability.{name}");
        assert!(error.contains(&name), "{error}");
    }
}

#[test]
fn enterprise_is_called_alpha_now() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let machine = |settings: &str| {
            machine::on(
                upstream,
                &ours(&format!("profile = \"development\"; {settings}")),
            )
        };
        let on = ask(
            &machine("enterprise = [ \"enterprise\" ];"),
            "inherit (m) warnings; inherit (m.cfg) alpha; inherit (m.cfg.resolution) audit;",
        );
        assert_eq!(on["alpha"], json!(["enterprise"]));
        assert_eq!(on["audit"]["state"], "load");
        assert!(
            set(&on["warnings"]).iter().any(|warning| {
                warning.contains("services.prosody-stability.enterprise")
                    && warning.contains("services.prosody-stability.alpha")
            }),
            "{on}"
        );
        // It beats the profile as `alpha` does.
        let off = ask(&machine("enterprise = false;"), "inherit (m.cfg) alpha;");
        assert_eq!(off["alpha"], false);
        let both = machine("enterprise = true; alpha = false;");
        let failures = ask(&both, "inherit (m) failures;")["failures"].to_string();
        assert!(
            failures.contains("services.prosody-stability.alpha")
                && failures.contains("both are set"),
            "{failures}"
        );
    }
}

#[test]
fn a_flag_beside_a_profile_wins() {
    if !nix::is_here() {
        return;
    }
    let machine = machine::on("new", &ours("profile = \"development\"; beta = false;"));
    let said = ask(
        &machine,
        "inherit (m.cfg) security modern beta alpha http admin;",
    );
    assert_eq!(
        said,
        json!({ "security": true, "modern": true, "beta": false, "alpha": true, "http": true, "admin": true })
    );
}

/// A component and an option for each virtual host, and only where the module is enabled by name.
#[test]
fn what_must_be_set_up_is_set_up_where_it_is_enabled_by_name() {
    if !nix::is_here() {
        return;
    }
    let hosts = "{ services.prosody.virtualHosts = { \
        one = { enabled = true; domain = \"one.example\"; }; \
        two = { enabled = true; domain = \"two.example\"; }; \
        off = { enabled = false; domain = \"off.example\"; }; }; }";
    let said = |settings: &str| {
        let machine = machine::on("new", &format!("{hosts} {}", ours(settings)));
        ask(
            &machine,
            "inherit (m) text; inherit (m.cfg.resolution.pubsub_serverinfo) state reason; \
             line = m.cfg.profileLine;",
        )
    };
    let off = said("profile = \"personal\";");
    assert_eq!(off["state"], "off");
    assert_eq!(
        off["reason"],
        "does not work until pubsub_serverinfo_service is set, so flags do not enable it"
    );
    assert!(off["line"].as_str().unwrap().contains("Beta=8"), "{off}");
    let text = off["text"].as_str().unwrap();
    assert!(
        !text.contains("Component") && !text.contains("_service"),
        "{text}"
    );

    let on = said("profile = \"personal\"; modules.pubsub_serverinfo = true;");
    assert_eq!(on["state"], "load");
    assert!(on["line"].as_str().unwrap().contains("Beta=9"), "{on}");
    let text = on["text"].as_str().unwrap();
    for host in ["one.example", "two.example"] {
        let section = format!(
            "VirtualHost \"{host}\"\n  pubsub_serverinfo_service = \"pubsub.{host}\"\n\
             Component \"pubsub.{host}\" \"pubsub\"\n  admins = {{ \"{host}\" }}\n"
        );
        assert_eq!(text.matches(&section).count(), 1, "{host}:\n{text}");
    }
    assert!(!text.contains("pubsub.off.example"), "{text}");
    assert!(text.contains("on_some_host = { \"pubsub\" }"), "{text}");
}

#[test]
fn a_conservative_choice_gives_no_warning() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let machine = machine::on(upstream, &ours("profile = \"enterprise\";"));
        assert_eq!(warnings(&machine), Vec::<String>::new());
    }
}

/// Each warning by itself, with what it must name: the option, and what to do.
#[test]
fn warnings_name_the_option_and_what_to_do() {
    if !nix::is_here() {
        return;
    }
    for (upstream, settings, names) in [
        (
            "new",
            "beta = false; security = false;",
            &["services.prosody-stability.security", "Set it to true"][..],
        ),
        (
            "new",
            "beta = false; alpha = [ \"enterprise\" ]; modules.compliance_policy = false;",
            &[
                "services.prosody-stability.alpha",
                "services.prosody-stability.profile",
                "development",
            ],
        ),
        (
            "new",
            "beta = false; modules.roster = false;",
            &["roster", "services.prosody-stability.modules.roster"],
        ),
        (
            "new",
            "",
            &[
                "http is off: mod_http is required by http_altconnect, invites_register_web, password_reset.",
                "services.prosody.httpInterfaces",
                "services.prosody-stability.modules",
            ],
        ),
        (
            "new",
            "beta = false; modules.statistics = true;",
            &[
                "broken: statistics",
                "services.prosody-stability.modules.statistics",
            ],
        ),
        (
            "new",
            "http = true;",
            &[
                "\n- http_upload: only its README remains",
                "use http_file_share instead",
            ],
        ),
        (
            "new",
            "profile = \"enterprise\"; enforce = false;",
            &[
                "http_altconnect: optional dependency of bosh, websocket although",
                "services.prosody-stability.enforce",
            ],
        ),
    ] {
        assert_one_warning(&machine::on(upstream, &ours(settings)), names);
    }
}

#[test]
fn without_enforcement_nothing_is_kept_out() {
    if !nix::is_here() {
        return;
    }
    let machine = machine::on("new", &ours("profile = \"enterprise\"; enforce = false;"));
    let said = ask(&machine, "inherit (m) text;");
    assert!(!said["text"].as_str().unwrap().contains("modules_disabled"));
}

#[test]
fn an_upload_service_that_the_flags_forbid_is_told() {
    if !nix::is_here() {
        return;
    }
    let set = "{ services.prosody.httpFileShare = { domain = \"upload.example.org\"; }; }";
    for (flags, named) in [
        ("beta = false; http = true;", "beta is off"),
        ("http = false; beta = [ \"http\" ];", "http is off"),
    ] {
        for upstream in machine::upstreams() {
            let machine = machine::on(upstream, &format!("{} {set} {NO_HTTP_FILES}", ours(flags)));
            assert_one_warning(
                &machine,
                &[
                    "services.prosody.httpFileShare",
                    named,
                    "services.prosody-stability.modules.http_file_share = true",
                    "services.prosody.xmppComplianceSuite",
                ],
            );
            let said = ask(&machine, "inherit (m.cfg) effectiveModules resolution;");
            assert_eq!(said["resolution"]["http_file_share"]["state"], "component");
            assert!(
                said["effectiveModules"]
                    .to_string()
                    .contains("\"http_file_share\"")
            );
        }
    }
    let meant = ours("beta = false; modules.http_file_share = true;");
    assert_eq!(
        warnings(&machine::on("new", &format!("{meant} {set}"))),
        Vec::<String>::new()
    );
    let old = "{ services.prosody.uploadHttp = { domain = \"upload.example.org\"; }; }";
    let machine = machine::on(
        "old",
        &format!("{} {old} {NO_HTTP_FILES}", ours("beta = false;")),
    );
    assert_one_warning(&machine, &["services.prosody.uploadHttp", "http_upload"]);
}

#[test]
fn what_a_package_enables_counts_as_enabled() {
    if !nix::is_here() {
        return;
    }
    let package = "({ pkgs, ... }: { services.prosody.package = pkgs.prosody.override { \
        withCommunityModules = [ \"password_reset\" ]; }; })";
    let machine = machine::on(
        "new",
        &format!("{} {package}", ours("profile = \"enterprise\";")),
    );
    let said = ask(
        &machine,
        "inherit (m.cfg) effectiveModules communityModules resolution;",
    );
    assert!(set(&said["effectiveModules"]).contains("password_reset"));
    assert!(set(&said["communityModules"]).contains("password_policy"));
    assert_eq!(said["resolution"]["password_reset"]["state"], "load");
}

#[test]
fn a_prosody_that_is_newer_than_known_is_told_and_another_one_refused() {
    if !nix::is_here() {
        return;
    }
    let settings = ours("profile = \"enterprise\";");
    let newer = machine::with_prosody("new", "14.0.1", &settings);
    assert_one_warning(
        &newer,
        &[
            "Prosody 14.0.1",
            "using 13.0",
            "services.prosody-stability.release",
        ],
    );
    let said = ask(&newer, "inherit (m.cfg.resolution) http_altconnect;");
    assert_eq!(
        said["http_altconnect"]["reason"],
        "beta is off (profile enterprise); kept out by modules_disabled, optional dependency of bosh, websocket"
    );

    let unknown = machine::with_prosody("old", "0.11.13", &settings);
    assert_one_failure(
        &unknown,
        &[
            "Prosody 0.11.13",
            "services.prosody-stability.release",
            "0.12",
        ],
    );
    // Nothing of the facts of another release.
    let said = ask(
        &machine::with_prosody("old", "0.11.13", &ours("alpha = true; enforce = false;")),
        "inherit (m) warnings;",
    );
    let warnings_then = names(&said["warnings"]);
    assert!(
        warnings_then
            .iter()
            .all(|warning| !warning.contains("13.0")),
        "{warnings_then:?}"
    );
    let settled = machine::with_prosody(
        "old",
        "0.11.13",
        &ours("profile = \"enterprise\"; release = \"0.12\";"),
    );
    assert_eq!(warnings(&settled), Vec::<String>::new());
}

#[test]
fn assertions_name_the_option_and_what_to_do() {
    if !nix::is_here() {
        return;
    }
    let stopped = "({ lib, ... }: { services.prosody.enable = lib.mkForce false; })";
    assert_one_failure(
        &machine::on("new", &format!("{} {stopped}", ours("beta = false;"))),
        &[
            "services.prosody-stability.enable",
            "services.prosody.enable = true",
        ],
    );
    assert_one_failure(
        &machine::on("new", &ours("beta = false; modules.http_upload = true;")),
        &[
            "http_upload: only its README remains",
            "use http_file_share instead",
            "services.prosody-stability.modules.http_upload",
        ],
    );
}
