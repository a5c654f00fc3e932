//! The parts of a Markdown document that may contain an inventory: tables and code blocks,
//! each with the headings above it.

use std::ops::Range;
use std::rc::Rc;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Tables and code blocks in the order of the document.
pub struct Document {
    pub tables: Vec<Table>,
    pub code: Vec<Code>,
}

/// A table; its first row is the header.
pub struct Table {
    /// The headings above it, innermost last.
    pub headings: Rc<[String]>,
    pub header: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
    pub at: Range<usize>,
}

/// The text of a cell without markup.
pub struct Cell {
    pub text: String,
    pub at: Range<usize>,
}

/// A code block.
pub struct Code {
    pub headings: Rc<[String]>,
    pub at: Range<usize>,
}

impl Document {
    pub fn parse(text: &str) -> Self {
        let mut builder = Builder {
            source: text,
            document: Self {
                tables: Vec::new(),
                code: Vec::new(),
            },
            headings: Vec::new(),
            path: Rc::new([]),
            row: Vec::new(),
            text: None,
        };
        for (event, at) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            builder.event(event, at);
        }
        builder.document
    }
}

/// How much of a heading is looked at, in code points.
const HEADING: usize = 200;

struct Builder<'a> {
    source: &'a str,
    document: Document,
    headings: Vec<(HeadingLevel, String)>,
    /// Their texts, shared by everything under them.
    path: Rc<[String]>,
    row: Vec<Cell>,
    /// The text of the heading or cell under way.
    text: Option<String>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::TableCell) => self.text = Some(String::new()),
            Event::End(TagEnd::Heading(level)) => {
                let text = self.text.take().unwrap_or_default();
                let text = text.chars().take(HEADING).collect();
                self.headings.retain(|(above, _)| *above < level);
                self.headings.push((level, text));
                self.path = self.headings.iter().map(|(_, text)| text.clone()).collect();
            }
            Event::Start(Tag::Table(_)) => {
                let headings = Rc::clone(&self.path);
                let (header, rows) = (Vec::new(), Vec::new());
                self.document.tables.push(Table {
                    headings,
                    header,
                    rows,
                    at,
                });
            }
            Event::End(TagEnd::TableCell) => {
                let text = self.text.take().unwrap_or_default().trim().to_owned();
                // The range of a cell takes in the blanks around its text.
                let padded = &self.source[at.clone()];
                let start = at.start + padded.len() - padded.trim_start().len();
                let at = start..start + padded.trim().len();
                self.row.push(Cell { text, at });
            }
            Event::End(TagEnd::TableHead) => {
                let row = std::mem::take(&mut self.row);
                if let Some(table) = self.document.tables.last_mut() {
                    table.header = row;
                }
            }
            Event::End(TagEnd::TableRow) => {
                let row = std::mem::take(&mut self.row);
                if let Some(table) = self.document.tables.last_mut() {
                    table.rows.push(row);
                }
            }
            Event::Start(Tag::CodeBlock(_)) => {
                let headings = Rc::clone(&self.path);
                self.document.code.push(Code { headings, at });
            }
            Event::Text(text) | Event::Code(text) => self.push(&text),
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            _ => {}
        }
    }

    fn push(&mut self, more: &str) {
        if let Some(text) = &mut self.text {
            text.push_str(more);
        }
    }
}

/// The words of a heading or cell, in lower case: runs of ASCII letters and digits.
///
/// Damaged emoji are letters of other scripts and currency signs, so they never form a word.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}
