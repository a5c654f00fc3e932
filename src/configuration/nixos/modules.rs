//! Walks the modules of a NixOS configuration and collects what they set under
//! `services.prosody-stability`, without evaluating them.
//!
//! Literals are taken through `mkForce`, `mkDefault`, `mkOverride`, `mkMerge`, and a `mkIf` whose
//! condition is known. Everything else is undecided, with its place: nothing is guessed.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;

use indexmap::IndexSet;
use rnix::ast::{Apply, AttrSet, AttrpathValue, BinOp, BinOpKind, Entry, Expr, HasEntry};

use super::literal::{Literal, describe, excerpt, literal};
use super::places::{
    SERVICE, TARGET, is_option, is_relevant, leads_to, machine_at, option_of_service,
};
use super::scope::{Term, function_name, node, plain_name};
use super::terms::Terms;
use super::value::{nested, value};
use crate::configuration::services_prosody::OVERLAYS;
use crate::configuration::services_prosody::priority::{USER, order_in, priority_in};
use crate::configuration::services_prosody::value::{self as service, Value, ValueKind};

/// One option that is set to a literal.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Its path below the target.
    pub path: Vec<String>,
    pub value: Literal,
    /// The place of the value.
    pub file: usize,
    pub span: Range<usize>,
    /// 100, unless `mkForce`, `mkDefault` or `mkOverride` say otherwise; the lowest wins.
    pub priority: i64,
    pub machine: usize,
}

/// Something that sets such options, or may do so, in a way that only an evaluation can tell.
#[derive(Clone, Debug)]
pub(super) struct Undecided {
    /// The whole path, as far as it is known.
    pub path: Vec<String>,
    pub reason: String,
    pub file: usize,
    pub span: Range<usize>,
    pub priority: i64,
    pub machine: usize,
}

/// What holds for everything below a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Context {
    /// The machine, by its number.
    pub machine: usize,
    pub priority: i64,
    /// Why it is not sure that it counts.
    pub doubt: Option<&'static str>,
    /// How many imports lead here.
    pub imports: usize,
}

impl Context {
    pub(super) fn of(machine: usize) -> Self {
        Self {
            machine,
            priority: USER,
            doubt: None,
            imports: 0,
        }
    }

    pub(super) fn doubtful(self, reason: &'static str) -> Self {
        Self {
            doubt: self.doubt.or(Some(reason)),
            ..self
        }
    }
}

/// How many undecided things are kept; that there are so many is undecided enough.
pub(super) const UNDECIDED: usize = 10_000;

pub(super) struct Walk {
    pub terms: Terms,
    pub definitions: Vec<Definition>,
    /// What services.prosody is set to.
    pub service: Vec<service::Definition>,
    pub undecided: Vec<Undecided>,
    /// The module that is read, by its number, and how many there are.
    pub(super) module: usize,
    pub(super) modules: usize,
    /// The names of the machines; the first is the configuration itself.
    pub machines: IndexSet<String>,
    /// Imported files that are still to be read.
    pub(super) queue: VecDeque<(usize, Context)>,
    pub(super) visited: HashSet<(usize, Context)>,
}

impl Walk {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            definitions: Vec::new(),
            service: Vec::new(),
            undecided: Vec::new(),
            module: 0,
            modules: 0,
            machines: IndexSet::from([String::new()]),
            queue: VecDeque::new(),
            visited: HashSet::new(),
        }
    }

    /// The number of a machine.
    pub(super) fn machine(&mut self, name: String) -> usize {
        self.machines.insert_full(name).0
    }

    /// A module, with all that it imports.
    pub(super) fn module(&mut self, term: &Term, context: Context) {
        self.expr(term, &mut Vec::new(), context);
        self.imported();
    }

    /// Reads the files that were imported so far, and those that they import.
    pub(super) fn imported(&mut self) {
        while let Some((file, context)) = self.queue.pop_front() {
            if let Some(term) = self.terms.root(file) {
                self.another_module(&term, context);
            }
        }
    }

    /// A module that another one imports.
    pub(super) fn another_module(&mut self, term: &Term, context: Context) {
        let outer = self.module;
        self.modules += 1;
        self.module = self.modules;
        self.expr(term, &mut Vec::new(), context);
        self.module = outer;
    }

    /// `path` is where the term is in its module.
    pub(super) fn expr(&mut self, term: &Term, path: &mut Vec<String>, context: Context) {
        if !self.terms.enter() {
            return;
        }
        if let Some(option) = option_of_service(path) {
            let set_to = value(&mut self.terms, term, option == "package");
            self.service(option, set_to, context);
            self.terms.leave();
            return;
        }
        let value = self.terms.resolve(term);
        match &value.expr {
            Expr::AttrSet(set) if !is_option(path) => self.set(&value, set, path, context),
            Expr::Apply(apply) => self.apply(term, &value, apply, path, context),
            Expr::Lambda(lambda) if path.is_empty() => {
                if let Some(body) = self.terms.body(&value, lambda) {
                    self.expr(&body, path, context);
                }
            }
            Expr::IfElse(choice) => {
                let context = context.doubtful("it depends on a condition");
                for branch in [choice.body(), choice.else_body()].into_iter().flatten() {
                    self.expr(&value.with(branch), path, context);
                }
            }
            Expr::BinOp(update) if update.operator() == Some(BinOpKind::Update) => {
                self.update(&value, update, path, context);
            }
            _ if path.is_empty() => self.external_module(term, &value, context),
            _ => self.leaf(term, &value, path, context),
        }
        self.terms.leave();
    }

    fn set(&mut self, term: &Term, set: &AttrSet, path: &mut Vec<String>, context: Context) {
        let scope = self.terms.scope_of_values(term);
        for entry in set.entries() {
            // A set that has a name may be looked at many times.
            if !self.terms.step() {
                return;
            }
            match entry {
                Entry::AttrpathValue(entry) => {
                    let here = Term {
                        scope: scope.clone(),
                        ..term.clone()
                    };
                    self.entry(&here, &entry, path, context);
                }
                Entry::Inherit(inherit) => {
                    let from = inherit.from().and_then(|from| from.expr());
                    for attr in inherit.attrs() {
                        if !self.terms.step() {
                            return;
                        }
                        let Some(name) = plain_name(&attr) else {
                            continue;
                        };
                        path.push(name.clone());
                        if is_relevant(path) {
                            let from = from.clone().map(|expr| Term {
                                expr,
                                scope: scope.clone(),
                                file: term.file,
                            });
                            let value = match from {
                                Some(from) => self.terms.attribute(&from, &[name]),
                                None => self.terms.lookup(&term.scope, &name),
                            };
                            match value {
                                Some(value) => self.expr(&value, path, context),
                                None => {
                                    let at = node(&attr).text_range();
                                    let span = at.start().into()..at.end().into();
                                    self.undecided_at(
                                        term.file,
                                        span,
                                        path,
                                        "it is inherited",
                                        context,
                                    );
                                }
                            }
                        }
                        path.pop();
                    }
                }
            }
        }
    }

    fn entry(
        &mut self,
        here: &Term,
        entry: &AttrpathValue,
        path: &mut Vec<String>,
        context: Context,
    ) {
        let (Some(attrpath), Some(value)) = (entry.attrpath(), entry.value()) else {
            return;
        };
        let outer = path.len();
        let attrs: Vec<_> = attrpath.attrs().collect();
        for (number, attr) in attrs.iter().enumerate() {
            if let Some(option) = option_of_service(path)
                && number > 0
            {
                let names = attrs[number..].iter();
                let names: Vec<String> = names
                    .map(|attr| self.terms.name_or_mark(here, attr))
                    .collect();
                let inner = self::value(&mut self.terms, &here.with(value), false);
                let at = inner.at.clone();
                let (name, inner) = nested(names, inner);
                let kind = ValueKind::Set(vec![(name, inner)]);
                self.service(option, Value { kind, at }, context);
                path.truncate(outer);
                return;
            }
            match self.terms.name_of(here, attr) {
                // A module may write `config.services…` or `services…`.
                Some(name) if path.is_empty() && outer == 0 && name == "config" => {}
                Some(name) => path.push(name),
                None => {
                    if leads_to(path, &TARGET) || leads_to(path, &SERVICE) {
                        let at = node(attr).text_range();
                        let span = at.start().into()..at.end().into();
                        self.undecided_at(here.file, span, path, "the name is computed", context);
                    }
                    path.truncate(outer);
                    return;
                }
            }
        }
        self.value(&here.with(value), path, context);
        path.truncate(outer);
    }

    /// The value at a path: imports, another machine, or something that may be ours.
    fn value(&mut self, value: &Term, path: &mut Vec<String>, context: Context) {
        if path.len() == 1 && path[0] == "imports" {
            self.imports(value, context);
        } else if let Some((name, length)) = machine_at(path) {
            let name = join(&self.machines[context.machine], &name);
            let machine = self.machine(name);
            let context = Context { machine, ..context };
            let mut inside = path[length..].to_vec();
            if inside.is_empty() {
                self.expr(value, &mut inside, context);
            } else {
                self.value(value, &mut inside, context);
            }
        } else if is_relevant(path) {
            self.expr(value, path, context);
        }
    }

    /// Sees through the functions that set the priority of a definition, and its condition.
    fn apply(
        &mut self,
        term: &Term,
        value: &Term,
        apply: &Apply,
        path: &mut Vec<String>,
        context: Context,
    ) {
        let (Some(function), Some(argument)) = (apply.lambda(), apply.argument()) else {
            return;
        };
        let argument = value.with(argument);
        if let Expr::Apply(outer) = &function
            && let (Some(inner), Some(first)) = (outer.lambda(), outer.argument())
        {
            let first = value.with(first);
            match function_name(&inner).as_deref() {
                Some("mkOverride") => {
                    let number = excerpt(&self.terms.resolve(&first).expr);
                    if let Ok(priority) = number.parse() {
                        let context = Context {
                            priority,
                            ..context
                        };
                        return self.expr(&argument, path, context);
                    }
                }
                Some("mkOrder") => return self.expr(&argument, path, context),
                Some("mkIf" | "optionalAttrs") => {
                    return match self.terms.decide(&first) {
                        Some(true) => self.expr(&argument, path, context),
                        Some(false) => {}
                        None => {
                            let context = context.doubtful("it depends on a condition");
                            self.expr(&argument, path, context);
                        }
                    };
                }
                _ => {}
            }
        }
        let name = function_name(&function);
        let name = name.as_deref().unwrap_or_default();
        if let Some(priority) = priority_in(name) {
            let context = Context {
                priority,
                ..context
            };
            return self.expr(&argument, path, context);
        }
        match name {
            _ if order_in(name).is_some() => self.expr(&argument, path, context),
            "mkMerge" => {
                let list = self.terms.resolve(&argument);
                match &list.expr {
                    Expr::List(items) => {
                        for item in items.items() {
                            self.expr(&list.with(item), path, context);
                        }
                    }
                    _ => self.leaf(term, value, path, context),
                }
            }
            _ if path.is_empty() => self.external_module(term, value, context),
            _ => self.leaf(term, value, path, context),
        }
    }

    /// `a // b`: what `b` has takes the place of what `a` has, name by name.
    fn update(&mut self, term: &Term, update: &BinOp, path: &mut Vec<String>, context: Context) {
        let (Some(left), Some(right)) = (update.lhs(), update.rhs()) else {
            return;
        };
        let right = self.terms.resolve(&term.with(right));
        let names = match &right.expr {
            Expr::AttrSet(set) => {
                let all_plain = set.entries().all(|entry| match entry {
                    _ if !self.terms.step() => false,
                    Entry::AttrpathValue(entry) => entry
                        .attrpath()
                        .and_then(|path| path.attrs().next())
                        .is_some_and(|attr| plain_name(&attr).is_some()),
                    Entry::Inherit(_) => true,
                });
                all_plain.then(|| self.terms.names_of(set))
            }
            _ => None,
        };
        let (definitions, undecided) = (self.definitions.len(), self.undecided.len());
        let service = self.service.len();
        let doubt = match names {
            Some(_) => context,
            None => context.doubtful("`//` may replace it"),
        };
        self.expr(&term.with(left), path, doubt);
        if let Some(names) = names {
            let depth = path.len();
            let replaced = |name: Option<&str>| name.is_some_and(|name| names.contains_key(name));
            // What was found before this is not looked at again: there may be many such sets.
            let mut of_left = self.definitions.split_off(definitions);
            of_left.retain(|definition| {
                let mut whole = TARGET
                    .into_iter()
                    .chain(definition.path.iter().map(String::as_str));
                !replaced(whole.nth(depth))
            });
            self.definitions.append(&mut of_left);
            let mut of_left = self.service.split_off(service);
            of_left.retain(|definition| {
                let whole = [SERVICE[0], SERVICE[1], &definition.option];
                !replaced(whole.get(depth).copied())
            });
            self.service.append(&mut of_left);
            let mut of_left = self.undecided.split_off(undecided);
            of_left.retain(|item| !replaced(item.path.get(depth).map(String::as_str)));
            self.undecided.append(&mut of_left);
        }
        self.expr(&right, path, context);
    }

    /// An option of services.prosody.
    fn service(&mut self, option: String, value: Value, context: Context) {
        // Of overlays only those that are about Prosody.
        if option == OVERLAYS {
            let text = self.terms.files.text_at(value.at.file, &value.at.span);
            if !text.contains("prosody") {
                return;
            }
        }
        if self.service.len() >= UNDECIDED {
            self.terms.was_cut = true;
            return;
        }
        let at = value.at.clone();
        let value = match context.doubt {
            Some(reason) => Value {
                kind: ValueKind::Conditional(reason, Box::new(value)),
                at,
            },
            None => value,
        };
        self.service.push(service::Definition {
            option,
            value,
            priority: context.priority,
            machine: context.machine,
            module: self.module,
        });
    }

    fn leaf(&mut self, term: &Term, value: &Term, path: &[String], context: Context) {
        if path.len() <= TARGET.len() {
            let reason = format!("its content is {}", describe(&value.expr));
            return self.undecided(term, path, &reason, context);
        }
        match (literal(&mut self.terms, value), context.doubt) {
            (Ok(_), Some(doubt)) => self.undecided(term, path, doubt, context),
            (Ok(literal), None) => self.definitions.push(Definition {
                path: path[TARGET.len()..].to_vec(),
                value: literal,
                file: value.file,
                span: span(value),
                priority: context.priority,
                machine: context.machine,
            }),
            (Err(reason), _) => {
                self.undecided(term, path, &format!("its value is {reason}"), context)
            }
        }
    }

    pub(super) fn undecided(
        &mut self,
        term: &Term,
        path: &[String],
        reason: &str,
        context: Context,
    ) {
        self.undecided_at(term.file, span(term), path, reason, context);
    }

    fn undecided_at(
        &mut self,
        file: usize,
        span: Range<usize>,
        path: &[String],
        reason: &str,
        context: Context,
    ) {
        if self.undecided.len() >= UNDECIDED {
            return;
        }
        self.undecided.push(Undecided {
            path: path.to_vec(),
            reason: reason.to_owned(),
            file,
            span,
            priority: context.priority,
            machine: context.machine,
        });
    }
}

pub(super) fn span(term: &Term) -> Range<usize> {
    let range = node(&term.expr).text_range();
    range.start().into()..range.end().into()
}

/// The name of a machine below another one.
pub(super) fn join(parent: &str, name: &str) -> String {
    match parent {
        "" => name.to_owned(),
        _ => format!("{parent}.{name}"),
    }
}
