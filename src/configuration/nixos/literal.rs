//! Literal values, and a description of anything else.

use rnix::TextSize;
use rnix::ast::{BinOpKind, Expr};

use super::scope::{Term, node};
use super::terms::Terms;

/// A literal value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// A string.
    Text(String),
    /// A list of strings.
    List(Vec<String>),
}

/// The value of a term, or a description of what is there instead.
pub(super) fn literal(terms: &mut Terms, term: &Term) -> Result<Literal, String> {
    let term = terms.resolve(term);
    if let Some(holds) = terms.decide(&term) {
        return Ok(Literal::Bool(holds));
    }
    match &term.expr {
        Expr::Ident(ident) if ident.to_string() == "null" => return Ok(Literal::Null),
        Expr::Str(text) => {
            if let Some(text) = terms.text_of(&term, text) {
                return Ok(Literal::Text(text));
            }
        }
        Expr::List(_) | Expr::BinOp(_) => {
            let mut names = Vec::new();
            return collect(terms, &term, &mut names).map(|()| Literal::List(names));
        }
        _ => {}
    }
    Err(describe(&term.expr))
}

/// The strings of a list, or of lists joined by `++`.
fn collect(terms: &mut Terms, term: &Term, names: &mut Vec<String>) -> Result<(), String> {
    let term = terms.resolve(term);
    match &term.expr {
        Expr::List(list) => {
            for item in list.items() {
                if !terms.step() {
                    return Err("a list that is too long".to_owned());
                }
                match terms.string(&term.with(item.clone())) {
                    Some(name) => names.push(name),
                    None => return Err(format!("a list with {}", describe(&item))),
                }
            }
            Ok(())
        }
        Expr::BinOp(both) if both.operator() == Some(BinOpKind::Concat) && terms.enter() => {
            let sides = [both.lhs(), both.rhs()].into_iter().flatten();
            let mut sides = sides.map(|side| collect(terms, &term.with(side), names));
            let collected = sides.find(Result::is_err).unwrap_or(Ok(()));
            drop(sides);
            terms.leave();
            collected
        }
        other => Err(describe(other)),
    }
}

/// How much of an expression is shown, in bytes or so.
const SHOWN: usize = 200;

/// The text of an expression, or the start of a long one: many settings may share it.
pub(super) fn excerpt(expr: &Expr) -> String {
    let text = node(expr).text();
    if text.len() <= TextSize::from(SHOWN as u32) {
        return text.to_string();
    }
    let mut start = String::new();
    let _ = text.try_for_each_chunk(|chunk| {
        let room = SHOWN.saturating_sub(start.len());
        start.extend(chunk.chars().take(room));
        if room > 0 { Ok(()) } else { Err(()) }
    });
    start + "…"
}

/// What an expression is, in words.
pub(super) fn describe(expr: &Expr) -> String {
    match expr {
        Expr::Ident(_) | Expr::Select(_) => format!("the variable `{}`", excerpt(expr)),
        Expr::Apply(_) => "the result of a function".to_owned(),
        Expr::IfElse(_) => "an `if`".to_owned(),
        Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::HasAttr(_) => {
            "the result of an operation".to_owned()
        }
        Expr::Str(_) => "a string with an interpolation".to_owned(),
        Expr::Literal(_) => "a number or a URI".to_owned(),
        Expr::Lambda(_) => "a function".to_owned(),
        Expr::AttrSet(_) => "a set".to_owned(),
        Expr::PathRel(_) | Expr::PathAbs(_) | Expr::PathHome(_) | Expr::PathSearch(_) => {
            format!("the path `{}`", excerpt(expr))
        }
        _ => "an expression".to_owned(),
    }
}
