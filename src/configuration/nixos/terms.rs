//! Names and what they stand for, followed without evaluating: `let`, `inherit`, sets that are
//! written out, functions that are defined in the text, and `import` of a file next to it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use rnix::SyntaxNode;
use rnix::ast::{Apply, Entry, Expr, HasEntry, Lambda, Param, Select};

use super::files::Files;
use super::scope::{Binding, Names, Scope, Term, bind, function_name, plain_name};

/// How many steps one configuration may take, besides two for each byte of its text: enough for
/// any text, too few for one that was written to grow without end.
const STEPS: usize = 1_000_000;

/// How much text is copied in the time of a step, in bytes.
const BYTES_OF_STEP: usize = 16;

/// How deep the walk may go: deeper than any text may nest, yet not endless.
const NESTING: usize = 4_500;

/// How deep values may nest that are taken as they are.
const VALUES: usize = 100;

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
    /// How deep the value is that is taken.
    values: usize,
    /// Whether something was omitted, because it is too deep or too long.
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
            values: 0,
            was_cut: false,
        }
    }

    /// Follows one name more; `false` when there were too many. Ends with [`Self::leave_chain`].
    pub(super) fn enter_chain(&mut self) -> bool {
        let fits = self.chain < CHAIN && self.step();
        self.chain += usize::from(fits);
        fits
    }

    /// Comes back from where [`Self::enter_chain`] went.
    pub(super) fn leave_chain(&mut self) {
        self.chain -= 1;
    }

    /// Counts a step; `false` when there were too many.
    pub(super) fn step(&mut self) -> bool {
        self.steps(1)
    }

    /// Counts as many steps as it takes to copy so much text.
    pub(super) fn step_over(&mut self, text: usize) -> bool {
        self.steps(text / BYTES_OF_STEP)
    }

    fn steps(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_add(steps);
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

    /// Goes into a value; `false` when it is nested too deep. Ends with [`Self::leave_value`].
    pub(super) fn enter_value(&mut self) -> bool {
        let fits = self.values < VALUES && self.enter();
        self.values += usize::from(fits);
        self.was_cut |= !fits;
        fits
    }

    /// Comes back from where [`Self::enter_value`] went.
    pub(super) fn leave_value(&mut self) {
        self.values -= 1;
        self.leave();
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
        if !self.enter_chain() {
            return term.clone();
        }
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
        self.leave_chain();
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
            Binding::InheritFrom(from) => {
                let from = here(from);
                self.chained(|terms| terms.attribute(&from, &[name.to_owned()]))
            }
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
            return self.follow(&scope, &names, path);
        }
        let set = self.resolve(set);
        let Expr::AttrSet(literal) = &set.expr else {
            return None;
        };
        let names = self.names_of(literal);
        let inner = self.scope_of_values(&set);
        let value = match names.get(first)? {
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
                self.chained(|terms| terms.attribute(&from, std::slice::from_ref(first)))?
            }
            Binding::Paths(paths) => {
                return self.find_by_path(paths, rest, |expr| Term {
                    expr,
                    scope: inner.clone(),
                    file: set.file,
                });
            }
            _ => return None,
        };
        if rest.is_empty() {
            Some(value)
        } else {
            self.chained(|terms| terms.attribute(&value, rest))
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

    fn follow(&mut self, scope: &Scope, name: &str, path: &[String]) -> Option<Term> {
        let level = scope.0.clone()?;
        let Some(Binding::Paths(paths)) = level.names.get(name) else {
            return None;
        };
        self.find_by_path(paths, path, |expr| Term {
            expr,
            scope: scope.clone(),
            file: level.file,
        })
    }

    fn find_by_path(
        &mut self,
        paths: &[(Vec<String>, Expr)],
        target: &[String],
        term: impl Fn(Expr) -> Term,
    ) -> Option<Term> {
        for (path, expr) in paths {
            if !self.step() {
                return None;
            }
            if let Some(rest) = target.strip_prefix(path.as_slice()) {
                let value = term(expr.clone());
                return self.chained(|terms| terms.attribute(&value, rest));
            }
        }
        None
    }

    /// Goes one name further, unless the chain is too long already.
    fn chained(&mut self, next: impl FnOnce(&mut Self) -> Option<Term>) -> Option<Term> {
        if !self.enter_chain() {
            return None;
        }
        let term = next(self);
        self.leave_chain();
        term
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
        let argument_binding = |argument: Option<&Term>| {
            argument.map_or(Binding::Unknown, |term| Binding::Argument(term.clone()))
        };
        let mut names = Names::new();
        match lambda.param() {
            Some(Param::IdentParam(parameter)) => {
                names.extend(
                    parameter
                        .ident()
                        .map(|i| (i.to_string(), argument_binding(argument))),
                );
            }
            Some(Param::Pattern(pattern)) => {
                for entry in pattern.pat_entries() {
                    if !self.step() {
                        break;
                    }
                    let Some(name) = entry.ident().map(|ident| ident.to_string()) else {
                        continue;
                    };
                    let given = argument.and_then(|set| {
                        self.chained(|terms| terms.attribute(set, std::slice::from_ref(&name)))
                    });
                    names.insert(name, argument_binding(given.as_ref()));
                }
                let whole = pattern.pat_bind().and_then(|bind| bind.ident());
                names.extend(whole.map(|ident| (ident.to_string(), argument_binding(argument))));
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
}
