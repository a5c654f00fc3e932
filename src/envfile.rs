//! Environment files as Docker and systemd read them: `NAME=value` lines with their places.
//!
//! Understood: blank lines, comments after `#` or `;`, `export`, single and double quotes (also
//! over several lines), a comment after a value, a backslash that continues a line, CR LF.
//!
//! ```
//! use prosody_stability::envfile::parse;
//!
//! let (assignments, malformed) = parse("export PROSODY_ENABLE_BETA='false' # for now\n");
//! assert_eq!(assignments[0].name, "PROSODY_ENABLE_BETA");
//! assert_eq!(assignments[0].value, "false");
//! assert!(malformed.is_empty());
//! ```

use std::ops::Range;

/// One `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// Its value without quotes and comment.
    pub value: String,
    /// Where the name is, in bytes.
    pub name_range: Range<usize>,
    /// Where the value is, with its quotes.
    pub value_range: Range<usize>,
}

/// A line that assigns nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where it is, in bytes.
    pub at: Range<usize>,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// A quote that is opened and never closed, so that the end of the value is unknown.
pub const UNCLOSED: &str = "this quote is never closed";

/// All assignments of a text in order, and the lines that are none.
pub fn parse(text: &str) -> (Vec<Assignment>, Vec<Malformed>) {
    let mut reader = Reader { text, at: 0 };
    let mut assignments = Vec::new();
    let mut malformed = Vec::new();
    while reader.at < text.len() {
        match reader.line() {
            Ok(Some(assignment)) => assignments.push(assignment),
            Ok(None) => {}
            Err(line) => malformed.push(line),
        }
    }
    (assignments, malformed)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// The text up to the end of the line; moves behind the line's end.
    fn take_line(&mut self) -> Range<usize> {
        let start = self.at;
        let rest = self.rest();
        let (length, step) = rest.find('\n').map_or((rest.len(), 0), |end| (end, 1));
        self.at += length + step;
        start..start + self.text[start..start + length].trim_end().len()
    }

    fn line(&mut self) -> Result<Option<Assignment>, Malformed> {
        self.skip_blanks();
        let line_start = self.at;
        let line = self.rest().lines().next().unwrap_or_default();
        if line.trim().is_empty() || line.starts_with(['#', ';']) {
            self.take_line();
            return Ok(None);
        }
        if let Some(rest) = line
            .strip_prefix("export")
            .filter(|r| r.starts_with([' ', '\t']))
        {
            self.at += line.len() - rest.len();
            self.skip_blanks();
        }
        let name_start = self.at;
        let Some(equals) = self.rest().lines().next().and_then(|l| l.find('=')) else {
            self.take_line();
            let at = line_start..line_start + line.trim_end().len();
            return Err(Malformed {
                at,
                problem: "expected `NAME=value`",
            });
        };
        let name = self.rest()[..equals].trim_end();
        if !is_name(name) {
            self.take_line();
            return Err(Malformed {
                at: line_start..line_start + line.trim_end().len(),
                problem: "expected `NAME=value`",
            });
        }
        self.at += equals + 1;
        self.skip_blanks();
        let (value, value_range) = self.value()?;
        let name_range = name_start..name_start + name.len();
        Ok(Some(Assignment {
            name: name.to_owned(),
            value,
            name_range,
            value_range,
        }))
    }

    fn value(&mut self) -> Result<(String, Range<usize>), Malformed> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => Ok(self.unquoted()),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<(String, Range<usize>), Malformed> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.rest()[1..].char_indices();
        let length = loop {
            match chars.next() {
                Some((at, c)) if c == quote => break at,
                Some((_, '\\')) if quote == '"' => match chars.next() {
                    Some((_, c @ ('"' | '\\' | '$' | '`'))) => value.push(c),
                    Some((_, '\n')) => {}
                    Some((_, c)) => value.extend(['\\', c]),
                    None => {}
                },
                Some((_, c)) => value.push(c),
                None => {
                    self.take_line();
                    return Err(Malformed {
                        at: start..start + 1,
                        problem: UNCLOSED,
                    });
                }
            }
        };
        let end = start + 1 + length + 1;
        self.at = end;
        let rest = self.take_line();
        let rest_text = self.text[rest.clone()].trim_start();
        if rest_text.is_empty() || rest_text.starts_with('#') {
            Ok((value, start..end))
        } else {
            Err(Malformed {
                at: rest,
                problem: "text after the closing quote",
            })
        }
    }

    fn unquoted(&mut self) -> (String, Range<usize>) {
        let start = self.at;
        let mut value = String::new();
        loop {
            let line = self.take_line();
            let text = &self.text[line.clone()];
            if let Some(continued) = text.strip_suffix('\\')
                && self.at < self.text.len()
            {
                value.push_str(continued);
                continue;
            }
            let text = without_comment(text);
            value.push_str(text.trim_end());
            let end = (line.start + text.trim_end().len()).max(start);
            return (value.trim().to_owned(), start..end);
        }
    }
}

/// Whether a variable can have this name: letters, digits, and what else Docker accepts.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty() && !name.starts_with(['-', '.']) && name.chars().all(is_part)
}

/// A value without the comment behind it: a `#` counts only after a blank.
fn without_comment(text: &str) -> &str {
    let comment = text.match_indices('#').map(|(at, _)| at).find(|&at| {
        at == 0
            || text
                .as_bytes()
                .get(at - 1)
                .is_some_and(|b| matches!(b, b' ' | b'\t'))
    });
    comment.map_or(text, |at| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        parse(text)
            .0
            .into_iter()
            .map(|a| (a.name, a.value))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn reads_what_docker_and_systemd_read() {
        let text = "# comment\n; comment\n\nA=1\r\nexport B = \"two words\" # why\nC='#no'\n  D=x#y # z\nE=\nF=a\\\n  b\n";
        assert_eq!(
            values(text),
            [
                pair("A", "1"),
                pair("B", "two words"),
                pair("C", "#no"),
                pair("D", "x#y"),
                pair("E", ""),
                pair("F", "a  b"),
            ]
        );
    }

    #[test]
    fn a_quoted_value_may_span_lines() {
        assert_eq!(
            values("A=\"x\ny\\\"\"\nB=2"),
            [pair("A", "x\ny\""), pair("B", "2")]
        );
    }

    #[test]
    fn places_names_and_values() {
        let text = "export A=\"1\" # c\n";
        let (found, _) = parse(text);
        assert_eq!(&text[found[0].name_range.clone()], "A");
        assert_eq!(&text[found[0].value_range.clone()], "\"1\"");
    }

    #[test]
    fn reports_lines_that_assign_nothing() {
        let (found, bad) = parse("hello\nB=1\nC=\"x\"y\nD=2\n");
        assert_eq!(
            found.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(),
            ["B", "D"]
        );
        assert_eq!(bad.iter().map(|b| b.at.start).collect::<Vec<_>>(), [0, 15]);
        let (found, bad) = parse("- A=1\n-- B=1\n{ c = 1; }\n=x\nD-e.f=1\n");
        assert_eq!((found.len(), bad.len()), (1, 4));
        let (_, bad) = parse("A='open\n");
        assert_eq!(bad[0].problem, UNCLOSED);
    }
}
