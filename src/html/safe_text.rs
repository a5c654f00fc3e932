//! Text from input on a page.

use maud::{Escaper, Markup, Render, html};
use std::fmt::Write;

use crate::terminal::is_control;

/// The most of one text from input that is shown, in characters.
const LONGEST: usize = 2_000;

/// A text as it is shown: neither markup nor a control character, and not too long.
///
/// A line break becomes a blank, any other control character or one that turns the direction of text
/// becomes U+FFFD. No workflow takes a part of it for a command.
pub struct SafeText<'a>(pub &'a str);

impl Render for SafeText<'_> {
    // Once for the whole program: it is called in a hundred places.
    #[inline(never)]
    fn render_to(&self, out: &mut String) {
        let mut escaper = Escaper::new(out);
        let mut hashes = 0;
        for (index, c) in self.0.chars().enumerate() {
            let c = match c {
                _ if index == LONGEST => '…',
                '\n' | '\t' => ' ',
                // What a workflow reads as a command is `##[`.
                '[' if hashes >= 2 => '\u{fffd}',
                c if is_control(c) => '\u{fffd}',
                c => c,
            };
            // Writing to a string does not fail.
            let _ = escaper.write_char(c);
            if index == LONGEST {
                break;
            }
            hashes = if c == '#' { hashes + 1 } else { 0 };
        }
    }
}

/// A name from input: a module, an option, a host, a file.
#[inline(never)]
pub fn name(name: &str) -> Markup {
    html! { code { (SafeText(name)) } }
}

/// A sentence in which names are set as such: what is in backticks, and words with an underscore.
#[inline(never)]
pub fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let is_paired = parts.len() % 2 == 1;
    html! {
        @if is_paired {
            @for (index, part) in parts.into_iter().enumerate() {
                @if index % 2 == 1 { (name(part)) } @else { (words(part)) }
            }
        } @else {
            (words(text))
        }
    }
}

fn words(text: &str) -> Markup {
    html! {
        @for word in text.split_inclusive(' ') {
            @let (before, inside, after) = trimmed(word);
            @if is_name(inside) {
                (SafeText(before)) (name(inside)) (SafeText(after))
            } @else {
                (SafeText(word))
            }
        }
    }
}

/// A word without the punctuation and the blanks around it.
fn trimmed(word: &str) -> (&str, &str, &str) {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = word.find(is_inside).unwrap_or(word.len());
    let end = word.rfind(is_inside).map_or(start, |end| end + 1);
    (&word[..start], &word[start..end], &word[end..])
}

fn is_name(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    word.contains('_') && word.len() > 2 && word.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> String {
        SafeText(text).render().into_string()
    }

    #[test]
    fn text_from_input_is_no_markup() {
        assert_eq!(
            rendered("</script><img src=x onerror='a'>\"&"),
            "&lt;/script&gt;&lt;img src=x onerror='a'&gt;&quot;&amp;"
        );
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(
            rendered("a\u{202e}b\u{1b}[0m\u{9b}\nc"),
            "a\u{fffd}b\u{fffd}[0m\u{fffd} c"
        );
        assert_eq!(rendered("##[error]"), "##\u{fffd}error]");
    }

    #[test]
    fn an_endless_text_is_cut() {
        assert_eq!(rendered(&"é".repeat(3_000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn names_in_a_sentence_are_code() {
        assert_eq!(
            prose("use http_file_share (not `a b`), ok").into_string(),
            "use <code>http_file_share</code> (not <code>a b</code>), ok"
        );
        assert_eq!(
            prose("one ` alone, <a_b>").into_string(),
            "one ` alone, &lt;<code>a_b</code>&gt;"
        );
    }
}
