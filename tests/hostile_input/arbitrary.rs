//! Any text, and changed good texts: every reader answers, and shows what is wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use prosody_stability::configuration::env_file;
use prosody_stability::diagnostic::Diagnostic;
use prosody_stability::emit;
use prosody_stability::forms::{form_of, read_source};
use prosody_stability::guide;
use prosody_stability::inventory::{Inventory, json, nix};
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;

use crate::support::inventories;

const GUIDE: &str = "# Inventory\n\n## Security (Stable)\n\n| Module | Purpose | XEP |\n|---|:-:|---|\n\
    | **alpha_one** | `first` | XEP-0191/0377 |\n| mod_mam | second | RFC 6121 |\n\n\
    ## Profiles\n\n### Personal\n\n```env\nPROSODY_ENABLE_BETA=true\nPROSODY_ENABLE_HTTP=no\n```\n\n\
    ```\nCore=0, Stable=2, Beta=1, Alpha=0, HTTP=0, Admin=0\n```\n";

const ENV: &str = "# flags\nexport PROSODY_ENABLE_BETA=\"security, http\" # some\r\n\
    PROSODY_ENABLE_ENTERPRISE='yes'\nPROSODY_ENABLE_HTTP=o\\\nn\n; end\n";

/// Pieces that open or close something in one of the forms.
const PIECES: [&str; 26] = [
    "{", "}", "[", "]", "(", "\"", "'", "''", "${", "\\", "\\u0000", "\n", "\r", "\r\n", "|",
    "|---|", "```", "#", "/*", "=", ";", ">", "- ", "\0", "\u{feff}", "é",
];

/// Reads a text in every way there is and renders all that is said of it.
fn read_in_every_way(text: &str) {
    let builtin = Inventory::builtin();
    let source = Source::new("input", text);
    let say = |remarks: Vec<Diagnostic>| {
        for remark in remarks {
            assert!(!remark.render(true).is_empty());
        }
    };
    form_of(&source);
    say(read_source(&source).map_or_else(|error| vec![*error], |(_, remarks)| remarks));
    say(json::read(&source).err().map(|e| *e).into_iter().collect());
    say(nix::read(&source).err().map(|e| *e).into_iter().collect());
    say(guide::import(&source, &builtin).map_or_else(|error| vec![*error], |(_, remarks)| remarks));
    let mut remarks = Vec::new();
    let mut selection = Selection::defaults(&builtin);
    if let Err(error) = env_file::apply(&mut selection, &builtin, &source, &mut remarks) {
        remarks.push(*error);
    }
    say(remarks);
    if let Err(error) = Source::from_bytes("input".into(), text.as_bytes().to_vec()) {
        say(vec![*error]);
    }
}

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => select(PIECES.as_slice()).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => inventories::text(),
    ];
    vec(part, 0..30).prop_map(|parts| parts.concat())
}

/// A good text of one of the forms with some characters replaced by pieces.
fn changed() -> impl Strategy<Value = String> {
    let builtin = Inventory::builtin();
    let good = vec![
        GUIDE.to_owned(),
        ENV.to_owned(),
        emit::nix(&builtin, &[]).unwrap(),
        emit::json(&builtin, &[]).unwrap(),
    ];
    let change = (any::<Index>(), 0_usize..20, select(PIECES.as_slice()));
    (select(good), vec(change, 1..6)).prop_map(|(good, changes)| {
        let mut characters: Vec<char> = good.chars().collect();
        for (at, length, piece) in changes {
            let at = at.index(characters.len());
            let end = (at + length).min(characters.len());
            characters.splice(at..end, piece.chars().chain("x".chars()));
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_answered(text in text()) {
        read_in_every_way(&text);
    }

    #[test]
    fn any_changed_text_is_answered(text in changed()) {
        read_in_every_way(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        match Source::from_bytes("input".into(), bytes) {
            Ok(source) => read_in_every_way(source.text()),
            Err(error) => prop_assert!(error.position().is_some()),
        }
    }
}
