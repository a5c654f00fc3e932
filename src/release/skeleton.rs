//! Cuts a Lua file down to the statements that can matter, before the real parser sees it.
//!
//! A full parse of every plugin costs far more than reading it. Almost all of a plugin is function
//! bodies, tables and statements that declare nothing, so one linear pass over the tokens drops
//! those: a block or table without any interesting word is left empty (`function () end`, `{ }`),
//! whole statements go, and a file without any interesting word is not looked into at all. What
//! remains is still Lua, has the same meaning for our question, and keeps its line numbers.
//!
//! The same pass bounds nesting, so that a hostile file cannot exhaust the parser's stack.

mod tokens;

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

/// Methods of a module that declare something, besides `depends`.
const METHODS: [&str; 5] = ["require", "cron", "hourly", "daily", "weekly"];

/// Whether a file can hold a word that declares something; a search for bytes, far cheaper than
/// reading tokens. The common words count only after a colon, or a comment that may hide one.
fn may_declare(source: &str) -> bool {
    source.contains("depends")
        || source.split(':').skip(1).any(|rest| {
            let rest = rest.trim_start();
            rest.starts_with("--") || METHODS.iter().any(|method| rest.starts_with(method))
        })
}

/// Reduces `source`; fails on what no Lua parser would accept or what nests too deeply.
pub(super) fn reduce(source: &str) -> Result<Skeleton, Reason> {
    if !may_declare(source) {
        return Ok(Skeleton::default());
    }
    let mut reducer = Reducer {
        text: source,
        bytes: source.as_bytes(),
        at: 0,
        line: 1,
        out: String::with_capacity(source.len() / 4),
        open: vec![Open {
            statement: Some((0, 1)),
            ..Open::new(Kind::File, 0)
        }],
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
    /// The file itself.
    File,
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
    /// Where the latest statement that is easily told from the one before starts; in a block only.
    statement: Option<(usize, usize)>,
    /// Nothing in that statement, nor in those that follow, declares or leaves.
    dull: bool,
}

impl Open {
    fn new(kind: Kind, operators: usize) -> Self {
        Self {
            kind,
            content: None,
            declares: false,
            leaves: false,
            operators,
            statement: None,
            dull: true,
        }
    }
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
        self.new_statement();
        if self.open.len() == 1 {
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
            "if" => {
                self.new_statement();
                self.push(Kind::If, word)?;
            }
            "do" => {
                self.push(Kind::Do, word)?;
                self.start_content();
            }
            "repeat" => {
                self.new_statement();
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
                self.new_statement();
                self.boundary();
                self.out.push_str(word);
                if let Some(open) = self.open.last_mut() {
                    open.leaves = true;
                    open.dull = false;
                }
            }
            "for" | "local" | "while" | "break" => {
                self.new_statement();
                self.boundary();
                self.out.push_str(word);
            }
            "in" => {
                self.boundary();
                self.out.push_str(word);
            }
            _ => {
                if word == "depends" || (self.after_colon && METHODS.contains(&word)) {
                    self.interesting = true;
                    if let Some(open) = self.open.last_mut() {
                        open.declares = true;
                        open.dull = false;
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
                self.out.push(';');
                self.new_statement();
                return Ok(());
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
        if self.open.len() > MAX_DEPTH {
            return Err(Reason::TooDeep { line: self.line });
        }
        let operators = self.operators;
        self.open.push(Open::new(kind, operators));
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
            let leaves = closed.leaves && closed.kind != Kind::Function;
            parent.leaves |= leaves;
            parent.dull &= !closed.declares && !leaves;
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
            if open.kind != Kind::Brace {
                open.statement = Some(content);
                open.dull = true;
            }
        }
    }

    /// Called before each word that can only begin a statement: what came since the last such word
    /// is a number of whole statements, and is taken back when nothing in it matters.
    fn new_statement(&mut self) {
        let here = (self.out.len(), self.line);
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let Some((start, line)) = open.statement.replace(here) else {
            open.statement = None;
            return;
        };
        if std::mem::replace(&mut open.dull, true) {
            self.out.truncate(start);
            self.newlines_since(line);
            self.out.push(' ');
            let here = (self.out.len(), self.line);
            if let Some(open) = self.open.last_mut() {
                open.statement = Some(here);
            }
        }
    }

    /// Takes back the content just read, unless it holds something we must see.
    fn drop_if_dull(&mut self) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        open.statement = None;
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
