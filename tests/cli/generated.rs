//! Generated files that are committed: each equals what its command prints now, and the schemas describe the JSON that
//! people write and that the commands print.

use clap::ValueEnum;
use prosody_stability::report::code;
use prosody_stability::schema::JsonForm;
use serde_json::{Value, json};

use crate::support::command::{printed, run, tool};
use crate::support::json::list;
use crate::support::schema::violations;
use crate::support::{folder, root};

fn committed(file: &str) -> String {
    folder::read(root(), file).replace("\r\n", "\n")
}

fn assert_in_step(file: &str, arguments: &str) {
    assert!(
        committed(file) == printed(arguments),
        "{file} is not up to date; run:\n  cargo run -- {arguments} > {file}"
    );
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn schema(name: &str) -> Value {
    json_of(&committed(&format!("inventory/schema/{name}.json")))
}

#[test]
fn the_committed_guide_is_the_emitted_one() {
    let arguments = "emit --format markdown --matrix matrix.svg";
    assert_in_step("docs/guide.md", arguments);
}

#[test]
fn the_committed_picture_of_the_profiles_is_the_emitted_one() {
    assert_in_step("docs/matrix.svg", "emit --format svg");
}

/// What `schema` can print.
const FORMS: [&str; 12] = [
    "inventory",
    "release",
    "resolution",
    "server-resolution",
    "modules",
    "explanation",
    "options",
    "report",
    "plans",
    "allow",
    "changes",
    "distribution",
];

#[test]
fn the_committed_schemas_are_the_printed_ones_and_follow_from_the_types() {
    let made = FORMS.map(|form| {
        let file = format!("inventory/schema/{form}.json");
        let made = JsonForm::from_str(form, false).unwrap().generate();
        if std::env::var_os("EXPECT").is_some_and(|wish| wish == "overwrite") {
            folder::write(root(), &file, &made);
        }
        (form, file, made)
    });
    for (form, file, made) in made {
        assert!(
            committed(&file) == made,
            "{file} is not up to date; run:\n  EXPECT=overwrite cargo test --test cli generated"
        );
        // After a change of the files the command has to be built again.
        assert_in_step(&file, &format!("schema {form}"));
    }
    let files = std::fs::read_dir(root().join("inventory/schema")).unwrap();
    assert_eq!(files.count(), FORMS.len());
}

#[test]
fn schemas_name_their_form_and_its_version() {
    for form in FORMS {
        let schema = schema(form);
        let version = if form == "release" { 2 } else { 1 };
        let id = format!("urn:prosody-stability:schema:{form}:{version}");
        assert_eq!(schema["$id"], id.as_str());
        let stated = &schema["properties"]["schemaVersion"];
        let only = [&stated["const"], &stated["maximum"]];
        assert!(only.contains(&&json!(version)), "{form}: {stated}");
    }
}

#[test]
fn the_printed_options_follow_the_schema() {
    let release = "tests/cmd/options.in/release.json";
    let options = printed(&format!("options --release {release} --format json"));
    assert_eq!(violations(&schema("options"), &json_of(&options)), [""; 0]);
}

#[test]
fn the_edited_inventory_and_the_emitted_one_follow_the_schema() {
    let schema = schema("inventory");
    assert_eq!(
        violations(&schema, &json_of(&committed("inventory/prosody.json"))),
        [""; 0]
    );
    assert_eq!(
        violations(&schema, &json_of(&printed("emit --format json"))),
        [""; 0]
    );
    assert_eq!(
        violations(&schema, &json_of(&printed("import docs/guide.md"))),
        [""; 0]
    );
}

#[test]
fn resolutions_follow_the_schema() {
    let schema = schema("resolution");
    for arguments in [
        "resolve --format json",
        "resolve --format json --profile development",
        "resolve --format json --packaged-by debian-13",
        "resolve --format json --security off --alpha security,http --disable roster",
    ] {
        assert_eq!(
            violations(&schema, &json_of(&printed(arguments))),
            [""; 0],
            "{arguments}"
        );
    }
}

#[test]
fn other_results_follow_their_schemas() {
    let config = folder::scratch();
    let file = "VirtualHost \"example.org\"\nmodules_enabled = { \"carbons\", \"pep\" }\n";
    let file = folder::write(config.path(), "prosody.cfg.lua", file);
    for (form, arguments) in [
        (
            "server-resolution",
            format!("resolve --config {file} --format json"),
        ),
        ("modules", "list --format json".to_owned()),
        ("modules", "list --all muc --format json".to_owned()),
        ("explanation", "explain carbons --format json".to_owned()),
        (
            "explanation",
            "explain http_altconnect --profile enterprise --format json".to_owned(),
        ),
        ("explanation", "explain muc --format json".to_owned()),
        (
            "options",
            "options archive_expires_after --format json".to_owned(),
        ),
    ] {
        let printed = json_of(&printed(&arguments));
        assert_eq!(printed["schemaVersion"], 1, "{arguments}");
        assert_eq!(violations(&schema(form), &printed), [""; 0], "{arguments}");
    }
}

#[test]
fn release_files_follow_the_schema() {
    let schema = schema("release");
    for release in ["0.11", "0.12", "13.0"] {
        let release = json_of(&committed(&format!("inventory/releases/{release}.json")));
        assert_eq!(violations(&schema, &release), [""; 0]);
    }
}

#[test]
fn changes_follow_the_schema() {
    let schema = schema("changes");
    for version in ["0.12", "13.0"] {
        let changes = json_of(&committed(&format!("inventory/changes/{version}.json")));
        assert_eq!(violations(&schema, &changes), [""; 0]);
    }
}

#[test]
fn distributions_follow_the_schema() {
    let schema = schema("distribution");
    for name in [
        "debian-12",
        "debian-13",
        "debian-13-backports",
        "debian-sid",
    ] {
        let file = json_of(&committed(&format!("inventory/distributions/{name}.json")));
        assert_eq!(violations(&schema, &file), [""; 0], "{name}");
    }
}

#[test]
fn reports_of_every_command_follow_the_schema() {
    let folder = folder::scratch();
    let listing = "Global:\n    c2s\nlocalhost:\n    presence\n    carbons (error: broken)\n";
    let listing = folder::write(folder.path(), "listing", listing);
    for arguments in [
        "check --format json".to_owned(),
        "diff --release 0.12..13.0 --format json".to_owned(),
        "diff --release 0.12..13.0 --profile community --summary --format json".to_owned(),
        format!("status --listing {listing} --format json"),
    ] {
        let said = run(&mut tool(&arguments.split(' ').collect::<Vec<_>>()));
        let report = said.json();
        assert!(!list(&report["scopes"]).is_empty(), "{arguments}");
        assert_eq!(
            violations(&schema("report"), &report),
            [""; 0],
            "{arguments}"
        );
    }
}

#[test]
fn the_schema_refuses_what_the_command_refuses() {
    let schema = schema("inventory");
    let valid = json_of(&committed("inventory/prosody.json"));
    let broken: [(&str, Value, &str); 7] = [
        (
            "/modules/mam/stability",
            json!("gamma"),
            "/modules/mam/stability",
        ),
        ("/modules/mam/purpose", json!(1), "/modules/mam/purpose"),
        ("/modules/mam/xeps", json!([313]), "/modules/mam/xeps/0"),
        (
            "/modules/mam",
            json!({ "category": "modern", "purpose": "" }),
            "`stability` is missing",
        ),
        (
            "/flags/http",
            json!({ "env": "", "default": 1, "description": "" }),
            "/flags/http/default",
        ),
        (
            "/profiles/personal/flags/beta",
            json!(["beta"]),
            "/profiles/personal/flags/beta",
        ),
        (
            "/modules/mam/upstream",
            json!({ "nam": "x" }),
            "/modules/mam/upstream",
        ),
    ];
    let folder = folder::scratch();
    for (place, value, expected) in broken {
        let mut inventory = valid.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        inventory.pointer_mut(parent).unwrap()[name] = value;
        let found = violations(&schema, &inventory);
        assert!(
            found.iter().any(|violation| violation.contains(expected)),
            "{place}: {found:?}"
        );

        let file = folder::write(folder.path(), "broken.json", &inventory.to_string());
        let said = run(&mut tool(&["emit", "--inventory", &file]));
        assert_eq!(said.code(), Some(2), "{said:?}");
    }
}

#[test]
fn the_documentation_of_codes_is_printed_from_their_table() {
    let documented = committed("docs/codes.md");
    let (_, table) = documented.split_once("\n\n| code |").unwrap();
    assert_eq!(format!("| code |{table}"), code::table());
}
