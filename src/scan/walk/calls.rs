//! What the calls in a plugin ask of Prosody: this is where its functions are recognised.

use full_moon::ast::{
    Call, Expression, FunctionArgs, FunctionCall, Index, MethodCall, Prefix, Suffix, Var,
};
use full_moon::tokenizer::Symbol;

use super::{Receiver, Walk};
use crate::scan::declaration::{Certainty, Scope, Use};
use crate::scan::lua::{line, name, string, string_expression, symbol};
use crate::scan::option;
use crate::scan::report::Reason;
use crate::scan::value::Value;

impl<'a> Walk<'a, '_> {
    pub(super) fn call(
        &mut self,
        call: &'a FunctionCall,
        certainty: Certainty,
    ) -> Option<Value<'a>> {
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
    pub(super) fn chain(
        &mut self,
        prefix: &'a Prefix,
        suffixes: impl Iterator<Item = &'a Suffix>,
        certainty: Certainty,
    ) -> Option<Value<'a>> {
        let (mut receiver, mut value) = match prefix {
            Prefix::Name(token) => match name(token) {
                "module" => (Receiver::Module, Some(Value::Other)),
                other if self.host_modules.contains(&other) => (Receiver::HostModule, None),
                other => match self.variables.get(other) {
                    Some(Value::GlobalModule) => {
                        (Receiver::GlobalModule, Some(Value::GlobalModule))
                    }
                    value => (Receiver::Named(other), value),
                },
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
                    match self.anonymous_call(receiver, value, arguments, certainty) {
                        Some(Value::GlobalModule) => {
                            (Receiver::GlobalModule, Some(Value::GlobalModule))
                        }
                        result => (Receiver::Unknown, result),
                    }
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
            // `prosodyctl check` has the module API of each host by this function of its own.
            Receiver::Named("api") if values.first() == Some(&Some(Value::Text("*"))) => {
                Some(Value::GlobalModule)
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
    pub(super) fn options_in(&self, condition: &Expression, first: usize) -> Vec<usize> {
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
    pub(super) fn default_to(&mut self, option: usize, default: &Expression) {
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
                    None | Some(Some(Value::Text("*"))) => {
                        (Receiver::GlobalModule, Some(Value::GlobalModule))
                    }
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

/// The line on which `module.depends` is, if that is the expression.
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
