//! Cuts a Lua file down to the statements that can matter, before the real parser sees it.
//!
//! A full parse of every plugin costs far more than reading it. Almost all of a plugin is function
//! bodies and tables that declare nothing, so one linear pass over the tokens drops those: a block
//! or table without any interesting word is left empty (`function () end`, `{ }`), and a file
//! without any interesting word is not parsed at all. What remains is still Lua, has the same
//! meaning for our question, and keeps its line numbers.
//!
//! The same pass bounds nesting, so that a hostile file cannot exhaust the parser's stack.

use super::report::Reason;

/// Deeper nesting than this is refused. Lua's own compiler stops at 200.
const MAX_DEPTH: usize = 200;
/// More operators than this within one expression are refused: a parser recurses on each of them.
const MAX_OPERATORS: usize = 1000;

/// What is left of a file, and what was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    /// Lua text, empty when nothing in the file can declare a dependency.
    pub(super) text: String,
    /// Lines on which a string holds something that looks like a dependency.
    pub(super) in_strings: Vec<usize>,
}

/// Reduces `source`; fails on what no Lua parser would accept or what nests too deeply.
pub(super) fn reduce(source: &str) -> Result<Skeleton, Reason> {
    let mut reducer = Reducer {
        text: source,
        bytes: source.as_bytes(),
        at: 0,
        line: 1,
        out: String::with_capacity(source.len() / 4),
        open: Vec::new(),
        operators: 0,
        after_operand: false,
        after_colon: false,
        fresh: true,
        interesting: false,
        in_strings: Vec::new(),
    };
    reducer.run()?;
    let text = if reducer.interesting {
        reducer.out
    } else {
        String::new()
    };
    Ok(Skeleton {
        text,
        in_strings: reducer.in_strings,
    })
}

/// Something that must be closed again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    If,
    Do,
    Repeat,
    Brace,
    Paren,
    Bracket,
}

struct Open {
    kind: Kind,
    /// Where its content starts in the output, and on which line; none before a `then` or the parameters.
    content: Option<(usize, usize)>,
    /// Holds a word that can declare a dependency.
    declares: bool,
    /// Holds a `return` or `goto`, which makes the statements after it conditional.
    leaves: bool,
    /// Operators of the expression around it.
    operators: usize,
}

struct Reducer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    out: String,
    open: Vec<Open>,
    operators: usize,
    after_operand: bool,
    after_colon: bool,
    /// Nothing of a statement has been read yet.
    fresh: bool,
    interesting: bool,
    in_strings: Vec<usize>,
}

impl Reducer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) -> Result<(), Reason> {
        while self.at < self.bytes.len() {
            let start = self.at;
            match self.peek(0) {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                    self.out.push('\n');
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                    self.at += 1;
                    if !self.out.ends_with([' ', '\n']) {
                        self.out.push(' ');
                    }
                }
                b'-' if self.peek(1) == b'-' => self.comment()?,
                b'"' | b'\'' => {
                    self.short_string()?;
                    self.string_token(start);
                }
                b'[' if self.long_bracket_level().is_some() => {
                    self.long_bracket()?;
                    self.string_token(start);
                }
                b'0'..=b'9' => self.number(),
                b'.' if self.peek(1).is_ascii_digit() => self.number(),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                    while matches!(self.peek(0), b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9') {
                        self.at += 1;
                    }
                    let text = self.text;
                    self.word(text.get(start..self.at).unwrap_or_default())?;
                }
                _ => self.punctuation()?,
            }
        }
        if self.open.is_empty() {
            Ok(())
        } else {
            Err(self.unbalanced("end of file"))
        }
    }

    fn unbalanced(&self, found: &str) -> Reason {
        Reason::DoesNotParse {
            line: self.line,
            message: format!("unexpected {found}"),
        }
    }

    fn emit_from(&mut self, start: usize) {
        let text = self.text;
        self.out
            .push_str(text.get(start..self.at).unwrap_or_default());
    }

    fn count_lines(&mut self, start: usize) {
        let newlines = self.bytes.get(start..self.at).unwrap_or_default();
        self.line += newlines.iter().filter(|&&byte| byte == b'\n').count();
    }

    fn comment(&mut self) -> Result<(), Reason> {
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
    fn long_bracket_level(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at + 1..)?;
        let level = rest.iter().take_while(|&&byte| byte == b'=').count();
        (rest.get(level) == Some(&b'[')).then_some(level)
    }

    fn long_bracket(&mut self) -> Result<(), Reason> {
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

    fn short_string(&mut self) -> Result<(), Reason> {
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

    fn string_token(&mut self, start: usize) {
        let text = self.text;
        let literal = text.get(start..self.at).unwrap_or_default();
        if literal.contains("module:depends") {
            let newlines = literal.bytes().filter(|&byte| byte == b'\n').count();
            self.in_strings.push(self.line - newlines);
        }
        self.operand();
        self.emit_from(start);
    }

    fn number(&mut self) {
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

    fn operand(&mut self) {
        self.fresh = false;
        self.after_operand = true;
        self.after_colon = false;
    }

    fn operator(&mut self) -> Result<(), Reason> {
        self.after_operand = false;
        self.after_colon = false;
        self.fresh = false;
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(Reason::TooDeep { line: self.line });
        }
        Ok(())
    }

    fn boundary(&mut self) {
        self.fresh = false;
        self.after_operand = false;
        self.after_colon = false;
        self.start_expression();
    }

    /// The operators around what is open still count: a parser is inside of all of them.
    fn start_expression(&mut self) {
        self.operators = self.open.last().map_or(0, |open| open.operators);
    }

    fn word(&mut self, word: &str) -> Result<(), Reason> {
        match word {
            "and" | "or" | "not" => {
                self.operator()?;
                self.out.push_str(word);
            }
            "function" => self.push(Kind::Function, word)?,
            "if" => self.push(Kind::If, word)?,
            "do" => {
                self.push(Kind::Do, word)?;
                self.start_content();
            }
            "repeat" => {
                self.push(Kind::Repeat, word)?;
                self.start_content();
            }
            "then" => {
                self.expect(&[Kind::If], word)?;
                self.boundary();
                self.out.push_str(word);
                self.start_content();
            }
            "elseif" | "else" => {
                self.expect(&[Kind::If], word)?;
                self.drop_if_dull();
                self.boundary();
                self.out.push_str(word);
                if word == "else" {
                    self.start_content();
                }
            }
            "end" => self.pop(&[Kind::Function, Kind::If, Kind::Do], word)?,
            "until" => {
                self.pop(&[Kind::Repeat], word)?;
                self.boundary();
            }
            "return" | "goto" => {
                self.boundary();
                self.out.push_str(word);
                if let Some(open) = self.open.last_mut() {
                    open.leaves = true;
                }
            }
            "break" | "for" | "in" | "local" | "while" => {
                self.boundary();
                self.out.push_str(word);
            }
            _ => {
                let method = matches!(word, "require" | "cron" | "hourly" | "daily" | "weekly");
                if word == "depends" || (method && self.after_colon) {
                    self.interesting = true;
                    if let Some(open) = self.open.last_mut() {
                        open.declares = true;
                    }
                }
                // A name right after an operand begins a new statement. (A string or a table does
                // not: those may be the argument of a call.)
                if self.after_operand {
                    self.start_expression();
                }
                self.operand();
                self.out.push_str(word);
            }
        }
        Ok(())
    }

    fn punctuation(&mut self) -> Result<(), Reason> {
        let start = self.at;
        let byte = self.peek(0);
        self.at += 1;
        match byte {
            b'(' => return self.push(Kind::Paren, "("),
            b'[' => return self.push(Kind::Bracket, "["),
            b'{' => {
                self.push(Kind::Brace, "{")?;
                self.start_content();
                return Ok(());
            }
            b')' => {
                self.pop(&[Kind::Paren], ")")?;
                // The first closed parenthesis of a function ends its parameters.
                if self
                    .open
                    .last()
                    .is_some_and(|open| open.kind == Kind::Function && open.content.is_none())
                {
                    self.boundary();
                    self.start_content();
                }
                return Ok(());
            }
            b']' => return self.pop(&[Kind::Bracket], "]"),
            b'}' => return self.pop(&[Kind::Brace], "}"),
            // The parser does not know the empty statement.
            b';' if self.fresh => return Ok(()),
            b';' => {
                self.boundary();
                self.fresh = true;
            }
            b',' => self.boundary(),
            b'=' if self.peek(0) != b'=' => self.boundary(),
            b':' if self.peek(0) == b':' => {
                self.at += 1;
                self.boundary();
            }
            b':' => {
                self.after_operand = false;
                self.after_colon = true;
            }
            b'.' if self.peek(0) == b'.' && self.peek(1) == b'.' => {
                self.at += 2;
                self.operand();
            }
            b'.' if self.peek(0) != b'.' => self.after_operand = false,
            b'.' => {
                self.at += 1;
                self.operator()?;
            }
            b'=' | b'~' | b'<' | b'>' if self.peek(0) == b'=' => {
                self.at += 1;
                self.operator()?;
            }
            b'/' | b'<' | b'>' if self.peek(0) == byte => {
                self.at += 1;
                self.operator()?;
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'#' | b'&' | b'|' | b'~' | b'<' | b'>' => {
                self.operator()?
            }
            _ => {
                let found = self.text.get(start..).and_then(|rest| rest.chars().next());
                return Err(self.unbalanced(&format!("character {:?}", found.unwrap_or_default())));
            }
        }
        self.emit_from(start);
        Ok(())
    }

    fn push(&mut self, kind: Kind, opener: &str) -> Result<(), Reason> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Reason::TooDeep { line: self.line });
        }
        let operators = self.operators;
        self.open.push(Open {
            kind,
            content: None,
            declares: false,
            leaves: false,
            operators,
        });
        self.boundary();
        self.out.push_str(opener);
        Ok(())
    }

    fn expect(&self, kinds: &[Kind], found: &str) -> Result<(), Reason> {
        match self.open.last() {
            Some(open) if kinds.contains(&open.kind) => Ok(()),
            _ => Err(self.unbalanced(&format!("`{found}`"))),
        }
    }

    fn pop(&mut self, kinds: &[Kind], closer: &str) -> Result<(), Reason> {
        self.expect(kinds, closer)?;
        self.drop_if_dull();
        let Some(closed) = self.open.pop() else {
            return Ok(());
        };
        if let Some(parent) = self.open.last_mut() {
            parent.declares |= closed.declares;
            // A function returns to its caller: that leaves nothing around it.
            parent.leaves |= closed.leaves && closed.kind != Kind::Function;
        }
        self.operators = closed.operators;
        self.after_operand = true;
        self.after_colon = false;
        self.fresh = false;
        self.out.push_str(closer);
        Ok(())
    }

    fn start_content(&mut self) {
        let content = (self.out.len(), self.line);
        if let Some(open) = self.open.last_mut() {
            self.fresh = open.kind != Kind::Brace;
            open.content = Some(content);
        }
    }

    /// Takes back the content just read, unless it holds something we must see.
    fn drop_if_dull(&mut self) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let Some((start, line)) = open.content.take() else {
            return;
        };
        let kept = open.declares || (open.leaves && open.kind != Kind::Function);
        if !kept {
            self.out.truncate(start);
            self.newlines_since(line);
        }
        self.out.push(' ');
    }

    fn newlines_since(&mut self, line: usize) {
        for _ in line..self.line {
            self.out.push('\n');
        }
    }
}
