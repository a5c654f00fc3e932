//! `Environment=` lines of systemd units.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Result};
use crate::envfile::Assignment;
use crate::source::Source;

/// The variables that a unit sets itself. An empty `Environment=` takes back what came before it.
pub fn read(source: &Source) -> Result<Vec<Assignment>> {
    let mut assignments = Vec::new();
    let mut section = "";
    let mut at = 0;
    while at < source.text().len() {
        let line = at..logical_line(source.text(), at);
        at = line.end;
        let text = source.text()[line.clone()].trim();
        if text.starts_with('[') {
            section = text;
        }
        let Some(value) = text.strip_prefix("Environment") else {
            continue;
        };
        let Some(value) = value.trim_start().strip_prefix('=') else {
            continue;
        };
        if section != "[Service]" {
            continue;
        }
        // `text` ends where `value` ends.
        let end = line.start + source.text()[line.clone()].trim_end().len();
        let words = words(source, end - value.len()..end)?;
        if words.is_empty() {
            assignments.clear();
        }
        assignments.extend(words.into_iter().filter_map(assignment));
    }
    Ok(assignments)
}

/// The end of a line that continues behind each backslash at its end.
fn logical_line(text: &str, start: usize) -> usize {
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\r', '\n']).ends_with('\\') || line.starts_with(['#', ';']) {
            break;
        }
    }
    end
}

struct Word {
    text: String,
    at: Range<usize>,
}

/// The words of a value, without their quotes.
fn words(source: &Source, range: Range<usize>) -> Result<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    let mut in_word = false;
    let mut chars = source.text()[range.clone()].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let at = range.start + offset;
        let blank =
            c.is_whitespace() || c == '\\' && matches!(chars.peek(), Some((_, '\n' | '\r')));
        if blank && quote.is_none() {
            in_word = false;
            continue;
        }
        if !in_word {
            let text = String::new();
            words.push(Word { text, at: at..at });
            in_word = true;
        }
        let Some(word) = words.last_mut() else {
            continue;
        };
        match (c, quote) {
            ('"' | '\'', None) => quote = Some((c, at)),
            (c, Some((open, _))) if c == open => quote = None,
            ('\\', _) => word.text.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => word.text.push(c),
        }
        let next = chars
            .peek()
            .map_or(range.end, |(offset, _)| range.start + offset);
        word.at.end = next;
    }
    match quote {
        None => Ok(words),
        Some((_, at)) => Err(Box::new(
            Diagnostic::error(format!("cannot read {}", source.name())).at(
                source,
                at..at + 1,
                crate::envfile::UNCLOSED,
            ),
        )),
    }
}

fn assignment(word: Word) -> Option<Assignment> {
    let (name, value) = word.text.split_once('=')?;
    Some(Assignment {
        name: name.to_owned(),
        value: value.to_owned(),
        name_range: word.at.clone(),
        value_range: word.at,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let found = read(&Source::new("u.service", text)).unwrap();
        found.into_iter().map(|a| (a.name, a.value)).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn reads_words_quotes_and_continued_lines() {
        let text = "[Unit]\nEnvironment=Z=0\n[Service]\n# Environment=Y=0\n\
                    Environment=\"A=x y\" B=1 'C=2' \\\n    D=3\nEnvironment = E=\"q\\\"\"\n\
                    EnvironmentFile=/etc/x\n";
        assert_eq!(
            pairs(text),
            [
                pair("A", "x y"),
                pair("B", "1"),
                pair("C", "2"),
                pair("D", "3"),
                pair("E", "q\"")
            ]
        );
    }

    #[test]
    fn an_empty_line_takes_back_what_came_before() {
        assert_eq!(
            pairs("[Service]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2"),
            [pair("B", "2")]
        );
    }

    #[test]
    fn places_words() {
        let text = "[Service]\nEnvironment=A=1 \"B=x\" \n";
        let found = read(&Source::new("u.service", text)).unwrap();
        assert_eq!(&text[found[0].value_range.clone()], "A=1");
        assert_eq!(&text[found[1].value_range.clone()], "\"B=x\"");
        assert!(read(&Source::new("u", "[Service]\nEnvironment=\"A=1\n")).is_err());
    }
}
