//! Finds what a NixOS configuration sets under a path of options, without evaluating it.
//!
//! Literals are taken as they are written, through `mkForce`, `mkDefault`, `mkOverride`, `mkMerge`
//! and a `mkIf` whose condition is a literal. Everything else is reported as undecided, with its
//! place: nothing is guessed.

use std::ops::Range;

use super::tree::{self, SyntaxError};
use rnix::ast::AstNode;
use rnix::ast::{
    Apply, Attr, AttrSet, AttrpathValue, Entry, Expr, HasEntry, Ident, InterpolPart, Str,
};

/// A literal value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// A string without interpolation.
    Text(String),
    /// A list of such strings.
    List(Vec<String>),
}

/// One option that is set to a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its path below the one that was asked for.
    pub path: Vec<String>,
    /// What it is set to.
    pub value: Literal,
    /// The place of the value.
    pub span: Range<usize>,
    /// 100, unless `mkForce`, `mkDefault` or `mkOverride` say otherwise; the lowest wins.
    pub priority: i64,
}

/// Something that sets such options, or may do so, in a way that only an evaluation can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The option by its whole path, as far as it is written.
    pub option: String,
    /// Why it is not decided.
    pub why: String,
    /// Where.
    pub span: Range<usize>,
}

/// What a configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What is set to a literal, in the order of the text.
    pub definitions: Vec<Definition>,
    /// What cannot be decided.
    pub undecided: Vec<Undecided>,
    /// Where other files are imported, which are not read.
    pub imports: Option<Range<usize>>,
}

/// Finds the options below `target` in the text of a NixOS module.
pub fn find(text: &str, target: &[&str]) -> Result<Found, SyntaxError> {
    tree::with_tree(text, |parsed| {
        let mut walk = Walk {
            target,
            found: Found::default(),
            condition: None,
        };
        if let Some(expr) = parsed.tree().expr() {
            walk.expr(&expr, &mut Vec::new(), 100);
        }
        walk.found
    })
}

struct Walk<'a> {
    target: &'a [&'a str],
    found: Found,
    /// Set inside a `mkIf` that cannot be decided.
    condition: Option<()>,
}

impl Walk<'_> {
    /// Whether a path leads to the target, or beyond it.
    fn is_relevant(&self, path: &[String]) -> bool {
        path.iter().zip(self.target).all(|(a, b)| a == b)
    }

    fn expr(&mut self, expr: &Expr, path: &mut Vec<String>, priority: i64) {
        let inner = match expr {
            Expr::Paren(paren) => paren.expr(),
            Expr::Lambda(lambda) if path.is_empty() => lambda.body(),
            Expr::LetIn(binding) => binding.body(),
            Expr::With(with) => with.body(),
            Expr::Assert(assert) => assert.body(),
            Expr::AttrSet(set) => return self.set(set, path, priority),
            Expr::Apply(apply) => return self.apply(apply, path, priority),
            _ => return self.leaf(expr, path, priority),
        };
        if let Some(inner) = inner {
            self.expr(&inner, path, priority);
        }
    }

    fn set(&mut self, set: &AttrSet, path: &mut Vec<String>, priority: i64) {
        for entry in set.entries() {
            match entry {
                Entry::AttrpathValue(entry) => self.entry(&entry, path, priority),
                Entry::Inherit(inherit) => {
                    for attr in inherit.attrs() {
                        path.extend(name_of(&attr));
                        if self.is_relevant(path) {
                            self.undecided(path, "it is inherited", &span(&attr));
                        }
                        path.pop();
                    }
                }
            }
        }
    }

    fn entry(&mut self, entry: &AttrpathValue, path: &mut Vec<String>, priority: i64) {
        let (Some(attrpath), Some(value)) = (entry.attrpath(), entry.value()) else {
            return;
        };
        let outer = path.len();
        for attr in attrpath.attrs() {
            match name_of(&attr) {
                // A module may write `config.services…` or `services…`.
                Some(name) if path.is_empty() && outer == 0 && name == "config" => {}
                Some(name) => path.push(name),
                None => {
                    if self.is_relevant(path) {
                        self.undecided(path, "the name is computed", &span(&attr));
                    }
                    path.truncate(outer);
                    return;
                }
            }
        }
        let is_empty_list = matches!(&value, Expr::List(list) if list.items().next().is_none());
        if path.len() == 1 && path.iter().any(|name| name == "imports") && !is_empty_list {
            self.found.imports = Some(span(&value));
        }
        if self.is_relevant(path) {
            self.expr(&value, path, priority);
        }
        path.truncate(outer);
    }

    /// Sees through the functions that say how much a definition weighs.
    fn apply(&mut self, apply: &Apply, path: &mut Vec<String>, priority: i64) {
        let (function, argument) = (apply.lambda(), apply.argument());
        let (Some(function), Some(argument)) = (function, argument) else {
            return;
        };
        if let Expr::Apply(outer) = &function {
            let (name, first) = (
                outer.lambda().and_then(|f| function_name(&f)),
                outer.argument(),
            );
            match (name.as_deref(), first) {
                (Some("mkOverride"), Some(number)) => {
                    if let Ok(priority) = text_of(&number).parse() {
                        return self.expr(&argument, path, priority);
                    }
                }
                (Some("mkIf"), Some(condition)) => match literal(&condition) {
                    Ok(Literal::Bool(true)) => return self.expr(&argument, path, priority),
                    Ok(Literal::Bool(false)) => return,
                    _ => {
                        let before = self.condition.replace(());
                        self.expr(&argument, path, priority);
                        self.condition = before;
                        return;
                    }
                },
                _ => {}
            }
        }
        match (function_name(&function).as_deref(), &argument) {
            (Some("mkForce"), _) => self.expr(&argument, path, 50),
            (Some("mkDefault"), _) => self.expr(&argument, path, 1000),
            (Some("mkMerge"), Expr::List(list)) => {
                for item in list.items() {
                    self.expr(&item, path, priority);
                }
            }
            _ => self.leaf(&Expr::Apply(apply.clone()), path, priority),
        }
    }

    fn leaf(&mut self, expr: &Expr, path: &[String], priority: i64) {
        let at = span(expr);
        if path.len() <= self.target.len() {
            self.undecided(path, &format!("what it holds is {}", describe(expr)), &at);
            return;
        }
        match (literal(expr), self.condition) {
            (Ok(_), Some(())) => self.undecided(path, "it depends on a condition", &at),
            (Ok(value), None) => self.found.definitions.push(Definition {
                path: path[self.target.len()..].to_vec(),
                value,
                span: at,
                priority,
            }),
            (Err(why), _) => self.undecided(path, &format!("its value is {why}"), &at),
        }
    }

    fn undecided(&mut self, path: &[String], why: &str, span: &Range<usize>) {
        let option = match path {
            [] => "the configuration".to_owned(),
            path => path.join("."),
        };
        self.found.undecided.push(Undecided {
            option,
            why: why.to_owned(),
            span: span.clone(),
        });
    }
}

fn span<N: AstNode>(node: &N) -> Range<usize> {
    let range = node.syntax().text_range();
    range.start().into()..range.end().into()
}

/// A name in a path, if it is written there.
fn name_of(attr: &Attr) -> Option<String> {
    match attr {
        Attr::Ident(ident) => Some(ident_text(ident)),
        Attr::Str(text) => plain(text),
        Attr::Dynamic(_) => None,
    }
}

fn ident_text(ident: &Ident) -> String {
    text_of(ident)
}

fn text_of<N: AstNode>(node: &N) -> String {
    node.syntax().text().to_string()
}

/// A string's content, if it has no interpolation.
fn plain(text: &Str) -> Option<String> {
    let mut plain = String::new();
    for part in text.normalized_parts() {
        match part {
            InterpolPart::Literal(literal) => plain.push_str(&literal),
            InterpolPart::Interpolation(_) => return None,
        }
    }
    Some(plain)
}

/// `mkForce` of `mkForce` and of `lib.mkForce`.
fn function_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Ident(ident) => Some(ident_text(ident)),
        Expr::Select(select) => name_of(&select.attrpath()?.attrs().last()?),
        Expr::Paren(paren) => function_name(&paren.expr()?),
        _ => None,
    }
}

/// The value of a literal, or what stands in its place.
fn literal(expr: &Expr) -> Result<Literal, String> {
    let text = match expr {
        Expr::Paren(paren) => paren.expr().map(|inner| literal(&inner)),
        Expr::Ident(ident) => match ident_text(ident).as_str() {
            "true" => Some(Ok(Literal::Bool(true))),
            "false" => Some(Ok(Literal::Bool(false))),
            "null" => Some(Ok(Literal::Null)),
            _ => None,
        },
        Expr::Str(text) => plain(text).map(|text| Ok(Literal::Text(text))),
        Expr::List(list) => {
            let items = list.items().map(|item| match literal(&item) {
                Ok(Literal::Text(text)) => Ok(text),
                Ok(_) => Err("a list of something else than strings".to_owned()),
                Err(why) => Err(format!("a list with {why}")),
            });
            Some(items.collect::<Result<_, _>>().map(Literal::List))
        }
        _ => None,
    };
    text.unwrap_or_else(|| Err(describe(expr)))
}

/// What an expression is, in words.
fn describe(expr: &Expr) -> String {
    match expr {
        Expr::Ident(ident) => format!("the variable `{}`", ident_text(ident)),
        Expr::Select(select) => format!("the variable `{}`", text_of(select)),
        Expr::Apply(_) => "the result of a function".to_owned(),
        Expr::IfElse(_) => "an `if`".to_owned(),
        Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::HasAttr(_) => {
            "the result of an operation".to_owned()
        }
        Expr::Str(_) => "a string with an interpolation".to_owned(),
        Expr::Literal(_) => "a number or a URI".to_owned(),
        Expr::Lambda(_) => "a function".to_owned(),
        _ => "an expression".to_owned(),
    }
}
