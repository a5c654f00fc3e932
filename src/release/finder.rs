//! Finds the calls in a syntax tree that declare something, and tells how surely they run.

use std::collections::HashSet;
use std::ops::Range;

use full_moon::ast::lua52::Goto;
use full_moon::ast::{
    Block, Call, Do, ElseIf, Expression, FunctionArgs, FunctionBody, FunctionCall,
    FunctionDeclaration, If, Index, LastStmt, Parameter, Prefix, Repeat, Suffix, VarExpression,
};
use full_moon::node::Node;
use full_moon::tokenizer::{Symbol, TokenReference, TokenType};
use full_moon::visitors::Visitor;

use super::defaults::Defaults;
use super::lua::{Declared, Kind, Use};
use super::report::Reason;

/// A call as it was found; whether it is conditional is known only at the end of the file.
struct Found {
    at: usize,
    line: usize,
    library: bool,
    name: Option<String>,
    soft: bool,
    /// Conditional wherever it stands.
    elsewhere: bool,
    /// In a protected call: happens only where the other module is installed by chance.
    protected: bool,
}

/// Walks the syntax tree and collects what is declared.
#[derive(Default)]
pub(super) struct Finder {
    found: Vec<Found>,
    unclear: Vec<Reason>,
    /// Parts of the file that need not run.
    conditional: Vec<Range<usize>>,
    /// Parts of the file that do not run under a default configuration, as far as is known.
    unlikely: Vec<Range<usize>>,
    /// Blocks and function bodies, by where they start, that do run then.
    runs: HashSet<usize>,
    /// Functions that are called at once, and may fail.
    tried: Vec<Range<usize>>,
    defaults: Defaults,
    /// Where the file's own body may be left before its end.
    leaves_at: Vec<usize>,
    blocks: usize,
    functions: usize,
    plain_block_next: bool,
    /// Parameters of `module.add_host`, which is called with the module of a host.
    hosts: HashSet<String>,
    /// `module.depends` handed to a protected call, by position, already dealt with.
    handed_over: HashSet<usize>,
}

impl Finder {
    /// A finder for a file whose options have these defaults.
    pub(super) fn new(defaults: Defaults) -> Self {
        Self {
            defaults,
            ..Self::default()
        }
    }

    fn mark(&mut self, node: &impl Node) {
        if let Some((start, end)) = node.range() {
            self.conditional.push(start.bytes()..end.bytes());
        }
    }

    /// Marks a part that need not run, and does not by default unless that is known.
    fn mark_unlikely(&mut self, node: &impl Node) {
        self.mark(node);
        if let Some((start, end)) = node.range()
            && !self.runs.contains(&start.bytes())
        {
            self.unlikely.push(start.bytes()..end.bytes());
        }
    }

    fn runs_by_default(&mut self, node: &impl Node) {
        self.runs.extend(node.start_position().map(|at| at.bytes()));
    }

    fn leave(&mut self, node: &impl Node) {
        if self.functions == 0
            && let Some(at) = node.start_position()
        {
            self.leaves_at.push(at.bytes());
        }
    }

    fn chain<'a>(&mut self, prefix: &Prefix, suffixes: impl Iterator<Item = &'a Suffix>) {
        let mut receiver = match prefix {
            Prefix::Name(name) => Some(text(name)),
            _ => None,
        };
        for suffix in suffixes {
            match suffix {
                Suffix::Call(Call::MethodCall(call)) => {
                    let method = text(call.name());
                    self.method(receiver, method, call.args(), call.name());
                    receiver = match (receiver, method) {
                        // Another host's view of the same module.
                        (Some("module"), "context") => Some("module:context"),
                        _ => None,
                    };
                }
                Suffix::Index(Index::Dot { name, .. }) if text(name) == "depends" => {
                    let position = name.start_position().map(|at| at.bytes());
                    if !position.is_some_and(|at| self.handed_over.contains(&at))
                        && receiver == Some("module")
                    {
                        self.unclear
                            .push(Reason::DependencyNotLiteral { line: line(name) });
                    }
                    receiver = None;
                }
                _ => receiver = None,
            }
        }
    }

    fn method(
        &mut self,
        receiver: Option<&str>,
        method: &str,
        args: &FunctionArgs,
        at: &TokenReference,
    ) {
        let line = line(at);
        let Some(position) = at.start_position() else {
            return;
        };
        let own = receiver == Some("module");
        // Mostly that parameter is called `module` as well; its body is a function anyway.
        let host = !own
            && receiver.is_some_and(|name| name == "module:context" || self.hosts.contains(name));
        let found = match method {
            "depends" if own || host => {
                let (name, soft) = depends_arguments(args);
                Found {
                    at: position.bytes(),
                    line,
                    library: false,
                    name,
                    soft: soft == Soft::Yes,
                    elsewhere: host || soft == Soft::Perhaps,
                    protected: false,
                }
            }
            "depends" => {
                self.unclear.push(Reason::UnknownReceiver { line });
                return;
            }
            "require" if own => {
                let (name, _) = depends_arguments(args);
                Found {
                    at: position.bytes(),
                    line,
                    library: true,
                    name,
                    soft: false,
                    elsewhere: false,
                    protected: false,
                }
            }
            // These four of the module API begin with `self:depends("cron")`.
            "cron" | "hourly" | "daily" | "weekly" if own || host => Found {
                at: position.bytes(),
                line,
                library: false,
                name: Some("cron".to_owned()),
                soft: false,
                elsewhere: host,
                protected: false,
            },
            _ => return,
        };
        self.found.push(found);
    }

    /// `pcall(module.depends, module, "x")`
    fn protected(&mut self, call: &FunctionCall) {
        let Prefix::Name(name) = call.prefix() else {
            return;
        };
        let skipped = match text(name) {
            "pcall" => 0,
            // The handler stands between.
            "xpcall" => 1,
            _ => return,
        };
        let Some(Suffix::Call(Call::AnonymousCall(args))) = call.suffixes().next() else {
            return;
        };
        let FunctionArgs::Parentheses { arguments, .. } = &**args else {
            return;
        };
        let mut arguments = arguments.iter();
        let first = arguments.next();
        if let Some(Expression::Function(function)) = first {
            self.runs_by_default(function.body());
            self.runs_by_default(function.body().block());
            let range = function.body().range();
            self.tried
                .extend(range.map(|(start, end)| start.bytes()..end.bytes()));
            return;
        }
        let Some(Expression::Var(full_moon::ast::Var::Expression(function))) = first else {
            return;
        };
        let Some(at) = depends_index(function) else {
            return;
        };
        let mut arguments = arguments.skip(skipped + 1);
        let (Some(position), name) = (at.start_position(), arguments.next().and_then(literal))
        else {
            return;
        };
        let soft = soft(arguments.next()) == Soft::Yes;
        self.handed_over.insert(position.bytes());
        self.found.push(Found {
            at: position.bytes(),
            line: line(at),
            library: false,
            name,
            soft,
            elsewhere: true,
            protected: true,
        });
    }

    /// Hands over what was found.
    pub(super) fn finish(self, declared: &mut Declared) {
        let Self {
            found,
            unclear,
            conditional,
            unlikely,
            tried,
            leaves_at,
            ..
        } = self;
        declared.unclear.extend(unclear);
        for found in found {
            let within = |parts: &[Range<usize>], at| parts.iter().any(|part| part.contains(&at));
            let left = |at: &usize| *at < found.at;
            let kind = if found.soft {
                Kind::Soft
            } else if !found.elsewhere
                && !leaves_at.iter().any(left)
                && !within(&conditional, found.at)
            {
                Kind::Always
            } else if within(&unlikely, found.at)
                || leaves_at
                    .iter()
                    .any(|at| left(at) && !within(&unlikely, *at))
            {
                Kind::Conditional
            } else if found.protected || within(&tried, found.at) {
                Kind::Tried
            } else {
                Kind::ByDefault
            };
            let line = found.line;
            match (found.name, found.library) {
                (Some(name), false) => declared.depends.push(Use { name, kind, line }),
                (Some(name), true) => declared.libraries.push(Use { name, kind, line }),
                (None, false) => declared.unclear.push(Reason::DependencyNotLiteral { line }),
                (None, true) => declared.unclear.push(Reason::LibraryNotLiteral { line }),
            }
        }
    }
}

impl Visitor for Finder {
    fn visit_block(&mut self, block: &Block) {
        self.blocks += 1;
        // The file's own body and `do … end` always run.
        let plain = self.blocks == 1 || std::mem::take(&mut self.plain_block_next);
        if !plain {
            self.mark_unlikely(block);
        }
    }

    fn visit_block_end(&mut self, _: &Block) {
        self.blocks -= 1;
    }

    fn visit_do(&mut self, _: &Do) {
        self.plain_block_next = true;
    }

    fn visit_if(&mut self, branches: &If) {
        let mut taken = self.defaults.holds(branches.condition());
        if taken == Some(true) {
            self.runs_by_default(branches.block());
        }
        for branch in branches.else_if().into_iter().flatten() {
            if taken == Some(false) {
                taken = self.defaults.holds(branch.condition());
                self.runs_by_default(branch);
                if taken == Some(true) {
                    self.runs_by_default(branch.block());
                }
            }
        }
        if let Some(block) = branches.else_block().filter(|_| taken == Some(false)) {
            self.runs_by_default(block);
        }
    }

    fn visit_else_if(&mut self, branch: &ElseIf) {
        self.mark_unlikely(branch);
    }

    fn visit_repeat(&mut self, repeat: &Repeat) {
        self.mark_unlikely(repeat);
    }

    fn visit_function_body(&mut self, body: &FunctionBody) {
        self.functions += 1;
        self.mark_unlikely(body);
    }

    fn visit_function_body_end(&mut self, _: &FunctionBody) {
        self.functions -= 1;
    }

    fn visit_function_declaration(&mut self, function: &FunctionDeclaration) {
        let names: Vec<&str> = function.name().names().iter().map(text).collect();
        // Prosody calls these two when it loads the module.
        if names == ["module", "add_host"] || names == ["module", "load"] {
            self.runs_by_default(function.body());
            self.runs_by_default(function.body().block());
        }
        if names == ["module", "add_host"]
            && let Some(Parameter::Name(name)) = function.body().parameters().iter().next()
        {
            self.hosts.insert(text(name).to_owned());
        }
    }

    fn visit_expression(&mut self, expression: &Expression) {
        if let Expression::BinaryOperator { binop, rhs, .. } = expression
            && matches!(symbol(binop.token()), Some(Symbol::And | Symbol::Or))
        {
            self.mark_unlikely(rhs.as_ref());
        }
    }

    fn visit_last_stmt(&mut self, last: &LastStmt) {
        // A `return` that ends the file itself is no early one.
        if matches!(last, LastStmt::Return(_)) && self.blocks > 1 {
            self.leave(last);
        }
    }

    fn visit_goto(&mut self, goto: &Goto) {
        self.leave(goto);
    }

    fn visit_function_call(&mut self, call: &FunctionCall) {
        self.protected(call);
        self.chain(call.prefix(), call.suffixes());
    }

    fn visit_var_expression(&mut self, expression: &VarExpression) {
        self.chain(expression.prefix(), expression.suffixes());
    }
}

#[derive(PartialEq, Eq)]
enum Soft {
    No,
    Yes,
    Perhaps,
}

fn depends_arguments(args: &FunctionArgs) -> (Option<String>, Soft) {
    match args {
        FunctionArgs::String(token) => (string(token), Soft::No),
        FunctionArgs::Parentheses { arguments, .. } => {
            let mut arguments = arguments.iter();
            (arguments.next().and_then(literal), soft(arguments.next()))
        }
        _ => (None, Soft::No),
    }
}

fn soft(argument: Option<&Expression>) -> Soft {
    match argument {
        None => Soft::No,
        Some(Expression::Symbol(token)) => match symbol(token) {
            Some(Symbol::True) => Soft::Yes,
            Some(Symbol::False | Symbol::Nil) => Soft::No,
            _ => Soft::Perhaps,
        },
        Some(_) => Soft::Perhaps,
    }
}

fn literal(expression: &Expression) -> Option<String> {
    match expression {
        Expression::String(token) => string(token),
        Expression::Parentheses { expression, .. } => literal(expression),
        _ => None,
    }
}

/// The content of a string, unless it holds escapes: a name spelt with those is not guessed.
fn string(token: &TokenReference) -> Option<String> {
    match token.token_type() {
        TokenType::StringLiteral { literal, .. } if !literal.contains('\\') => {
            Some(literal.to_string())
        }
        _ => None,
    }
}

/// The `depends` of `module.depends`.
fn depends_index(expression: &VarExpression) -> Option<&TokenReference> {
    let Prefix::Name(name) = expression.prefix() else {
        return None;
    };
    let mut suffixes = expression.suffixes();
    match (text(name), suffixes.next(), suffixes.next()) {
        ("module", Some(Suffix::Index(Index::Dot { name, .. })), None)
            if text(name) == "depends" =>
        {
            Some(name)
        }
        _ => None,
    }
}

/// An identifier's name; empty for any other token.
pub(super) fn text(token: &TokenReference) -> &str {
    match token.token_type() {
        TokenType::Identifier { identifier } => identifier.as_str(),
        _ => "",
    }
}

fn symbol(token: &TokenReference) -> Option<Symbol> {
    match token.token_type() {
        TokenType::Symbol { symbol } => Some(*symbol),
        _ => None,
    }
}

fn line(token: &TokenReference) -> usize {
    token.start_position().map_or(0, |position| position.line())
}
