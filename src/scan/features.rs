//! What a Prosody says of itself: its version, and its features, with which modules conflict or which
//! they require.

use std::path::Path;

use full_moon::ast::{Field, TableConstructor};
use full_moon::visitors::Visitor;

use super::files;
use super::installed::version_in;
use super::lua;
use super::panics::without_panic;
use super::tree::Tree;

/// The list is a few dozen lines.
const MAX_SIZE: u64 = 256 * 1024;

/// The features in the `core/features.lua` beside a plugin directory, sorted; `None` where there
/// is no such file, or none that can be read.
pub(super) fn beside(tree: &Tree) -> Option<Vec<String>> {
    let file = tree.real_folder.parent()?.join("core/features.lua");
    read(&file)
}

/// The version of the installation that a plugin directory belongs to.
pub(super) fn version_beside(tree: &Tree) -> Option<String> {
    version_in(tree.real_folder.parent()?)
}

fn read(file: &Path) -> Option<Vec<String>> {
    let text = files::read_whole(file, MAX_SIZE).ok()?;
    without_panic(|| listed(&text)).flatten()
}

fn listed(text: &[u8]) -> Option<Vec<String>> {
    let ast = lua::parse(&files::text(text)).ok()?;
    let mut names = Names(Vec::new());
    names.visit_ast(&ast);
    let Names(mut features) = names;
    features.sort();
    features.dedup();
    (!features.is_empty()).then_some(features)
}

/// The texts in the lists of a file.
struct Names(Vec<String>);

impl Visitor for Names {
    fn visit_table_constructor(&mut self, table: &TableConstructor) {
        let texts = table.fields().iter().filter_map(|field| match field {
            Field::NoKey(expression) => lua::string_expression(expression),
            _ => None,
        });
        self.0.extend(texts.map(str::to_owned));
    }
}
