//! What `check` says of the options of a server: hand-written releases, with options of all kinds.

use prosody_stability::check::check_server;
use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::inventory::Inventory;
use prosody_stability::release::{Options, Release, ReleaseModule, builtin};
use prosody_stability::report::{Code, Finding, Severity};
use prosody_stability::source::Source;
use serde_json::{Value as Json, json};

/// A release that has exactly these modules, each with these fields, and a core that reads this.
pub fn release(core: Json, modules: Json) -> Release {
    let mut release = builtin::newest().clone();
    let plain = release.modules["ping"].clone();
    release.core = Some(options(core));
    release.modules.clear();
    // What Prosody loads by default on every host.
    for name in ["auth_internal_hashed", "authz_internal", "storage_internal"] {
        release.modules.insert(name.to_owned(), plain.clone());
    }
    for (name, fields) in modules.as_object().unwrap() {
        let mut module = serde_json::to_value(&plain).unwrap();
        for (field, value) in fields.as_object().unwrap() {
            module[field] = value.clone();
        }
        let module: ReleaseModule = serde_json::from_value(module).unwrap();
        release.modules.insert(name.clone(), module);
    }
    release
}

fn options(json: Json) -> Options {
    serde_json::from_value(json).unwrap()
}

/// What a module's field `options` says of options that it reads in some way.
pub fn named(options: Json) -> Json {
    json!({ "options": { "named": options } })
}

fn configuration(text: &str) -> Configuration {
    let source = Source::new("/etc/prosody/prosody.cfg.lua", text);
    let configuration = read(&source, &ReadOptions::new(Dialect::V13));
    configuration.unwrap_or_else(|error| panic!("{error}"))
}

/// The findings about options.
fn findings(release: &Release, text: &str) -> Vec<Finding> {
    let configuration = configuration(text);
    let inventory = Inventory::builtin();
    let report = check_server(
        &inventory,
        "x",
        release,
        &configuration,
        None,
        None,
        Vec::new(),
    );
    let findings = report.findings.into_iter();
    let is_ours = |finding: &Finding| finding.code.name().starts_with("option");
    findings.filter(is_ours).collect()
}

/// Line, code and sentence of each, in the order of the lines.
fn said(release: &Release, text: &str) -> Vec<String> {
    let mut findings = findings(release, text);
    findings.sort_by_key(|finding| finding.place.as_ref().map(|place| place.line));
    let line = |finding: &Finding| finding.place.as_ref().map_or(0, |place| place.line);
    let said = findings.iter().map(|finding| {
        let help = finding.help.as_deref().unwrap_or_default();
        let own = finding.code.row().help != finding.help.as_deref();
        let help = if own {
            format!(" → {help}")
        } else {
            String::new()
        };
        format!(
            "{} {}: {}{help}",
            line(finding),
            finding.code,
            finding.sentence()
        )
    });
    said.collect()
}

/// Two modules that load, one that does not, and a core.
fn simple() -> Release {
    release(
        json!({
            "named": {
                "admins": { "type": "set" },
                "log": { "type": "any", "globalOnly": true },
                "modules_enabled": { "type": "set" },
            },
            "computed": ["*_ports"],
        }),
        json!({
            "muc": named(json!({ "muc_log_all_rooms": { "type": "boolean", "default": false } })),
            "tombs": named(json!({ "user_tombstone_expiry": { "type": "period" } })),
            "web": named(json!({ "web_limits": { "type": "any", "globalOnly": true } })),
            "files": named(json!({ "files_limit": { "type": "integer", "default": 1 } })),
        }),
    )
}

#[test]
fn an_option_that_nothing_reads_is_found_where_it_is_set() {
    let text = "admins = {}\nuser_tombstone_expiri = 5\nhttp_ports = { 1 }\nsome_thing = 1\n\
                modules_enabled = { 'tombs' }\nVirtualHost 'a'\nfiles_limit = 5\n\
                Component 'b' 'muc'\nlog_all_rooms_ = true";
    assert_eq!(
        said(&simple(), text),
        [
            "2 option-unread: user_tombstone_expiri has no effect: nothing in Prosody 13.0 reads it \
             → did you mean `user_tombstone_expiry`?",
            "4 option-unread: some_thing has no effect: nothing in Prosody 13.0 reads it",
            "7 option-unread: files_limit has no effect: only files reads it, and does not load \
             → remove it, or enable a module that reads it",
            "9 option-unread: log_all_rooms_ has no effect: nothing in Prosody 13.0 reads it \
             → did you mean `muc_log_all_rooms`?",
        ]
    );
    let severities: Vec<_> = findings(&simple(), text)
        .iter()
        .map(|f| f.severity)
        .collect();
    let warning = Severity::Warning;
    assert_eq!(severities, [warning, warning, warning, Severity::Info]);
}

#[test]
fn what_something_may_read_is_not_called_unread() {
    let mut release = simple();
    let tombs = json!({
        "depends": { "conditional": ["files"] },
        "communityCopy": { "options": { "named": { "copied": { "type": "any" } }, "computed": ["c_*"] } },
        "options": { "computed": ["*_size_of_*"] },
    });
    let more = self::release(json!({}), json!({ "tombs": tombs }));
    release.modules.extend(more.modules);
    let global =
        |options: &str| format!("{options} modules_enabled = {{ 'tombs' }} VirtualHost 'a'");
    let of_file = |text: &str| format!("modules_enabled = {{ 'tombs' }} {text}");
    for (text, expected) in [
        // By a computed name, of a module or of the copy that may take its place.
        (global("a_size_of_b = 1"), 0),
        (global("copied = 1 c_one = 1 d_one = 1"), 1),
        // By what a module loads under some condition.
        (global("files_limit = 1"), 0),
        // By the file itself.
        (of_file("domain = 'x' VirtualHost(domain .. '.org')"), 0),
        (global("function helper() end"), 0),
        (global("list = { 'x' } admins = list:value()"), 0),
        (global("list = { 'x' } list { 'y' }"), 1),
        // On a host that is not active.
        (
            of_file("VirtualHost 'a' VirtualHost 'off' enabled = false nothing = 1"),
            0,
        ),
        // It says what the section is.
        (
            of_file("VirtualHost 'x' modules_disabled = {} enabled = true"),
            0,
        ),
        (global("nothing = 1"), 1),
    ] {
        let found = findings(&release, &text);
        assert_eq!(found.len(), expected, "{text}: {found:?}");
    }
}

#[test]
fn a_module_that_nobody_knows_may_read_any_option() {
    let text = "mine_size = 1 other = 2\nfiles_limit = 3 user_tombstone_expiri = 4\n\
                modules_enabled = { 'tombs' }\nVirtualHost 'a'\nmodules_enabled = { 'mine' }\n\
                mine_user_tombstone_expiry = 1\nVirtualHost 'b'\nadmins = {}";
    assert_eq!(
        said(&simple(), text),
        [
            "0 options-unknown: 4 options are not checked: files_limit, mine_size, \
             mine_user_tombstone_expiry, other: modules that Prosody 13.0 does not have may read any option: mine",
            "2 option-unread: user_tombstone_expiri has no effect: nothing in Prosody 13.0 reads it \
             → did you mean `user_tombstone_expiry`?",
        ]
    );
}

#[test]
fn where_it_is_not_known_what_loads_nothing_is_called_unread() {
    for unknown in [
        "modules_enabled = io.open('x'):read()",
        "storage = io.open('x'):read()",
    ] {
        let text = format!("{unknown}\nVirtualHost 'a'\nnothing = 1");
        assert_eq!(said(&simple(), &text), Vec::<String>::new());
    }
    let text = "x = io.open('x'):read()\nVirtualHost 'a'\nnothing = 1";
    assert_eq!(findings(&simple(), text).len(), 2);
}

#[test]
fn a_global_option_under_a_host_is_found() {
    let text =
        "log = 'x'\nmodules_enabled = { 'web' }\nVirtualHost 'a'\nlog = 'y'\nweb_limits = {}";
    assert_eq!(
        said(&simple(), text),
        [
            "4 option-global-only: log has no effect on a: Prosody reads it from the global section only",
            "5 option-global-only: web_limits has no effect on a: Prosody reads it from the global \
             section only",
        ]
    );
    // One that something else reads on hosts, or may.
    for more in [
        named(json!({ "web_limits": { "type": "any" } })),
        json!({ "options": { "computed": ["web_*"] } }),
        json!({ "communityCopy": { "options": { "named": { "web_limits": { "type": "any" } } } } }),
    ] {
        let mut release = simple();
        release
            .modules
            .extend(self::release(json!({}), json!({ "tombs": more })).modules);
        let text = "modules_enabled = { 'web', 'tombs' }\nVirtualHost 'a'\nweb_limits = {}";
        assert_eq!(said(&release, text), Vec::<String>::new(), "{more}");
    }
}

/// As Prosody's port manager reads them.
#[test]
fn ports_and_interfaces_under_a_host_are_found() {
    let more = |others: Json| {
        let mut modules = json!({
            "net": named(json!({
                "net_ports": { "type": "set", "default": [1], "globalOnly": true },
                "net_ssl": { "type": "any" },
            })),
            "idle": named(json!({ "idle_ports": { "type": "set" } })),
        });
        let more = others.as_object().unwrap().clone();
        modules.as_object_mut().unwrap().extend(more);
        let core = json!({ "computed": ["*ssl"], "computedGlobal": ["*ports", "*interface"] });
        release(core, modules)
    };
    let text = "net_ports = { 5 }\nmodules_enabled = { 'net', 'tombs' }\nVirtualHost 'a'\nnet_ports = { 6 }\n\
                net_interface = '*'\nnet_ssl = {}\nidle_ports = { 7 }\nother_ssl = {}";
    let expected = |line: usize, option: &str| {
        format!(
            "{line} option-global-only: {option} has no effect on a: Prosody reads it from the \
             global section only"
        )
    };
    let found = said(&more(json!({ "tombs": {} })), text);
    assert_eq!(
        found,
        [expected(4, "net_ports"), expected(5, "net_interface")]
    );
    // Where something may read them of a host, nothing is sure.
    for other in [
        json!({ "options": { "computed": ["net_*"] } }),
        json!({ "options": { "computed": ["*"] } }),
    ] {
        let found = said(&more(json!({ "tombs": other })), text);
        assert_eq!(found, Vec::<String>::new(), "{other}");
    }
    let found = said(
        &more(json!({ "tombs": { "depends": { "computed": true } } })),
        text,
    );
    assert_eq!(found, [expected(4, "net_ports")]);
}

/// The released 13.0 beside what its port manager does.
#[test]
fn the_built_in_release_knows_which_options_of_services_are_global() {
    let release = builtin::newest();
    let text = "modules_enabled = { 'c2s', 's2s', 'http', 'proxy65' }\nVirtualHost 'a'\n\
                c2s_ports = { 1 }\nc2s_direct_tls_ports = { 2 }\ns2s_ports = { 3 }\nhttp_ports = { 4 }\n\
                https_ports = { 5 }\nhttp_interfaces = { '::1' }\nc2s_interface = '*'\nproxy65_ports = { 6 }\n\
                interfaces = { '*' }\nuse_ipv6 = false\n\
                c2s_ssl = {}\nhttps_ssl = {}\nssl = {}\nhttp_host = 'x'\nhttp_external_url = 'x'";
    let found = findings(release, text);
    let global: Vec<usize> = found
        .iter()
        .filter(|finding| finding.code == Code::OptionGlobalOnly)
        .map(|finding| finding.place.as_ref().unwrap().line)
        .collect();
    assert_eq!(global, (3..=12).collect::<Vec<_>>());
    assert_eq!(found.len(), global.len(), "{found:#?}");
}

#[test]
fn an_enum_may_allow_values_of_any_kind() {
    let with = |read: Json| release(json!({}), json!({ "m": named(json!({ "x": read })) }));
    let count = |release: &Release, value: &str| {
        let text = format!("x = {value}\nmodules_enabled = {{ 'm' }}\nVirtualHost 'a'");
        said(release, &text).len()
    };
    let rooms = with(json!({
        "type": "enum", "values": [false, true, "local", 2], "default": false
    }));
    for value in ["true", "false", "'local'", "2", "2.0"] {
        assert_eq!(count(&rooms, value), 0, "{value}");
    }
    for value in ["'true'", "'2'", "1", "'global'"] {
        assert_eq!(count(&rooms, value), 1, "{value}");
    }
    assert_eq!(
        said(
            &rooms,
            "x = 'yes'\nmodules_enabled = { 'm' }\nVirtualHost 'a'"
        ),
        [
            "1 option-invalid: x is read as false: m logs the error \"Config option 'x' not in set \
             of allowed values (one of: {false, true, local, 2})\""
        ]
    );
    // Where not all that it allows is known, and in files that list the texts alone.
    for read in [
        json!({ "type": "enum", "default": "a" }),
        json!({ "type": "enum", "values": ["a", "b"] }),
        json!({ "type": "enum", "values": ["local"], "default": false }),
    ] {
        let unsure = with(read.clone());
        for value in ["true", "'c'", "'a'", "7"] {
            assert_eq!(count(&unsure, value), 0, "{value}: {read}");
        }
    }
}

#[test]
fn values_that_prosody_does_not_take_are_found_with_what_it_logs() {
    let release = release(
        json!({ "named": { "of_core": { "type": "boolean" } } }),
        json!({
            "values": named(json!({
                "a_limit": { "type": "integer", "default": 10, "min": 1 },
                "a_period": { "type": "period", "default": "1 day" },
                "a_mode": { "type": "enum", "values": ["fast", "slow"], "default": "slow" },
                "a_switch": { "type": "boolean", "default": true },
                "a_list": { "type": "set" },
                "a_secret": { "type": "number" },
            })),
        }),
    );
    let text = "of_core = 'maybe'\na_limit = 'many'\na_period = '1m'\nmodules_enabled = { 'values' }\n\
                VirtualHost 'a'\na_limit = 0\na_mode = 'medium'\nVirtualHost 'b'\na_switch = 'yes'\n\
                a_list = 'one'\na_secret = FileLine 'x'";
    assert_eq!(
        said(&release, text),
        [
            "1 option-invalid: of_core is read as nil, not as its default: Prosody logs the error \
             \"Config option 'of_core' not understood, expecting true/false\"",
            "2 option-invalid: values does not load, because of a_limit: values logs the error \
             \"Config option 'a_limit' not understood, expecting a number\"",
            "3 option-invalid: a_period is read as 2678400: values logs the error \"Config option \
             'a_period' is set to ambiguous period '1m' - use full syntax e.g. '1 months' or '1 minutes'\"",
            "6 option-invalid: a_limit is read as 1: values logs the warning \"Config option 'a_limit' \
             out of bounds 0 < 1\"",
            "7 option-invalid: a_mode is not used as written: values logs the error \"Config \
             option 'a_mode' not in set of allowed values (one of: {fast, slow})\"",
            "9 option-invalid: a_switch is read as nil, not as its default: values logs the error \
             \"Config option 'a_switch' not understood, expecting true/false\"",
        ]
    );
    let found = findings(&release, text);
    let of = |option: &str| {
        found
            .iter()
            .find(|f| f.subject.as_deref() == Some(option))
            .unwrap()
    };
    // Of the global value, host a has one of its own.
    assert_eq!(found[0].selections, ["b"]);
    assert_eq!(found[0].severity, Severity::Error);
    assert_eq!(of("a_period").selections, ["a", "b"]);
}

#[test]
fn a_copy_that_takes_the_value_leaves_it_unsure() {
    for (copy, expected) in [("boolean", 1), ("string", 0)] {
        let module = json!({
            "options": { "named": { "x": { "type": "number" } } },
            "communityCopy": { "options": { "named": { "x": { "type": copy } } } },
        });
        let release = release(json!({}), json!({ "m": module }));
        let text = "x = 'text' modules_enabled = { 'm' } VirtualHost 'a'";
        let found = findings(&release, text);
        let found = found.iter().filter(|f| f.code == Code::OptionInvalid);
        assert_eq!(found.count(), expected, "{copy}");
    }
}

#[test]
fn a_release_file_without_options_says_so_once() {
    let mut release = simple();
    release.core = None;
    let text = "nothing = 1 VirtualHost 'a' nothing = 2 VirtualHost 'b'";
    assert_eq!(
        said(&release, text),
        [
            "0 options-unknown: the release file of Prosody 13.0 knows no options → record the release \
             again with `snapshot` to check them"
        ]
    );
}

#[test]
fn a_renamed_option_is_told_with_its_new_name() {
    let mut release = simple();
    let more = json!({
        "reg": named(json!({
            "registration_whitelist": { "type": "set" },
            "registration_allowlist": { "type": "set" },
        })),
        "http_file_share": named(json!({ "http_file_share_size_limit": { "type": "any" } })),
    });
    release
        .modules
        .extend(self::release(json!({}), more).modules);
    let text = "modules_enabled = { 'tombs', 'reg' }\nuser_tombstone_expire = 1\nlog_all_rooms = true\n\
                http_upload_file_size_limit = 1\nVirtualHost 'a'\nregistration_whitelist = {}\n\
                VirtualHost 'b'\nuser_tombstone_expire = 1 user_tombstone_expiry = 2";
    assert_eq!(
        said(&release, text),
        [
            "2 option-renamed: user_tombstone_expire has no effect: A common slip: no release reads \
             `user_tombstone_expire` → write `user_tombstone_expiry`",
            // What has the new name does not load.
            "3 option-unread: log_all_rooms has no effect: nothing in Prosody 13.0 reads it",
            "4 option-unread: http_upload_file_size_limit has no effect: nothing in Prosody 13.0 reads it",
            "6 option-renamed: registration_whitelist was renamed to registration_allowlist: The former \
             name is still read → write `registration_allowlist`",
            "8 option-renamed: user_tombstone_expire has no effect: A common slip: no release reads \
             `user_tombstone_expire` → remove it: user_tombstone_expiry is also set",
        ]
    );
    let text = format!("{text}\nComponent 'c' 'http_file_share'");
    let found = said(&release, &text);
    assert!(
        found.contains(
            &"4 option-renamed: http_upload_file_size_limit has no effect: In bytes, as before → \
              write `http_file_share_size_limit`"
                .to_owned()
        ),
        "{found:?}"
    );
}
