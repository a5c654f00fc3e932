//! The pieces of Markdown: text, code, tables, blocks. Whatever goes in, the pieces stay whole.

use unicode_width::UnicodeWidthStr;

use crate::terminal::is_harmful;

/// Widest column that is filled up with blanks, so that one endless text does not widen them all.
const WIDEST: usize = 100;

/// Text that is shown letter by letter, on one line: in a cell, a list item or a paragraph.
///
/// Control characters, line ends and what changes the direction of text become blanks.
pub fn text(text: &str) -> String {
    let text = text.replace(is_harmful, " ");
    let text = text.trim();
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' => true,
            // Inside a word it never starts emphasis, and module names are easier to read without.
            '_' => !(is_word(before) && is_word(chars.peek().copied())),
            // Headings, lists, underlines and workflow commands, at the start only.
            '#' | '+' | '-' | '=' | ':' => before.is_none(),
            '.' | ')' => {
                !out.is_empty()
                    && out.bytes().all(|b| b.is_ascii_digit())
                    && chars.peek().is_none_or(|next| *next == ' ')
            }
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

/// The same with the text between backticks as code, where every reader of Markdown sees it so.
pub fn prose(source: &str) -> String {
    /// Stands for a piece of code while the words around it are written.
    const CODE: char = '\u{e000}';
    let pieces: Vec<_> = source.split('`').collect();
    let is_code = |code: &&str| {
        code.trim() == *code
            && !code.is_empty()
            && !code.contains(['|', '\\'])
            && !code.contains(is_harmful)
    };
    let all = || pieces.iter().copied().enumerate();
    let is_paired = pieces.len() % 2 == 1;
    // Two pieces of code side by side would be one.
    let is_plain = is_paired
        && !source.contains(CODE)
        && all().all(|(at, piece)| match at % 2 {
            1 => is_code(&piece),
            _ => at == 0 || at == pieces.len() - 1 || !piece.is_empty(),
        });
    if !is_plain {
        return text(source);
    }
    let words: Vec<_> = all()
        .filter(|(at, _)| at % 2 == 0)
        .map(|(_, words)| words)
        .collect();
    let codes = all().filter(|(at, _)| at % 2 == 1);
    codes.fold(text(&words.join(&CODE.to_string())), |out, (_, code)| {
        out.replacen(CODE, &format!("`{code}`"), 1)
    })
}

/// An address of a link: characters that end it are encoded.
pub fn target(address: &str) -> String {
    let is_usual = |c: &u8| c.is_ascii_alphanumeric() || b"-_./:?=&#%~+".contains(c);
    let bytes = address.bytes();
    let encoded = bytes.map(|byte| match is_usual(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}

/// A name as code; one with unusual characters as text, because pipes and backticks in code are
/// read differently from one Markdown reader to the next.
pub fn code(name: &str) -> String {
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ',' | '=' | ':');
    if !name.is_empty() && name.chars().all(usual) {
        format!("`{name}`")
    } else {
        text(name)
    }
}

/// A block of code; its lines come without line ends.
pub fn block(language: &str, lines: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| line.replace(is_harmful, " "))
        .collect();
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|c| c != '`'))
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(3.max(longest + 1));
    let mut out = format!("{fence}{language}\n");
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    out + &fence + "\n"
}

/// A table whose cells are Markdown already; the columns are aligned.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width());
        let widest = cells
            .filter(|width| *width <= WIDEST)
            .max()
            .unwrap_or_default();
        widest.max(header[column].width()).max(3)
    };
    let widths: Vec<_> = (0..header.len()).map(width).collect();
    let mut out = String::new();
    push_row(&mut out, header.iter().copied(), &widths);
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    push_row(&mut out, rule.iter().map(String::as_str), &widths);
    for row in rows {
        push_row(&mut out, row.iter().map(String::as_str), &widths);
    }
    out
}

fn push_row<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>, widths: &[usize]) {
    for (cell, width) in cells.zip(widths) {
        out.push_str("| ");
        out.push_str(cell);
        out.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 1));
    }
    out.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_nothing_but_itself() {
        assert_eq!(
            text("a|b `c` <d> &e; \\"),
            "a\\|b \\`c\\` \\<d\\> \\&e; \\\\"
        );
        assert_eq!(text("mod_mam _now_"), "mod_mam \\_now\\_");
        assert_eq!(text(" # one\r\ntwo"), "\\# one  two");
        assert_eq!(text("1. one"), "1\\. one");
        assert_eq!(text("v1. one - two"), "v1. one - two");
        assert_eq!(text("13.0"), "13.0");
    }

    #[test]
    fn code_in_prose_stays_code_where_it_is_plain() {
        assert_eq!(
            prose("set `a_b = \"c\"` or `*`, _not_ <d>"),
            "set `a_b = \"c\"` or `*`, \\_not\\_ \\<d\\>"
        );
        for odd in [
            "a `b",
            "``",
            "`a``b`",
            "`a|b`",
            "` a`",
            "`a\\`",
            "\u{e000} `a`",
        ] {
            assert_eq!(prose(odd), text(odd));
        }
    }

    #[test]
    fn unusual_names_are_no_code() {
        assert_eq!(code("http_file_share"), "`http_file_share`");
        assert_eq!(code("a`b|c"), "a\\`b\\|c");
    }

    #[test]
    fn a_block_holds_backticks() {
        assert_eq!(
            block("text", ["a```b".to_owned()]),
            "````text\na```b\n````\n"
        );
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [vec!["é".to_owned(), "longer".to_owned()]];
        assert_eq!(
            table(&["A", "B"], &rows),
            "| A   | B      |\n| --- | ------ |\n| é   | longer |\n"
        );
    }
}
