//! The layers of `src/`: their order stands in `src/lib.rs`, and the imports are read from the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::folder::read;
use crate::support::root;

/// The number of each layer, from the list in `src/lib.rs`; 1 is the highest.
fn layers() -> BTreeMap<String, usize> {
    let text = read(root(), "src/lib.rs");
    let mut layers = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("//! ")) {
        let Some((number, modules)) = line.split_once(". `") else {
            continue;
        };
        let (modules, _) = modules.split_once(": ").unwrap();
        let number: usize = number.parse().unwrap();
        for module in modules
            .split([',', '`', ' '])
            .filter(|word| !word.is_empty())
        {
            assert!(
                layers.insert(module.to_owned(), number).is_none(),
                "{module} twice"
            );
        }
    }
    layers
}

/// Every file below a directory, by its path in the crate: `review::compare`.
fn modules(folder: &Path, path: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = if path.is_empty() {
            stem.clone()
        } else {
            format!("{path}::{stem}")
        };
        if file.is_dir() {
            modules(&file, &inner, into);
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            let name = if stem == "mod" {
                path.to_owned()
            } else {
                inner
            };
            into.insert(name, fs::read_to_string(&file).unwrap());
        }
    }
}

/// The paths of the `use` declarations of a file, and those written out in its code; tests left out.
fn paths(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join(" ");
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let is_start = at == 0 || code[..at].ends_with([' ', ')']);
        let end = code[at..].find(';').map(|end| at + end);
        if let Some(end) = end.filter(|_| is_start) {
            expand(code[at + 4..end].trim(), "", &mut paths);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = code[at..]
                .find(|c| !is_path(c))
                .map_or(code.len(), |end| at + end);
            // A list of a `use` declaration is read above.
            if !code[..at].ends_with(':') && !code[end..].starts_with('{') {
                paths.push(code[at..end].trim_end_matches(':').to_owned());
            }
        }
    }
    paths
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(path: &str, before: &str, paths: &mut Vec<String>) {
    let Some((head, list)) = path.split_once('{') else {
        let name = path.split(" as ").next().unwrap().trim();
        paths.push(
            format!("{before}{name}")
                .trim_end_matches("::self")
                .to_owned(),
        );
        return;
    };
    let before = format!("{before}{}", head.trim());
    let list = list.trim_end().strip_suffix('}').unwrap_or(list);
    let (mut depth, mut start) = (0, 0);
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = list[start..at].trim();
                if !item.is_empty() {
                    expand(item, &before, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The file that a path in `module` leads to.
fn target(module: &str, path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let mut at: Vec<&str> = module.split("::").collect();
    let mut parts = path.split("::").peekable();
    match parts.peek().copied() {
        Some("crate") => {
            at.clear();
            parts.next();
        }
        Some("super") => {
            while parts.next_if_eq(&"super").is_some() {
                at.pop();
            }
        }
        Some(first) => {
            let child = format!("{module}::{first}");
            if !modules.contains_key(&child) {
                return None;
            }
        }
        None => {}
    }
    at.extend(parts);
    while !at.is_empty() {
        let name = at.join("::");
        if modules.contains_key(&name) {
            return Some(name).filter(|name| name != module);
        }
        at.pop();
    }
    None
}

/// Which file imports which.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut files = BTreeMap::new();
    modules(&root().join("src"), "", &mut files);
    for name in ["lib", "main"] {
        files.remove(name);
    }
    assert!(files.len() > 80, "{} files", files.len());
    let targets = |(module, text): (&String, &String)| {
        let paths = paths(text);
        let targets = paths.iter().filter_map(|path| target(module, path, &files));
        (module.clone(), targets.collect())
    };
    files.iter().map(targets).collect()
}

#[test]
fn a_layer_imports_only_what_stands_below_it() {
    let layers = layers();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (module, targets) in imports() {
        let from = module.split("::").next().unwrap().to_owned();
        for target in targets {
            let to = target.split("::").next().unwrap();
            let number = |name: &str| {
                *layers
                    .get(name)
                    .unwrap_or_else(|| panic!("{name} has no layer"))
            };
            seen += 1;
            if from != to && number(&from) >= number(to) {
                wrong.push(format!("{module} imports {target}"));
            }
        }
    }
    assert!(seen > 300, "only {seen} imports were found");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_two_files_import_each_other() {
    let imports = imports();
    let circles = imports.iter().flat_map(|(module, targets)| {
        let back = targets
            .iter()
            .filter(|target| imports[*target].contains(module));
        back.map(move |target| format!("{module} and {target}"))
    });
    assert_eq!(circles.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn paths_are_read_from_every_form_of_import() {
    let text = "use crate::a::{self, b::{C, d as e}};\n// use crate::no;\nfn f() { super::g::h(); }\n\
                #[cfg(test)]\nuse crate::test;\n";
    assert_eq!(
        paths(text),
        [
            "crate::a",
            "crate::a::b::C",
            "crate::a::b::d",
            "super::g::h"
        ]
    );
}

#[test]
fn each_public_module_opens_with_an_example() {
    let list = read(root(), "src/lib.rs");
    let names = list
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let mut count = 0;
    for name in names {
        let file = [format!("src/{name}.rs"), format!("src/{name}/mod.rs")]
            .into_iter()
            .find(|file| root().join(file).is_file());
        let text = read(root(), &file.unwrap());
        let head = text.lines().take_while(|line| line.starts_with("//!"));
        assert!(
            head.into_iter().any(|line| line.starts_with("//! ```")),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 30, "{count} modules");
}
