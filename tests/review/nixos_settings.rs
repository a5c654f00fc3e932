//! `diff --config`: NixOS settings are read as NixOS evaluates them, wherever they stand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use prosody_stability::configuration::nixos;
use prosody_stability::inventory::{Flag, Inventory};
use prosody_stability::migrate;
use prosody_stability::source::Source;
use serde_json::{Value, json};

use crate::support::{folder, machine, nix, skip};

fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let place = folder::scratch();
    for (name, text) in files {
        folder::write(place.path(), name, text);
    }
    place
}

/// What a configuration sets: profile, flags that differ from the defaults, and modules.
fn settings(file: &Path) -> Value {
    let settings = nixos::read(file).unwrap();
    let undecided: Vec<String> = settings.undecided().collect();
    assert_eq!(undecided, Vec::<String>::new(), "{}", file.display());
    assert!(settings.is_decided() && !settings.is_empty());
    let inventory = Inventory::builtin();
    let selection = settings.selection(&inventory, &inventory).unwrap();
    let mut found = BTreeMap::new();
    found.extend(
        selection
            .profile()
            .map(|p| ("profile".to_owned(), json!(p))),
    );
    for flag in Flag::ALL {
        let value = serde_json::to_value(selection.flags().get(flag)).unwrap();
        let default = serde_json::to_value(inventory.flags.defaults().get(flag)).unwrap();
        if value != default {
            found.insert(flag.name().to_owned(), value);
        }
    }
    for (name, on) in selection.modules() {
        found.insert(format!("modules.{name}"), json!(on));
    }
    json!(found)
}

/// One module file that says `beta = false`, and what else it needs beside it.
const BETA: &str = "{ services.prosody-stability.beta = false; }";

#[test]
fn settings_are_found_wherever_modules_stand() {
    let cases: [(&str, &[(&str, &str)]); 25] = [
        ("a plain module", &[("c.nix", BETA)]),
        (
            "a variable",
            &[(
                "c.nix",
                "let on = false; in { services.prosody-stability.beta = on; }",
            )],
        ),
        (
            "a set behind a variable",
            &[(
                "c.nix",
                "let cfg = { beta = false; }; in { services.prosody-stability = cfg; }",
            )],
        ),
        (
            "a part of a variable",
            &[(
                "c.nix",
                "let cfg.flags.beta = false; in { services.prosody-stability.beta = cfg.flags.beta; }",
            )],
        ),
        (
            "inherit",
            &[(
                "c.nix",
                "let beta = false; in { services.prosody-stability = { inherit beta; }; }",
            )],
        ),
        (
            "inherit from a set",
            &[(
                "c.nix",
                "let x = rec { off = false; beta = off; }; in { services.prosody-stability = { inherit (x) beta; }; }",
            )],
        ),
        (
            "a condition that is known",
            &[(
                "c.nix",
                "{ lib, ... }: let off = false; in { services.prosody-stability = lib.mkMerge [ (lib.mkIf (!off && true) { beta = false; }) (lib.mkIf off { alpha = true; }) ]; }",
            )],
        ),
        (
            "if",
            &[(
                "c.nix",
                "let prod = true; in { services.prosody-stability.beta = if prod then false else true; }",
            )],
        ),
        (
            "an update",
            &[(
                "c.nix",
                "let base = { beta = true; }; in { services.prosody-stability = base // { beta = false; }; }",
            )],
        ),
        (
            "priorities",
            &[(
                "c.nix",
                "{ lib, x, ... }: { services.prosody-stability = lib.mkMerge [ { beta = lib.mkForce false; } { beta = lib.mkDefault x; } { beta = true; } ]; }",
            )],
        ),
        (
            "an import of a file",
            &[("c.nix", "{ imports = [ ./s.nix ]; }"), ("s.nix", BETA)],
        ),
        (
            "an import of a directory that imports its parent",
            &[
                ("c.nix", "{ imports = [ ./hosts ]; }"),
                ("hosts/default.nix", "{ imports = [ ../c.nix ./s.nix ]; }"),
                ("hosts/s.nix", BETA),
            ],
        ),
        (
            "an inline import, and one that is called",
            &[
                (
                    "c.nix",
                    "{ lib, ... }: { imports = [ { services.prosody.enable = true; } (import ./s.nix { off = false; }) ] ++ lib.optionals false [ ./missing.nix ]; }",
                ),
                (
                    "s.nix",
                    "{ off }: { lib, ... }: { services.prosody-stability.beta = lib.mkDefault off; }",
                ),
            ],
        ),
        (
            "an imported value",
            &[
                ("c.nix", "{ services = import ./s.nix; }"),
                ("s.nix", "{ prosody-stability.beta = false; }"),
            ],
        ),
        (
            "modules of nixpkgs, and ours",
            &[(
                "c.nix",
                "{ modulesPath, inputs, ... }: { imports = [ (modulesPath + \"/profiles/minimal.nix\") <nixpkgs/nixos/modules/x.nix> inputs.prosody-stability.nixosModules.default ]; services.prosody-stability.beta = false; }",
            )],
        ),
        (
            "options without an effect on the modules",
            &[(
                "c.nix",
                "{ pkgs, x, ... }: { services.prosody-stability = { beta = false; package = pkgs.x; reviewSchedule.enable = x; }; }",
            )],
        ),
        (
            "a container",
            &[(
                "c.nix",
                "{ containers.xmpp = { autoStart = true; config = { pkgs, ... }: { services.prosody-stability.beta = false; }; }; }",
            )],
        ),
        (
            "a container in a file of its own",
            &[
                ("c.nix", "{ containers.xmpp.config = import ./s.nix; }"),
                ("s.nix", BETA),
            ],
        ),
        (
            "a flake",
            &[
                (
                    "c.nix",
                    "{ inputs.nixpkgs.url = \"x\"; outputs = { self, nixpkgs, ... }@inputs: { packages = inputs.x; nixosConfigurations.a = nixpkgs.lib.nixosSystem { system = \"x\"; modules = [ ./s.nix ]; }; }; }",
                ),
                ("s.nix", BETA),
            ],
        ),
        (
            "a flake with a function for hosts, modules of its own and paths that are put together",
            &[
                (
                    "c.nix",
                    "{ outputs = { self, nixpkgs }: let host = name: more: nixpkgs.lib.nixosSystem { modules = [ (./hosts + \"/${name}.nix\") \"${self}/empty.nix\" self.nixosModules.xmpp ] ++ more; }; in { nixosModules.xmpp = { services.prosody-stability.beta = false; }; nixosConfigurations = { a = host \"a\" [ ]; b = host \"b\" [ { networking.hostName = \"b\"; } ]; }; }; }",
                ),
                ("hosts/a.nix", "{ }"),
                ("hosts/b.nix", "{ }"),
                ("empty.nix", "{ }"),
            ],
        ),
        (
            "another machine of the flake that has nothing to do with it",
            &[(
                "c.nix",
                "{ outputs = inputs: { homeConfigurations.me = inputs.x { modules = [ inputs.y ]; }; nixosConfigurations = { a = inputs.n.lib.nixosSystem { modules = [ { services.prosody-stability.beta = false; } ]; }; b = inputs.n.lib.nixosSystem { modules = [ inputs.company.nixosModules.web ]; }; }; }; }",
            )],
        ),
        (
            "flake-parts",
            &[
                (
                    "c.nix",
                    "{ outputs = inputs@{ flake-parts, ... }: flake-parts.lib.mkFlake { inherit inputs; } { systems = [ \"x\" ]; imports = [ ./p.nix ]; }; }",
                ),
                (
                    "p.nix",
                    "{ inputs, ... }: { flake.nixosConfigurations.a = inputs.nixpkgs.lib.nixosSystem { modules = [ ./s.nix ]; }; perSystem = { }: { }; }",
                ),
                ("s.nix", BETA),
            ],
        ),
        (
            "a hive",
            &[
                (
                    "c.nix",
                    "{ meta.nixpkgs = import <nixpkgs> { }; defaults = { imports = [ ./s.nix ]; }; a = { name, ... }: { }; b.networking.hostName = \"b\"; }",
                ),
                ("s.nix", BETA),
            ],
        ),
        (
            "a hive in a flake",
            &[
                (
                    "c.nix",
                    "{ outputs = { self, colmena, ... }: { colmenaHive = colmena.lib.makeHive self.outputs.colmena; colmena = { meta = { }; xmpp = ./s.nix; }; }; }",
                ),
                ("s.nix", BETA),
            ],
        ),
        (
            "what Nix evaluated",
            &[(
                "c.nix",
                "{\"enable\": true, \"profile\": null, \"security\": true, \"modern\": true, \"beta\": false, \"alpha\": false, \"http\": false, \"admin\": false, \"enterprise\": true, \"modules\": {\"mam\": null}, \"effectiveModules\": [\"roster\"], \"resolution\": {\"x\": 1}}",
            )],
        ),
    ];
    for (what, files) in cases {
        let folder = folder_of(files);
        let found = settings(&folder.path().join("c.nix"));
        assert_eq!(found, json!({"beta": false}), "{what}");
    }
}

#[test]
fn all_kinds_of_settings_are_read() {
    let text = "{ lib, ... }: { services.prosody-stability = { enable = true; profile = \"enterprise\"; \
                beta = [ \"security\" ] ++ [ \"modern\" ]; enterprise = false; modules = { mam = false; bosh = true; carbons = null; }; }; }";
    let folder = folder_of(&[("c.nix", text)]);
    assert_eq!(
        settings(&folder.path().join("c.nix")),
        json!({"profile": "enterprise", "beta": ["security", "modern"], "admin": true, "http": true,
               "modules.mam": false, "modules.bosh": true})
    );
}

#[test]
fn what_nix_evaluates_of_a_machine_says_the_same_as_its_text() {
    if !nix::is_here() {
        return;
    }
    let text = "profile = \"community\"; beta = [ \"http\" ]; admin = false; modules.mam = false;";
    let machine = machine::on("new", &machine::ours(text));
    let evaluated = nix::evaluate(&format!("({machine}).config.services.prosody-stability"));
    let folder = folder_of(&[
        ("settings.json", &evaluated.to_string()),
        ("c.nix", &machine::ours(text)),
    ]);
    let of_text = settings(&folder.path().join("c.nix"));
    assert_eq!(of_text["beta"], json!(["http"]));
    assert_eq!(settings(&folder.path().join("settings.json")), of_text);
}

/// The reader against Nix itself, on configurations with everything that it follows.
#[test]
fn nix_evaluates_to_the_same_settings() {
    let lib = "{ mkIf = c: v: if c then v else { }; mkForce = v: v; mkDefault = v: v; optionals = c: v: if c then v else [ ]; }";
    let bodies = [
        "let a = false; b = a; in { beta = b; }",
        "let s = rec { x = [ \"http\" ]; y = x ++ [ \"admin\" ]; }; in { beta = s.y; inherit (s.z) alpha; } // { alpha = s.x; }",
        "let f = { x, y ? false, ... }@all: { beta = all.x; alpha = y; http = x; }; in f { x = true; y = true; z = 1; }",
        "let f = x: y: { beta = x; admin = y; }; in f (if true || false then true else null) (!true)",
        "with { alpha = true; }; let alpha = false; in { inherit alpha; modules = { \"mam\" = !alpha; ${\"bos\" + \"h\"} = false; }; }",
        "let let' = { a.b.c = true; }; a.b = false; in { http = let'.a.b.c; alpha = a.b; }",
        "lib.mkIf (true && !false) { profile = \"enter${\"prise\"}\"; }",
        "{ beta = (import ./values.nix).off; alpha = import ./on.nix { }; }",
    ];
    let folder = folder_of(&[
        ("values.nix", "let off = false; in { inherit off; }"),
        ("on.nix", "{ value ? true }: value"),
    ]);
    let inventory = Inventory::builtin();
    for body in bodies {
        let module = format!("{{ lib, ... }}: {{ services.prosody-stability = {body}; }}");
        let file = folder.path().join("c.nix");
        fs::write(&file, &module).unwrap();
        let expression = format!(
            "(import {} {{ lib = {lib}; }}).services.prosody-stability",
            file.display()
        );
        let output = Command::new("nix-instantiate")
            .args(["--eval", "--strict", "--json", "--expr", &expression])
            .output();
        let Ok(output) = output else {
            skip::skip_or_fail("no nix-instantiate: install nix-bin");
            return;
        };
        let found = nixos::read(&file).unwrap();
        if !output.status.success() {
            // What Nix refuses is not decided here, either.
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(error.contains("'z' missing"), "{body}: {error}");
        }
        if body.contains("\"bos\" + ") || body.contains("on.nix") || !output.status.success() {
            // Joined strings and defaults of functions are left to an evaluation.
            assert!(!found.is_decided(), "{body}");
            continue;
        }
        let undecided: Vec<String> = found.undecided().collect();
        assert!(found.is_decided(), "{body}: {undecided:?}");
        let evaluated: Value = serde_json::from_slice(&output.stdout).unwrap();
        let selection = found.selection(&inventory, &inventory).unwrap();
        for (name, value) in evaluated.as_object().unwrap() {
            let read = match Flag::ALL.into_iter().find(|flag| flag.name() == name) {
                Some(flag) => serde_json::to_value(selection.flags().get(flag)).unwrap(),
                None if name == "profile" => json!(selection.profile()),
                None => json!(selection.modules()),
            };
            assert_eq!(read, *value, "{name} of {body}");
        }
    }
}

/// Texts with many settings: before, each part by its number, after.
type Shape = (&'static str, fn(usize) -> String, &'static str);

const SHAPES: [Shape; 6] = [
    (
        "{ x, ... }: {",
        |n| format!("services.prosody-stability.modules.m{n} = x;\n"),
        "}",
    ),
    (
        "{ services.prosody-stability.modules = {",
        |n| format!("inherit m{n};\n"),
        "}; }",
    ),
    (
        "let x = {",
        |n| format!("m{n} = true; n{n}.o = true;\n"),
        "}; in { services.prosody-stability.modules = x; }",
    ),
    (
        "{",
        |n| format!("services.prosody-stability.modules.m{n} = true;\n"),
        "}",
    ),
    (
        "[",
        |n| format!("{{ a{n}.services.prosody-stability.enterprise = true; }}\n"),
        "]",
    ),
    (
        "[",
        |n| format!("{{ a{n}.services.prosody-stability = {{ inherit enterprise; }}; }}\n"),
        "]",
    ),
];

#[test]
fn there_are_at_most_a_hundred_messages() {
    let inventory = Inventory::builtin();
    for (before, part, after) in SHAPES {
        let parts: String = (0..1_000).map(part).collect();
        let source = Source::new("c.nix", format!("{before}{parts}{after}"));
        let settings = nixos::read_source(source.clone()).unwrap();
        assert!(settings.undecided().count() <= 101);
        assert!(settings.messages.len() <= 101);
        let renamed = migrate::nixos::rewrite(&inventory, &source).unwrap();
        assert!(renamed.messages.len() <= 101);
    }
}
