//! Names and what they stand for, followed without evaluating: `let`, `inherit`, sets that are
//! written out, functions that are defined in the text, and `import` of a file beside it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use rnix::SyntaxNode;
use rnix::ast::{
    Apply, AstNode, Attr, BinOp, BinOpKind, Entry, Expr, HasEntry, Interpol, InterpolPart, Lambda,
    Param, Select, Str, UnaryOpKind,
};

use super::files::Files;

/// An expression with the names that it can see.
#[derive(Clone)]
pub(super) struct Term {
    pub expr: Expr,
    pub scope: Scope,
    /// The file that it stands in.
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
}

/// The names that an expression can see, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Scope(Option<Rc<Level>>);

struct Level {
    names: Rc<Names>,
    file: usize,
    outer: Scope,
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

/// How many steps one configuration may take, besides two for each byte of its text: enough for
/// any text, too few for one that was written to grow without end.
const STEPS: usize = 1_000_000;

/// How deep the walk may go: deeper than any text may nest, yet not endless.
const NESTING: usize = 4_500;

/// How many names may lead on from one to another.
const CHAIN: usize = 100;

/// Follows names; counts the steps, so that no input takes forever.
pub(super) struct Terms {
    pub files: Files,
    /// The directory of the flake, and what its outputs are.
    pub flake: Option<(Option<PathBuf>, Term)>,
    names: HashMap<SyntaxNode, Rc<Names>>,
    steps: usize,
    chain: usize,
    nesting: usize,
    /// Whether something was left out, because it is too deep or too long.
    pub was_cut: bool,
}

impl Terms {
    pub(super) fn new(files: Files) -> Self {
        Self {
            files,
            flake: None,
            names: HashMap::new(),
            steps: 0,
            chain: 0,
            nesting: 0,
            was_cut: false,
        }
    }

    /// Counts a step; `false` when there were too many.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        let fits = self.steps <= STEPS + 2 * self.files.text();
        self.was_cut |= !fits;
        fits
    }

    /// Goes one level deeper; `false` when that is too deep. Ends with [`Self::leave`].
    pub(super) fn enter(&mut self) -> bool {
        let fits = self.nesting < NESTING && self.step();
        self.nesting += usize::from(fits);
        self.was_cut |= !fits;
        fits
    }

    /// Comes back from where [`Self::enter`] went.
    pub(super) fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// What a file holds.
    pub(super) fn root(&self, file: usize) -> Option<Term> {
        Some(Term {
            expr: self.files.root(file)?.clone(),
            scope: Scope::default(),
            file,
        })
    }

    /// What a term stands for, as far as it can be followed.
    pub(super) fn resolve(&mut self, term: &Term) -> Term {
        if self.chain >= CHAIN {
            return term.clone();
        }
        self.chain += 1;
        let mut term = term.clone();
        for _ in 0..CHAIN {
            if !self.step() {
                break;
            }
            let Some(next) = self.next(&term) else {
                break;
            };
            term = next;
        }
        self.chain -= 1;
        term
    }

    /// What a term stands for directly; `None` when that is itself, or unknown.
    fn next(&mut self, term: &Term) -> Option<Term> {
        match &term.expr {
            Expr::Paren(paren) => Some(term.with(paren.expr()?)),
            Expr::With(with) => Some(term.with(with.body()?)),
            Expr::Assert(assert) => Some(term.with(assert.body()?)),
            Expr::LetIn(binding) => {
                let names = self.names_of(binding);
                Some(Term {
                    expr: binding.body()?,
                    scope: term.scope.with(names, term.file),
                    file: term.file,
                })
            }
            Expr::Ident(ident) => self.lookup(&term.scope, &ident.to_string()),
            Expr::Select(select) => self.select(term, select),
            Expr::IfElse(choice) => {
                let chosen = match self.decide(&term.with(choice.condition()?))? {
                    true => choice.body(),
                    false => choice.else_body(),
                };
                Some(term.with(chosen?))
            }
            Expr::Apply(apply) => self.call(term, apply),
            _ => None,
        }
    }

    /// What a name stands for.
    pub(super) fn lookup(&mut self, scope: &Scope, name: &str) -> Option<Term> {
        let mut scope = scope;
        loop {
            let level = scope.0.as_deref()?;
            if !self.step() {
                return None;
            }
            if let Some(found) = level.names.get(name)
                && !matches!(found, Binding::Inherit)
            {
                return self.bound(found, name, scope);
            }
            scope = &level.outer;
        }
    }

    fn bound(&mut self, binding: &Binding, name: &str, scope: &Scope) -> Option<Term> {
        let file = scope.0.as_deref()?.file;
        let here = |expr: &Expr| Term {
            expr: expr.clone(),
            scope: scope.clone(),
            file,
        };
        match binding {
            Binding::Value(expr) => Some(here(expr)),
            Binding::InheritFrom(from) => self.attribute(&here(from), &[name.to_owned()]),
            Binding::Argument(term) => Some(term.clone()),
            Binding::Flake => self.flake.as_ref().map(|(_, outputs)| outputs.clone()),
            Binding::Paths(_) | Binding::Inherit | Binding::Unknown => None,
        }
    }

    fn select(&mut self, term: &Term, select: &Select) -> Option<Term> {
        let path: Option<Vec<String>> = select
            .attrpath()?
            .attrs()
            .map(|attr| self.name_of(term, &attr))
            .collect();
        self.attribute(&term.with(select.expr()?), &path?)
    }

    /// `set.a.b`, where the set is written out.
    pub(super) fn attribute(&mut self, set: &Term, path: &[String]) -> Option<Term> {
        let Some((first, rest)) = path.split_first() else {
            return Some(set.clone());
        };
        // `let cfg.a = …; in cfg.a`
        let nested = match &set.expr {
            Expr::Ident(ident) => self.paths_of(&set.scope, &ident.to_string()),
            _ => None,
        };
        if let Some((scope, names)) = nested {
            return self.along(&scope, &names, path);
        }
        let set = self.resolve(set);
        let Expr::AttrSet(literal) = &set.expr else {
            return None;
        };
        let names = self.names_of(literal);
        let inner = self.scope_of_values(&set);
        let found = match names.get(first)? {
            Binding::Inherit => self.lookup(&set.scope, first)?,
            Binding::Value(expr) => Term {
                expr: expr.clone(),
                scope: inner,
                file: set.file,
            },
            Binding::InheritFrom(from) => {
                let from = Term {
                    expr: from.clone(),
                    scope: inner,
                    file: set.file,
                };
                self.attribute(&from, std::slice::from_ref(first))?
            }
            Binding::Paths(paths) => {
                return self.along_paths(paths, rest, |expr| Term {
                    expr,
                    scope: inner.clone(),
                    file: set.file,
                });
            }
            _ => return None,
        };
        if rest.is_empty() {
            Some(found)
        } else {
            self.chained(|terms| terms.attribute(&found, rest))
        }
    }

    /// The scope of a name that is bound path by path.
    fn paths_of(&mut self, scope: &Scope, name: &str) -> Option<(Scope, String)> {
        let mut scope = scope.clone();
        loop {
            let level = scope.0.clone()?;
            match level.names.get(name) {
                Some(Binding::Paths(_)) if self.step() => return Some((scope, name.to_owned())),
                Some(Binding::Inherit) | None if self.step() => scope = level.outer.clone(),
                _ => return None,
            }
        }
    }

    fn along(&mut self, scope: &Scope, name: &str, path: &[String]) -> Option<Term> {
        let level = scope.0.clone()?;
        let Some(Binding::Paths(paths)) = level.names.get(name) else {
            return None;
        };
        self.along_paths(paths, path, |expr| Term {
            expr,
            scope: scope.clone(),
            file: level.file,
        })
    }

    fn along_paths(
        &mut self,
        paths: &[(Vec<String>, Expr)],
        wanted: &[String],
        term: impl Fn(Expr) -> Term,
    ) -> Option<Term> {
        for (path, expr) in paths {
            if !self.step() {
                return None;
            }
            if let Some(rest) = wanted.strip_prefix(path.as_slice()) {
                let found = term(expr.clone());
                return self.chained(|terms| terms.attribute(&found, rest));
            }
        }
        None
    }

    /// Goes one name further, unless the chain is too long already.
    fn chained(&mut self, next: impl FnOnce(&mut Self) -> Option<Term>) -> Option<Term> {
        if self.chain >= CHAIN {
            return None;
        }
        self.chain += 1;
        let found = next(self);
        self.chain -= 1;
        found
    }

    /// The scope that the values of a set see.
    pub(super) fn scope_of_values(&mut self, set: &Term) -> Scope {
        match &set.expr {
            Expr::AttrSet(literal) if literal.rec_token().is_some() => {
                let names = self.names_of(literal);
                set.scope.with(names, set.file)
            }
            _ => set.scope.clone(),
        }
    }

    /// The names of a set or `let`, each node looked at once.
    pub(super) fn names_of<N: HasEntry>(&mut self, node: &N) -> Rc<Names> {
        if let Some(known) = self.names.get(node.syntax()) {
            return Rc::clone(known);
        }
        let mut names = Names::new();
        for entry in node.entries() {
            self.step();
            match entry {
                Entry::AttrpathValue(entry) => bind(&mut names, &entry),
                Entry::Inherit(inherit) => {
                    let from = inherit.from().map(|from| from.expr());
                    for name in inherit.attrs().filter_map(|attr| plain_name(&attr)) {
                        let binding = match &from {
                            None => Binding::Inherit,
                            Some(Some(from)) => Binding::InheritFrom(from.clone()),
                            Some(None) => Binding::Unknown,
                        };
                        names.insert(name, binding);
                    }
                }
            }
        }
        let names = Rc::new(names);
        self.names.insert(node.syntax().clone(), Rc::clone(&names));
        names
    }

    /// `import ./file.nix`, and a function that is defined in the text.
    fn call(&mut self, term: &Term, apply: &Apply) -> Option<Term> {
        let function = apply.lambda()?;
        let argument = term.with(apply.argument()?);
        if function_name(&function).as_deref() == Some("import") {
            let path = self.path(&argument)?;
            let file = self.files.load(&path).ok()?;
            return self.root(file);
        }
        let function = self.resolve(&term.with(function));
        let Expr::Lambda(lambda) = &function.expr else {
            return None;
        };
        let names = self.arguments(lambda, Some(&argument));
        Some(Term {
            expr: lambda.body()?,
            scope: function.scope.with(Rc::new(names), function.file),
            file: function.file,
        })
    }

    /// What is inside a function whose arguments are not known.
    pub(super) fn body(&mut self, term: &Term, lambda: &Lambda) -> Option<Term> {
        let names = self.arguments(lambda, None);
        Some(Term {
            expr: lambda.body()?,
            scope: term.scope.with(Rc::new(names), term.file),
            file: term.file,
        })
    }

    /// What the parameters of a function stand for.
    fn arguments(&mut self, lambda: &Lambda, argument: Option<&Term>) -> Names {
        let known = |argument: Option<&Term>| {
            argument.map_or(Binding::Unknown, |term| Binding::Argument(term.clone()))
        };
        let mut names = Names::new();
        match lambda.param() {
            Some(Param::IdentParam(parameter)) => {
                names.extend(parameter.ident().map(|i| (i.to_string(), known(argument))));
            }
            Some(Param::Pattern(pattern)) => {
                for entry in pattern.pat_entries() {
                    let Some(name) = entry.ident().map(|ident| ident.to_string()) else {
                        continue;
                    };
                    let given = argument.and_then(|set| {
                        self.chained(|terms| terms.attribute(set, std::slice::from_ref(&name)))
                    });
                    names.insert(name, known(given.as_ref()));
                }
                let whole = pattern.pat_bind().and_then(|bind| bind.ident());
                names.extend(whole.map(|ident| (ident.to_string(), known(argument))));
            }
            None => {}
        }
        names
    }

    /// The body of a flake's `outputs`, whose `self` is what they give.
    pub(super) fn flake_outputs(&mut self, term: &Term, lambda: &Lambda) -> Option<Term> {
        let mut names = self.arguments(lambda, None);
        if names.contains_key("self") {
            names.insert("self".to_owned(), Binding::Flake);
        }
        Some(Term {
            expr: lambda.body()?,
            scope: term.scope.with(Rc::new(names), term.file),
            file: term.file,
        })
    }

    /// Whether a condition holds, if its text decides that.
    pub(super) fn decide(&mut self, condition: &Term) -> Option<bool> {
        if self.chain >= CHAIN || !self.step() {
            return None;
        }
        self.chain += 1;
        let condition = self.resolve(condition);
        let decided = match &condition.expr {
            Expr::Ident(ident) => match ident.to_string().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Expr::UnaryOp(not) if not.operator() == Some(UnaryOpKind::Invert) => not
                .expr()
                .and_then(|inner| self.decide(&condition.with(inner)))
                .map(|inner| !inner),
            Expr::BinOp(operation) => self.decide_both(&condition, operation),
            _ => None,
        };
        self.chain -= 1;
        decided
    }

    fn decide_both(&mut self, at: &Term, operation: &BinOp) -> Option<bool> {
        // The side that decides alone: false for `&&`, true for `||`.
        let deciding = match operation.operator()? {
            BinOpKind::And => false,
            BinOpKind::Or => true,
            _ => return None,
        };
        let left = self.decide(&at.with(operation.lhs()?));
        if left == Some(deciding) {
            return left;
        }
        let right = self.decide(&at.with(operation.rhs()?));
        match (left, right) {
            (_, Some(right)) if right == deciding => Some(right),
            (Some(_), Some(right)) => Some(right),
            _ => None,
        }
    }

    /// A name in a path: written out, or a variable that stands for a string.
    pub(super) fn name_of(&mut self, term: &Term, attr: &Attr) -> Option<String> {
        match attr {
            Attr::Ident(ident) => Some(ident.to_string()),
            Attr::Str(text) => self.text_of(term, text),
            Attr::Dynamic(dynamic) => self.string(&term.with(dynamic.expr()?)),
        }
    }

    /// A string, if all of it is known.
    pub(super) fn string(&mut self, term: &Term) -> Option<String> {
        let term = self.resolve(term);
        match &term.expr {
            Expr::Str(text) => self.text_of(&term, text),
            _ => None,
        }
    }

    pub(super) fn text_of(&mut self, term: &Term, text: &Str) -> Option<String> {
        let mut plain = String::new();
        for part in text.normalized_parts() {
            match part {
                InterpolPart::Literal(literal) => plain.push_str(&literal),
                InterpolPart::Interpolation(inner) => {
                    plain.push_str(&self.interpolated(term, &inner)?);
                }
            }
        }
        Some(plain)
    }

    fn interpolated(&mut self, term: &Term, inner: &Interpol) -> Option<String> {
        if self.chain >= CHAIN || !self.step() {
            return None;
        }
        self.chain += 1;
        let text = inner.expr().and_then(|expr| self.string(&term.with(expr)));
        self.chain -= 1;
        // No name and no path is longer; a text that doubles itself ends here.
        text.filter(|text| text.len() <= 4096)
    }

    /// The file that a path names.
    pub(super) fn path(&mut self, term: &Term) -> Option<PathBuf> {
        if self.is_flake_itself(&term.expr) {
            return self
                .flake
                .as_ref()
                .and_then(|(directory, _)| directory.clone());
        }
        let term = self.resolve(term);
        let parts = match &term.expr {
            Expr::PathRel(path) => path.parts(),
            Expr::PathAbs(path) => path.parts(),
            Expr::BinOp(sum) if sum.operator() == Some(BinOpKind::Add) => {
                let start = self.path(&term.with(sum.lhs()?))?;
                let end = self.string(&term.with(sum.rhs()?))?;
                return Some(start.join(end.trim_start_matches('/')));
            }
            // "${self}/hosts/a.nix"
            Expr::Str(text) => {
                let parts = text.normalized_parts();
                let (InterpolPart::Interpolation(first), rest) = parts.split_first()? else {
                    return None;
                };
                let start = self.path(&term.with(first.expr()?))?;
                let [InterpolPart::Literal(end)] = rest else {
                    return rest.is_empty().then_some(start);
                };
                return Some(start.join(end.trim_start_matches('/')));
            }
            _ => return None,
        };
        let mut text = String::new();
        for part in parts {
            match part {
                InterpolPart::Literal(literal) => text.push_str(&literal.syntax_text()),
                InterpolPart::Interpolation(inner) => {
                    text.push_str(&self.interpolated(&term, &inner)?);
                }
            }
        }
        let directory = self.files.directory(term.file)?;
        Some(directory.join(text.trim_start_matches("./")))
    }

    /// Whether an expression is `self` or `inputs.self` of the flake.
    fn is_flake_itself(&self, expr: &Expr) -> bool {
        let name = match expr {
            Expr::Ident(_) | Expr::Select(_) => expr.to_string(),
            _ => return false,
        };
        self.flake.is_some() && ["self", "inputs.self", "self.outPath"].contains(&name.as_str())
    }
}

trait PathText {
    fn syntax_text(&self) -> String;
}

impl PathText for rnix::ast::PathContent {
    fn syntax_text(&self) -> String {
        use rnix::ast::AstToken;
        self.syntax().text().to_owned()
    }
}

fn bind(names: &mut Names, entry: &rnix::ast::AttrpathValue) {
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
