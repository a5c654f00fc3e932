//! What a release makes of a selection: what is missing, what comes along, and what to know of it.

use prosody_stability::check::check;
use prosody_stability::finding::{Code, Finding, Severity};
use prosody_stability::inventory::Inventory;
use prosody_stability::release::{Release, builtin};
use prosody_stability::resolve::{Edge, Resolution, ResolvedModule, State, resolve};
use prosody_stability::selection::Selection;

use crate::support::selection_of;

fn release(version: &str) -> Release {
    builtin::find(version).unwrap().0
}

/// Resolves a profile with modules switched on (`name`) or off (`-name`).
fn resolved(version: &str, profile: &str, modules: &[&str]) -> Resolution {
    let inventory = Inventory::builtin();
    let mut selection = selection_of(&inventory, profile);
    for module in modules {
        let (name, on) = module
            .strip_prefix('-')
            .map_or((*module, true), |name| (name, false));
        selection.set_module(&inventory, name, on).unwrap();
    }
    resolve(&inventory, &release(version), &selection)
}

fn module<'a>(resolution: &'a Resolution, name: &str) -> &'a ResolvedModule {
    resolution
        .modules
        .iter()
        .find(|module| module.name == name)
        .unwrap()
}

fn finding<'a>(findings: &'a [Finding], code: Code, module: Option<&str>) -> Option<&'a Finding> {
    findings
        .iter()
        .find(|f| f.code == code && f.module.as_deref() == module)
}

#[test]
fn what_a_release_does_not_have_is_unavailable_with_its_replacement() {
    let rows = [
        ("13.0", "push", None),
        ("13.0", "compliance_policy", None),
        ("13.0", "http_upload", Some("http_file_share")),
        ("13.0", "statistics", None),
        ("0.12", "push", None),
        ("0.12", "compliance_policy", None),
    ];
    for (version, name, replacement) in rows {
        let resolution = resolved(version, "development", &[]);
        let module = module(&resolution, name);
        assert_eq!(module.state, State::Unavailable, "{name} in {version}");
        assert_eq!(
            module.replaced_by.as_deref(),
            replacement,
            "{name} in {version}"
        );
        let said = finding(&resolution.findings, Code::Unavailable, Some(name)).unwrap();
        assert_eq!(said.severity, Severity::Warning);
    }
    for version in builtin::VERSIONS {
        let missing = resolved(version, "development", &[]);
        let missing = missing
            .modules
            .iter()
            .filter(|m| m.state == State::Unavailable);
        let known = rows.iter().filter(|(v, ..)| *v == version);
        assert_eq!(missing.count(), known.count(), "{version}");
    }
}

#[test]
fn a_module_with_another_real_name_loads_under_that_name() {
    let resolution = resolved("13.0", "development", &[]);
    for (name, real) in [
        ("json_logs", "log_json"),
        ("measure_message_e2e", "measure_message_e2ee"),
    ] {
        assert_eq!(module(&resolution, name).state, State::Load);
        assert_eq!(module(&resolution, name).real_name(), real);
        assert!(resolution.community.contains(&real.to_owned()));
        assert!(!resolution.community.contains(&name.to_owned()));
    }
}

#[test]
fn where_the_real_name_is_missing_too_it_is_named_as_replacement() {
    let inventory = Inventory::builtin();
    let mut release = release("13.0");
    release.modules.shift_remove("log_json");
    let selection = selection_of(&inventory, "development");
    let resolution = resolve(&inventory, &release, &selection);
    let json_logs = module(&resolution, "json_logs");
    assert_eq!(json_logs.state, State::Unavailable);
    assert_eq!(json_logs.replaced_by.as_deref(), Some("log_json"));
}

#[test]
fn a_module_whose_dependency_is_missing_is_unavailable_too() {
    let inventory = Inventory::builtin();
    let mut release = release("13.0");
    release.modules.shift_remove("password_policy");
    let resolution = resolve(&inventory, &release, &Selection::defaults(&inventory));
    for name in ["invites_register_web", "password_reset"] {
        let module = module(&resolution, name);
        assert_eq!(module.state, State::Unavailable, "{name}");
        assert!(
            module.because.contains("password_policy"),
            "{}",
            module.because
        );
    }
}

#[test]
fn what_is_pulled_in_says_by_whom_and_past_which_flag() {
    let resolution = resolved("13.0", "enterprise", &[]);
    let altconnect = module(&resolution, "http_altconnect");
    assert_eq!(altconnect.state, State::PulledIn);
    let pulled = altconnect.pulled_in.as_ref().unwrap();
    assert_eq!(pulled.by, ["bosh", "websocket"]);
    assert_eq!(pulled.edge, Edge::Soft);
    assert_eq!(
        pulled.despite.iter().map(|f| f.name()).collect::<Vec<_>>(),
        ["beta"]
    );
    assert_eq!(resolution.modules_disabled, ["http_altconnect"]);
    let said = finding(
        &resolution.findings,
        Code::PulledIn,
        Some("http_altconnect"),
    )
    .unwrap();
    assert!(said.help.contains("modules_disabled"), "{}", said.help);

    // 0.12 does not have it yet, so nothing is pulled in.
    let resolution = resolved("0.12", "enterprise", &[]);
    assert_eq!(module(&resolution, "http_altconnect").state, State::Off);
    assert!(resolution.modules_disabled.is_empty());
}

#[test]
fn what_is_needed_cannot_be_kept_out_by_modules_disabled() {
    let resolution = resolved("13.0", "personal", &["-blocklist"]);
    let blocklist = module(&resolution, "blocklist");
    assert_eq!(blocklist.state, State::PulledIn);
    assert_eq!(blocklist.pulled_in.as_ref().unwrap().edge, Edge::Hard);
    assert!(resolution.modules_disabled.is_empty());
    let said = finding(&resolution.findings, Code::PulledIn, Some("blocklist")).unwrap();
    assert!(said.help.contains("spam_reporting"), "{}", said.help);
}

#[test]
fn community_modules_are_closed_under_dependencies_and_never_bundled() {
    let old = resolved("0.12", "community", &[]).community;
    let new = resolved("13.0", "community", &[]).community;
    for name in [
        "cloud_notify_encrypted",
        "cloud_notify_filters",
        "cloud_notify_priority_tag",
    ] {
        assert!(
            old.contains(&name.to_owned()) && new.contains(&name.to_owned()),
            "{name}"
        );
    }
    for name in [
        "invites_page",
        "password_policy",
        "register_apps",
        "firewall",
    ] {
        assert!(
            old.contains(&name.to_owned()) && new.contains(&name.to_owned()),
            "{name}"
        );
    }
    // Bundled since 13.0: a copy would take the place of the bundled module.
    for name in ["cloud_notify", "http_altconnect"] {
        assert!(old.contains(&name.to_owned()), "{name}");
        assert!(!new.contains(&name.to_owned()), "{name}");
    }
    for name in [
        "smacks",
        "invites",
        "invites_adhoc",
        "invites_register",
        "blocklist",
        "http",
    ] {
        assert!(
            !old.contains(&name.to_owned()) && !new.contains(&name.to_owned()),
            "{name}"
        );
    }
}

#[test]
fn an_open_http_port_is_found_where_http_is_off() {
    for version in builtin::VERSIONS {
        let resolution = resolved(version, "personal", &[]);
        let said = finding(&resolution.findings, Code::HttpPortOpen, None).unwrap();
        assert!(
            said.message.contains("invites_register_web"),
            "{}",
            said.message
        );
        let without = [
            "-invites_register_web",
            "-password_reset",
            "-http_altconnect",
        ];
        let resolution = resolved(version, "personal", &without);
        assert_eq!(
            finding(&resolution.findings, Code::HttpPortOpen, None),
            None
        );
        let resolution = resolved(version, "community", &[]);
        assert_eq!(
            finding(&resolution.findings, Code::HttpPortOpen, None),
            None
        );
    }
}

#[test]
fn the_other_hazards_are_found() {
    let personal = resolved("13.0", "personal", &[]).findings;
    assert!(finding(&personal, Code::AdminShellLost, Some("admin_shell")).is_some());
    assert!(finding(&personal, Code::Clash, Some("vcard")).is_some());
    for name in ["limits", "firewall", "pubsub_serverinfo"] {
        assert!(
            finding(&personal, Code::NeedsConfiguration, Some(name)).is_some(),
            "{name}"
        );
    }
    let community = resolved("13.0", "community", &[]).findings;
    assert_eq!(
        finding(&community, Code::AdminShellLost, Some("admin_shell")),
        None
    );
    assert!(finding(&community, Code::Clash, Some("prometheus")).is_some());
    assert!(finding(&community, Code::Superseded, Some("prometheus")).is_some());
}

#[test]
fn a_module_asked_for_by_name_and_missing_is_an_error() {
    let findings = resolved("13.0", "personal", &["push"]).findings;
    let said = finding(&findings, Code::Unavailable, Some("push")).unwrap();
    assert_eq!(said.severity, Severity::Error);
}

#[test]
fn the_built_in_inventory_passes_the_check_and_names_where_upstream_disagrees() {
    let inventory = Inventory::builtin();
    for version in builtin::VERSIONS {
        let report = check(
            &inventory,
            &release(version),
            &Selection::defaults(&inventory),
        );
        assert!(!report.reaches(Severity::Error), "{report:?}");
        assert!(report.reaches(Severity::Warning));
        let about = |code, module| finding(&report.findings, code, Some(module));
        for name in ["firewall", "spam_reporting", "password_reset"] {
            assert!(about(Code::LevelAboveStage, name).is_some(), "{name}");
        }
        for name in ["mimicking", "vcard4", "invites_register", "http_file_share"] {
            assert!(about(Code::LevelBelowStage, name).is_some(), "{name}");
        }
        assert_eq!(
            about(Code::UnknownName, "push").unwrap().severity,
            Severity::Info
        );
    }
}

#[test]
fn the_check_finds_what_is_wrong_with_an_inventory() {
    let text = include_str!("../../inventory/prosody.json")
        .replace("\"XEP-0313\"", "\"XEP-313\"")
        .replace("\"carbons\": {", "\"carbon\": {")
        .replace("\"purpose\": \"Stream Management\"", "\"purpose\": \" \"");
    let source = prosody_stability::source::Source::new("mine.json", text);
    let inventory = prosody_stability::inventory::json::read(&source).unwrap();
    let report = check(
        &inventory,
        &release("13.0"),
        &Selection::defaults(&inventory),
    );
    let about = |code, module| finding(&report.findings, code, Some(module)).unwrap();
    assert_eq!(about(Code::SpecForm, "mam").severity, Severity::Error);
    assert!(
        about(Code::UnknownName, "carbon")
            .help
            .contains("`carbons`")
    );
    assert_eq!(about(Code::NoPurpose, "smacks").severity, Severity::Warning);
}

#[test]
fn versions_are_taken_by_their_branch_and_newer_ones_as_the_newest() {
    assert_eq!(builtin::find("0.12.4").unwrap().0.version, "0.12");
    assert_eq!(builtin::find("13.0.7").unwrap().0.version, "13.0");
    let (newer, warning) = builtin::find("13.1").unwrap();
    assert_eq!(newer.version, "13.0");
    assert!(warning.unwrap().title().contains("13.1"));
    assert!(builtin::find("0.11").is_err());
    assert!(builtin::find("trunk").is_err());
    // Twelve is not one hundred and twenty.
    assert!(builtin::find("0.120").is_err());
}
