//! What is read as an attribute set means to this program what it means to the real Nix.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use prosody_stability::emit;
use prosody_stability::inventory::{Inventory, json, nix};
use prosody_stability::release::builtin;
use prosody_stability::source::Source;

use crate::support::inventories;
use crate::support::nix::evaluate_all;

/// Pieces that a lexer can take one way or another.
const PIECES: [&str; 44] = [
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{b}",
    "\u{c}",
    "\u{a0}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "#",
    "# c\n",
    "# c\r",
    "# c\r\n",
    "# a = 1;\r schemaVersion = 1;\n",
    "/**/",
    "/***/",
    "/*/*/",
    "/* \r */",
    "/*",
    "*/",
    "\\",
    "\\q",
    "\\n",
    "\\\r\n",
    "\\$",
    "$",
    "$$",
    "${",
    "$${",
    "\\${",
    "''",
    "\"",
    "'",
    ";",
    "=",
    ".",
    "1",
    "0",
    "or",
    "rec ",
    "null",
    "inherit x;",
];

#[derive(Clone, Debug)]
enum Edit {
    InsertAtToken(Index, &'static str),
    InsertAtCharacter(Index, &'static str),
    DeleteToken(Index),
    DeleteCharacter(Index),
    DoubleToken(Index),
    SwapTokens(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let piece = || select(PIECES.as_slice());
    prop_oneof![
        5 => (at(), piece()).prop_map(|(at, piece)| Edit::InsertAtToken(at, piece)),
        5 => (at(), piece()).prop_map(|(at, piece)| Edit::InsertAtCharacter(at, piece)),
        2 => at().prop_map(Edit::DeleteToken),
        1 => at().prop_map(Edit::DeleteCharacter),
        1 => at().prop_map(Edit::DoubleToken),
        1 => at().prop_map(Edit::SwapTokens),
    ]
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let mut tokens: Vec<_> = rnix::tokenize(text)
            .map(|(_, token)| token.to_owned())
            .collect();
        let mut characters: Vec<_> = text.chars().collect();
        match self {
            Self::InsertAtToken(at, piece) => {
                tokens.insert(at.index(tokens.len() + 1), (*piece).to_owned());
            }
            Self::InsertAtCharacter(at, piece) => {
                let at = at.index(characters.len() + 1);
                characters.splice(at..at, piece.chars());
                return characters.into_iter().collect();
            }
            Self::DeleteToken(at) => {
                tokens.remove(at.index(tokens.len()));
            }
            Self::DeleteCharacter(at) => {
                characters.remove(at.index(characters.len()));
                return characters.into_iter().collect();
            }
            Self::DoubleToken(at) => {
                let at = at.index(tokens.len());
                tokens.insert(at, tokens[at].clone());
            }
            Self::SwapTokens(at) => {
                let at = at.index(tokens.len() - 1);
                tokens.swap(at, at + 1);
            }
        }
        tokens.concat()
    }
}

/// An emitted file with a few modules, changed in one to three places.
fn changed_file() -> impl Strategy<Value = String> {
    // A name that releases know, so that what they ship stands in the file, too.
    let name = prop_oneof![Just("roster".to_owned()), "[a-z_]{1,9}"];
    let modules = proptest::collection::btree_map(name, inventories::module(), 1..4);
    (modules, vec(edit(), 1..4)).prop_map(|(modules, edits)| {
        let mut inventory = Inventory::builtin();
        inventory.modules = modules
            .into_iter()
            .map(|(name, module)| (name.into(), module))
            .collect();
        let text = emit::nix(&inventory, &builtin::all()).unwrap();
        edits.iter().fold(text, |text, edit| edit.apply(&text))
    })
}

/// Fails unless Nix finds in each text what was read from it.
fn agrees_with_nix(read: &[(String, Inventory)]) {
    for (text, _) in read {
        let errors = rnix::Root::parse(text).errors().to_vec();
        assert!(errors.is_empty(), "read, but no Nix: {errors:?}\n{text}");
    }
    let texts: Vec<_> = read.iter().map(|(text, _)| text.clone()).collect();
    let Some(values) = evaluate_all(&texts) else {
        return;
    };
    let values = values.unwrap_or_else(|e| panic!("read, but Nix refuses one: {e}"));
    assert_eq!(values.len(), read.len());
    for (value, (text, inventory)) in values.into_iter().zip(read) {
        let value = Source::new("evaluated.json", value.to_string());
        let evaluated = json::read(&value).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(&evaluated, inventory, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nix_agrees_on_every_changed_file_that_is_read(texts in vec(changed_file(), 100)) {
        let read: Vec<_> = texts
            .into_iter()
            .filter_map(|text| {
                let source = Source::new("changed.nix", text.as_str());
                let inventory = nix::read(&source).ok()?.into_owned();
                Some((text, inventory))
            })
            .collect();
        agrees_with_nix(&read);
    }
}

/// The same inventory, written as nobody's formatter would.
#[test]
fn layout_comments_and_escapes_make_no_difference() {
    let inventory = Inventory::builtin();
    let text = emit::nix(&inventory, &builtin::all()).unwrap();
    let without_header = text.split_once('\n').unwrap().1;
    let ways = [
        without_header.replace('\n', "\r\n"),
        without_header.replace('\n', "\t"),
        without_header.replace('\n', " # a comment; } \"\n"),
        without_header.replace('\n', " # a comment\r\n"),
        without_header.replace('\n', "/* a \n comment **/ /**/"),
        without_header.replace("schemaVersion = 1", "schemaVersion = 01"),
        without_header.replace("schemaVersion", "\"schema\\Version\""),
        without_header
            .replace(" = {", "={")
            .replace("\";\n", "\" ;\n"),
    ];
    let read: Vec<_> = ways
        .into_iter()
        .map(|text| {
            let source = Source::new("other.nix", text.as_str());
            let read = nix::read(&source).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(read, inventory, "{text}");
            (text, read.into_owned())
        })
        .collect();
    agrees_with_nix(&read);
}
