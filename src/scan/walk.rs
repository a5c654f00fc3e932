//! Walks the syntax tree of a plugin once, and collects what it declares.
//!
//! Every part of the tree is visited with how surely it runs, and every expression gives its value
//! on a server that sets no option. A branch whose condition is known that way runs by default.

mod calls;

use std::collections::HashMap;

use full_moon::ast::{
    Assignment, Ast, BinOp, Block, Expression, Field, FunctionBody, FunctionDeclaration, If,
    LastStmt, LocalAssignment, Parameter, Stmt, TableConstructor, UnOp, Var,
};
use full_moon::tokenizer::{Symbol, TokenReference, TokenType};

use super::declaration::{Certainty, Declarations};
use super::lua::{line, name, string, symbol};
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
            let exit = self.statement(statement, after(certainty, leaves));
            leaves = either(leaves, exit);
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
}

/// How surely something runs that runs if a condition is `wanted`.
fn if_known(holds: Option<bool>, wanted: bool, certainty: Certainty) -> Certainty {
    if holds == Some(wanted) {
        certainty.max(Certainty::ByDefault)
    } else {
        Certainty::Conditional
    }
}
