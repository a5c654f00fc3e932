//! Which options Lua code reads: `module:get_option…("name", default)`, `configmanager.get(host,
//! "name")`, and those of the services that a module provides.

use std::collections::HashSet;

use full_moon::ast::{
    BinOp, Call, Expression, Field, FunctionArgs, Index, Prefix, Suffix, TableConstructor, UnOp,
    Var,
};
use full_moon::tokenizer::{Symbol, TokenType};
use serde_json::Value as Json;

use super::declaration::{OWN_NAME, OptionRead, Scope};
use super::lua::{name, string, string_expression, symbol};
use super::value::{Value, Variables};
use crate::release::{OptionType, ReleaseOption, Scalar};

/// Longer texts are messages and pages, and no defaults that anybody compares.
const MAX_DEFAULT: usize = 100;
/// Longer texts are no names of options.
const MAX_NAME: usize = 100;

/// The arguments of a call that are expressions.
pub(super) fn arguments(arguments: &FunctionArgs) -> Vec<&Expression> {
    match arguments {
        FunctionArgs::Parentheses { arguments, .. } => arguments.iter().collect(),
        _ => Vec::new(),
    }
}

/// A call of one of the `module:get_option…` methods.
pub(super) fn method_read(
    method: &str,
    call: &FunctionArgs,
    scope: Scope,
    variables: &Variables,
) -> Option<OptionRead> {
    let option_type = getter(method)?;
    let arguments = arguments(call);
    let option = match call {
        FunctionArgs::String(token) => string(token).unwrap_or("*").to_owned(),
        _ => name_of(arguments.first()?, variables),
    };
    let literal = |at: usize| literal(arguments.get(at)?, variables);
    let mut read = plain(option, scope, option_type);
    read.option.default = literal(1);
    match option_type {
        OptionType::Enum => {
            let value = |at: usize| Scalar::of(&literal(at)?);
            // One that is not known may be any.
            let others: Option<Vec<Scalar>> = (2..arguments.len()).map(value).collect();
            if let Some(others) = others {
                read.option.values = value(1).into_iter().chain(others).collect();
            }
            // The default is first, and perhaps again among the others.
            keep_first(&mut read.option.values);
        }
        OptionType::Number | OptionType::Integer | OptionType::Period => {
            (read.option.min, read.option.max) = (literal(2), literal(3));
        }
        _ => {}
    }
    Some(read)
}

/// A call of `configmanager.get(host, name)` or `.rawget`.
pub(super) fn manager_read(call: &FunctionArgs, variables: &Variables) -> Option<OptionRead> {
    let arguments = arguments(call);
    let scope = match arguments.first()? {
        Expression::String(token) if string(token) == Some("*") => Scope::Global,
        _ => Scope::Host,
    };
    let option = name_of(arguments.get(1)?, variables);
    // A function that is handed host and name reads what others ask for: `config:get` in the shell.
    if option == "*" {
        return None;
    }
    Some(plain(option, scope, OptionType::Any))
}

/// The options of a service: `module:provides("net", { name = "c2s"; default_port = 5222; … })`.
/// Prosody's port manager reads them, in `core/portmanager.lua`.
pub(super) fn service_reads(
    method: &str,
    call: &FunctionArgs,
    variables: &Variables,
) -> Vec<OptionRead> {
    let arguments = arguments(call);
    let kind = arguments.first().copied().and_then(string_expression);
    if !matches!(
        (method, kind),
        ("provides", Some("net")) | ("add_item", Some("net-provider"))
    ) {
        return Vec::new();
    }
    let table = match arguments.get(1) {
        Some(Expression::TableConstructor(table)) => Some(table),
        _ => None,
    };
    let field = |wanted: &str| table.and_then(|table| field(table, wanted));
    let prefix = match (field("config_prefix"), field("name"), table) {
        (Some(prefix), ..) | (None, Some(prefix), _) => name_of(prefix, variables),
        (None, None, Some(_)) => OWN_NAME.to_string(),
        (None, None, None) => "*".to_owned(),
    };
    let prefix = match prefix.as_str() {
        "" => String::new(),
        prefix => format!("{prefix}_"),
    };
    let mut ports = plain(format!("{prefix}ports"), Scope::Global, OptionType::Set);
    ports.option.default = field("default_ports")
        .and_then(|ports| literal(ports, variables))
        .or_else(|| {
            Some(Json::Array(vec![literal(
                field("default_port")?,
                variables,
            )?]))
        });
    let mut interfaces = plain(
        format!("{prefix}interfaces"),
        Scope::Global,
        OptionType::Set,
    );
    interfaces.option.default =
        field("default_interface").and_then(|interface| literal(interface, variables));
    let ssl = plain(format!("{prefix}ssl"), Scope::Host, OptionType::Any);
    vec![ports, interfaces, ssl]
}

/// Keeps the first of each value.
pub(super) fn keep_first(values: &mut Vec<Scalar>) {
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
}

/// A read of which nothing else is known.
fn plain(name: String, scope: Scope, option_type: OptionType) -> OptionRead {
    OptionRead {
        name,
        scope,
        option: ReleaseOption {
            option_type,
            values: Vec::new(),
            default: None,
            min: None,
            max: None,
            global_only: false,
            required: false,
            observed: false,
        },
    }
}

fn getter(method: &str) -> Option<OptionType> {
    Some(match method.strip_prefix("get_option")? {
        "" => OptionType::Any,
        "_string" => OptionType::String,
        "_number" => OptionType::Number,
        "_integer" => OptionType::Integer,
        "_boolean" => OptionType::Boolean,
        "_period" => OptionType::Period,
        "_path" => OptionType::Path,
        "_array" => OptionType::Array,
        "_set" | "_inherited_set" => OptionType::Set,
        "_enum" => OptionType::Enum,
        "_scalar" => OptionType::Scalar,
        _ => return None,
    })
}

/// The name that an expression gives, with `*` for each part that is not known.
fn name_of(expression: &Expression, variables: &Variables) -> String {
    let mut text = String::new();
    push_name(expression, variables, &mut text);
    // One `*` says as much as several, and whatever is between them.
    match (text.find('*'), text.rfind('*')) {
        (Some(first), Some(last)) => [&text[..=first], &text[last + 1..]].concat(),
        _ if text.len() > MAX_NAME => "*".to_owned(),
        _ => text,
    }
}

fn push_name(expression: &Expression, variables: &Variables, text: &mut String) {
    match expression {
        Expression::String(token) => text.push_str(string(token).unwrap_or("*")),
        Expression::Parentheses { expression, .. } => push_name(expression, variables, text),
        Expression::BinaryOperator {
            lhs,
            binop: BinOp::TwoDots(_),
            rhs,
        } => {
            push_name(lhs, variables, text);
            push_name(rhs, variables, text);
        }
        Expression::Var(Var::Name(token)) => match variables.get(name(token)) {
            // Many reads may share one long text.
            Some(Value::Text(known)) if known.len() <= MAX_NAME => text.push_str(known),
            _ => text.push('*'),
        },
        Expression::Var(Var::Expression(path)) if is_own_name(path.prefix(), path.suffixes()) => {
            text.push(OWN_NAME);
        }
        Expression::FunctionCall(call) if is_own_name(call.prefix(), call.suffixes()) => {
            text.push(OWN_NAME);
        }
        _ => text.push('*'),
    }
}

/// `module.name` and `module:get_name()`.
fn is_own_name<'a>(prefix: &Prefix, mut suffixes: impl Iterator<Item = &'a Suffix>) -> bool {
    let is_name = match suffixes.next() {
        Some(Suffix::Index(Index::Dot { name: field, .. })) => name(field) == "name",
        Some(Suffix::Call(Call::MethodCall(call))) => name(call.name()) == "get_name",
        _ => false,
    };
    is_name
        && suffixes.next().is_none()
        && matches!(prefix, Prefix::Name(token) if name(token) == "module")
}

/// What a literal is as JSON, products of numbers included: periods and sizes are written so.
pub(super) fn literal(expression: &Expression, variables: &Variables) -> Option<Json> {
    match expression {
        Expression::String(token) => {
            let text = string(token).filter(|text| text.len() <= MAX_DEFAULT)?;
            Some(text.into())
        }
        Expression::Parentheses { expression, .. } => literal(expression, variables),
        Expression::Symbol(token) => match symbol(token)? {
            Symbol::True => Some(true.into()),
            Symbol::False => Some(false.into()),
            _ => None,
        },
        Expression::Number(token) => match token.token_type() {
            TokenType::Number { text } => number(number_of(text)?),
            _ => None,
        },
        Expression::UnaryOperator {
            unop: UnOp::Minus(_),
            expression,
        } => number(-literal(expression, variables)?.as_f64()?),
        Expression::BinaryOperator { lhs, binop, rhs } => {
            let left = literal(lhs, variables)?.as_f64()?;
            let right = literal(rhs, variables)?.as_f64()?;
            number(match binop {
                BinOp::Star(_) => left * right,
                BinOp::Plus(_) => left + right,
                BinOp::Minus(_) => left - right,
                BinOp::Slash(_) => left / right,
                _ => return None,
            })
        }
        Expression::TableConstructor(table) => list_literal(table, variables),
        Expression::Var(Var::Name(token)) => match variables.certain(name(token))? {
            Value::Text(text) if text.len() <= MAX_DEFAULT => Some(text.into()),
            Value::Boolean(value) => Some(value.into()),
            Value::Number(value) => number(value),
            Value::EmptyTable => Some(Json::Array(Vec::new())),
            _ => None,
        },
        _ => None,
    }
}

fn number_of(text: &str) -> Option<f64> {
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => Some(u32::from_str_radix(digits, 16).ok()?.into()),
        None => text.parse().ok(),
    }
}

/// Whole numbers without a point; nothing for what JSON cannot hold.
fn number(value: f64) -> Option<Json> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        // It is whole and within the range.
        #[allow(clippy::cast_possible_truncation)]
        return Some((value as i64).into());
    }
    serde_json::Number::from_f64(value).map(Json::Number)
}

/// A list of literals. A default with more structure does not fit in a table.
fn list_literal(table: &TableConstructor, variables: &Variables) -> Option<Json> {
    let items = table.fields().iter().map(|field| match field {
        Field::NoKey(value) => literal(value, variables).filter(|item| !item.is_array()),
        _ => None,
    });
    items.collect::<Option<Vec<Json>>>().map(Json::Array)
}

fn field<'a>(table: &'a TableConstructor, wanted: &str) -> Option<&'a Expression> {
    table.fields().iter().find_map(|field| match field {
        Field::NameKey { key, value, .. } if name(key) == wanted => Some(&**value),
        _ => None,
    })
}
