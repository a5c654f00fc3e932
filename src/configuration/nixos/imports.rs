//! What a module imports: files next to it, modules that are written out, and those from elsewhere.

use rnix::ast::{Apply, BinOpKind, Expr};

use super::literal::describe;
use super::modules::{Context, Walk};
use super::scope::{Term, distinct, function_name, node};

/// How many imports may lead on from one to another.
const IMPORTS: usize = 32;

/// How many modules are read at most, one file counted for every machine that imports it.
const MODULES: usize = 2_000;

impl Walk {
    /// The list behind `imports` or `modules`.
    pub(super) fn imports(&mut self, list: &Term, context: Context) {
        if !self.terms.enter() {
            return;
        }
        let value = self.terms.resolve(list);
        match &value.expr {
            Expr::List(items) => {
                for item in distinct(items) {
                    self.another_module(&value.with(item), context);
                }
            }
            Expr::BinOp(both) if both.operator() == Some(BinOpKind::Concat) => {
                for side in [both.lhs(), both.rhs()].into_iter().flatten() {
                    self.imports(&value.with(side), context);
                }
            }
            Expr::IfElse(choice) => {
                let context = context.doubtful("its import depends on a condition");
                for branch in [choice.body(), choice.else_body()].into_iter().flatten() {
                    self.imports(&value.with(branch), context);
                }
            }
            Expr::Apply(apply) => self.imports_of_function(list, &value, apply, context),
            other => {
                let reason = format!("its import is {}", describe(other));
                self.undecided(list, &["imports".to_owned()], &reason, context);
            }
        }
        self.terms.leave();
    }

    /// `lib.optionals condition [ … ]` and `lib.flatten [ … ]` among the imports.
    fn imports_of_function(&mut self, list: &Term, value: &Term, apply: &Apply, context: Context) {
        let argument = apply.argument().map(|argument| value.with(argument));
        match (apply.lambda(), argument) {
            (Some(Expr::Apply(outer)), Some(argument)) => {
                let name = outer.lambda().and_then(|function| function_name(&function));
                let condition = outer.argument().map(|condition| value.with(condition));
                if let (Some("optionals" | "optional"), Some(condition)) =
                    (name.as_deref(), condition)
                {
                    let context = match self.terms.decide(&condition) {
                        Some(true) => context,
                        Some(false) => return,
                        None => context.doubtful("its import depends on a condition"),
                    };
                    return match name.as_deref() {
                        Some("optional") => self.expr(&argument, &mut Vec::new(), context),
                        _ => self.imports(&argument, context),
                    };
                }
            }
            (Some(function), Some(argument))
                if function_name(&function).as_deref() == Some("flatten") =>
            {
                return self.imports(&argument, context);
            }
            _ => {}
        }
        let reason = "its import is the result of a function";
        self.undecided(list, &["imports".to_owned()], reason, context);
    }

    /// A module that is not a set: a path, or something from elsewhere.
    pub(super) fn external_module(&mut self, term: &Term, value: &Term, context: Context) {
        if let Some(path) = self.terms.path(value) {
            return match self.terms.files.load(&path) {
                Ok(file) => self.import(term, file, context),
                Err(reason) => {
                    let reason = format!("it cannot be read: {reason}");
                    self.undecided(term, &["imports".to_owned()], &reason, context);
                }
            };
        }
        if sets_nothing_of_ours(&value.expr) {
            return;
        }
        let reason = format!("the module is {}", describe(&value.expr));
        self.undecided(term, &["imports".to_owned()], &reason, context);
    }

    fn import(&mut self, term: &Term, file: usize, context: Context) {
        let next = Context {
            imports: context.imports + 1,
            ..context
        };
        // NixOS takes the same file once.
        let key = Context {
            imports: 0,
            ..context
        };
        if self.visited.contains(&(file, key)) {
            return;
        }
        if next.imports > IMPORTS || self.visited.len() >= MODULES {
            let reason = "too many imports lead here";
            return self.undecided(term, &["imports".to_owned()], reason, context);
        }
        self.visited.insert((file, key));
        self.queue.push_back((file, next));
    }
}

/// Modules from elsewhere that cannot set our options: those of nixpkgs, and our own.
fn sets_nothing_of_ours(expr: &Expr) -> bool {
    let text = node(expr).text();
    if text.len() > 1000.into() {
        return false;
    }
    let text = text.to_string();
    ["modulesPath", "<nixpkgs", "prosody-stability"]
        .iter()
        .any(|part| text.contains(part))
}
