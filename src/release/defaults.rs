//! Which branches of a plugin run under a default configuration.
//!
//! Many plugins declare a dependency only if an option says so. What an option is when nobody sets
//! it stands beside it: `module:get_option_boolean("name", true)`, and nil without a default.

use std::collections::HashMap;

use full_moon::ast::{BinOp, Call, Expression, FunctionArgs, Suffix, UnOp, Var};

use super::finder::text;

/// What local variables hold when no option is set.
#[derive(Default)]
pub(super) struct Defaults(HashMap<String, Value>);

/// A literal, as far as conditions care.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Nil,
    False,
    Text(String),
    /// True, a number or a table.
    Other,
}

impl Value {
    fn holds(&self) -> bool {
        !matches!(self, Self::Nil | Self::False)
    }
}

impl Defaults {
    /// Finds `local name = module:get_option…("option", default)` in a plugin's text.
    ///
    /// A name that is given two different defaults is not known.
    pub(super) fn read(source: &str) -> Self {
        let mut defaults: HashMap<String, Option<Value>> = HashMap::new();
        for (at, call) in source.match_indices("module:get_option") {
            let before = source[..at].trim_end();
            let Some(name) = before.strip_suffix('=').and_then(local_name) else {
                continue;
            };
            let value = source[at + call.len()..]
                .split_once('(')
                .and_then(|(_, arguments)| default_argument(arguments));
            defaults
                .entry(name.to_owned())
                .and_modify(|known| {
                    *known = known.take().filter(|known| value.as_ref() == Some(known))
                })
                .or_insert_with(|| value.clone());
        }
        let known = defaults.into_iter();
        Self(
            known
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        )
    }

    /// Whether a condition holds by default; `None` when that cannot be told.
    pub(super) fn holds(&self, condition: &Expression) -> Option<bool> {
        match condition {
            Expression::Parentheses { expression, .. } => self.holds(expression),
            Expression::UnaryOperator {
                unop: UnOp::Not(_),
                expression,
            } => self.holds(expression).map(|holds| !holds),
            Expression::BinaryOperator { lhs, binop, rhs } => match binop {
                BinOp::And(_) => match (self.holds(lhs), self.holds(rhs)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
                BinOp::Or(_) => match (self.holds(lhs), self.holds(rhs)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
                BinOp::TwoEqual(_) => self.equal(lhs, rhs),
                BinOp::TildeEqual(_) => self.equal(lhs, rhs).map(|equal| !equal),
                _ => None,
            },
            Expression::Var(Var::Name(name)) => self.0.get(text(name)).map(Value::holds),
            // Set on a server, not by prosodyctl, which loads the same plugins.
            Expression::Var(Var::Expression(_)) => {
                (source_of(condition) == "prosody.shutdown").then_some(true)
            }
            Expression::FunctionCall(call) => option_call(call).map(|value| value.holds()),
            _ => None,
        }
    }

    /// Whether two sides are equal: a known variable and a literal.
    fn equal(&self, lhs: &Expression, rhs: &Expression) -> Option<bool> {
        let (left, right) = (source_of(lhs), source_of(rhs));
        if left == "prosody.process_type" {
            return Some(right == "\"prosody\"");
        }
        let known = match lhs {
            Expression::Var(Var::Name(name)) => self.0.get(text(name))?,
            _ => return None,
        };
        match (known, rhs) {
            // How an option says "never"; no default does.
            _ if right == "math.huge" => Some(false),
            (Value::Text(known), Expression::String(_)) => {
                Some(right.trim_matches(['"', '\'']) == known)
            }
            _ => None,
        }
    }
}

/// `module:get_option…("option", default)` as a condition of its own.
fn option_call(call: &full_moon::ast::FunctionCall) -> Option<Value> {
    let mut suffixes = call.suffixes();
    let (Some(Suffix::Call(Call::MethodCall(method))), None) = (suffixes.next(), suffixes.next())
    else {
        return None;
    };
    if call.prefix().to_string().trim() != "module"
        || !text(method.name()).starts_with("get_option")
    {
        return None;
    }
    match method.args() {
        FunctionArgs::Parentheses { arguments, .. } => {
            default_argument(&format!("{})", arguments.to_string().trim()))
        }
        FunctionArgs::String(_) => Some(Value::Nil),
        _ => None,
    }
}

/// The name in `local name `, the text before an `=`.
fn local_name(before: &str) -> Option<&str> {
    let before = before.trim_end();
    let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')? + 1;
    let declared = before[..start].trim_end();
    (declared.ends_with("local") && start < before.len()).then(|| &before[start..])
}

/// The second of the arguments, when it is a literal; none is nil.
fn default_argument(arguments: &str) -> Option<Value> {
    let mut depth = 0;
    let mut quoted = None;
    let end = arguments.find(|c: char| {
        match (quoted, c) {
            (Some(quote), _) if quote == c => quoted = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quoted = Some(c),
            (None, '(' | '{' | '[') => depth += 1,
            (None, ')' | ',') if depth == 0 => return true,
            (None, ')' | '}' | ']') => depth -= 1,
            (None, _) => {}
        }
        false
    })?;
    let Some(value) = arguments[end..].strip_prefix(',') else {
        return Some(Value::Nil);
    };
    let value = value.trim_start();
    let word: String = value
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric())
        .collect();
    match (word.as_str(), value.chars().next()?) {
        ("false", _) => Some(Value::False),
        ("nil", _) => Some(Value::Nil),
        ("true", _) | (_, '{' | '0'..='9') => Some(Value::Other),
        (_, quote @ ('"' | '\'')) => Some(Value::Text(value[1..].split_once(quote)?.0.to_owned())),
        _ => None,
    }
}

fn source_of(expression: &Expression) -> String {
    expression.to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn takes_the_second_argument_whatever_the_first_is() {
        assert_eq!(
            default_argument("module.name .. \"_(,\", true)"),
            Some(Value::Other)
        );
        assert_eq!(default_argument("name(1, 2))"), Some(Value::Nil));
        assert_eq!(default_argument("\"a\", other())"), None);
        assert_eq!(default_argument("\"a"), None);
    }

    #[test]
    fn reads_the_defaults_of_options() {
        let source = "local a = module:get_option_boolean(\"a\", true);\n\
            local b=module:get_option(\"b\")\n\
            local c = module:get_option_string('c', other);\n\
            local d = module:get_option_period(\"d\", \"1w\");\n\
            e = module:get_option(\"e\", true)\n\
            local f = module:get_option(\"f\", false)\nlocal f = module:get_option(\"g\", true)\n";
        let defaults = Defaults::read(source).0;
        assert_eq!(defaults.get("a"), Some(&Value::Other));
        assert_eq!(defaults.get("b"), Some(&Value::Nil));
        assert_eq!(defaults.get("c"), None);
        assert_eq!(defaults.get("d"), Some(&Value::Text("1w".to_owned())));
        assert_eq!(defaults.get("e"), None);
        assert_eq!(defaults.get("f"), None);
    }
}
