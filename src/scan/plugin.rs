//! Reads one Lua file of a plugin: its `--%` headers and what its code declares.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use memchr::memmem;

use super::declaration::{Declarations, Headers};
use super::depth;
use super::files;
use super::lua;
use super::panics::without_panic;
use super::report::{Note, Reason};
use super::walk::walk;

/// A stack on which [`read`] cannot run out, whatever the file holds.
pub const STACK_SIZE: usize = depth::STACK_SIZE;

/// No plugin comes near this size; larger files are not read.
const MAX_SIZE: u64 = 2 * 1024 * 1024;

/// Files larger than this are read one at a time: a syntax tree takes up to 500 times the memory of
/// its text.
const LARGE: usize = 256 * 1024;
static ONE_LARGE: Mutex<()> = Mutex::new(());

/// Reads a file; what it declares and a hash of its bytes. What is not understood is noted.
pub(super) fn read_file(path: &Path, notes: &mut Vec<Note>) -> (Declarations, u64) {
    let (declarations, content) = match files::read_whole(path, MAX_SIZE) {
        Ok(source) => {
            let mut hasher = DefaultHasher::new();
            source.hash(&mut hasher);
            (read_safely(&source, read), hasher.finish())
        }
        Err(reason) => (unclear(reason), 0),
    };
    notes.extend(declarations.unclear.iter().map(|reason| Note {
        path: path.to_owned(),
        reason: reason.clone(),
    }));
    (declarations, content)
}

/// Reads a text with `read`; a panic is a reason about this text only.
fn read_safely(source: &[u8], read: impl Fn(&[u8]) -> Declarations + Sync) -> Declarations {
    let read = || without_panic(|| read(source));
    let declarations = match source.len() {
        ..=LARGE => read(),
        _ => alone(read),
    };
    declarations.unwrap_or_else(|| unclear(Reason::ReadingFailed))
}

/// Reads a large text while no other one is read. Memory that a thread has freed stays with it, so
/// that it is a thread for this text.
fn alone(read: impl Fn() -> Option<Declarations> + Send) -> Option<Declarations> {
    let _alone = ONE_LARGE.lock();
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_SIZE);
        let thread = thread.spawn_scoped(scope, read).ok()?;
        thread.join().ok().flatten()
    })
}

/// What is known of a file that cannot be read.
fn unclear(reason: Reason) -> Declarations {
    Declarations {
        unclear: vec![reason],
        ..Declarations::default()
    }
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
    match lua::parse(&files::text(source)) {
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
        let found = memmem::find(rest, b"--%")? + at;
        if found == 0 || matches!(text.get(found - 1), Some(b'\n' | b'\r')) {
            return Some(found);
        }
        at = found + 3;
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_reason_about_one_text_of_any_size() {
        let fails = |source: &[u8]| match source.first() {
            Some(b'x') => panic!("a string that cannot be read"),
            _ => Declarations::default(),
        };
        for size in [1, LARGE, LARGE + 1] {
            let read = read_safely(&vec![b'x'; size], fails);
            assert_eq!(read.unclear, [Reason::ReadingFailed], "{size}");
            let next = read_safely(&vec![b'y'; size], fails);
            assert_eq!(next, Declarations::default(), "{size}");
        }
    }
}
