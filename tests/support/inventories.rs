//! Random inventories whose names and texts are as unpleasant as the model allows.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use prosody_stability::inventory::{
    Categories, Category, CategoryInfo, Clash, Correction, Flag, FlagInfo, FlagValues, Flags,
    Inventory, Level, Module, ModuleSource, Placement, Profile, Rollout, Stabilities, Stability,
    Text, Upstream,
};

/// Where the rule has a row.
const PAIRS: [(Category, Stability); 15] = [
    (Category::Core, Stability::Core),
    (Category::Security, Stability::Stable),
    (Category::Security, Stability::Beta),
    (Category::Security, Stability::Alpha),
    (Category::Modern, Stability::Stable),
    (Category::Modern, Stability::Beta),
    (Category::Modern, Stability::Alpha),
    (Category::Enterprise, Stability::Beta),
    (Category::Enterprise, Stability::Alpha),
    (Category::Http, Stability::Stable),
    (Category::Http, Stability::Beta),
    (Category::Http, Stability::Alpha),
    (Category::Admin, Stability::Stable),
    (Category::Admin, Stability::Beta),
    (Category::Admin, Stability::Alpha),
];

const CATEGORIES: [Category; 6] = [
    Category::Core,
    Category::Security,
    Category::Modern,
    Category::Enterprise,
    Category::Http,
    Category::Admin,
];

const FLAGS: [Flag; 6] = [
    Flag::Security,
    Flag::Modern,
    Flag::Beta,
    Flag::Alpha,
    Flag::Http,
    Flag::Admin,
];

/// Pieces that mean something to Nix, JSON, Markdown or a terminal.
const PIECES: [&str; 30] = [
    "${",
    "$${",
    "$$${",
    "$",
    "''",
    "''${",
    "'''",
    "\"",
    "\\",
    "\\\\",
    "\\n",
    "\\${",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "{",
    "}",
    "#",
    "/*",
    "*/",
    "</nix>",
    "|",
    "\u{7f}",
    "\u{1}",
    "\u{1b}[31m",
    "\u{feff}",
    "\u{2028}",
    "👩‍👩‍👧",
    "ß",
];

/// Words that Nix reads as syntax or treats specially in some place.
const WORDS: [&str; 22] = [
    "assert",
    "else",
    "if",
    "in",
    "inherit",
    "let",
    "or",
    "rec",
    "then",
    "with",
    "true",
    "false",
    "null",
    "import",
    "builtins",
    "__functor",
    "type",
    "",
    "-",
    "1",
    "a'b-c_d",
    "a.b",
];

/// Any text: pieces, characters of every script, and runs that cross the edge of a line.
pub fn text() -> impl Strategy<Value = String> {
    let character = any::<char>().prop_filter("Nix has no NUL", |c| *c != '\0');
    let part = prop_oneof![
        3 => select(PIECES.as_slice()).prop_map(str::to_owned),
        3 => "[a-z ]{1,8}",
        2 => vec(character, 1..4).prop_map(String::from_iter),
        1 => (60_usize..110, select(vec!['x', ' ', 'é', '文', '\\', '"']))
            .prop_map(|(times, c)| c.to_string().repeat(times)),
    ];
    prop_oneof![
        1 => Just(String::new()),
        9 => vec(part, 1..4).prop_map(|parts| parts.concat()),
    ]
}

/// Any name: words of the language, plain names of every length, and any text.
///
/// Leaves out `__toString` and `outPath`, which Nix does not print as members of a set.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(WORDS.as_slice()).prop_map(str::to_owned),
        3 => "[a-z_][a-z0-9_]{0,12}",
        2 => (70_usize..105).prop_map(|length| "n".repeat(length)),
        1 => (70_usize..105).prop_map(|length| "é".repeat(length)),
        3 => text(),
    ]
}

/// Any inventory that the model can hold.
pub fn inventory() -> impl Strategy<Value = Inventory<'static>> {
    (
        flags(),
        btree_map(name(), select(FLAGS.as_slice()), 0..4),
        stabilities(),
        categories(),
        btree_map(name(), profile(), 0..3),
        (
            btree_map(name().prop_map(Text::from), module(), 0..5),
            vec(name(), 0..3),
        ),
    )
        .prop_map(
            |(flags, renamed, stabilities, categories, profiles, modules)| {
                let mut inventory = Inventory::builtin();
                inventory.flags = flags;
                inventory.renamed_flags = renamed.into_iter().collect();
                inventory.stabilities = stabilities;
                inventory.categories = categories;
                inventory.profiles = profiles.into_iter().collect();
                inventory.modules = modules.0.into_iter().collect();
                inventory.always_loaded = modules.1;
                inventory
            },
        )
}

/// Any module.
pub fn module() -> impl Strategy<Value = Module<'static>> {
    let name = || name().prop_map(Text::from);
    let text = || text().prop_map(Text::from);
    let clash = (name(), text()).prop_map(|(with, effect)| Clash { with, effect });
    let correction =
        [text(), text(), text()].prop_map(|[field, guide, why]| Correction { field, guide, why });
    let upstream = (option::of(name()), option::of(name()), option::of(text())).prop_map(
        |(name, replaced_by, note)| {
            Box::new(Upstream {
                name,
                replaced_by,
                note,
            })
        },
    );
    (
        select(PAIRS.as_slice()),
        select(vec![Placement::Host, Placement::Component]),
        (text(), option::of(text()), option::of(text())),
        (vec(text(), 0..3), vec(text(), 0..3), vec(correction, 0..3)),
        (
            option::of(text()),
            vec(clash, 0..3),
            option::of(upstream),
            vec(name(), 0..3),
        ),
    )
        .prop_map(|((category, stability), placement, texts, lists, others)| {
            let source = ModuleSource {
                category,
                stability,
                flags: None,
                risk: None,
                placement,
                purpose: texts.0,
                notes: texts.1,
                safeguarding: texts.2,
                xeps: lists.0.into(),
                rfcs: lists.1.into(),
                corrections: lists.2.into(),
                configuration: others.0,
                setup: None,
                clashes: others.1.into(),
                upstream: others.2,
                renamed_from: others.3.into(),
            };
            Module::try_from(source).expect("the rule has a row for every pair")
        })
}

fn flags() -> impl Strategy<Value = Flags> {
    let info = || {
        (text(), any::<bool>(), text()).prop_map(|(env, default, description)| FlagInfo {
            env,
            default,
            description,
        })
    };
    [info(), info(), info(), info(), info(), info()].prop_map(
        |[security, modern, beta, alpha, http, admin]| Flags {
            security,
            modern,
            beta,
            alpha,
            http,
            admin,
        },
    )
}

fn stabilities() -> impl Strategy<Value = Stabilities> {
    let level = || {
        ([text(), text(), text(), text()], vec(text(), 0..3)).prop_map(
            |([title, status, description, updates], advice)| Level {
                title,
                status,
                description,
                updates,
                advice,
            },
        )
    };
    [level(), level(), level(), level()].prop_map(|[core, stable, beta, alpha]| Stabilities {
        core,
        stable,
        beta,
        alpha,
    })
}

fn categories() -> impl Strategy<Value = Categories> {
    let info =
        || [text(), text()].prop_map(|[title, description]| CategoryInfo { title, description });
    [info(), info(), info(), info(), info(), info()].prop_map(
        |[core, security, modern, enterprise, http, admin]| Categories {
            core,
            security,
            modern,
            enterprise,
            http,
            admin,
        },
    )
}

fn profile() -> impl Strategy<Value = Profile> {
    let rollout = || {
        prop_oneof![
            any::<bool>().prop_map(Rollout::All),
            subsequence(CATEGORIES.to_vec(), 0..=6).prop_map(Rollout::Only),
        ]
    };
    (
        any::<[bool; 4]>(),
        rollout(),
        rollout(),
        text(),
        option::of(text()),
        text(),
    )
        .prop_map(
            |([security, modern, http, admin], beta, alpha, title, users, description)| Profile {
                title,
                users,
                description,
                flags: FlagValues {
                    security,
                    modern,
                    beta,
                    alpha,
                    http,
                    admin,
                },
            },
        )
}
