//! Lua text against the real Lua: whatever the names are, they come out as they went in.

use std::process::Command;

use proptest::prelude::*;
use prosody_stability::check::selection;
use prosody_stability::fragment::{self, Request};
use prosody_stability::inventory::Inventory;
use prosody_stability::lua::{self, Value};
use prosody_stability::release::builtin;
use prosody_stability::resolve::resolve;

use crate::support::command::{CommandOutput, run_with};
use crate::support::{selection_of, skip};

/// Prints every string of the tables `x` and `modules_enabled` as hexadecimal digits, one per line.
const DUMP: &str = r#"
local function dump(value)
	if type(value) == "string" then
		io.write("=", (value:gsub(".", function(c) return ("%02x"):format(c:byte()) end)), "\n")
	elseif type(value) == "table" then
		for _, one in ipairs(value) do dump(one) end
	end
end
local env = {}
assert(load(io.read("a"), "=config", "t", env))()
dump(env.x)
dump(env.modules_enabled)
for name in pairs(env) do io.write("set ", name, "\n") end
"#;

fn run(program: &str, arguments: &[&str], input: &str) -> Option<CommandOutput> {
    if Command::new(program).arg("-v").output().is_err() {
        skip::skip_or_fail(&format!("no {program}: install lua5.4"));
        return None;
    }
    let mut command = Command::new(program);
    Some(run_with(command.args(arguments), input.as_bytes()))
}

fn compiles(text: &str) -> bool {
    run("luac5.4", &["-p", "-"], text).is_none_or(|said| said.status.success())
}

/// What Lua reads from a configuration: the strings, and the names of the options, sorted.
fn evaluate(text: &str) -> Option<(Vec<String>, Vec<String>)> {
    let said = run("lua5.4", &["-e", DUMP], text)?;
    assert!(said.status.success(), "{text}\n{}", said.stderr);
    let said = said.stdout;
    let strings = said.lines().filter_map(|line| line.strip_prefix('='));
    let decode = |hex: &str| {
        let bytes = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
        String::from_utf8(bytes.collect()).unwrap()
    };
    let strings = strings.map(decode).collect();
    let mut names: Vec<_> = said
        .lines()
        .filter_map(|line| line.strip_prefix("set ").map(str::to_owned))
        .collect();
    names.sort();
    Some((strings, names))
}

/// Texts made of what could end a string, a line or a comment.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\""),
        Just("\\"),
        Just("\n"),
        Just("\r"),
        Just("]]"),
        Just("[["),
        Just("]=]"),
        Just("--"),
        Just("--[["),
        Just("\0"),
        Just("'"),
        Just("${X}"),
        Just("é"),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("; os.exit(3)"),
        Just("}"),
        Just("0"),
        Just("\\z"),
        Just("\u{1}"),
    ]
    .prop_map(str::to_owned);
    prop::collection::vec(prop_oneof![3 => piece, 1 => any::<String>()], 0..6)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn strings_come_out_as_they_went_in(texts in prop::collection::vec(nasty(), 1..40), key in nasty()) {
        let table = Value::Table(vec![(key, Value::texts(&texts))]);
        let text = lua::option("x", &Value::List(vec![Value::texts(&texts), table]));
        prop_assert!(compiles(&text), "{text}");
        if let Some((strings, names)) = evaluate(&text) {
            prop_assert_eq!(strings, texts);
            prop_assert_eq!(names, ["x"]);
        }
    }

    #[test]
    fn comments_end_with_their_lines(texts in prop::collection::vec(nasty(), 1..40)) {
        let mut text: String = texts.iter().map(|text| lua::comment(text)).collect();
        text.push_str(&lua::option("x", &Value::texts(["kept"])));
        prop_assert!(compiles(&text), "{text}");
        if let Some((strings, names)) = evaluate(&text) {
            prop_assert_eq!(strings, ["kept"]);
            prop_assert_eq!(names, ["x"]);
        }
    }

    #[test]
    fn no_module_name_breaks_out_of_a_fragment(name in nasty(), folder in nasty()) {
        let mut inventory = Inventory::builtin();
        let mut release = builtin::newest().clone();
        let module = inventory.modules["roster"].clone();
        inventory.modules.insert(name.clone().into(), module.clone());
        release.modules.insert(name.clone(), release.modules["roster"].clone());
        // A component stands in a comment.
        let mut component = inventory.modules["http_file_share"].clone();
        component.corrections = Default::default();
        let other = format!("c{name}");
        inventory.modules.insert(other.clone().into(), component);
        release.modules.insert(other, release.modules["http_file_share"].clone());
        let selection = selection_of(&inventory, "development");
        let resolution = resolve(&inventory, &release, &selection, true);
        let request = Request { plugins: Some(&folder), findings: &[] };
        let text = fragment::lua(&inventory, &release, &resolution, request);
        prop_assert!(compiles(&text), "{text}");
        if let Some((strings, names)) = evaluate(&text) {
            prop_assert!(strings.contains(&name), "{text}");
            let options = ["modules_disabled", "modules_enabled", "plugin_paths", "stability_profile"];
            prop_assert_eq!(names, options);
        }
    }
}

#[test]
fn every_profile_on_every_release_compiles() {
    let inventory = Inventory::builtin();
    for release in builtin::all() {
        for profile in inventory.profiles.keys() {
            let selection = selection_of(&inventory, profile);
            for (enforce, plugins) in [(true, Some("/plugins")), (false, None)] {
                let resolution = resolve(&inventory, release, &selection, enforce);
                let findings = &selection::findings(&inventory, &resolution);
                let request = Request { plugins, findings };
                let text = fragment::lua(&inventory, release, &resolution, request);
                assert!(compiles(&text), "{text}");
            }
        }
    }
}
