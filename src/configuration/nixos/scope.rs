//! Expressions with the names that they can see.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rnix::SyntaxNode;
use rnix::ast::{AstNode, Attr, AttrpathValue, Expr, InterpolPart, List};

use crate::configuration::services_prosody::value::At;

/// An expression with the names that it can see.
#[derive(Clone)]
pub(super) struct Term {
    pub expr: Expr,
    pub scope: Scope,
    /// The file that it is in.
    pub file: usize,
}

impl Term {
    /// Another expression at the same place.
    pub(super) fn with(&self, expr: Expr) -> Self {
        Self {
            expr,
            scope: self.scope.clone(),
            file: self.file,
        }
    }

    /// Where it is.
    pub fn at(&self) -> At {
        let range = node(&self.expr).text_range();
        At {
            file: self.file,
            span: range.start().into()..range.end().into(),
        }
    }
}

/// The names that an expression can see, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Scope(pub Option<Rc<Level>>);

pub(super) struct Level {
    pub names: Rc<Names>,
    pub file: usize,
    pub outer: Scope,
}

/// What names of one set, `let` or function stand for.
pub(super) type Names = HashMap<String, Binding>;

pub(super) enum Binding {
    /// An expression that sees the names of the same level.
    Value(Expr),
    /// `a.b = …`: the rest of each path, and its value.
    Paths(Vec<(Vec<String>, Expr)>),
    /// `inherit (from) name;`
    InheritFrom(Expr),
    /// `inherit name;`
    Inherit,
    /// What a function was called with.
    Argument(Term),
    /// The outputs of the flake.
    Flake,
    /// Something that only an evaluation can tell.
    Unknown,
}

impl Scope {
    pub(super) fn with(&self, names: Rc<Names>, file: usize) -> Self {
        let outer = self.clone();
        Self(Some(Rc::new(Level { names, file, outer })))
    }
}

pub(super) fn bind(names: &mut Names, entry: &AttrpathValue) {
    let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) else {
        return;
    };
    let mut attrs = path.attrs();
    let Some(first) = attrs.next().and_then(|attr| plain_name(&attr)) else {
        return;
    };
    let rest: Option<Vec<String>> = attrs.map(|attr| plain_name(&attr)).collect();
    match rest {
        None => drop(names.insert(first, Binding::Unknown)),
        Some(rest) if rest.is_empty() => drop(names.insert(first, Binding::Value(value))),
        Some(rest) => match names
            .entry(first)
            .or_insert_with(|| Binding::Paths(Vec::new()))
        {
            Binding::Paths(paths) => paths.push((rest, value)),
            // `a = { … }; a.b = …;`: rare enough to be left to an evaluation.
            other => *other = Binding::Unknown,
        },
    }
}

/// The items of a list, each name once: repetitions have the same meaning.
pub(super) fn distinct(list: &List) -> impl Iterator<Item = Expr> + use<> {
    let mut names = HashSet::new();
    list.items().filter(move |item| match item {
        Expr::Ident(name) => names.insert(name.to_string()),
        _ => true,
    })
}

/// The syntax behind a typed node.
pub(super) fn node<N: AstNode>(typed: &N) -> &SyntaxNode {
    typed.syntax()
}

/// A name that is written out.
pub(super) fn plain_name(attr: &Attr) -> Option<String> {
    match attr {
        Attr::Ident(ident) => Some(ident.to_string()),
        Attr::Str(text) => match text.normalized_parts().as_slice() {
            [] => Some(String::new()),
            [InterpolPart::Literal(literal)] => Some(literal.clone()),
            _ => None,
        },
        Attr::Dynamic(_) => None,
    }
}

/// `mkForce` of `mkForce`, `lib.mkForce` and `(lib.mkForce)`.
pub(super) fn function_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Ident(ident) => Some(ident.to_string()),
        Expr::Select(select) => plain_name(&select.attrpath()?.attrs().last()?),
        Expr::Paren(paren) => function_name(&paren.expr()?),
        _ => None,
    }
}
