//! Finds the machines that a file describes: a flake, a hive, or anything that holds modules.

use rnix::ast::{Apply, AttrSet, BinOpKind, Entry, Expr, HasEntry};

use super::modules::{Context, Undecided, Walk, join, span};
use super::places::TARGET;
use super::scope::{Binding, Term, distinct, function_name};
use super::terms::Terms;

/// Outputs of a flake that describe no NixOS machine.
const OTHER_OUTPUTS: [&str; 18] = [
    // Modules that others may import: they count where a machine does so.
    "nixosModule",
    "nixosModules",
    "inputs",
    "nixConfig",
    "homeConfigurations",
    "homeModules",
    "homeManagerModules",
    "darwinConfigurations",
    "darwinModules",
    "packages",
    "legacyPackages",
    "devShells",
    "checks",
    "apps",
    "formatter",
    "overlays",
    "templates",
    "perSystem",
];

/// Functions whose modules are not those of NixOS.
const OTHER_SYSTEMS: [&str; 2] = ["homeManagerConfiguration", "darwinSystem"];

/// Names that contain machines, and are not part of their names.
const NOT_NAMES: [&str; 7] = [
    "flake",
    "nixosConfigurations",
    "colmena",
    "colmenaHive",
    "deploy",
    "modules",
    "config",
];

/// Reads the file that was named, whatever it describes.
pub(super) fn read(walk: &mut Walk) {
    let Some(root) = walk.terms.root(0) else {
        return;
    };
    let value = walk.terms.resolve(&root);
    if let Expr::AttrSet(set) = &value.expr {
        if has_name(&mut walk.terms, set, "outputs") {
            return flake(walk, &value);
        }
        if is_hive(walk, set) {
            return hive(walk, &value, "");
        }
    }
    walk.module(&root, Context::of(0));
    // Nothing that a module may set: perhaps it is a part of a flake.
    let is_ours = |undecided: &Undecided| undecided.path.first().is_some_and(|p| p == TARGET[0]);
    if walk.definitions.is_empty() && !walk.undecided.iter().any(is_ours) {
        search(walk, &root, &mut Vec::new());
    }
}

fn flake(walk: &mut Walk, root: &Term) {
    let Some(outputs) = walk.terms.attribute(root, &["outputs".to_owned()]) else {
        return;
    };
    let outputs = walk.terms.resolve(&outputs);
    let Expr::Lambda(lambda) = &outputs.expr else {
        return search(walk, &outputs, &mut Vec::new());
    };
    let Some(body) = walk.terms.flake_outputs(&outputs, lambda) else {
        return;
    };
    let directory = walk.terms.files.directory(0).map(ToOwned::to_owned);
    walk.terms.flake = Some((directory, body.clone()));
    search(walk, &body, &mut Vec::new());
}

/// Whether a set describes machines by name, as Colmena, morph and NixOps read it.
fn is_hive(walk: &mut Walk, set: &AttrSet) -> bool {
    let mut has = |name| has_name(&mut walk.terms, set, name);
    let is_module = ["imports", "services", "config", "options"].map(&mut has);
    let is_hive = ["network", "defaults"].map(&mut has);
    if is_module.contains(&true) {
        return false;
    }
    // Modules of nixpkgs have a `meta` as well, with maintainers.
    is_hive.contains(&true) || (has("meta") && set.to_string().contains("nixpkgs"))
}

fn hive(walk: &mut Walk, term: &Term, parent: &str) {
    if !walk.terms.enter() {
        return;
    }
    let value = walk.terms.resolve(term);
    match &value.expr {
        Expr::AttrSet(set) => nodes(walk, &value, set, parent),
        Expr::BinOp(both) if both.operator() == Some(BinOpKind::Update) => {
            for side in [both.lhs(), both.rhs()].into_iter().flatten() {
                hive(walk, &value.with(side), parent);
            }
        }
        // `colmena.lib.makeHive { … }`
        Expr::Apply(apply) => {
            if let Some(argument) = apply.argument() {
                hive(walk, &value.with(argument), parent);
            }
        }
        _ => {}
    }
    walk.terms.leave();
}

fn nodes(walk: &mut Walk, hive: &Term, set: &AttrSet, parent: &str) {
    let defaults = walk.terms.attribute(hive, &["defaults".to_owned()]);
    let scope = walk.terms.scope_of_values(hive);
    for entry in set.entries() {
        if !walk.terms.step() {
            return;
        }
        let Entry::AttrpathValue(entry) = entry else {
            continue;
        };
        let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) else {
            continue;
        };
        let here = Term {
            scope: scope.clone(),
            ..hive.with(value)
        };
        let names: Option<Vec<String>> = path
            .attrs()
            .map(|attr| walk.terms.name_of(&here, &attr))
            .collect();
        let Some((name, rest)) = names.as_deref().and_then(<[String]>::split_first) else {
            continue;
        };
        if ["meta", "network", "defaults"].contains(&name.as_str()) {
            continue;
        }
        let context = Context::of(walk.machine(join(parent, name)));
        if rest.is_empty() {
            if let Some(defaults) = &defaults {
                walk.module(defaults, context);
            }
            walk.module(&here, context);
        } else {
            walk.expr(&here, &mut rest.to_vec(), context);
            walk.imported();
        }
    }
}

/// Looks for modules anywhere in a term; `names` leads to it.
fn search(walk: &mut Walk, term: &Term, names: &mut Vec<String>) {
    if !walk.terms.enter() {
        return;
    }
    let value = walk.terms.resolve(term);
    match &value.expr {
        Expr::AttrSet(set) => search_set(walk, &value, set, names),
        Expr::Lambda(lambda) => {
            if let Some(body) = walk.terms.body(&value, lambda) {
                search(walk, &body, names);
            }
        }
        Expr::Apply(apply) => search_call(walk, &value, apply, names),
        Expr::List(list) => {
            for item in distinct(list) {
                search(walk, &value.with(item), names);
            }
        }
        Expr::BinOp(both) => {
            for side in [both.lhs(), both.rhs()].into_iter().flatten() {
                search(walk, &value.with(side), names);
            }
        }
        Expr::IfElse(choice) => {
            for branch in [choice.body(), choice.else_body()].into_iter().flatten() {
                search(walk, &value.with(branch), names);
            }
        }
        _ => external_machine(walk, &value, names),
    }
    walk.terms.leave();
}

fn search_set(walk: &mut Walk, term: &Term, set: &AttrSet, names: &mut Vec<String>) {
    if sets_our_options(&mut walk.terms, set) {
        let context = Context::of(walk.machine(machine_name(names)));
        return walk.module(term, context);
    }
    let scope = walk.terms.scope_of_values(term);
    for entry in set.entries() {
        if !walk.terms.step() {
            return;
        }
        match entry {
            Entry::AttrpathValue(entry) => {
                let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) else {
                    continue;
                };
                let here = Term {
                    scope: scope.clone(),
                    ..term.with(value)
                };
                let outer = names.len();
                for attr in path.attrs() {
                    let name = walk.terms.name_of(&here, &attr);
                    names.push(name.unwrap_or_else(|| attr.to_string()));
                }
                search_entry(walk, &here, names);
                names.truncate(outer);
            }
            Entry::Inherit(inherit) => {
                for name in inherit.attrs().map(|attr| attr.to_string()) {
                    let value = walk.terms.attribute(term, std::slice::from_ref(&name));
                    if let Some(found) = value {
                        names.push(name);
                        search_entry(walk, &found, names);
                        names.pop();
                    }
                }
            }
        }
    }
}

fn search_entry(walk: &mut Walk, value: &Term, names: &mut Vec<String>) {
    let Some(last) = names.last() else {
        return;
    };
    // Flakes have their outputs at the top, flake-parts below `flake`.
    let mut outputs = names.iter().take(2).map(String::as_str);
    if outputs.any(|name| OTHER_OUTPUTS.contains(&name)) {
        return;
    }
    match last.as_str() {
        "modules" => {
            let context = Context::of(walk.machine(machine_name(names)));
            walk.imports(value, context);
            walk.imported();
        }
        "colmena" | "colmenaHive" => hive(walk, value, &machine_name(names)),
        "imports" => search_imports(walk, value, names),
        _ => search(walk, value, names),
    }
}

/// The parts that flake-parts puts together.
fn search_imports(walk: &mut Walk, value: &Term, names: &mut Vec<String>) {
    let value = walk.terms.resolve(value);
    let Expr::List(list) = &value.expr else {
        return;
    };
    for item in distinct(list) {
        let item = value.with(item);
        let file = walk
            .terms
            .path(&item)
            .map(|path| walk.terms.files.load(&path));
        names.pop();
        match file {
            Some(Ok(file)) => {
                if let Some(root) = walk.terms.root(file) {
                    search(walk, &root, names);
                }
            }
            Some(Err(reason)) => {
                let context = Context::of(walk.machine(machine_name(names)));
                let reason = format!("it cannot be read: {reason}");
                walk.undecided(&item, &["imports".to_owned()], &reason, context);
            }
            None => search(walk, &item, names),
        }
        names.push("imports".to_owned());
    }
}

fn search_call(walk: &mut Walk, term: &Term, apply: &Apply, names: &mut Vec<String>) {
    let Some(function) = apply.lambda() else {
        return;
    };
    let name = function_name(&function);
    if name.is_some_and(|name| OTHER_SYSTEMS.contains(&name.as_str())) {
        return;
    }
    let before = (walk.definitions.len(), walk.undecided.len());
    let is_call = matches!(function, Expr::Apply(_) | Expr::Lambda(_) | Expr::Paren(_));
    if is_call {
        search(walk, &term.with(function), names);
    }
    if let Some(argument) = apply.argument() {
        search(walk, &term.with(argument), names);
    }
    if before == (walk.definitions.len(), walk.undecided.len()) {
        // A system whose modules were all read sets nothing of ours.
        if !walk.terms.files.has_modules(term.file, span(term)) {
            external_machine(walk, term, names);
        }
    }
}

/// A machine that is not written out here.
fn external_machine(walk: &mut Walk, term: &Term, names: &[String]) {
    let is_machine = names.len() >= 2 && names[names.len() - 2] == "nixosConfigurations";
    if is_machine {
        let context = Context::of(walk.machine(machine_name(names)));
        walk.undecided(term, &[], "the machine is defined elsewhere", context);
    }
}

/// Whether a set has `services.prosody-stability`, and so is a module.
fn sets_our_options(terms: &mut Terms, set: &AttrSet) -> bool {
    set.entries().any(|entry| {
        terms.step();
        let Entry::AttrpathValue(entry) = entry else {
            return false;
        };
        let path = entry.attrpath().map(|path| path.to_string());
        let path = path.unwrap_or_default().replace('"', "");
        let path = path.strip_prefix("config.").unwrap_or(&path);
        path.starts_with("services.prosody-stability")
            || (path == "services" && entry.value().is_some_and(|value| may_be_ours(&value)))
    })
}

/// Whether the value of `services` may contain `prosody-stability`.
fn may_be_ours(value: &Expr) -> bool {
    let Expr::AttrSet(set) = value else {
        return true;
    };
    set.entries().any(|entry| match entry {
        Entry::AttrpathValue(entry) => entry
            .attrpath()
            .and_then(|path| path.attrs().next())
            .is_some_and(|name| name.to_string().contains("prosody-stability")),
        Entry::Inherit(_) => false,
    })
}

fn machine_name(names: &[String]) -> String {
    let parts: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !NOT_NAMES.contains(name))
        .collect();
    parts.join(".")
}

/// Whether a set has a name of its own making.
fn has_name(terms: &mut Terms, set: &AttrSet, name: &str) -> bool {
    let names = terms.names_of(set);
    names
        .get(name)
        .is_some_and(|binding| !matches!(binding, Binding::Unknown))
}
