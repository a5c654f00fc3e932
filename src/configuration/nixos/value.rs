//! Values as plain data, as far as the text of a configuration shows them.

use std::collections::HashSet;
use std::ops::Range;

use rnix::ast::{
    Apply, BinOpKind, Entry, Expr, HasEntry, Interpol, InterpolPart, LiteralKind, Str,
};

use super::literal::{describe, excerpt};
use super::package::package;
use super::scope::{Term, function_name, node, plain_name};
use super::terms::Terms;
use crate::configuration::services_prosody::priority::{order_in, priority_in};
use crate::configuration::services_prosody::value::{At, Line, UNKNOWN, Value, ValueKind};

/// The value of a term; `is_package` says that it is one of Prosody.
pub(super) fn value(terms: &mut Terms, term: &Term, is_package: bool) -> Value {
    if !terms.enter_value() {
        return unknown(term, "too deep or too long to follow");
    }
    let resolved = terms.resolve(term);
    let kind = kind(terms, &resolved, is_package);
    terms.leave_value();
    Value {
        kind,
        at: resolved.at(),
    }
}

fn range(node: &rnix::SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    range.start().into()..range.end().into()
}

fn unknown(term: &Term, reason: &str) -> Value {
    Value {
        kind: ValueKind::Unknown(reason.to_owned()),
        at: term.at(),
    }
}

fn kind(terms: &mut Terms, term: &Term, is_package: bool) -> ValueKind {
    if let Expr::Apply(apply) = &term.expr
        && let Some(kind) = property_value(terms, term, apply, is_package)
    {
        return kind;
    }
    if is_package {
        return package(terms, term).map_or_else(ValueKind::Unknown, ValueKind::Package);
    }
    if let Some(holds) = terms.decide(term) {
        return ValueKind::Bool(holds);
    }
    match &term.expr {
        Expr::Ident(name) if name.to_string() == "null" => ValueKind::Null,
        Expr::Literal(literal) => match literal.kind() {
            LiteralKind::Integer(number) => ValueKind::Number(number.to_string()),
            _ => ValueKind::Unknown(describe(&term.expr)),
        },
        Expr::Str(text) => ValueKind::Text(lines(terms, term, text)),
        Expr::BinOp(operation) => match (operation.operator(), operation.lhs(), operation.rhs()) {
            (Some(BinOpKind::Add), Some(left), Some(right)) => {
                let sides = [left, right].map(|side| value(terms, &term.with(side), false).kind);
                match sides {
                    [ValueKind::Text(left), ValueKind::Text(right)] => {
                        ValueKind::Text(appended(left, right))
                    }
                    _ => ValueKind::Unknown(describe(&term.expr)),
                }
            }
            (Some(BinOpKind::Concat), Some(left), Some(right)) => {
                let mut items = Vec::new();
                for side in [left, right] {
                    let side = value(terms, &term.with(side), false);
                    match side.kind {
                        ValueKind::List(of_side) => items.extend(of_side),
                        ValueKind::Several(none) if none.is_empty() => {}
                        _ => items.push(as_unknown(side)),
                    }
                }
                ValueKind::List(items)
            }
            (Some(BinOpKind::Update), Some(left), Some(right)) => {
                let sides = [left, right].map(|side| value(terms, &term.with(side), false).kind);
                match sides {
                    [ValueKind::Set(mut left), ValueKind::Set(right)] => {
                        let replaced: HashSet<&String> =
                            right.iter().map(|(name, _)| name).collect();
                        left.retain(|(name, _)| !replaced.contains(name));
                        left.extend(right);
                        ValueKind::Set(left)
                    }
                    _ => ValueKind::Unknown(describe(&term.expr)),
                }
            }
            _ => ValueKind::Unknown(describe(&term.expr)),
        },
        Expr::List(list) => {
            let items = list
                .items()
                .map(|item| value(terms, &term.with(item), false));
            ValueKind::List(items.collect())
        }
        Expr::AttrSet(set) => attributes(terms, term, set),
        Expr::IfElse(choice) => {
            let branches = [choice.body(), choice.else_body()].into_iter().flatten();
            let branches = branches.map(|branch| {
                let inner = value(terms, &term.with(branch), is_package);
                conditional(inner)
            });
            ValueKind::Several(branches.collect())
        }
        other => ValueKind::Unknown(describe(other)),
    }
}

fn conditional(inner: Value) -> Value {
    let at = inner.at.clone();
    Value {
        kind: ValueKind::Conditional("it depends on a condition", Box::new(inner)),
        at,
    }
}

fn as_unknown(value: Value) -> Value {
    match value.kind {
        ValueKind::Unknown(_) => value,
        _ => Value {
            kind: ValueKind::Unknown("not a literal list".to_owned()),
            at: value.at,
        },
    }
}

fn attributes(terms: &mut Terms, term: &Term, set: &rnix::ast::AttrSet) -> ValueKind {
    let scope = terms.scope_of_values(term);
    let mut values = Vec::new();
    for entry in set.entries() {
        if !terms.step() {
            return ValueKind::Unknown("too long to follow".to_owned());
        }
        match entry {
            Entry::AttrpathValue(entry) => {
                let (Some(path), Some(of_entry)) = (entry.attrpath(), entry.value()) else {
                    continue;
                };
                let here = Term {
                    scope: scope.clone(),
                    ..term.with(of_entry)
                };
                let names = path.attrs().map(|attr| terms.name_or_mark(&here, &attr));
                let names = names.collect();
                values.push(nested(names, value(terms, &here, false)));
            }
            Entry::Inherit(inherit) => {
                let from = inherit.from().and_then(|from| from.expr());
                for attr in inherit.attrs() {
                    let Some(name) = plain_name(&attr) else {
                        continue;
                    };
                    let inherited = match from.clone() {
                        Some(from) => {
                            let from = Term {
                                scope: scope.clone(),
                                ..term.with(from)
                            };
                            terms.attribute(&from, std::slice::from_ref(&name))
                        }
                        None => terms.lookup(&term.scope, &name),
                    };
                    let inherited = match inherited {
                        Some(inherited) => value(terms, &inherited, false),
                        None => Value {
                            kind: ValueKind::Unknown("it is inherited".to_owned()),
                            at: At {
                                file: term.file,
                                span: range(node(&attr)),
                            },
                        },
                    };
                    values.push((name, inherited));
                }
            }
        }
    }
    ValueKind::Set(values)
}

/// `a.b.c = value` as sets in sets.
pub(super) fn nested(names: Vec<String>, value: Value) -> (String, Value) {
    let mut names = names.into_iter();
    let first = names.next().unwrap_or_default();
    let inner = names.rev().fold(value, |value, name| {
        let at = value.at.clone();
        Value {
            kind: ValueKind::Set(vec![(name, value)]),
            at,
        }
    });
    (first, inner)
}

/// What functions of nixpkgs' `lib` make of a value: its priority, and whether it is defined.
fn property_value(
    terms: &mut Terms,
    term: &Term,
    apply: &Apply,
    is_package: bool,
) -> Option<ValueKind> {
    let (function, argument) = (apply.lambda()?, term.with(apply.argument()?));
    let boxed = |value: Value| Box::new(value);
    if let Expr::Apply(outer) = &function {
        let first = term.with(outer.argument()?);
        let name = function_name(&outer.lambda()?)?;
        let number = |terms: &mut Terms| excerpt(&terms.resolve(&first).expr).parse().ok();
        return match name.as_str() {
            "mkOverride" => {
                let priority = number(terms)?;
                Some(ValueKind::Priority(
                    priority,
                    boxed(value(terms, &argument, is_package)),
                ))
            }
            "mkOrder" => {
                let order = number(terms)?;
                Some(ValueKind::Order(
                    order,
                    boxed(value(terms, &argument, is_package)),
                ))
            }
            "mkIf" => Some(match terms.decide(&first) {
                Some(true) => ValueKind::Several(vec![value(terms, &argument, is_package)]),
                Some(false) => ValueKind::Several(Vec::new()),
                None => conditional(value(terms, &argument, is_package)).kind,
            }),
            "optional" | "optionals" | "optionalString" | "optionalAttrs" => {
                let inner = value(terms, &argument, false);
                let holds = terms.decide(&first);
                Some(match (name.as_str(), holds) {
                    ("optional", Some(true)) => ValueKind::List(vec![inner]),
                    (_, Some(true)) => inner.kind,
                    ("optional" | "optionals", Some(false)) => ValueKind::List(Vec::new()),
                    ("optionalString", Some(false)) => ValueKind::Text(Vec::new()),
                    (_, Some(false)) => ValueKind::Set(Vec::new()),
                    ("optional" | "optionals", None) => ValueKind::List(vec![Value {
                        kind: ValueKind::Unknown("it depends on a condition".to_owned()),
                        at: inner.at,
                    }]),
                    (_, None) => ValueKind::Unknown("it depends on a condition".to_owned()),
                })
            }
            _ => None,
        };
    }
    let name = function_name(&function)?;
    if let Some(priority) = priority_in(&name) {
        let inner = boxed(value(terms, &argument, is_package));
        return Some(ValueKind::Priority(priority, inner));
    }
    if let Some(order) = order_in(&name) {
        let inner = boxed(value(terms, &argument, is_package));
        return Some(ValueKind::Order(order, inner));
    }
    Some(match name.as_str() {
        "mkMerge" => match value(terms, &argument, false).kind {
            ValueKind::List(items) if !is_package => ValueKind::Several(items),
            _ => ValueKind::Unknown("the result of a function".to_owned()),
        },
        "readFile" if !is_package => {
            let path = terms.path(&argument)?;
            let (file, source) = terms.files.text_of(&path)?;
            terms.step_over(source.text().len());
            let mut start = 0;
            let lines = source.text().split('\n').map(|text| {
                let line = line(text.to_owned(), file, start);
                start += text.len() + 1;
                line
            });
            ValueKind::Text(lines.collect())
        }
        "toString" if !is_package => {
            let inner = value(terms, &argument, false);
            match inner.kind {
                ValueKind::Number(text) => ValueKind::Text(vec![Line {
                    text,
                    at: inner.at,
                    unknown: None,
                }]),
                ValueKind::Text(lines) => ValueKind::Text(lines),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// A string line by line, each with its place.
fn lines(terms: &mut Terms, term: &Term, text: &Str) -> Vec<Line> {
    let file = term.file;
    let syntax = node(text);
    let whole = range(syntax);
    let mut gaps = Vec::new();
    let mut start = whole.start;
    for child in syntax.children() {
        let inner = range(&child);
        gaps.push(start..inner.start);
        start = inner.end;
    }
    gaps.push(start..whole.end);
    let offset = usize::from(syntax.text_range().start());
    let source = syntax.text().to_string();
    let mut lines = vec![line(String::new(), file, whole.start)];
    let mut gap = 0;
    let mut is_first = true;
    for part in text.normalized_parts() {
        match part {
            InterpolPart::Literal(part) => {
                let range = gaps.get(gap).cloned().unwrap_or(whole.clone());
                let written = source
                    .get(range.start - offset..range.end - offset)
                    .unwrap_or_default();
                let ends = written
                    .match_indices('\n')
                    .map(|(at, _)| range.start + at + 1);
                let mut ends: Vec<usize> = ends.collect();
                let breaks = part.matches('\n').count();
                // The first line of an indented string may be blank, and is not part of it.
                if is_first && ends.len() == breaks + 1 {
                    let first = ends.remove(0);
                    lines = vec![line(String::new(), file, first)];
                }
                if ends.len() != breaks {
                    ends = vec![range.start; breaks];
                }
                let mut ends = ends.into_iter();
                for (number, text) in part.split('\n').enumerate() {
                    if number > 0 {
                        let at = ends.next().unwrap_or(range.start);
                        lines.push(line(String::new(), file, at));
                    }
                    if let Some(last) = lines.last_mut() {
                        last.text.push_str(text);
                    }
                }
                terms.step_over(part.len());
            }
            InterpolPart::Interpolation(inner) => {
                gap += 1;
                let inner = interpolated(terms, term, &inner);
                lines = appended(lines, inner);
            }
        }
        is_first = false;
    }
    lines
}

fn line(text: String, file: usize, start: usize) -> Line {
    Line {
        text,
        at: At {
            file,
            span: start..start,
        },
        unknown: None,
    }
}

/// The second text continues the last line of the first one.
fn appended(mut lines: Vec<Line>, more: Vec<Line>) -> Vec<Line> {
    let mut more = more.into_iter();
    match (lines.last_mut(), more.next()) {
        (Some(last), Some(first)) => {
            last.text.push_str(&first.text);
            last.unknown = last.unknown.take().or(first.unknown);
        }
        (None, Some(first)) => lines.push(first),
        (_, None) => {}
    }
    lines.extend(more);
    lines
}

fn interpolated(terms: &mut Terms, term: &Term, inner: &Interpol) -> Vec<Line> {
    let unknown = |reason: String| {
        vec![Line {
            text: UNKNOWN.to_owned(),
            at: At {
                file: term.file,
                span: range(node(inner)),
            },
            unknown: Some(reason),
        }]
    };
    let Some(expr) = inner.expr() else {
        return unknown("an empty interpolation".to_owned());
    };
    let inner = value(terms, &term.with(expr.clone()), false);
    let length = |lines: &[Line]| lines.iter().map(|line| line.text.len()).sum::<usize>();
    match inner.kind {
        // A text that doubles itself ends here.
        ValueKind::Text(lines) if length(&lines) <= 1 << 20 && terms.step_over(length(&lines)) => {
            lines
        }
        ValueKind::Unknown(reason) => unknown(reason),
        _ => unknown(describe(&expr)),
    }
}
