//! Which options and Lua libraries a scan finds in the code of plugins and of core.

use std::fs;

use prosody_stability::release::Release;
use prosody_stability::release::read::ReadError;
use serde_json::{Value, json};

use crate::scan::{run, tree};

/// What the module `example` with this code reads, as the release file has it.
fn options(code: &str) -> Value {
    module(&[("mod_example.lua", code)])["options"].clone()
}

fn module(files: &[(&str, &str)]) -> Value {
    let root = tree(files);
    let (modules, _) = run(&[root.path()], &[]);
    serde_json::to_value(&modules["example"]).unwrap()
}

fn named(code: &str) -> Value {
    options(code)["named"].clone()
}

#[test]
fn each_getter_gives_a_type_and_its_literal_default() {
    let code = r#"
        module:get_option("raw")
        module:get_option_string("text", "a")
        module:get_option_number("size", 2.5)
        module:get_option_integer("count", 3, 1, 10)
        module:get_option_boolean("switch", false)
        module:get_option_period("expiry", "2 days", 60)
        module:get_option_path("file", "x/y", "data")
        module:get_option_array("list", { "a", "b" })
        module:get_option_set("names", {})
        module:get_option_inherited_set("inherited", { "a" })
        module:get_option_enum("policy", "open", "closed", "open", "local")
        module:get_option_enum("archive", false, true, "roster", 2)
        module:get_option_enum("computed", room:get_policy(), "a", "b")
        module:get_option_enum("not_all", "a", "b", OTHER)
        module:get_option_scalar("scalar", -1)
        local other = module:get_option_string "short"
    "#;
    assert_eq!(
        named(code),
        json!({
            "archive": { "type": "enum", "values": [false, true, "roster", 2], "default": false },
            "computed": { "type": "enum", "values": ["a", "b"] },
            "count": { "type": "integer", "default": 3, "min": 1, "max": 10 },
            "expiry": { "type": "period", "default": "2 days", "min": 60 },
            "file": { "type": "path", "default": "x/y" },
            "inherited": { "type": "set", "default": ["a"] },
            "list": { "type": "array", "default": ["a", "b"] },
            "names": { "type": "set", "default": [] },
            "not_all": { "type": "enum", "default": "a" },
            "policy": { "type": "enum", "values": ["open", "closed", "local"], "default": "open" },
            "raw": { "type": "any" },
            "scalar": { "type": "scalar", "default": -1 },
            "short": { "type": "string" },
            "size": { "type": "number", "default": 2.5 },
            "switch": { "type": "boolean", "default": false },
            "text": { "type": "string", "default": "a" },
        })
    );
}

#[test]
fn a_default_may_stand_behind_or_in_a_variable_or_be_a_product() {
    let code = r#"
        local a = module:get_option("a") or "b"
        local b = module:get_option_number("b", 60 * 60 * 24)
        local day = 86400
        local c = module:get_option_number("c", day)
        local d = module:get_option_number("d", os.time())
        local e = module:get_option("e")
        local f = e or { x = 1 }
        local g = "g"
        if os.getenv("G") then g = "other" end
        local g = module:get_option("g", g)
        local long = module:get_option("long", LONG)
    "#;
    let code = &code.replace("LONG", &format!("{:?}", "x".repeat(101)));
    assert_eq!(
        named(code),
        json!({
            "a": { "type": "any", "default": "b" },
            "b": { "type": "number", "default": 86400 },
            "c": { "type": "number", "default": 86400 },
            "d": { "type": "number" },
            "e": { "type": "any" },
            "g": { "type": "any" },
            "long": { "type": "any" },
        })
    );
}

#[test]
fn an_option_that_is_read_in_two_ways_says_only_what_both_say() {
    let code = r#"
        module:get_option_string("type", "a") module:get_option_boolean("type", true)
        module:get_option_number("same", 1) module:get_option_number("same")
        module:get_option_integer("bound", 1, 2, 9) module:get_option_integer("bound", 1, 3, 9)
    "#;
    assert_eq!(
        named(code),
        json!({
            "bound": { "type": "integer", "default": 1, "max": 9 },
            "same": { "type": "number", "default": 1 },
            "type": { "type": "any" },
        })
    );
}

#[test]
fn names_are_put_together_as_far_as_they_are_known() {
    let code = r#"
        module:get_option_string(module.name .. "_secret")
        module:get_option_string(module:get_name() .. "_url")
        local prefix = "muc_"
        module:get_option_string(prefix .. "name")
        for _, kind in ipairs(kinds) do
            module:get_option_string("log_" .. kind)
            module:get_option_string(kind .. "_a_" .. kind .. "_level")
        end
        local function option(name) return module:get_option(name) end
    "#;
    assert_eq!(
        options(code),
        json!({
            "named": {
                "example_secret": { "type": "string" },
                "example_url": { "type": "string" },
                "muc_name": { "type": "string" },
            },
            "computed": ["*", "*_level", "log_*"],
        })
    );
}

#[test]
fn global_only_is_what_no_host_is_asked_for() {
    let code = r#"
        module:get_option("before")
        module:context("*"):get_option("global")
        local global = module:context("*")
        global:get_option("by_name")
        module:set_global()
        module:get_option("own")
        module:context(host):get_option("of_host")
        function module.add_host(module)
            module:get_option("of_each_host")
        end
        module:get_option("both")
        prosody.hosts[name].modules.muc.module:get_option("both")
    "#;
    let found = named(code);
    let global = |name: &str| found[name]["globalOnly"] == json!(true);
    for name in ["before", "global", "by_name", "own"] {
        assert!(global(name), "{name}");
    }
    for name in ["of_host", "of_each_host", "both"] {
        assert!(found.get(name).is_some(), "{name}");
        assert!(!global(name), "{name}");
    }
    assert_eq!(
        named(r#"module:get_option("own")"#),
        json!({ "own": { "type": "any" } })
    );
}

#[test]
fn what_a_library_reads_its_module_reads() {
    let found = module(&[
        (
            "mod_example/mod_example.lua",
            r#"local lib = module:require "lib""#,
        ),
        (
            "mod_example/lib.lib.lua",
            r#"module:get_option_string(module.name .. "_in_library")"#,
        ),
        ("mod_other.lua", ""),
    ]);
    assert_eq!(
        found["options"]["named"],
        json!({ "example_in_library": { "type": "string" } })
    );
}

#[test]
fn a_service_has_ports_interfaces_and_certificates() {
    let code = r#"
        module:provides("net", { name = "c2s", default_port = 5222, encryption = "starttls" })
        module:provides("net", { default_ports = { 1, 2 }, config_prefix = "old", name = "new" })
        module:provides("net", { default_port = 3 })
        module:provides("http", { name = "page", default_port = 9 })
    "#;
    assert_eq!(
        named(code),
        json!({
            "c2s_interfaces": { "type": "set", "globalOnly": true },
            "c2s_ports": { "type": "set", "default": [5222], "globalOnly": true },
            "c2s_ssl": { "type": "any" },
            "example_interfaces": { "type": "set", "globalOnly": true },
            "example_ports": { "type": "set", "default": [3], "globalOnly": true },
            "example_ssl": { "type": "any" },
            "old_interfaces": { "type": "set", "globalOnly": true },
            "old_ports": { "type": "set", "default": [1, 2], "globalOnly": true },
            "old_ssl": { "type": "any" },
        })
    );
}

#[test]
fn the_configuration_manager_is_known_under_any_name() {
    let code = r#"
        local manager = require "core.configmanager";
        manager.get("*", "a")
        local read = require"prosody.core.configmanager".get
        local b = read(host, "b") or 5
        manager.get(host, name)
        local cache = {}
        cache.get("*", "no_option")
    "#;
    assert_eq!(
        options(code),
        json!({ "named": {
            "a": { "type": "any", "globalOnly": true },
            "b": { "type": "any", "default": 5 },
        } })
    );
}

#[test]
fn an_option_without_which_the_module_fails_is_required() {
    let code = r#"
        local a = assert(module:get_option_string("a"), "a is not set")
        local b = module:get_option_string("b")
        if not b then error("b is not set") end
        local c = module:get_option_string("c", "default")
        if not c then error("never") end
        local d = module:get_option_string("d")
        module:hook("event", function () assert(d, "only when it happens") end)
        local e = module:get_option_boolean("e")
        if e then error("e must not be set") end
    "#;
    let found = named(code);
    let required: Vec<&str> = found
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, option)| option["required"] == json!(true))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(required, ["a", "b"]);
}

#[test]
fn lua_libraries_are_those_that_prosody_does_not_bring() {
    let code = r#"
        local st = require "util.stanza"
        local json = require("prosody.util.json")
        local ssl = require "ssl"
        local http = require "socket.http"
        local ldap = require "lualdap"
        local ok, cbor = pcall(require, "cbor")
        local function later() return require "openssl.cipher" end
    "#;
    let found = module(&[("mod_example.lua", code)]);
    assert_eq!(
        found["libraries"],
        json!({ "required": ["lualdap"], "optional": ["cbor", "openssl.cipher"] })
    );
}

#[test]
fn what_a_library_of_prosody_needs_its_modules_need() {
    let example = r#"
        local sql = require "util.sql"
        local ok, lite = pcall(require, "prosody.util.lite")
        local timer = require "util.timer"
        local http = require "net.http"
    "#;
    let files = [
        ("plugins/mod_example.lua", example),
        ("plugins/mod_plain.lua", r#"require "net.http""#),
        ("core/configmanager.lua", r#"require "prosody.util.timer""#),
        // What Prosody needs itself, whatever loads.
        ("util/timer.lua", r#"require "cqueues""#),
        (
            "util/sql.lua",
            r#"require "DBI" require "util.sql" require "socket.url""#,
        ),
        ("util/lite/init.lua", r#"require "util.lite.deep""#),
        ("util/lite/deep.lua", r#"require "lsqlite3""#),
        (
            "net/http.lua",
            r#"function f() require "net.unbound" end require "util.timer""#,
        ),
        ("net/unbound.lua", r#"require "lunbound""#),
    ];
    let root = tree(&files);
    let (modules, _) = run(&[root.path()], &[]);
    let libraries = |name: &str| serde_json::to_value(&modules[name].libraries).unwrap();
    assert_eq!(
        libraries("example"),
        json!({ "required": ["DBI"], "optional": ["lsqlite3", "lunbound"] })
    );
    assert_eq!(libraries("plain"), json!({ "optional": ["lunbound"] }));
}

#[test]
fn a_readme_names_the_successor_and_the_module_that_moves_the_data() {
    let code = ("mod_example/mod_example.lua", "");
    let readme = "---\nsuperseded_by: mod_newer\n---\nUse [mod_migrate_example](x), not mod_migrate_other.\n";
    let found = module(&[code, ("mod_example/README.md", readme)]);
    assert_eq!(found["supersededBy"], json!("newer"));
    assert_eq!(found["migration"], json!("migrate_example"));
    for none in ["mod_example", "'a b'", "[mod_x]", ""] {
        let readme = format!("---\nsuperseded_by: {none}\n---\nSee mod_migrate_example2.\n");
        let found = module(&[code, ("mod_example/README.md", &readme)]);
        assert_eq!(found.get("supersededBy"), None, "{none}");
        assert_eq!(found.get("migration"), None, "{none}");
    }
    // Front matter that is broken further down.
    let readme = "---\nsuperseded_by: mod_newer\nlabels:\n\t- x\n---\n";
    let found = module(&[code, ("mod_example/README.md", readme)]);
    assert_eq!(found["supersededBy"], json!("newer"));
}

#[test]
fn core_is_everything_of_prosody_that_is_no_plugin() {
    let root = tree(&[
        ("plugins/mod_example.lua", ""),
        (
            "core/configmanager.lua",
            "function get(host, name) return config[host][name] end",
        ),
        (
            "core/portmanager.lua",
            r#"local config = require "core.configmanager";
               config.get("*", "use_ipv6") config.get("*", prefix .. "ports")
               config.get("*", prefix .. "ssl") config.get(host, prefix .. "ssl")"#,
        ),
        (
            "core/moduleapi.lua",
            "function api:get_option_string(name) return self:get_option(name) end self:depends(name)",
        ),
        (
            "util/deep/er.lua",
            r#"require "core.configmanager".get("*", "umask")"#,
        ),
        (
            "net/dns.lua",
            r#"local get = require "core.configmanager".get; get(host, "dns")"#,
        ),
        (
            "prosodyctl",
            r#"local c = require "core.configmanager" c.get("*", "pidfile")
               local global = api("*") global:get_option("of_check") api(host):get_option("of_host")"#,
        ),
        (
            "tools/not_core.lua",
            r#"require "core.configmanager".get("*", "no_core")"#,
        ),
    ]);
    let (_, report) = run(&[root.path()], &[]);
    assert_eq!(report.notes, []);
    let core = serde_json::to_value(report.core.unwrap()).unwrap();
    let any = json!({ "type": "any", "globalOnly": true });
    assert_eq!(
        core,
        json!({
            "named": { "dns": { "type": "any" }, "of_check": any, "of_host": { "type": "any" }, "pidfile": any, "umask": any, "use_ipv6": any },
            "computed": ["*ssl"],
            "computedGlobal": ["*ports"],
        })
    );
    fs::remove_file(root.path().join("core/configmanager.lua")).unwrap();
    let (_, report) = run(&[root.path()], &[]);
    assert_eq!(report.core, None);
}

#[test]
fn an_error_in_the_options_of_a_module_is_found_when_the_file_is_read() {
    let file = |option: Value| {
        let module = json!({ "origin": "bundled", "options": { "named": { "x": option } } });
        let copy = json!({ "origin": "bundled", "communityCopy": module["options"] });
        let copy =
            json!({ "origin": "bundled", "communityCopy": { "options": copy["communityCopy"] } });
        let with = |module: Value| {
            json!({ "schemaVersion": 2, "version": "1", "sources": {}, "modules": { "a": module } })
                .to_string()
        };
        [with(module), with(copy)]
    };
    for right in [
        json!({ "type": "integer", "default": 1 }),
        json!({ "type": "enum", "values": ["a", true, 1.5] }),
    ] {
        for text in file(right) {
            assert!(Release::read(&text).is_ok(), "{text}");
        }
    }
    let cases = [
        (json!({ "type": "integr" }), "named.x.type"),
        (
            json!({ "type": "any", "globalonly": true }),
            "named.x.globalonly",
        ),
        (
            json!({ "type": "enum", "values": [null] }),
            "named.x.values[0]",
        ),
        (json!({}), "named.x"),
    ];
    for (option, place) in cases {
        for (text, of) in file(option)
            .iter()
            .zip(["options", "communityCopy.options"])
        {
            let Err(ReadError::Json { path, .. }) = Release::read(text) else {
                panic!("{text}");
            };
            assert_eq!(path, format!("modules.a.{of}.{place}"));
        }
    }
}
