//! Walks the syntax tree of a plugin once, and collects what it declares.
//!
//! Every part of the tree is visited with how surely it runs, and every expression gives its value
//! on a server that sets no option. A branch whose condition is known that way runs by default.

use std::collections::HashMap;

use full_moon::ast::{
    Assignment, Ast, BinOp, Block, Call, Expression, Field, FunctionArgs, FunctionBody,
    FunctionCall, FunctionDeclaration, If, Index, LastStmt, LocalAssignment, MethodCall, Parameter,
    Prefix, Stmt, Suffix, TableConstructor, UnOp, Var,
};
use full_moon::tokenizer::{Symbol, TokenReference, TokenType};

use super::declaration::{Certainty, Declarations, Scope, Use};
use super::lua::{line, name, string, string_expression, symbol};
use super::option;
use super::report::Reason;
use super::value::{self, Value, Variables};

/// Adds what a file declares to `declarations`.
pub(super) fn walk(ast: &Ast, declarations: &mut Declarations) {
    let mut walk = Walk {
        variables: Variables::default(),
        host_modules: Vec::new(),
        in_loop: false,
        option_of: HashMap::new(),
        read: None,
        guard: Vec::new(),
        declarations,
    };
    walk.block(ast.nodes(), Certainty::Always);
}

/// How surely a block or a statement ends the function around it early; `None` is never.
type Leaves = Option<Certainty>;

/// How surely something runs that follows what `leaves`.
fn after(certainty: Certainty, leaves: Leaves) -> Certainty {
    match leaves {
        None => certainty,
        Some(Certainty::Conditional | Certainty::Soft) => certainty.max(Certainty::ByDefault),
        Some(_) => Certainty::Conditional,
    }
}

/// The surer of two: what leaves in either place leaves.
fn either(one: Leaves, other: Leaves) -> Leaves {
    one.into_iter().chain(other).min()
}

/// Whose method is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiver<'a> {
    /// The module itself.
    Module,
    /// Another host's view of the module.
    HostModule,
    /// The global section's view of the module.
    GlobalModule,
    Named(&'a str),
    Unknown,
}

struct Walk<'a, 'd> {
    variables: Variables<'a>,
    /// Parameters of `module.add_host`, which is called with the module of a host.
    host_modules: Vec<&'a str>,
    /// Whether a loop is around, in the same function.
    in_loop: bool,
    /// Which option a variable was set to, by the option's number in `declarations`.
    option_of: HashMap<&'a str, usize>,
    /// The option that the expression visited last is.
    read: Option<usize>,
    /// The options that the condition around is about.
    guard: Vec<usize>,
    declarations: &'d mut Declarations,
}

impl<'a> Walk<'a, '_> {
    fn block(&mut self, block: &'a Block, certainty: Certainty) -> Leaves {
        let scope = self.variables.open();
        let mut leaves = None;
        for statement in block.stmts() {
            let left = self.statement(statement, after(certainty, leaves));
            leaves = either(leaves, left);
        }
        if let Some(LastStmt::Return(last)) = block.last_stmt() {
            let certainty = after(certainty, leaves);
            for expression in last.returns() {
                self.expression(expression, certainty);
            }
            leaves = either(leaves, Some(certainty));
        }
        self.variables.close(scope);
        leaves
    }

    fn statement(&mut self, statement: &'a Stmt, certainty: Certainty) -> Leaves {
        match statement {
            Stmt::Assignment(assignment) => self.assignment(assignment, certainty),
            Stmt::LocalAssignment(assignment) => self.local_assignment(assignment, certainty),
            Stmt::FunctionCall(call) => {
                self.call(call, certainty);
            }
            Stmt::FunctionDeclaration(function) => self.declared_function(function, certainty),
            Stmt::LocalFunction(function) => {
                self.variables
                    .declare(name(function.name()), Some(Value::Other));
                self.function(function.body(), Certainty::Conditional);
            }
            Stmt::Do(block) => return self.block(block.block(), certainty),
            Stmt::If(branches) => return self.branches(branches, certainty),
            Stmt::While(repeated) => {
                self.expression(repeated.condition(), certainty);
                return self.repeated([], repeated.block());
            }
            Stmt::Repeat(repeated) => {
                let leaves = self.repeated([], repeated.block());
                self.expression(repeated.until(), Certainty::Conditional);
                return leaves;
            }
            Stmt::NumericFor(counted) => {
                self.expression(counted.start(), certainty);
                self.expression(counted.end(), certainty);
                counted.step().map(|step| self.expression(step, certainty));
                return self.repeated([counted.index_variable()], counted.block());
            }
            Stmt::GenericFor(iterated) => {
                for expression in iterated.expressions() {
                    self.expression(expression, certainty);
                }
                return self.repeated(iterated.names(), iterated.block());
            }
            Stmt::Goto(_) => return Some(certainty),
            _ => {}
        }
        None
    }

    fn assignment(&mut self, assignment: &'a Assignment, certainty: Certainty) {
        for variable in assignment.variables() {
            if let Var::Expression(path) = variable {
                self.chain(path.prefix(), path.suffixes(), certainty);
            }
        }
        let values = self.expressions(assignment.expressions(), certainty);
        for (at, variable) in assignment.variables().iter().enumerate() {
            if let Var::Name(token) = variable {
                let value = values.get(at).copied().flatten();
                // A branch that cannot be decided is taken as not run. A loop may well run.
                if certainty < Certainty::Tried {
                    self.variables.assign(name(token), value);
                } else {
                    self.variables.doubt(name(token));
                    if self.in_loop {
                        self.variables.assign(name(token), None);
                    }
                }
            }
        }
    }

    fn local_assignment(&mut self, assignment: &'a LocalAssignment, certainty: Certainty) {
        let values = self.expressions(assignment.expressions(), certainty);
        let read = self.read.take().filter(|_| values.len() == 1);
        for (at, token) in assignment.names().iter().enumerate() {
            match read.filter(|_| at == 0) {
                Some(option) => self.option_of.insert(name(token), option),
                None => self.option_of.remove(name(token)),
            };
            let value = match values.get(at) {
                Some(value) => *value,
                None if values.is_empty() => Some(Value::Nil),
                // The last one may be a call with several results.
                None => None,
            };
            self.variables.declare(name(token), value);
        }
    }

    fn declared_function(&mut self, function: &'a FunctionDeclaration, certainty: Certainty) {
        let names: Vec<&str> = function.name().names().iter().map(name).collect();
        let (body, method) = (function.body(), function.name().method_name());
        match (&names[..], method) {
            // Prosody calls these two when it loads the module.
            (["module", "load"], None) => self.function(body, certainty.max(Certainty::ByDefault)),
            (["module", "add_host"], None) => {
                let parameter = match body.parameters().iter().next() {
                    Some(Parameter::Name(token)) => name(token),
                    _ => "",
                };
                self.host_modules.push(parameter);
                self.function(body, certainty.max(Certainty::ByDefault));
                self.host_modules.pop();
            }
            _ => {
                if let ([global], None) = (&names[..], method) {
                    self.variables.assign(global, Some(Value::Other));
                }
                self.function(body, Certainty::Conditional);
            }
        }
    }

    fn function(&mut self, body: &'a FunctionBody, certainty: Certainty) {
        let scope = self.variables.open();
        for parameter in body.parameters() {
            if let Parameter::Name(token) = parameter {
                self.variables.declare(name(token), None);
            }
        }
        let outer = std::mem::take(&mut self.in_loop);
        self.block(body.block(), certainty);
        self.in_loop = outer;
        self.variables.close(scope);
    }

    /// The body of a loop with its variables.
    fn repeated(
        &mut self,
        names: impl IntoIterator<Item = &'a TokenReference>,
        block: &'a Block,
    ) -> Leaves {
        let scope = self.variables.open();
        for token in names {
            self.variables.declare(name(token), None);
        }
        let outer = std::mem::replace(&mut self.in_loop, true);
        let leaves = self.block(block, Certainty::Conditional);
        self.in_loop = outer;
        self.variables.close(scope);
        leaves
    }

    fn branches(&mut self, branches: &'a If, certainty: Certainty) -> Leaves {
        let first = (branches.condition(), branches.block());
        let others = branches.else_if().into_iter().flatten();
        let others = others.map(|branch| (branch.condition(), branch.block()));
        // How surely control reaches the next condition.
        let mut reached = certainty;
        let mut leaves = None;
        for (condition, block) in std::iter::once(first).chain(others) {
            let before = self.declarations.options.len();
            let holds = self.expression(condition, reached).map(Value::holds);
            let runs = if_known(holds, true, reached);
            let about = self.options_in(condition, before);
            let outer = std::mem::replace(&mut self.guard, about);
            leaves = either(leaves, self.block(block, runs));
            self.guard = outer;
            reached = if_known(holds, false, reached);
        }
        match branches.else_block() {
            Some(block) => either(leaves, self.block(block, reached)),
            None => leaves,
        }
    }

    fn expressions(
        &mut self,
        expressions: impl IntoIterator<Item = &'a Expression>,
        certainty: Certainty,
    ) -> Vec<Option<Value<'a>>> {
        let expressions = expressions.into_iter();
        expressions
            .map(|expression| self.expression(expression, certainty))
            .collect()
    }

    fn expression(
        &mut self,
        expression: &'a Expression,
        certainty: Certainty,
    ) -> Option<Value<'a>> {
        self.read = None;
        match expression {
            Expression::BinaryOperator { lhs, binop, rhs } => {
                let left = self.expression(lhs, certainty);
                let read = self.read;
                let holds = left.map(Value::holds);
                let right_runs = match binop {
                    BinOp::And(_) => if_known(holds, true, certainty),
                    BinOp::Or(_) => if_known(holds, false, certainty),
                    _ => certainty,
                };
                let right = self.expression(rhs, right_runs);
                self.read = read.filter(|_| matches!(binop, BinOp::Or(_)));
                if let Some(option) = self.read {
                    self.default_to(option, rhs);
                }
                value::binary(left, binop, right)
            }
            Expression::UnaryOperator { unop, expression } => {
                let operand = self.expression(expression, certainty);
                self.read = None;
                match (unop, operand?) {
                    (UnOp::Not(_), operand) => Some(Value::Boolean(!operand.holds())),
                    (UnOp::Hash(_), operand) => operand.length(),
                    _ => None,
                }
            }
            Expression::Parentheses { expression, .. } => self.expression(expression, certainty),
            Expression::Function(function) => {
                self.function(function.body(), Certainty::Conditional);
                self.read = None;
                Some(Value::Other)
            }
            Expression::FunctionCall(call) => self.call(call, certainty),
            Expression::TableConstructor(table) => {
                let value = self.table(table, certainty);
                self.read = None;
                Some(value)
            }
            Expression::Var(Var::Name(token)) => {
                self.read = self.option_of.get(name(token)).copied();
                self.variables.get(name(token))
            }
            Expression::Var(Var::Expression(path)) => {
                self.chain(path.prefix(), path.suffixes(), certainty)
            }
            Expression::String(token) => self.string(token),
            Expression::Number(token) => match token.token_type() {
                TokenType::Number { text } => {
                    Some(text.parse().map_or(Value::FiniteNumber, Value::Number))
                }
                _ => None,
            },
            Expression::Symbol(token) => match symbol(token)? {
                Symbol::Nil => Some(Value::Nil),
                Symbol::True => Some(Value::Boolean(true)),
                Symbol::False => Some(Value::Boolean(false)),
                _ => None,
            },
            _ => None,
        }
    }

    fn table(&mut self, table: &'a TableConstructor, certainty: Certainty) -> Value<'a> {
        let mut is_empty = true;
        for field in table.fields() {
            match field {
                Field::ExpressionKey { key, value, .. } => {
                    self.expression(key, certainty);
                    self.expression(value, certainty);
                    is_empty = false;
                }
                Field::NameKey { value, .. } => {
                    self.expression(value, certainty);
                    is_empty = false;
                }
                Field::NoKey(value) => {
                    is_empty &= self.expression(value, certainty) == Some(Value::Nil);
                }
                _ => is_empty = false,
            }
        }
        if is_empty {
            Value::EmptyTable
        } else {
            Value::Other
        }
    }

    /// A string that holds code is perhaps code that the module generates.
    fn string(&mut self, token: &'a TokenReference) -> Option<Value<'a>> {
        if let TokenType::StringLiteral { literal, .. } = token.token_type()
            && literal.contains("module:depends")
        {
            let reason = Reason::DependencyInString { line: line(token) };
            self.declarations.unclear.push(reason);
        }
        Some(string(token).map_or(Value::Other, Value::Text))
    }

    fn call(&mut self, call: &'a FunctionCall, certainty: Certainty) -> Option<Value<'a>> {
        if let Prefix::Name(token) = call.prefix()
            && let Some(handlers) = ["pcall", "xpcall"].iter().position(|p| *p == name(token))
            && let Some(Suffix::Call(Call::AnonymousCall(arguments))) = call.suffixes().next()
            && let FunctionArgs::Parentheses { arguments, .. } = &**arguments
        {
            self.protected_call(arguments.iter().collect(), handlers, certainty);
            return None;
        }
        self.chain(call.prefix(), call.suffixes(), certainty)
    }

    /// `pcall(function () … end)` or `pcall(module.depends, module, "x")`; `xpcall` has a handler
    /// as its second argument.
    fn protected_call(
        &mut self,
        arguments: Vec<&'a Expression>,
        handlers: usize,
        certainty: Certainty,
    ) {
        let tried = certainty.max(Certainty::Tried);
        match arguments.first() {
            Some(Expression::Function(function)) => self.function(function.body(), tried),
            Some(function) => match module_depends(function) {
                Some(at) => {
                    let named = arguments.get(handlers + 2).copied();
                    self.depends(named, arguments.get(handlers + 3).copied(), at, tried);
                }
                None => {
                    self.expression(function, certainty);
                    if let Expression::Var(Var::Name(token)) = function
                        && name(token) == "require"
                        && let Some(library) = arguments.get(handlers + 1)
                        && let Some(library) = string_expression(library)
                    {
                        self.lua_library(library, line(token), tried);
                    }
                }
            },
            None => {}
        }
        for argument in arguments.into_iter().skip(1) {
            self.expression(argument, certainty);
        }
    }

    /// A name or an expression, followed by calls and indices.
    fn chain(
        &mut self,
        prefix: &'a Prefix,
        suffixes: impl Iterator<Item = &'a Suffix>,
        certainty: Certainty,
    ) -> Option<Value<'a>> {
        let (mut receiver, mut value) = match prefix {
            Prefix::Name(token) => match name(token) {
                "module" => (Receiver::Module, Some(Value::Other)),
                other if self.host_modules.contains(&other) => (Receiver::HostModule, None),
                other => (Receiver::Named(other), self.variables.get(other)),
            },
            Prefix::Expression(expression) => {
                (Receiver::Unknown, self.expression(expression, certainty))
            }
            _ => (Receiver::Unknown, None),
        };
        self.read = None;
        for suffix in suffixes {
            (receiver, value) = match suffix {
                Suffix::Call(Call::MethodCall(call)) => self.method(receiver, call, certainty),
                Suffix::Call(Call::AnonymousCall(arguments)) => {
                    let result = self.anonymous_call(receiver, value, arguments, certainty);
                    (Receiver::Unknown, result)
                }
                Suffix::Index(Index::Dot { name: field, .. }) => match (receiver, name(field)) {
                    (Receiver::Module, "depends") => {
                        self.computed_dependency(line(field));
                        (Receiver::Unknown, None)
                    }
                    (Receiver::Named(table), field) => {
                        let of_value = value.and_then(|value| value.field(field));
                        let of_name = || Value::of_global(table, field);
                        (Receiver::Unknown, of_value.or_else(of_name))
                    }
                    (_, field) => {
                        let field = value.and_then(|value| value.field(field));
                        (Receiver::Unknown, field)
                    }
                },
                Suffix::Index(Index::Brackets { expression, .. }) => {
                    self.expression(expression, certainty);
                    self.read = None;
                    (Receiver::Unknown, None)
                }
                _ => (Receiver::Unknown, None),
            };
        }
        value
    }

    /// `function(…)`, and what it returns.
    fn anonymous_call(
        &mut self,
        called: Receiver<'a>,
        function: Option<Value<'a>>,
        arguments: &'a FunctionArgs,
        certainty: Certainty,
    ) -> Option<Value<'a>> {
        let before = self.declarations.options.len();
        let values = self.arguments(arguments, certainty);
        self.read = None;
        if function == Some(Value::ConfigGet) {
            let read = option::manager_read(arguments, &self.variables)?;
            self.read = Some(self.declarations.options.len());
            self.declarations.options.push(read);
            return Some(Value::Nil);
        }
        match called {
            Receiver::Named("require" | "softreq") if function.is_none() => {
                let library = match arguments {
                    FunctionArgs::String(token) => string(token),
                    _ => string_expression(option::arguments(arguments).first()?),
                };
                let certainty = match called {
                    Receiver::Named("require") => certainty,
                    _ => certainty.max(Certainty::Tried),
                };
                self.lua_library(library?, line_of(arguments), certainty);
                Value::of_library(library?)
            }
            Receiver::Named("assert") if certainty <= Certainty::ByDefault => {
                let fails = values
                    .first()
                    .copied()
                    .flatten()
                    .is_some_and(|v| !v.holds());
                if let (true, Some(asserted)) = (fails, option::arguments(arguments).first()) {
                    let about = self.options_in(asserted, before);
                    self.require(&about);
                }
                None
            }
            Receiver::Named("error") if certainty == Certainty::ByDefault => {
                let about = std::mem::take(&mut self.guard);
                self.require(&about);
                self.guard = about;
                None
            }
            _ => None,
        }
    }

    /// The options that a condition is about: those that it reads, all from number `first` on, and
    /// those that its variables were set to.
    fn options_in(&self, condition: &Expression, first: usize) -> Vec<usize> {
        let mut options: Vec<usize> = (first..self.declarations.options.len()).collect();
        let mut parts = vec![condition];
        while let Some(part) = parts.pop() {
            match part {
                Expression::BinaryOperator { lhs, rhs, .. } => parts.extend([&**lhs, &**rhs]),
                Expression::UnaryOperator { expression, .. }
                | Expression::Parentheses { expression, .. } => parts.push(expression),
                Expression::Var(Var::Name(token)) => {
                    options.extend(self.option_of.get(name(token)));
                }
                _ => {}
            }
        }
        options
    }

    /// Notes that the module does not load unless these options are set.
    fn require(&mut self, options: &[usize]) {
        for option in options {
            if let Some(read) = self.declarations.options.get_mut(*option) {
                read.option.required = true;
            }
        }
    }

    /// `option or default`
    fn default_to(&mut self, option: usize, default: &Expression) {
        let default = option::literal(default, &self.variables);
        if let Some(read) = self.declarations.options.get_mut(option)
            && read.option.default.is_none()
        {
            read.option.default = default;
        }
    }

    fn lua_library(&mut self, library: &str, line: usize, certainty: Certainty) {
        self.declarations.lua_libraries.push(Use {
            name: library.to_owned(),
            certainty,
            line,
        });
    }

    /// A method call: its result as the receiver of another one, and as a value.
    ///
    /// This is where what a module asks of Prosody is recognised.
    fn method(
        &mut self,
        receiver: Receiver<'a>,
        call: &'a MethodCall,
        certainty: Certainty,
    ) -> (Receiver<'a>, Option<Value<'a>>) {
        let values = self.arguments(call.args(), certainty);
        self.read = None;
        let (method, at) = (name(call.name()), line(call.name()));
        let on_host = match receiver {
            Receiver::HostModule | Receiver::GlobalModule => certainty.max(Certainty::ByDefault),
            _ => certainty,
        };
        match (receiver, method) {
            (Receiver::Module | Receiver::HostModule | Receiver::GlobalModule, "depends") => {
                let (named, soft) = match call.args() {
                    FunctionArgs::Parentheses { arguments, .. } => {
                        let mut arguments = arguments.iter();
                        (arguments.next(), arguments.next())
                    }
                    FunctionArgs::String(token) => {
                        self.named_dependency(string(token), at, on_host);
                        return (Receiver::Unknown, None);
                    }
                    _ => (None, None),
                };
                self.depends(named, soft, at, on_host);
            }
            (_, "depends") => {
                let reason = Reason::UnknownReceiver { line: at };
                self.declarations.unclear.push(reason);
            }
            (Receiver::Module, "require") => {
                let library = match call.args() {
                    FunctionArgs::Parentheses { arguments, .. } => {
                        arguments.iter().next().and_then(string_expression)
                    }
                    FunctionArgs::String(token) => string(token),
                    _ => None,
                };
                self.library(library, at, certainty);
            }
            // These four of the module API begin with `self:depends("cron")`.
            (Receiver::Module | Receiver::HostModule, "cron" | "hourly" | "daily" | "weekly") => {
                self.named_dependency(Some("cron"), at, on_host)
            }
            (Receiver::Module, "set_global") if certainty <= Certainty::ByDefault => {
                self.declarations.is_global = true;
            }
            (Receiver::Module, "context") => {
                return match values.first().copied() {
                    None | Some(Some(Value::Text("*"))) => (Receiver::GlobalModule, None),
                    Some(_) => (Receiver::HostModule, None),
                };
            }
            (Receiver::Module | Receiver::HostModule, "provides" | "add_item") => {
                let reads = option::service_reads(method, call.args(), &self.variables);
                self.declarations.options.extend(reads);
            }
            // Whatever the receiver is: a host's module, found in some table, is one as well.
            (receiver, _) if method.starts_with("get_option") => {
                let scope = match receiver {
                    Receiver::Module if self.host_modules.contains(&"module") => Scope::Host,
                    Receiver::Module => Scope::Own,
                    Receiver::GlobalModule => Scope::Global,
                    _ => Scope::Host,
                };
                if let Some(read) = option::method_read(method, call.args(), scope, &self.variables)
                {
                    self.read = Some(self.declarations.options.len());
                    self.declarations.options.push(read);
                }
                if receiver == Receiver::Unknown || matches!(receiver, Receiver::Named(_)) {
                    return (Receiver::Unknown, None);
                }
                let default = values.get(1).copied().unwrap_or(Some(Value::Nil));
                let value = default.map(|default| Value::of_option(method, default));
                return (Receiver::Unknown, value);
            }
            _ => {}
        }
        (Receiver::Unknown, None)
    }

    fn arguments(
        &mut self,
        arguments: &'a FunctionArgs,
        certainty: Certainty,
    ) -> Vec<Option<Value<'a>>> {
        match arguments {
            FunctionArgs::Parentheses { arguments, .. } => self.expressions(arguments, certainty),
            FunctionArgs::String(token) => vec![self.string(token)],
            FunctionArgs::TableConstructor(table) => vec![Some(self.table(table, certainty))],
            _ => Vec::new(),
        }
    }

    /// A dependency with the expressions for its name and for whether it is soft.
    fn depends(
        &mut self,
        named: Option<&Expression>,
        soft: Option<&Expression>,
        at: usize,
        certainty: Certainty,
    ) {
        let soft = soft.map(|soft| match soft {
            Expression::Symbol(token) => symbol(token),
            _ => None,
        });
        let certainty = match soft {
            None | Some(Some(Symbol::False | Symbol::Nil)) => certainty,
            Some(Some(Symbol::True)) => Certainty::Soft,
            Some(_) => certainty.max(Certainty::ByDefault),
        };
        self.named_dependency(named.and_then(string_expression), at, certainty);
    }

    fn named_dependency(&mut self, named: Option<&str>, at: usize, certainty: Certainty) {
        match named {
            Some(named) => self.declarations.depends.push(Use {
                name: named.to_owned(),
                certainty,
                line: at,
            }),
            None => self.computed_dependency(at),
        }
    }

    fn computed_dependency(&mut self, line: usize) {
        self.declarations.computed = true;
        let reason = Reason::DependencyNotLiteral { line };
        self.declarations.unclear.push(reason);
    }

    fn library(&mut self, named: Option<&str>, line: usize, certainty: Certainty) {
        match named {
            Some(named) => self.declarations.libraries.push(Use {
                name: named.to_owned(),
                certainty,
                line,
            }),
            None => {
                self.declarations.computed = true;
                let reason = Reason::LibraryNotLiteral { line };
                self.declarations.unclear.push(reason);
            }
        }
    }
}

/// How surely something runs that runs if a condition is `wanted`.
fn if_known(holds: Option<bool>, wanted: bool, certainty: Certainty) -> Certainty {
    if holds == Some(wanted) {
        certainty.max(Certainty::ByDefault)
    } else {
        Certainty::Conditional
    }
}

/// The line on which `module.depends` stands, if that is the expression.
fn module_depends(expression: &Expression) -> Option<usize> {
    let Expression::Var(Var::Expression(path)) = expression else {
        return None;
    };
    let mut suffixes = path.suffixes();
    match (path.prefix(), suffixes.next(), suffixes.next()) {
        (Prefix::Name(module), Some(Suffix::Index(Index::Dot { name: field, .. })), None)
            if name(module) == "module" && name(field) == "depends" =>
        {
            Some(line(field))
        }
        _ => None,
    }
}

/// The line on which the arguments of a call begin.
fn line_of(arguments: &FunctionArgs) -> usize {
    match arguments {
        FunctionArgs::Parentheses { parentheses, .. } => line(parentheses.tokens().0),
        FunctionArgs::String(token) => line(token),
        _ => 0,
    }
}
