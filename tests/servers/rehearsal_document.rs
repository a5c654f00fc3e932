//! The examples of docs/rehearsal.md, run on the real servers.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::command::{run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::prosody::Installation;
use crate::support::root;

/// The blocks of a language in a Markdown text.
pub fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let parts = text.split(&fence).skip(1);
    parts
        .map(|part| part.split_once("```").unwrap().0)
        .collect()
}

#[test]
fn the_rehearsals_of_the_document_print_what_it_shows() {
    let installations = Installation::all();
    let [old, new] = installations.as_slice() else {
        return;
    };
    let document = read(root(), "docs/rehearsal.md");
    let folder = scratch();
    write(
        folder.path(),
        "prosody.cfg.lua",
        blocks(&document, "lua")[0],
    );
    for (installation, name) in [(old, "old"), (new, "new")] {
        let directory = installation.prosody();
        let directory = directory.ancestors().nth(2).unwrap();
        symlink(directory, folder.path().join(name)).unwrap();
    }
    let mut count = 0;
    let mut now = document.clone();
    let rehearsals = blocks(&document, "console").into_iter();
    // `tried_alone` has the other one.
    let rehearsals = rehearsals.filter(|block| block.contains(" rehearse "));
    for block in rehearsals {
        let (line, shown) = block.split_once('\n').unwrap();
        let words = line.strip_prefix("$ prosody-stability ").unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        let mut command = tool(&words);
        let said = run(command.current_dir(folder.path()));
        assert_eq!(said.code(), Some(1), "{}", said.stderr);
        // A later update of the distribution has another number.
        let versions = [(&old.full_version, "0.12.3"), (&new.full_version, "13.0.1")];
        let prints = versions.iter().fold(said.stdout, |text, (version, shown)| {
            text.replace(version.as_str(), shown)
        });
        now = now.replace(shown, &prints);
        count += 1;
    }
    assert_eq!(count, 2);
    if now != document {
        let file = root().join("target/rehearsal.md");
        fs::write(&file, now).unwrap();
        panic!("docs/rehearsal.md shows something else; target/rehearsal.md has it as it is");
    }
}
