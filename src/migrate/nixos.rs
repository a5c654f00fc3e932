//! Former option names in NixOS configurations, rewritten token by token.

use std::collections::HashMap;
use std::ops::Range;

use rnix::{SyntaxKind::*, SyntaxNode};

use crate::diagnostic::{Diagnostic, Result, add_message};
use crate::inventory::Inventory;
use crate::nix::tree;
use crate::selection::nixos_module::OPTIONS;
use crate::source::Source;

/// The text with the present names, and messages about what is left to do manually.
#[derive(Debug)]
pub struct Rewritten {
    /// The new text; the same as before when there was nothing to rename.
    pub text: String,
    /// How many names were replaced.
    pub renamed: usize,
    /// What is left to do.
    pub messages: Vec<Diagnostic>,
}

/// Renames the options that `services.prosody-stability` once had. Nothing but these names changes.
pub fn rewrite(inventory: &Inventory, source: &Source) -> Result<Rewritten> {
    let mut walk = tree::with_tree(source.text(), |parsed| {
        let mut walk = Walk {
            inventory,
            source,
            found: Vec::new(),
            places: HashMap::new(),
            settings: Vec::new(),
            messages: Vec::new(),
        };
        walk.node(&parsed.syntax(), &mut Vec::new());
        walk
    })
    .map_err(|error| {
        Box::new(
            Diagnostic::error(format!("{} is not a Nix expression", source.name()))
                .at(source, error.span, error.message)
                .help("rename the options manually"),
        )
    })?;
    walk.check_twice()?;
    walk.found.sort_by_key(|found| found.at.start);
    let mut text = String::with_capacity(source.text().len());
    let mut copied = 0;
    for found in &walk.found {
        text.push_str(&source.text()[copied..found.at.start]);
        text.push_str(found.now);
        copied = found.at.end;
    }
    text.push_str(&source.text()[copied..]);
    Ok(Rewritten {
        text,
        renamed: walk.found.len(),
        messages: walk.messages,
    })
}

/// A former name, and what to write in its place.
struct FormerName {
    at: Range<usize>,
    now: &'static str,
}

/// A name in an attribute path: `None` where it is computed.
type Name = (Option<String>, Range<usize>);

/// The names that lead to a place, each with the number of the place that it leads to.
type Path = Vec<(Option<String>, usize)>;

/// The number of the place that no name leads to.
const ROOT: usize = 0;

/// A step that leads away from our options.
const OUTSIDE: (Option<String>, usize) = (None, usize::MAX);

struct Walk<'a> {
    inventory: &'a Inventory<'a>,
    source: &'a Source,
    found: Vec<FormerName>,
    /// The numbers of places: a path may be long, and many settings may share it.
    places: HashMap<(usize, Option<String>), usize>,
    /// Every setting of one of our options: the place, the present name, the name as written, and
    /// where it is.
    settings: Vec<(usize, String, String, Range<usize>)>,
    messages: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    /// `path` is the attribute path that the node's value is under.
    fn node(&mut self, node: &SyntaxNode, path: &mut Path) {
        match node.kind() {
            NODE_ATTRPATH_VALUE => return self.setting(node, path),
            NODE_SELECT | NODE_HAS_ATTR => self.reference(node),
            NODE_INHERIT => self.inherit(node, path),
            NODE_LET_IN | NODE_LEGACY_LET => {
                // Names of a `let` are no attributes of what it gives.
                for child in node.children() {
                    if matches!(child.kind(), NODE_ATTRPATH_VALUE | NODE_INHERIT) {
                        self.node(&child, &mut vec![OUTSIDE]);
                    } else {
                        self.node(&child, path);
                    }
                }
                return;
            }
            _ => {}
        }
        for child in node.children() {
            self.node(&child, path);
        }
    }

    /// `a.b.c = value;`
    fn setting(&mut self, node: &SyntaxNode, path: &mut Path) {
        let depth = path.len();
        for child in node.children() {
            if child.kind() != NODE_ATTRPATH {
                self.node(&child, path);
                continue;
            }
            for (name, at) in names(&child) {
                let outer = path.last().map_or(ROOT, |(_, place)| *place);
                let next = self.places.len() + 1;
                let place = *self.places.entry((outer, name.clone())).or_insert(next);
                path.push((name, place));
                self.name(path, &at, true);
            }
            self.children_of_names(&child);
        }
        path.truncate(depth);
    }

    /// `config.a.b.c`, also where it is only asked whether it is there.
    fn reference(&mut self, node: &SyntaxNode) {
        let mut path = Vec::new();
        for child in node.children() {
            match child.kind() {
                NODE_ATTRPATH => {
                    for (name, at) in names(&child) {
                        path.push((name, ROOT));
                        self.name(&path, &at, false);
                    }
                }
                // `config.a ? b.c` and `config.a.b or …`
                NODE_SELECT if path.is_empty() => {
                    let inner = child.children().find(|c| c.kind() == NODE_ATTRPATH);
                    path.extend(inner.iter().flat_map(names).map(|(name, _)| (name, ROOT)));
                }
                _ => path.push(OUTSIDE),
            }
        }
    }

    /// What is computed inside of names: `a.${config.b}`.
    fn children_of_names(&mut self, attrpath: &SyntaxNode) {
        for child in attrpath.children() {
            self.node(&child, &mut vec![OUTSIDE]);
        }
    }

    /// Looks at the last name of a path.
    fn name(&mut self, path: &Path, at: &Range<usize>, is_setting: bool) {
        let Some(((Some(name), _), before)) = path.split_last() else {
            return;
        };
        if !is_ours(before) {
            return;
        }
        let now = self
            .inventory
            .renamed_flags
            .get(name)
            .map(|flag| flag.name());
        if is_setting {
            let present = now.unwrap_or(name).to_owned();
            let outer = before.last().map_or(ROOT, |(_, place)| *place);
            self.settings
                .push((outer, present, name.clone(), at.clone()));
        }
        if let Some(now) = now {
            let at = at.clone();
            self.found.push(FormerName { at, now });
        }
    }

    /// `inherit enterprise;` takes name and value at once: nothing to replace one token by.
    fn inherit(&mut self, node: &SyntaxNode, path: &Path) {
        if !is_ours(path) {
            return;
        }
        let attributes = node.children().filter(|c| c.kind() != NODE_INHERIT_FROM);
        for (name, at) in attributes.map(|child| name_of(&child)) {
            let renamed = name
                .as_ref()
                .and_then(|n| self.inventory.renamed_flags.get(n));
            if let (Some(name), Some(now)) = (&name, renamed) {
                add_message(&mut self.messages, || {
                    Diagnostic::warning(format!("cannot rename `{name}`: it is inherited"))
                        .at(self.source, at, "change it manually")
                        .help(format!("remove it here, and write `{now} = {name};`"))
                });
            }
        }
    }

    /// Two names for one option in one place would be set twice after renaming.
    fn check_twice(&self) -> Result<()> {
        let mut written: HashMap<(usize, &str), &str> = HashMap::new();
        for (place, present, name, at) in &self.settings {
            let other = *written.entry((*place, present)).or_insert(name);
            if other != name {
                return Err(Box::new(
                    Diagnostic::error(format!(
                        "`{other}` and `{name}` name the same option, and both are set"
                    ))
                    .at(self.source, at.clone(), format!("`{other}` is also set"))
                    .help("keep one of them"),
                ));
            }
        }
        Ok(())
    }
}

/// Whether a path ends where our options are.
fn is_ours(path: &[(Option<String>, usize)]) -> bool {
    let mut last = path.iter().rev().map(|(name, _)| name.as_deref());
    OPTIONS
        .rsplit('.')
        .all(|name| last.next() == Some(Some(name)))
}

fn names(attrpath: &SyntaxNode) -> Vec<Name> {
    attrpath.children().map(|child| name_of(&child)).collect()
}

/// A name and the place of what is between its quotes, if it has any.
fn name_of(node: &SyntaxNode) -> Name {
    let range = node.text_range();
    let at = usize::from(range.start())..usize::from(range.end());
    let text = node.text().to_string();
    match node.kind() {
        NODE_IDENT => (Some(text), at),
        NODE_STRING => {
            let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
            let plain = inside.filter(|inside| !inside.contains(['\\', '$']));
            match plain {
                Some(plain) => (Some(plain.to_owned()), at.start + 1..at.end - 1),
                None => (None, at),
            }
        }
        _ => (None, at),
    }
}
