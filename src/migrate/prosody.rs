//! A `prosody.cfg.lua` for another Prosody: what is certain is rewritten, all else stays byte for
//! byte.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::thread;

use full_moon::ast::{
    Assignment, BinOp, Call, Expression, Field, FunctionArgs, FunctionCall, LocalAssignment,
    Prefix, Suffix, TableConstructor, Var,
};
use full_moon::node::Node;
use full_moon::tokenizer::TokenReference;
use full_moon::visitors::Visitor;

use crate::configuration::prosody::{COMPONENT_DIRECTIVES, VIRTUAL_HOST_DIRECTIVES};
use crate::configuration::{Configuration, Dialect, Host, HostKind, LISTS, Value};
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Inventory;
use crate::release::Release;
use crate::release::changes::{RenamedOption, renamed_in};
use crate::resolve::name_in;
use crate::scan::depth::STACK_SIZE;
use crate::scan::lua;
use crate::source::Source;

/// The text for another release, and what is left to do.
#[derive(Debug)]
pub struct Rewritten {
    /// The new text; the same as before when nothing is certain.
    pub text: String,
    /// How many places changed.
    pub changes: usize,
    /// What the new text configures, as the other release reads it.
    pub configuration: Configuration,
    /// What is left to do manually, a sentence each, with file and line.
    pub remaining: Vec<String>,
}

/// Rewrites a main file for a release; `read` reads a text as that release does.
///
/// An error when the release cannot read the new text: then nothing is certain.
pub fn rewrite(
    inventory: &Inventory,
    release: &Release,
    source: &Source,
    read: impl Fn(&Source) -> Result<Configuration>,
) -> Result<Rewritten> {
    let appends = Dialect::of(&release.version) == Dialect::V13;
    let first = edits(source, |walk| {
        walk.renames = Some((inventory, release));
        walk.appends = appends;
    })?;
    let text = apply(source.text(), &first);
    let renamed_source = Source::new(source.name(), text.as_str());
    let configuration = read(&renamed_source).map_err(|error| match first.as_slice() {
        [] => error,
        _ => Box::new(error.help("this is the rewritten text, which was not saved")),
    })?;
    let handles = if appends {
        handles(&configuration)
    } else {
        Vec::new()
    };
    let in_this_file = handles.into_iter();
    let in_this_file = in_this_file.filter(|handle| handle.file == source.name());
    let in_this_file = in_this_file.map(|handle| (handle.option, handle.list, handle.line));
    let in_this_file: HashSet<_> = in_this_file.collect();
    let options = renamed_options(release, &configuration);
    let second = edits(&renamed_source, |walk| {
        walk.handles = in_this_file;
        walk.options = options;
    })?;
    let text = apply(&text, &second);
    let configuration = if second.is_empty() {
        configuration
    } else {
        read(&Source::new(source.name(), text.as_str()))?
    };
    Ok(Rewritten {
        text,
        changes: first.len() + second.len(),
        remaining: remaining(inventory, release, &configuration),
        configuration,
    })
}

/// A part of the text, and what replaces it.
struct Edit {
    range: Range<usize>,
    replacement: String,
}

/// An option that holds the handle of a list by mistake.
struct Handle {
    option: String,
    list: String,
    file: String,
    line: usize,
}

fn handles(configuration: &Configuration) -> Vec<Handle> {
    let hosts = configuration.hosts.values();
    let settings = hosts.flat_map(|host| &host.options);
    let handles = settings.filter_map(|(option, setting)| match &setting.value {
        Value::Handle(list) => Some(Handle {
            option: option.clone(),
            list: list.clone(),
            file: setting.place.file.clone(),
            line: setting.place.line,
        }),
        _ => None,
    });
    handles.collect()
}

/// The options whose names can be replaced for certain: with the same value and the same effect, and
/// where the new name is not set as well. Those that the file reads itself stay.
fn renamed_options(
    release: &Release,
    configuration: &Configuration,
) -> HashMap<&'static str, &'static str> {
    let renamed = renamed_in(&release.version).into_iter();
    let is_certain = |renamed: &&RenamedOption| {
        let is_set = |host: &Host, name: &str| host.options.contains_key(name);
        let mut hosts = configuration.hosts.values();
        !renamed.value_differs
            && renamed.module.is_none()
            && release.reads(&renamed.to)
            && !configuration.read_back.contains(&renamed.from)
            && !hosts.any(|host| is_set(host, &renamed.from) && is_set(host, &renamed.to))
    };
    let certain = renamed.filter(is_certain);
    certain
        .map(|renamed| (renamed.from.as_str(), renamed.to.as_str()))
        .collect()
}

/// What stays wrong and is known: in included files, and where a list is made by a program.
fn remaining(
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
) -> Vec<String> {
    let mut remaining = Vec::new();
    for file in configuration.files.iter().skip(1) {
        remaining.push(format!(
            "{file} is included, and included files are not rewritten"
        ));
    }
    for handle in handles(configuration) {
        let Handle {
            option,
            list,
            file,
            line,
        } = handle;
        remaining.push(format!("{file}:{line}: write `{option} = {list}:value()`"));
    }
    for host in configuration.hosts.values() {
        let lists = LISTS.iter().filter_map(|list| host.options.get(*list));
        let listed = lists.flat_map(|setting| {
            let names = setting.strings().into_iter();
            names.map(|name| (name, Some(setting.place_of(name))))
        });
        let made_of = match &host.kind {
            HostKind::Component(name) => Some((name.as_str(), host.place.as_ref())),
            _ => None,
        };
        for (name, place) in listed.chain(made_of) {
            if let Some(current) = current_name(inventory, release, name) {
                let place = place.map_or(String::new(), |place| format!("{place}: "));
                remaining.push(format!(
                    "{place}{name} was renamed to {current} in Prosody {}",
                    release.version
                ));
            }
        }
    }
    remaining.sort();
    remaining.dedup();
    remaining
}

/// The name of a module in a release that does not know it by its name here: the same module for
/// certain, by the inventory. A replacement is another module, with other options.
fn current_name<'a>(inventory: &'a Inventory, release: &Release, name: &str) -> Option<&'a str> {
    if release.modules.contains_key(name) {
        return None;
    }
    let mut modules = inventory.modules.iter();
    let (current, module) = modules.find(|(current, module)| {
        current.as_str() == name
            || module
                .renamed_from
                .iter()
                .any(|former| former.as_str() == name)
    })?;
    let real = name_in(release, current, module);
    (real != name && release.usable(real).is_ok()).then_some(real)
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut copied = 0;
    for edit in edits {
        new.push_str(text.get(copied..edit.range.start).unwrap_or_default());
        new.push_str(&edit.replacement);
        copied = edit.range.end;
    }
    new.push_str(text.get(copied..).unwrap_or_default());
    new
}

/// The edits that a walk over the syntax tree finds, in the order of the text.
fn edits<'a>(source: &'a Source, set: impl FnOnce(&mut Walk<'a>) + Send) -> Result<Vec<Edit>> {
    let work = || {
        let tree = lua::parse(source.text()).map_err(|reason| reason.to_string())?;
        let mut walk = Walk {
            text: source.text(),
            renames: None,
            appends: false,
            handles: HashSet::new(),
            options: HashMap::new(),
            locals: HashSet::new(),
            edits: Vec::new(),
        };
        set(&mut walk);
        walk.visit_ast(&tree);
        let mut edits = walk.edits;
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        // Two edits may be found for the same text.
        edits.dedup_by_key(|edit| edit.range.start);
        Ok(edits)
    };
    // The tree may be deep.
    let done = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_SIZE);
        let thread = thread.spawn_scoped(scope, work);
        let thread = thread.map_err(|error| error.to_string())?;
        thread
            .join()
            .unwrap_or_else(|_| Err("it cannot be parsed".to_owned()))
    });
    done.map_err(|reason: String| {
        let error = Diagnostic::error(format!("cannot rewrite {}: {reason}", source.name()));
        Box::new(error.help("correct it first, or change it manually"))
    })
}

struct Walk<'a> {
    text: &'a str,
    renames: Option<(&'a Inventory<'a>, &'a Release)>,
    appends: bool,
    /// An option, the list that it holds the handle of, and the line.
    handles: HashSet<(String, String, usize)>,
    /// Options with their new names.
    options: HashMap<&'static str, &'static str>,
    /// Names that are local somewhere: they may be no options.
    locals: HashSet<String>,
    edits: Vec<Edit>,
}

impl Walk<'_> {
    /// The strings in a list of modules.
    fn list(&mut self, expression: &Expression) {
        match expression {
            Expression::TableConstructor(table) => self.table(table),
            Expression::BinaryOperator { lhs, rhs, .. } => {
                self.list(lhs);
                self.list(rhs);
            }
            Expression::Parentheses { expression, .. } => self.list(expression),
            _ => {}
        }
    }

    fn table(&mut self, table: &TableConstructor) {
        for field in table.fields() {
            if let Field::NoKey(Expression::String(token)) = field {
                self.module(token);
            }
        }
    }

    fn module(&mut self, token: &TokenReference) {
        let (Some((inventory, release)), Some(name)) = (self.renames, lua::string(token)) else {
            return;
        };
        let Some(current) = current_name(inventory, release, name) else {
            return;
        };
        let start = token.token().start_position().bytes();
        let end = token.token().end_position().bytes();
        // Between quotes of any kind.
        let Some(inside) = self.text.get(start..end).and_then(|text| text.find(name)) else {
            return;
        };
        let start = start + inside;
        self.edits.push(Edit {
            range: start..start + name.len(),
            replacement: current.to_owned(),
        });
    }

    /// The name of an option.
    fn option(&mut self, name: &TokenReference) {
        if let Some(new_name) = self.options.get(lua::name(name)) {
            let start = name.token().start_position().bytes();
            let end = name.token().end_position().bytes();
            self.edits.push(Edit {
                range: start..end,
                replacement: (*new_name).to_owned(),
            });
        }
    }

    /// The options in the table of a section.
    fn section(&mut self, arguments: &FunctionArgs) {
        let FunctionArgs::TableConstructor(table) = arguments else {
            return;
        };
        for field in table.fields() {
            if let Field::NameKey { key, .. } = field {
                self.option(key);
            }
        }
    }

    /// `x = x + { … }` becomes `x { … }`.
    fn sum(&mut self, name: &TokenReference, value: &Expression) {
        let Expression::BinaryOperator {
            lhs,
            binop: BinOp::Plus(_),
            rhs,
        } = value
        else {
            return;
        };
        let same = matches!(&**lhs, Expression::Var(Var::Name(other))
            if lua::name(other) == lua::name(name));
        let Expression::TableConstructor(table) = &**rhs else {
            return;
        };
        let is_list = matches!(table.fields().iter().next(), Some(Field::NoKey(_)));
        let from = name.token().end_position().bytes();
        let to = table.start_position().map(|start| start.bytes());
        let between = to.and_then(|to| Some((to, self.text.get(from..to)?)));
        if let Some((to, between)) = between
            && same
            && is_list
            && !between.contains("--")
        {
            self.edits.push(Edit {
                range: from..to,
                replacement: " ".to_owned(),
            });
        }
    }

    /// `b = a` of a list becomes `b = a:value()`.
    fn copy(&mut self, name: &TokenReference, value: &Expression) {
        let Expression::Var(Var::Name(list)) = value else {
            return;
        };
        let line = name.token().start_position().line();
        let [option, source] = [name, list].map(|token| lua::name(token).to_owned());
        if self.handles.contains(&(option, source, line)) {
            let end = list.token().end_position().bytes();
            self.edits.push(Edit {
                range: end..end,
                replacement: ":value()".to_owned(),
            });
        }
    }
}

fn string_of(arguments: &FunctionArgs) -> Option<&TokenReference> {
    match arguments {
        FunctionArgs::String(token) => Some(token),
        FunctionArgs::Parentheses { arguments, .. } => match arguments.iter().next() {
            Some(Expression::String(token)) => Some(token),
            _ => None,
        },
        _ => None,
    }
}

impl Visitor for Walk<'_> {
    fn visit_local_assignment(&mut self, node: &LocalAssignment) {
        let names = node.names().iter().map(|name| lua::name(name).to_owned());
        self.locals.extend(names);
    }

    fn visit_assignment(&mut self, node: &Assignment) {
        let single = node.variables().len() == 1 && node.expressions().len() == 1;
        for (variable, value) in node.variables().iter().zip(node.expressions()) {
            let Var::Name(name) = variable else {
                continue;
            };
            if self.locals.contains(lua::name(name)) {
                continue;
            }
            self.option(name);
            if LISTS.contains(&lua::name(name)) {
                self.list(value);
            }
            if single && self.appends {
                self.sum(name, value);
            }
            if single {
                self.copy(name, value);
            }
        }
    }

    fn visit_table_constructor(&mut self, node: &TableConstructor) {
        for field in node.fields() {
            if let Field::NameKey { key, value, .. } = field
                && LISTS.contains(&lua::name(key))
            {
                self.list(value);
            }
        }
    }

    fn visit_function_call(&mut self, node: &FunctionCall) {
        let Prefix::Name(token) = node.prefix() else {
            return;
        };
        let name = lua::name(token);
        if self.locals.contains(name) {
            return;
        }
        // It appends to the option.
        self.option(token);
        let arguments: Vec<&FunctionArgs> = node
            .suffixes()
            .filter_map(|suffix| match suffix {
                Suffix::Call(Call::AnonymousCall(arguments)) => Some(&**arguments),
                Suffix::Call(Call::MethodCall(method)) => Some(method.args()),
                _ => None,
            })
            .collect();
        if COMPONENT_DIRECTIVES.contains(&name) || VIRTUAL_HOST_DIRECTIVES.contains(&name) {
            for arguments in &arguments {
                self.section(arguments);
            }
        }
        if COMPONENT_DIRECTIVES.contains(&name)
            && let Some(module) = arguments.get(1).and_then(|second| string_of(second))
        {
            self.module(module);
        }
        if LISTS.contains(&name) {
            for arguments in arguments {
                match arguments {
                    FunctionArgs::TableConstructor(table) => self.table(table),
                    FunctionArgs::Parentheses { arguments, .. } => {
                        arguments.iter().for_each(|argument| self.list(argument));
                    }
                    _ => {}
                }
            }
        }
    }
}
