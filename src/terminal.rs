//! How results look on a terminal: colours by meaning, and lines that fit its width.
//!
//! ```
//! use prosody_stability::terminal::{columns, pad, printable};
//!
//! assert_eq!(columns("日本"), 4);
//! assert_eq!(pad("mam", 5), "mam  ");
//! // Nothing from the input controls the terminal.
//! assert!(!printable("\u{1b}[31m").contains('\u{1b}'));
//! ```

use std::borrow::Cow;
use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use textwrap::{WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// For headings.
pub const BOLD: Style = Style::new().bold();
/// For what matters less.
pub const DIM: Style = Style::new().dimmed();

/// The text in a style; the codes are dropped later where the output takes none.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// How many columns standard output has; `None` if it is not a terminal and lines need no end.
pub fn width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text, filled up with blanks to a number of columns.
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(columns(text))))
}

/// The most of one text from input that is shown, in characters.
const LONGEST: usize = 2_000;

/// What GitHub's runner reads as a command anywhere in a line.
const COMMAND: &str = "##[";

/// Text from input made printable and not too long: no character of it controls a terminal, changes
/// the direction of the text around it, or begins a line, and it is not a workflow command.
pub fn printable(text: &str) -> Cow<'_, str> {
    printable_start(text, LONGEST)
}

/// The same with at most so many characters of the text.
pub fn printable_start(text: &str, length: usize) -> Cow<'_, str> {
    if text.len() <= length && workflow_command(text).is_none() && !text.contains(is_control) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len().min(length) + 8);
    for (index, c) in text.chars().enumerate() {
        if index == length {
            out.push('…');
            break;
        }
        if is_control(c) {
            out.extend(c.escape_default());
        } else if c == '[' && out.ends_with("##") {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// Where in a text a `##[` is.
pub fn workflow_command(text: &str) -> Option<usize> {
    text.find(COMMAND)
}

/// Control characters, line separators, and those that change the direction of text.
pub fn is_control(c: char) -> bool {
    is_harmful(c)
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        )
}

/// Those of them that control a terminal, or change the direction of the text around them.
pub fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A whole human-readable text, as it may go to a terminal or a log: of what controls them only our
/// colours and line breaks are left, and no line is a workflow command.
///
/// Everything that is printed as human-readable text comes through here. It mends what was not made
/// [`printable`] one by one, but knows no longer which line breaks came from input.
pub fn sanitized(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.map(|line| sanitized_line(line, false)).collect()
}

/// The same for a diff: it also keeps tabs and the ends of lines, with which `patch` applies it.
pub fn sanitized_diff(diff: &str) -> String {
    let lines = diff.split_inclusive('\n');
    lines.map(|line| sanitized_line(line, true)).collect()
}

fn sanitized_line(line: &str, is_diff: bool) -> String {
    let is_kept = |c: char, after: &str| match c {
        '\n' => true,
        '\t' => is_diff,
        '\r' => is_diff && without_style(after) == "\n",
        _ => !is_control(c),
    };
    let mut out = String::with_capacity(line.len());
    let mut hashes = 0;
    let mut is_start = true;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some(code) = style_code(rest) {
            out.push_str(code);
            rest = &rest[code.len()..];
            continue;
        }
        let after = &rest[c.len_utf8()..];
        let is_command = match c {
            '[' => hashes >= 2,
            ':' => is_start && without_style(after).starts_with(':'),
            _ => false,
        };
        if is_command {
            out.extend(c.escape_unicode());
        } else if is_kept(c, after) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
        hashes = if c == '#' { hashes + 1 } else { 0 };
        is_start &= c.is_whitespace();
        rest = after;
    }
    out
}

/// The code for a colour or the like at the beginning of a text.
fn style_code(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    inside[end..]
        .starts_with('m')
        .then(|| &text[.."\u{1b}[".len() + end + 1])
}

fn without_style(mut text: &str) -> &str {
    while let Some(code) = style_code(text) {
        text = &text[code.len()..];
    }
    text
}

/// A unified diff with the usual colours; what would control a terminal is escaped, but for tabs and
/// the ends of lines.
pub fn coloured_diff(diff: &str) -> String {
    let style = |line: &str| match line.as_bytes().first() {
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    };
    let coloured = |line| paint(style(line), diff_line(line));
    diff.split_inclusive('\n').map(coloured).collect()
}

fn diff_line(line: &str) -> String {
    let text = line.trim_end_matches(['\r', '\n']);
    let parts = text.split('\t');
    let parts: Vec<_> = parts
        .map(|part| printable_start(part, usize::MAX))
        .collect();
    parts.join("\t") + &line[text.len()..]
}

/// Whether `patch` can apply a diff as it is shown.
pub fn diff_applies(diff: &str) -> bool {
    let lines = diff.split_inclusive('\n').map(diff_line);
    sanitized_diff(&lines.collect::<String>()) == diff
}

/// Breaks a text at blanks into lines of at most `width` columns; `None` keeps it on one line.
pub fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![text.to_owned()];
    };
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(text, options);
    lines.into_iter().map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_blanks() {
        assert_eq!(wrap("one two three", Some(7)), ["one two", "three"]);
        assert_eq!(wrap("one two", None), ["one two"]);
        assert_eq!(wrap("endlessword", Some(4)), ["endlessword"]);
    }

    #[test]
    fn shows_control_characters() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("\u{9b}1m\u{202e}x"), "\\u{9b}1m\\u{202e}x");
        assert_eq!(printable("##[error]"), "##\\u{5b}error]");
        let long = printable_start("éééé", 3).into_owned();
        assert_eq!(long, "ééé…");
    }

    #[test]
    fn lets_our_colours_through_and_no_command() {
        let bold = paint(BOLD, "x");
        assert_eq!(sanitized(&bold), bold);
        assert_eq!(sanitized("\u{1b}]0;t\u{7}"), "\\u{1b}]0;t\\u{7}");
        assert_eq!(
            sanitized("a::b\n  ::error::x\n"),
            "a::b\n  \\u{3a}:error::x\n"
        );
        let codes = format!("{}::e #{BOLD}#{BOLD}[e", BOLD);
        assert_eq!(
            sanitized(&codes),
            format!("{BOLD}\\u{{3a}}:e #{BOLD}#{BOLD}\\u{{5b}}e")
        );
        assert_eq!(sanitized("a\tb\r\n"), "a\\tb\\r\n");
        assert_eq!(sanitized_diff("a\tb\r\nc\rd\n"), "a\tb\r\nc\\rd\n");
    }
}
