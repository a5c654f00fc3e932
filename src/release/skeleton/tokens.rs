//! Tokens that are more than a word or a sign: comments, strings and numbers.

use super::Reducer;
use crate::release::report::Reason;

impl Reducer<'_> {
    pub(super) fn comment(&mut self) -> Result<(), Reason> {
        self.at += 2;
        if self.peek(0) == b'[' && self.long_bracket_level().is_some() {
            let line = self.line;
            self.long_bracket()?;
            self.newlines_since(line);
            // A comment separates words just like a space.
            self.out.push(' ');
        } else {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest
                .iter()
                .position(|&byte| byte == b'\n')
                .unwrap_or(rest.len());
        }
        Ok(())
    }

    /// `[[` is level 0, `[=[` level 1; anything else is no long bracket.
    pub(super) fn long_bracket_level(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at + 1..)?;
        let level = rest.iter().take_while(|&&byte| byte == b'=').count();
        (rest.get(level) == Some(&b'[')).then_some(level)
    }

    pub(super) fn long_bracket(&mut self) -> Result<(), Reason> {
        let start = self.at;
        let level = self.long_bracket_level().unwrap_or(0);
        self.at += level + 2;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(found) = rest.iter().position(|&byte| byte == b']') else {
                return Err(self.unbalanced("end of file in a long string or comment"));
            };
            self.at += found + 1;
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let equals = rest.iter().take_while(|&&byte| byte == b'=').count();
            if equals == level && rest.get(level) == Some(&b']') {
                self.at += level + 1;
                self.count_lines(start);
                return Ok(());
            }
        }
    }

    pub(super) fn short_string(&mut self) -> Result<(), Reason> {
        let start = self.at;
        let quote = self.peek(0);
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\\' if self.peek(1) == b'z' => {
                    self.at += 2;
                    while self.peek(0).is_ascii_whitespace() {
                        self.at += 1;
                    }
                }
                b'\\' if self.peek(1) == b'\r' && self.peek(2) == b'\n' => self.at += 3,
                b'\\' => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    self.count_lines(start);
                    return Ok(());
                }
                b'\n' => return Err(self.unbalanced("end of line in a string")),
                0 if self.at >= self.bytes.len() => {
                    return Err(self.unbalanced("end of file in a string"));
                }
                _ => self.at += 1,
            }
        }
    }

    pub(super) fn string_token(&mut self, start: usize) {
        let text = self.text;
        let literal = text.get(start..self.at).unwrap_or_default();
        if literal.contains("module:depends") {
            let newlines = literal.bytes().filter(|&byte| byte == b'\n').count();
            self.in_strings.push(self.line - newlines);
        }
        self.operand();
        self.emit_from(start);
    }

    pub(super) fn number(&mut self) {
        let start = self.at;
        let hex = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        loop {
            match self.peek(0) {
                b'e' | b'E' if !hex && matches!(self.peek(1), b'+' | b'-') => self.at += 2,
                b'p' | b'P' if hex && matches!(self.peek(1), b'+' | b'-') => self.at += 2,
                b'.' if self.peek(1) == b'.' => break,
                b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => self.at += 1,
                _ => break,
            }
        }
        self.operand();
        self.emit_from(start);
    }
}
