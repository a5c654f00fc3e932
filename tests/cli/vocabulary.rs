//! The words that users read: none that `vocabulary.json` lists, with what to write instead.
//!
//! A row is a word or a phrase that a search finds without false positives. Code is not searched: it contains the names
//! of others.

use std::collections::BTreeMap;
use std::fs;

use crate::support::command::printed;
use crate::support::root;

/// The words of a text with their lines, in lower case. What is neither a word nor white space is an empty one.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words = vec![(1, String::new())];
    let mut line = 1;
    let mut is_open = false;
    for letter in text.chars() {
        line += usize::from(letter == '\n');
        match words.last_mut() {
            Some((_, word)) if is_open && is_part(letter) => word.extend(letter.to_lowercase()),
            _ if is_part(letter) => words.push((line, letter.to_lowercase().collect())),
            _ if !letter.is_whitespace() => words.push((line, String::new())),
            _ => {}
        }
        is_open = is_part(letter);
    }
    words
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '\'')
}

/// The text without code: code spans, targets of links, and all blocks except the output of a console.
fn prose(markdown: &str) -> String {
    let mut block = None;
    let lines = markdown.lines().map(|line| {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = block.is_none().then_some(language);
            return String::new();
        }
        match block {
            Some("console") if line.starts_with(['$', '>']) => String::new(),
            Some("console") | None => without_code(line),
            Some(_) => String::new(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn without_code(line: &str) -> String {
    let spans = line.split('`').enumerate();
    let text: String = spans.map(|(at, span)| [span, "."][at % 2]).collect();
    let mut parts = text.split("](");
    let first = parts.next().map(str::to_owned);
    let rest = parts.map(|part| part.split_once(')').map_or("", |(_, rest)| rest).to_owned());
    first
        .into_iter()
        .chain(rest)
        .collect::<Vec<_>>()
        .join(" . ")
}

/// The words of the table in a text, each with its place and what to write instead.
fn found(name: &str, text: &str) -> Vec<String> {
    let table = fs::read_to_string(root().join("tests/cli/vocabulary.json")).unwrap();
    let table: BTreeMap<String, String> = serde_json::from_str(&table).unwrap();
    let words = words(&prose(text));
    let mut found = Vec::new();
    for (avoided, instead) in table {
        let phrase: Vec<&str> = avoided.split(' ').collect();
        for window in words.windows(phrase.len()) {
            if window.iter().map(|(_, word)| word).eq(&phrase) {
                let line = window[0].0;
                found.push(format!("{name}:{line}: `{avoided}`, write: {instead}"));
            }
        }
    }
    found
}

/// The files of a directory whose names end so.
fn files(directory: &str, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(directory)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| name.ends_with(ending));
    names.map(|name| format!("{directory}/{name}")).collect()
}

#[test]
fn users_read_plain_words() {
    let help = printed("--help");
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let list = list.lines().take_while(|line| !line.is_empty());
    // Further lines of a description are indented deeper.
    let commands = list.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands = commands.filter(|name| !["", "help"].contains(name));
    let mut texts = vec![("--help".to_owned(), help.clone())];
    texts.extend(
        commands
            .map(|name| format!("{name} --help"))
            .map(|line| (line.clone(), printed(&line))),
    );
    assert!(texts.len() > 10);

    let mut documents = files("docs", ".md");
    documents.extend(files("tests/cmd", ".md"));
    documents.extend(files("packaging/debian", ".1"));
    documents.extend(
        ["README", "SECURITY", "CONTRIBUTING", "CHANGELOG"].map(|name| format!("{name}.md")),
    );
    let read = |file: String| {
        (
            file.clone(),
            fs::read_to_string(root().join(&file)).unwrap(),
        )
    };
    texts.extend(documents.into_iter().map(read));

    let found: Vec<_> = texts
        .iter()
        .flat_map(|(name, text)| found(name, text))
        .collect();
    assert!(
        found.is_empty(),
        "{} words:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn a_phrase_is_found_across_lines_and_code_is_not_searched() {
    let text = "One `left out`.\n```lua\nleft out\n```\n```console\n$ left out\nis left\nout, Folder\n```\n\
                left. out [a](folder) _folder\n";
    assert_eq!(
        found("x", text),
        [
            "x:8: `folder`, write: directory",
            "x:7: `left out`, write: unavailable, omitted"
        ]
    );
}
