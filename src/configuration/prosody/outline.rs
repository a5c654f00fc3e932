//! What the text of a file shows and a run cannot: where the items of a list are, and which
//! conditions there are.
//!
//! Conditions are marked: a run cannot see that an unknown value is tested, since Lua asks nobody.
//! So the text that runs has a call around each tested value, which returns it as it is. Lines stay
//! where they are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use full_moon::ast::{
    Assignment, BinOp, Call, Expression, Field, FunctionArgs, FunctionCall, GenericFor, If,
    NumericFor, Prefix, Repeat, Suffix, TableConstructor, UnOp, Var, While,
};
use full_moon::node::Node;
use full_moon::tokenizer::TokenReference;
use full_moon::visitors::Visitor;

use crate::scan::lua;

/// The largest text that is parsed, in bytes: a tree takes a hundred times the memory of its text.
const LARGEST: usize = 256 * 1024;

/// The functions that a marked text calls, in the order in which it receives them.
const MARKS: [&str; 5] = ["__if", "__while", "__until", "__for", "__number"];

/// What the text of a file shows.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// By name, later ones later: one inside another comes after it.
    settings: HashMap<String, Vec<Setting>>,
    /// The lines of each sum in which a list is added.
    sums: Vec<RangeInclusive<usize>>,
    marks: Vec<(usize, String)>,
    /// Whether the text could be parsed.
    pub is_known: bool,
}

/// An assignment or an append: the name, its lines, and the items of its table.
#[derive(Debug)]
pub(super) struct Setting {
    /// The first line.
    pub line: usize,
    last: usize,
    /// The line of each text in the list.
    pub items: BTreeMap<String, usize>,
    /// The line of each named field of the table.
    pub fields: BTreeMap<String, usize>,
}

impl Outline {
    /// Reads a text; nothing is known about one that does not parse.
    pub fn of(text: &str) -> Self {
        let mut outline = Self::default();
        if text.len() <= LARGEST
            && let Ok(tree) = lua::parse(text)
        {
            outline.visit_ast(&tree);
            outline.sort();
            outline.is_known = true;
        }
        outline
    }

    /// The setting of this name that has this line, the smallest if several have.
    pub fn setting(&self, name: &str, line: usize) -> Option<&Setting> {
        let settings = self.settings.get(name)?;
        let begun = settings.partition_point(|setting| setting.line <= line);
        let begun = settings.get(..begun)?.iter().rev();
        begun.into_iter().find(|setting| setting.last >= line)
    }

    /// Of several on the same lines the first one stays: a line cannot distinguish them.
    fn sort(&mut self) {
        for settings in self.settings.values_mut() {
            settings.sort_by_key(|setting| (setting.line, Reverse(setting.last)));
            settings.dedup_by_key(|setting| (setting.line, setting.last));
        }
    }

    /// Whether a list is added with `+` on a line.
    pub fn has_sum_of_lists(&self, line: usize) -> bool {
        self.sums.iter().any(|lines| lines.contains(&line))
    }

    /// The text with its conditions marked, as a function that takes the functions to call.
    pub fn marked(&self, text: &str) -> String {
        let mut marks: Vec<_> = self.marks.iter().collect();
        marks.sort_by_key(|(at, _)| *at);
        let mut marked = format!("local {} = ... return function(...) ", MARKS.join(", "));
        let mut done = 0;
        for (at, mark) in marks {
            marked.push_str(text.get(done..*at).unwrap_or_default());
            marked.push_str(mark);
            done = *at;
        }
        marked.push_str(text.get(done..).unwrap_or_default());
        marked.push_str("\nend");
        marked
    }

    fn mark(&mut self, function: &str, node: &dyn Node) {
        let (Some(start), Some(end)) = (node.start_position(), node.end_position()) else {
            return;
        };
        self.marks.push((start.bytes(), format!("{function}(")));
        self.marks.push((end.bytes(), ")".to_owned()));
    }

    fn mark_tested(&mut self, expression: &Expression) {
        if !is_constant(expression) {
            self.mark("__if", expression);
        }
    }

    fn add(&mut self, name: &str, node: &dyn Node, table: Option<&TableConstructor>) {
        let (Some(start), Some(end)) = (node.start_position(), node.end_position()) else {
            return;
        };
        let mut setting = Setting {
            line: start.line(),
            last: end.line(),
            items: BTreeMap::new(),
            fields: BTreeMap::new(),
        };
        for field in table.iter().flat_map(|table| table.fields()) {
            match field {
                Field::NoKey(Expression::String(token)) => {
                    if let Some(text) = lua::string(token) {
                        setting.items.entry(text.to_owned()).or_insert(line(token));
                    }
                }
                Field::NameKey { key, .. } => {
                    setting.fields.insert(lua::name(key).to_owned(), line(key));
                }
                _ => {}
            }
        }
        let settings = self.settings.entry(name.to_owned()).or_default();
        settings.push(setting);
    }
}

fn line(token: &TokenReference) -> usize {
    token.token().start_position().line()
}

fn is_constant(expression: &Expression) -> bool {
    match expression {
        Expression::Number(_)
        | Expression::String(_)
        | Expression::Symbol(_)
        | Expression::TableConstructor(_)
        | Expression::Function(_) => true,
        Expression::Parentheses { expression, .. } => is_constant(expression),
        _ => false,
    }
}

fn as_table(expression: &Expression) -> Option<&TableConstructor> {
    match expression {
        Expression::TableConstructor(table) => Some(table),
        Expression::Parentheses { expression, .. } => as_table(expression),
        _ => None,
    }
}

fn table_of(arguments: &FunctionArgs) -> Option<&TableConstructor> {
    match arguments {
        FunctionArgs::TableConstructor(table) => Some(table),
        FunctionArgs::Parentheses { arguments, .. } => arguments.iter().next().and_then(as_table),
        _ => None,
    }
}

impl Visitor for Outline {
    fn visit_assignment(&mut self, assignment: &Assignment) {
        let mut values = assignment.expressions().iter();
        for variable in assignment.variables() {
            let table = values.next().and_then(as_table);
            match variable {
                Var::Name(token) => self.add(lua::name(token), assignment, table),
                // `name[2] = …` and `name.x = …`.
                Var::Expression(path) => {
                    if let Prefix::Name(token) = path.prefix() {
                        self.add(lua::name(token), assignment, None);
                    }
                }
                _ => {}
            }
        }
    }

    fn visit_function_call(&mut self, call: &FunctionCall) {
        let Prefix::Name(token) = call.prefix() else {
            return;
        };
        // `name { … }`, `name:append { … }`, and the options of a section.
        let tables = call.suffixes().filter_map(|suffix| match suffix {
            Suffix::Call(Call::AnonymousCall(arguments)) => table_of(arguments),
            Suffix::Call(Call::MethodCall(method)) => table_of(method.args()),
            _ => None,
        });
        let tables: Vec<_> = tables.collect();
        for table in tables {
            self.add(lua::name(token), call, Some(table));
        }
    }

    fn visit_if(&mut self, node: &If) {
        self.mark_tested(node.condition());
        for branch in node.else_if().into_iter().flatten() {
            self.mark_tested(branch.condition());
        }
    }

    fn visit_while(&mut self, node: &While) {
        self.mark("__while", node.condition());
    }

    fn visit_repeat(&mut self, node: &Repeat) {
        self.mark("__until", node.until());
    }

    fn visit_generic_for(&mut self, node: &GenericFor) {
        self.mark("__for", node.expressions());
    }

    fn visit_numeric_for(&mut self, node: &NumericFor) {
        for expression in [Some(node.start()), Some(node.end()), node.step()]
            .into_iter()
            .flatten()
            .filter(|expression| !is_constant(expression))
        {
            self.mark("__number", expression);
        }
    }

    fn visit_expression(&mut self, expression: &Expression) {
        match expression {
            Expression::BinaryOperator { lhs, binop, rhs } => match binop {
                BinOp::And(_) | BinOp::Or(_) => self.mark_tested(lhs),
                BinOp::TwoEqual(_) | BinOp::TildeEqual(_) => {
                    self.mark_tested(lhs);
                    self.mark_tested(rhs);
                }
                BinOp::Plus(token) if as_table(lhs).or(as_table(rhs)).is_some() => {
                    // Lua reports the line of the operator, or that of the end.
                    let end = rhs.end_position().map(|end| end.line());
                    let start = lhs.start_position().map(|start| start.line());
                    let first = start.unwrap_or(line(token));
                    self.sums.push(first..=end.unwrap_or(line(token)));
                }
                _ => {}
            },
            Expression::UnaryOperator {
                unop: UnOp::Not(_),
                expression,
            } => self.mark_tested(expression),
            _ => {}
        }
    }
}
