//! Guides in Markdown, in all the forms they come in. The fixtures are in `tests/inventory/guides/`.

use std::path::Path;

use prosody_stability::diagnostic::Diagnostic;
use prosody_stability::guide;
use prosody_stability::inventory::{Category, Flag, Inventory, Placement, Rollout, Stability};
use prosody_stability::source::Source;

use crate::support::{folder, root, skip};

fn fixture(name: &str) -> Source {
    let text = folder::read(&root().join("tests/inventory/guides"), name);
    Source::new(name, text.replace("\r\n", "\n"))
}

fn import(source: &Source) -> (Inventory<'static>, Vec<Diagnostic>) {
    guide::import(source, &Inventory::builtin()).unwrap()
}

fn error(name: &str) -> Diagnostic {
    *guide::import(&fixture(name), &Inventory::builtin()).unwrap_err()
}

/// Title and place of every remark.
fn remarks(remarks: &[Diagnostic]) -> Vec<(&str, (usize, usize))> {
    remarks
        .iter()
        .map(|remark| (remark.title(), remark.position().unwrap()))
        .collect()
}

#[test]
fn a_guide_gives_modules_defaults_and_profiles() {
    let (inventory, said) = import(&fixture("plain.md"));
    assert_eq!(remarks(&said), []);

    let listed: Vec<_> = inventory
        .modules
        .iter()
        .map(|(name, m)| {
            (
                name.as_str(),
                m.category(),
                m.stability(),
                m.purpose.as_str(),
            )
        })
        .collect();
    use Category as C;
    use Stability as S;
    assert_eq!(
        listed,
        [
            ("roster", C::Core, S::Core, "Who knows whom"),
            (
                "firewall",
                C::Security,
                S::Stable,
                "Filters packets by rules"
            ),
            ("carbons", C::Modern, S::Stable, "Copies to all clients"),
            ("vcard4", C::Modern, S::Beta, "Newer contact cards"),
            ("audit", C::Enterprise, S::Alpha, "Notes who did what"),
            ("bosh", C::Http, S::Stable, "XMPP over long requests"),
            ("http_file_share", C::Http, S::Beta, "Takes in files"),
            ("statistics", C::Admin, S::Beta, "Counts things"),
        ]
    );
    let modules = &inventory.modules;
    assert_eq!(modules["roster"].notes.as_deref(), Some("Needed by all"));
    assert_eq!(
        modules["firewall"]
            .safeguarding
            .as_deref()
            .map(|text| text.as_str()),
        Some("Needed against abuse")
    );
    assert_eq!(modules["audit"].notes.as_deref(), Some("Still changing"));
    assert_eq!(modules["bosh"].notes, None);
    assert_eq!(*modules["bosh"].xeps, ["XEP-0124", "XEP-0206"]);
    assert_eq!(modules["statistics"].notes.as_deref(), Some("For graphs"));

    assert!(inventory.flags.http.default);
    assert!(!inventory.flags.admin.default);
    let personal = &inventory.profiles["personal"].flags;
    assert_eq!(personal.beta, Rollout::All(false));
    assert!(personal.admin);
}

#[test]
fn damaged_emoji_and_line_ends_change_nothing() {
    let plain = import(&fixture("plain.md")).0;
    let damaged = fixture("damaged_emoji.md");
    assert_ne!(damaged.text(), fixture("plain.md").text());
    assert_eq!(import(&damaged).0, plain);

    for source in [fixture("plain.md"), damaged] {
        let crlf = Source::new("crlf.md", source.text().replace('\n', "\r\n"));
        assert_eq!(import(&crlf).0, plain);
    }
}

#[test]
fn columns_may_be_extra_elsewhere_and_marked_up() {
    let (inventory, said) = import(&fixture("other_shapes.md"));
    assert_eq!(remarks(&said), []);
    let names: Vec<_> = inventory.modules.keys().collect();
    assert_eq!(names, ["roster", "mimicking", "audit", "our_own"]);
    let modules = &inventory.modules;
    assert_eq!(modules["roster"].purpose, "Who knows whom");
    assert_eq!(modules["mimicking"].category(), Category::Security);
    assert_eq!(modules["mimicking"].stability(), Stability::Beta);
    assert_eq!(modules["mimicking"].purpose, "A | B look-alikes");
    assert_eq!(modules["audit"].stability(), Stability::Alpha);
    assert_eq!(modules["our_own"].flags(), [Flag::Http]);
    assert_eq!(*modules["our_own"].xeps, ["XEP-9999"]);
    assert_eq!(*modules["our_own"].rfcs, ["RFC 1"]);
}

#[test]
fn what_a_guide_leaves_out_comes_from_the_built_in_inventory() {
    let (inventory, _) = import(&fixture("plain.md"));
    assert_eq!(
        inventory.modules["http_file_share"].placement,
        Placement::Component
    );
    assert_eq!(inventory.modules["http_file_share"].corrections.len(), 1);
    assert_eq!(*inventory.modules["roster"].rfcs, ["RFC 6121"]);
    assert_eq!(inventory.stabilities, Inventory::builtin().stabilities);
}

#[test]
fn a_wrong_sample_line_is_reported_where_it_stands() {
    let (_, said) = import(&fixture("sample_line.md"));
    assert_eq!(remarks(&said), [("the sample line says Beta=3", (25, 45))]);
    assert!(
        said[0]
            .to_string()
            .contains("the tables of this level give 2"),
        "{}",
        said[0]
    );
}

#[test]
fn wrong_specifications_of_known_modules_are_reported_and_put_right() {
    let text = fixture("plain.md")
        .text()
        .replace("| XEP-0363 |", "| XEP-0447 |");
    let (inventory, said) = import(&Source::new("g.md", text));
    let title = "module `http_file_share` implements XEP-0363";
    assert_eq!(remarks(&said), [(title, (46, 49))]);
    assert_eq!(*inventory.modules["http_file_share"].xeps, ["XEP-0363"]);
}

#[test]
fn a_module_listed_twice_is_an_error_that_names_both_lines() {
    let error = error("listed_twice.md");
    assert_eq!(error.title(), "module `roster` is listed twice");
    assert_eq!(error.position(), Some((14, 22)));
    assert!(
        error.to_string().contains("first listed on line 7"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("| Once more        | `mod_roster` |"),
        "{error}"
    );
}

#[test]
fn an_unknown_stability_is_an_error_with_the_nearest() {
    let error = error("unknown_stability.md");
    assert_eq!(error.title(), "unknown stability `stabel`");
    assert_eq!(error.position().unwrap().0, 7);
    assert!(
        error.to_string().contains("did you mean `stable`?"),
        "{error}"
    );
}

#[test]
fn a_table_without_a_module_column_is_an_error() {
    let error = error("no_module_column.md");
    assert_eq!(
        error.title(),
        "this table of the inventory has no module column"
    );
    assert_eq!(error.position(), Some((5, 1)));
    assert!(
        error.to_string().contains("its columns are: Nmae, Purpose"),
        "{error}"
    );
}

#[test]
fn a_table_of_no_known_level_is_an_error() {
    let error = error("no_level.md");
    assert_eq!(error.title(), "no stability for module `firewall`");
    assert_eq!(error.position(), Some((5, 1)));
}

#[test]
fn a_text_without_modules_is_an_error() {
    let source = Source::new("g.md", "# Title\n\nNo tables here.\n");
    let error = guide::import(&source, &Inventory::builtin()).unwrap_err();
    assert_eq!(error.title(), "g.md lists no modules");
}

#[test]
fn wrong_variables_and_profiles_are_reported_and_passed_over() {
    let (inventory, said) = import(&fixture("wrong_variables.md"));
    assert_eq!(
        remarks(&said),
        [
            ("unknown flag `PROSODY_ENABLE_SECURTIY`", (12, 1)),
            ("`perhaps` is neither true nor false", (14, 21)),
            ("profile `community` does not set `admin`", (21, 1)),
            ("`Village server` names no profile", (31, 1)),
        ]
    );
    assert!(
        said[0]
            .to_string()
            .contains("did you mean `PROSODY_ENABLE_SECURITY`?"),
        "{}",
        said[0]
    );
    assert!(inventory.flags.security.default);
    assert!(
        inventory.flags.alpha.default,
        "the former name ENTERPRISE sets ALPHA"
    );
    let community = &inventory.profiles["community"].flags;
    assert_eq!(community.beta, Rollout::Only(vec![Category::Security]));
}

/// The guide that the built-in inventory was made from is no part of the project: `GUIDE` names it.
#[test]
fn the_original_guide_gives_the_built_in_inventory() {
    let Some(path) = std::env::var_os("GUIDE").filter(|path| !path.is_empty()) else {
        skip::skip_optional("GUIDE does not name the original Module Stability Guide");
        return;
    };
    let (inventory, said) = import(&Source::read(Path::new(&path)).unwrap());
    assert_eq!(inventory, Inventory::builtin());
    assert_eq!(inventory.modules.len(), 51);
    let line = said
        .iter()
        .find(|remark| remark.title() == "the sample line says Beta=9");
    let line = line.expect("the sample line contradicts the tables");
    assert_eq!(line.position(), Some((218, 47)));
    assert!(
        line.to_string()
            .contains("the tables of this level give 10"),
        "{line}"
    );
}
