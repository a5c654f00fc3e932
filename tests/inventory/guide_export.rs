//! The Markdown guide: what `emit` writes, `import` reads back, whatever the texts hold.

use proptest::prelude::*;
use prosody_stability::guide;
use prosody_stability::inventory::{Inventory, Module};
use prosody_stability::release::builtin;
use prosody_stability::source::Source;
use serde::Deserialize;
use serde_json::{Value, json};

fn import(text: &str) -> (Inventory<'static>, Vec<String>) {
    let source = Source::new("guide.md", text);
    let (inventory, remarks) = guide::import(&source, &Inventory::builtin()).unwrap();
    (inventory, remarks.iter().map(ToString::to_string).collect())
}

#[test]
fn the_emitted_guide_gives_the_inventory_back() {
    let builtin = Inventory::builtin();
    let (read, remarks) = import(&guide::write(&builtin, &builtin::all(), None));
    assert_eq!(read, builtin);
    assert_eq!(remarks, [""; 0]);
}

#[test]
fn the_built_in_guide_is_readable_as_text() {
    let guide = guide::write(&Inventory::builtin(), &builtin::all(), None);
    let escaped: Vec<_> = guide.lines().filter(|line| line.contains('\\')).collect();
    assert_eq!(escaped, [""; 0]);
    assert!(guide.contains("| list rule files in `firewall_scripts` "));
}

#[test]
fn the_built_in_guide_says_what_to_watch_and_where_to_ask() {
    let guide = guide::write(&Inventory::builtin(), &builtin::all(), None);
    for said in [
        // The defaults are security, modern and beta.
        "### At startup\n",
        "\nModule stability profile: Core=11, Stable=15, Beta=10, Alpha=0, HTTP=0, Admin=0\n```\n\nIt also lists",
        "### In the log\n",
        "grep -E 'modulemanager|Unable to load|stability_profile'\n",
        "| low    | HTTP services       | `bosh`, `websocket` ",
        "| medium | Administration      | `statistics`, `prometheus` ",
        "- `measure_cpu`, `measure_memory`: May impact performance\n",
        "(https://prosody.im/security/)",
        "<https://prosody.im/discuss>",
        "<https://issues.prosody.im/>",
    ] {
        assert!(guide.contains(said), "no {said:?}");
    }
}

/// A text that a cell can hold: no blanks at its ends, no control characters.
fn text() -> impl Strategy<Value = String> {
    let nasty = r"[a-zé|`<>&\\*_~$!#\[\](){} .:;0-9+=-]{1,20}";
    let texts = prop_oneof![
        4 => nasty.prop_map(|text| text.trim().to_owned()),
        4 => r"\PC{1,30}".prop_map(|text| text.trim().to_owned()),
        1 => Just("XEP-0001 is nice".to_owned()),
        1 => Just("mod_thing".to_owned()),
        1 => Just("&amp; <b>bold</b> <!-- c --> [a](b) ![c](d) https://e.f www.g.h".to_owned()),
        1 => Just(r"| a \| b \\| c `d|e` ``".to_owned()),
    ];
    texts.prop_filter("nothing left", |text| !text.is_empty())
}

fn level() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        Just(("core", "core")),
        (
            prop_oneof![
                Just("security"),
                Just("modern"),
                Just("http"),
                Just("admin")
            ],
            levels()
        ),
        Just(("enterprise", "beta")),
        Just(("enterprise", "alpha")),
    ]
}

fn levels() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("stable"), Just("beta"), Just("alpha")]
}

fn module() -> impl Strategy<Value = Value> {
    (
        level(),
        text(),
        proptest::option::of(text()),
        proptest::option::of(text()),
        proptest::collection::vec("XEP-[0-9]{4}", 0..3),
        proptest::collection::vec("RFC [1-9][0-9]{3}", 0..2),
        any::<bool>(),
    )
        .prop_map(
            |((category, stability), purpose, notes, safeguarding, xeps, rfcs, host)| {
                json!({
                    "category": category,
                    "stability": stability,
                    "purpose": purpose,
                    "notes": notes,
                    "safeguarding": safeguarding,
                    "xeps": xeps,
                    "rfcs": rfcs,
                    "configuration": notes,
                    "placement": if host { "host" } else { "component" },
                })
            },
        )
}

/// Names of modules: strange ones, and some that the built-in inventory has, too.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => text(), 1 => Just("roster".to_owned()), 1 => Just("http_upload".to_owned())]
}

fn described(module: &Module) -> Value {
    let mut value = serde_json::to_value(module).unwrap();
    // No table of modules has these; for known modules `import` knows them.
    for field in [
        "corrections",
        "upstream",
        "configuration",
        "clashes",
        "renamedFrom",
    ] {
        value.as_object_mut().unwrap().shift_remove(field);
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_texts_make_well_formed_tables(
        modules in proptest::collection::hash_map(name(), module(), 1..12),
        prose in proptest::collection::vec("\\PC{0,30}|[\r\n\t |`<#-]{0,8}", 12),
    ) {
        let mut inventory = Inventory::builtin();
        inventory.modules = modules
            .into_iter()
            .map(|(name, module)| (name.into(), Module::deserialize(&module).unwrap().into_owned()))
            .collect();
        let mut prose = prose.into_iter();
        for level in [&mut inventory.stabilities.stable, &mut inventory.stabilities.beta] {
            level.title = prose.next().unwrap();
            level.description = prose.next().unwrap();
            level.updates = prose.next().unwrap();
            level.advice = vec![prose.next().unwrap()];
        }
        inventory.categories.http.title = prose.next().unwrap();
        inventory.categories.http.description = prose.next().unwrap();
        inventory.profiles["community"].title = prose.next().unwrap();
        inventory.profiles["community"].description = prose.next().unwrap();

        let (read, remarks) = import(&guide::write(&inventory, &builtin::all(), None));
        prop_assert_eq!(remarks, Vec::<String>::new());
        prop_assert_eq!(read.modules.len(), inventory.modules.len());
        for (name, module) in &inventory.modules {
            prop_assert_eq!(described(&read.modules[name]), described(module), "{}", name);
        }
        prop_assert_eq!(
            read.profiles.values().map(|p| &p.flags).collect::<Vec<_>>(),
            inventory.profiles.values().map(|p| &p.flags).collect::<Vec<_>>()
        );
    }
}
