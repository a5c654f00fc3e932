//! Reads one Lua file of a plugin: its `--%` headers and what its code declares.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::declaration::{Declarations, Headers};
use super::depth;
use super::files;
use super::lua;
use super::report::Note;
use super::walk::walk;

/// A stack on which [`read`] cannot run out, whatever the file holds.
pub const STACK_SIZE: usize = depth::STACK_SIZE;

/// No plugin comes near this size; larger files are not read.
const MAX_SIZE: u64 = 2 * 1024 * 1024;

/// Reads a file; what it declares and a hash of its bytes. What is not understood is noted.
pub(super) fn read_file(path: &Path, notes: &mut Vec<Note>) -> (Declarations, u64) {
    let (declarations, content) = match files::read_whole(path, MAX_SIZE) {
        Ok(source) => {
            let mut hasher = DefaultHasher::new();
            source.hash(&mut hasher);
            (read(&source), hasher.finish())
        }
        Err(reason) => {
            let unclear = vec![reason];
            let declarations = Declarations {
                unclear,
                ..Declarations::default()
            };
            (declarations, 0)
        }
    };
    notes.extend(declarations.unclear.iter().map(|reason| Note {
        path: path.to_owned(),
        reason: reason.clone(),
    }));
    (declarations, content)
}

/// Reads the text of one Lua file. Never fails: what does not parse ends up in `unclear`.
///
/// Needs a stack of [`STACK_SIZE`].
pub fn read(source: &[u8]) -> Declarations {
    let mut declarations = Declarations {
        headers: headers(source),
        ..Declarations::default()
    };
    // Only strings and comments may hold other encodings, and a name of a module never does.
    match lua::parse(&String::from_utf8_lossy(source)) {
        Ok(ast) => walk(&ast, &mut declarations),
        Err(reason) => declarations.unclear.push(reason),
    }
    declarations
}

/// `--% key: a, b` at the start of a line, read just as Prosody's module manager does: anywhere in
/// the file, the last one of a key wins, names separated by commas or spaces.
fn headers(source: &[u8]) -> Headers {
    let mut headers = Headers::default();
    let mut rest = source;
    while let Some(start) = find_header(rest) {
        rest = rest.get(start..).unwrap_or_default();
        // A last line without a line break is not read by Prosody either.
        let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
            break;
        };
        let line = String::from_utf8_lossy(rest.get(3..end).unwrap_or_default()).into_owned();
        rest = rest.get(end..).unwrap_or_default();
        let Some((key, value)) = line.trim_start_matches(' ').split_once(':') else {
            continue;
        };
        let target = match key {
            "conflicts" => &mut headers.conflicts,
            "requires" => &mut headers.requires,
            "inherit_modules" => &mut headers.inherit_modules,
            _ => continue,
        };
        if value.is_empty() {
            continue;
        }
        *target = value
            .trim_end()
            .split([',', ' '])
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        target.sort();
        target.dedup();
    }
    headers
}

/// Where the next line starts that begins with `--%`.
fn find_header(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let found = rest.windows(3).position(|window| window == b"--%")? + at;
        if found == 0 || matches!(text.get(found - 1), Some(b'\n' | b'\r')) {
            return Some(found);
        }
        at = found + 3;
    }
}
