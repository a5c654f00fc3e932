//! What expressions and variables are on a server whose configuration sets no option.
//!
//! Many plugins declare a dependency only if an option says so. What an option is when nobody sets
//! it is next to it: `module:get_option_boolean("name", true)`, and nil without a default.

use std::collections::{HashMap, HashSet};

use full_moon::ast::BinOp;

/// A value, as far as conditions care.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Nil,
    Boolean(bool),
    /// `math.huge` is infinite; that is how an option says "never".
    Number(f64),
    /// A number that is not known, but finite.
    FiniteNumber,
    Text(&'a str),
    EmptyTable,
    /// Prosody's configuration manager, and its function that reads an option.
    ConfigManager,
    ConfigGet,
    /// The global section's view of a module: `module:context("*")`.
    GlobalModule,
    /// Something else that is neither nil nor false.
    Other,
}

impl<'a> Value<'a> {
    /// Whether a condition with this value holds.
    pub(super) fn holds(self) -> bool {
        !matches!(self, Self::Nil | Self::Boolean(false))
    }

    /// What `module:get_option…(name, default)` returns when the option is not set.
    pub(super) fn of_option(method: &str, default: Self) -> Self {
        match (method, default) {
            ("get_option_period", Self::Text("never")) => Self::Number(f64::INFINITY),
            ("get_option_period" | "get_option_number" | "get_option_integer", Self::Text(_)) => {
                Self::FiniteNumber
            }
            // A set is an object with methods, and a path is completed.
            ("get_option_set" | "get_option_inherited_set", Self::EmptyTable)
            | ("get_option_path", Self::Text(_)) => Self::Other,
            (_, default) => default,
        }
    }

    /// What a variable or function of Prosody or Lua is, whose dotted name this is.
    pub(super) fn of_global(table: &str, field: &str) -> Option<Self> {
        match (table, field) {
            // Both are set on a server, and not by prosodyctl, which loads the same plugins.
            ("prosody", "process_type") => Some(Self::Text("prosody")),
            ("prosody", "shutdown") => Some(Self::Other),
            ("math", "huge") => Some(Self::Number(f64::INFINITY)),
            _ => None,
        }
    }

    /// What `require "library"` returns.
    pub(super) fn of_library(library: &str) -> Option<Self> {
        let short_name = library.strip_prefix("prosody.").unwrap_or(library);
        (short_name == "core.configmanager").then_some(Self::ConfigManager)
    }

    /// `value.field`
    pub(super) fn field(self, field: &str) -> Option<Self> {
        match (self, field) {
            (Self::ConfigManager, "get" | "rawget") => Some(Self::ConfigGet),
            _ => None,
        }
    }

    /// `#value`
    pub(super) fn length(self) -> Option<Self> {
        (self == Self::EmptyTable).then_some(Self::Number(0.0))
    }

    fn equals(self, other: Self) -> Option<bool> {
        match (self, other) {
            (Self::Other, value) | (value, Self::Other) if !value.holds() => Some(false),
            (Self::Other | Self::ConfigManager | Self::ConfigGet | Self::GlobalModule, _)
            | (_, Self::Other | Self::ConfigManager | Self::ConfigGet | Self::GlobalModule)
            | (Self::EmptyTable, Self::EmptyTable) => None,
            (Self::FiniteNumber, Self::Number(number))
            | (Self::Number(number), Self::FiniteNumber)
                if number.is_finite() =>
            {
                None
            }
            (Self::FiniteNumber, Self::FiniteNumber) => None,
            (left, right) => Some(left == right),
        }
    }
}

/// What a binary operator makes of its operands.
pub(super) fn binary<'a>(
    left: Option<Value<'a>>,
    operator: &BinOp,
    right: Option<Value<'a>>,
) -> Option<Value<'a>> {
    match operator {
        BinOp::And(_) => match (left.map(Value::holds), right.map(Value::holds)) {
            (Some(true), _) => right,
            (Some(false), _) => left,
            // False either way, if not the same.
            (None, Some(false)) => Some(Value::Boolean(false)),
            _ => None,
        },
        BinOp::Or(_) => match (left.map(Value::holds), right.map(Value::holds)) {
            (Some(true), _) => left,
            (Some(false), _) => right,
            (None, Some(true)) => Some(Value::Other),
            _ => None,
        },
        BinOp::TwoEqual(_) => left?.equals(right?).map(Value::Boolean),
        BinOp::TildeEqual(_) => left?.equals(right?).map(|equal| Value::Boolean(!equal)),
        _ => {
            let (Some(Value::Number(left)), Some(Value::Number(right))) = (left, right) else {
                return None;
            };
            match operator {
                BinOp::LessThan(_) => Some(Value::Boolean(left < right)),
                BinOp::LessThanEqual(_) => Some(Value::Boolean(left <= right)),
                BinOp::GreaterThan(_) => Some(Value::Boolean(left > right)),
                BinOp::GreaterThanEqual(_) => Some(Value::Boolean(left >= right)),
                // Periods and sizes are often written as products.
                BinOp::Star(_) => Some(Value::Number(left * right)),
                _ => None,
            }
        }
    }
}

/// The local variables in sight, by name, and what is known of their values.
#[derive(Default)]
pub(super) struct Variables<'a> {
    values: HashMap<&'a str, Option<Value<'a>>>,
    /// What the declarations of the open blocks hide, to be put back.
    hidden: Vec<(&'a str, Option<Option<Value<'a>>>)>,
    /// Those that a branch sets of which nobody knows whether it runs.
    doubtful: HashSet<&'a str>,
}

/// The place in a file where a block begins.
pub(super) struct Block(usize);

impl<'a> Variables<'a> {
    /// Opens a block, whose variables end with it.
    pub(super) fn open(&self) -> Block {
        Block(self.hidden.len())
    }

    /// Closes a block.
    pub(super) fn close(&mut self, block: Block) {
        for (name, hidden) in self.hidden.drain(block.0..).rev() {
            match hidden {
                Some(value) => self.values.insert(name, value),
                None => self.values.remove(name),
            };
        }
    }

    /// `local name = value`
    pub(super) fn declare(&mut self, name: &'a str, value: Option<Value<'a>>) {
        let hidden = self.values.insert(name, value);
        self.doubtful.remove(name);
        self.hidden.push((name, hidden));
    }

    /// `name = value`; for a global variable nothing is kept, since other files may set it as well.
    pub(super) fn assign(&mut self, name: &str, value: Option<Value<'a>>) {
        if let Some(known) = self.values.get_mut(name) {
            *known = value;
        }
    }

    /// `name = value` in a branch of which nobody knows whether it runs.
    pub(super) fn doubt(&mut self, name: &'a str) {
        self.doubtful.insert(name);
    }

    /// What a variable is, if no branch can change it.
    pub(super) fn certain(&self, name: &str) -> Option<Value<'a>> {
        self.get(name).filter(|_| !self.doubtful.contains(name))
    }

    /// What a variable is, if that is known.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.values.get(name).copied().flatten()
    }
}
