//! What a plugin's Lua declares: dependencies, the libraries it pulls in, and `--%` headers.

use std::borrow::Cow;

use full_moon::LuaVersion;
use full_moon::visitors::Visitor;

use super::defaults::Defaults;
use super::finder::Finder;
use super::report::Reason;
use super::skeleton;

/// How surely a dependency is loaded together with the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An unconditional statement of the file's own body.
    Always,
    /// Conditional, but it happens on a server whose options are not set: inside `module.load` or
    /// `module.add_host`, or in a branch that the defaults of options take.
    ByDefault,
    /// The same in a protected call: it happens if the other module is there.
    Tried,
    /// Inside a function, a branch, a loop or a protected call, or after a possible early return.
    Conditional,
    /// `module:depends(name, true)`: left out when the admin disables it.
    Soft,
}

/// A name in a file: a dependency, or a library pulled in by `module:require`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The literal name.
    pub name: String,
    /// How surely it happens.
    pub kind: Kind,
    /// The line it stands on.
    pub line: usize,
}

/// What one file declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// Modules it depends on.
    pub depends: Vec<Use>,
    /// Libraries that run in the module's context, so that their dependencies are the module's.
    pub libraries: Vec<Use>,
    /// Features of Prosody with which the module is not loaded (`--% conflicts:`), sorted.
    pub conflicts: Vec<String>,
    /// Features of Prosody without which the module is not loaded (`--% requires:`), sorted.
    pub requires: Vec<String>,
    /// What was not understood.
    pub unclear: Vec<Reason>,
}

/// Reads one Lua file. Never fails: what does not parse ends up in `unclear`.
///
/// Recursion is bounded by the nesting the file may have; callers still do well to have a stack of
/// [`STACK_SIZE`].
pub fn read(source: &[u8]) -> Declared {
    let mut declared = Declared::default();
    (declared.conflicts, declared.requires) = headers(source);
    // Only strings and comments may hold other encodings, and a name of a module never does.
    let source = match std::str::from_utf8(source) {
        Ok(source) => Cow::Borrowed(source),
        Err(_) => String::from_utf8_lossy(source),
    };
    let skeleton = match skeleton::reduce(&source) {
        Ok(skeleton) => skeleton,
        Err(reason) => {
            declared.unclear.push(reason);
            return declared;
        }
    };
    declared.unclear.extend(
        skeleton
            .in_strings
            .into_iter()
            .map(|line| Reason::DependencyInString { line }),
    );
    if skeleton.text.is_empty() {
        return declared;
    }
    parse(&skeleton.text, Defaults::read(&source), &mut declared);
    declared
}

/// Looks for declarations in Lua text.
fn parse(text: &str, defaults: Defaults, declared: &mut Declared) {
    // Prosody runs on Lua 5.2 to 5.4, and 5.4's grammar takes in all of them.
    match full_moon::parse_fallible(text, LuaVersion::lua54()).into_result() {
        Ok(ast) => {
            let mut finder = Finder::new(defaults);
            finder.visit_ast(&ast);
            finder.finish(declared);
        }
        Err(errors) => {
            let reason = errors.first().map_or_else(
                || Reason::DoesNotParse {
                    line: 1,
                    message: "no reason given".to_owned(),
                },
                |error| Reason::DoesNotParse {
                    line: error.range().0.line(),
                    message: error.error_message().into_owned(),
                },
            );
            declared.unclear.push(reason);
        }
    }
}

/// A stack on which [`read`] cannot run out, whatever the file holds.
pub const STACK_SIZE: usize = 256 << 20;

/// `--% key: a, b` at the start of a line, read just as Prosody's module manager does: anywhere in
/// the file, the last one of a key wins, names separated by commas or spaces.
fn headers(source: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut conflicts, mut requires) = (Vec::new(), Vec::new());
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
            "conflicts" => &mut conflicts,
            "requires" => &mut requires,
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
    (conflicts, requires)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn lua() -> impl Strategy<Value = String> {
        let statement = proptest::sample::select(vec![
            "module:depends('a')",
            "local b = module:depends 'b'.c",
            "local c = x or module:depends('c', true)",
            "module:depends(computed)",
            "local d = module:require 'd'",
            "module:daily('task', function () return 1 end)",
            "local function f(a, ...) if a then return 1 elseif b then return else g() end end",
            "local t = { a = 1; [2] = { 'x' }, function () return {} end }",
            "local s = [==[ end ]] ]==] .. \"\\\"end\" .. 'do'",
            "-- a comment with end and 'quote",
            "--[[ a long one\n end ]]",
            "f 'x' { y = 1 } :z()",
            "x, y.z[1] = 2, -3 // 4 ~ 5",
            "if done then return end",
            "goto over ::over::",
        ])
        .prop_map(str::to_owned);
        statement.prop_recursive(5, 40, 4, |inner| {
            let list = proptest::collection::vec(inner, 0..4).prop_map(|list| list.join("\n"));
            (
                proptest::sample::select(vec![
                    "do @ end",
                    "if a then @ end",
                    "if a then x() elseif b then @ else y() end",
                    "if a then x() else @ end",
                    "for i = 1, 2 do @ end",
                    "while a do @ end",
                    "repeat @ until a",
                    "function module.add_host(module) @ end",
                    "local t = { f = function (a) @ end, b = { 1 } }",
                    "pcall(function () @ end)",
                    "local h = 1; @ k(2);",
                ]),
                list,
            )
                .prop_map(|(frame, list)| frame.replace('@', &format!("\n{list}\n")))
        })
    }

    proptest! {
        /// What is cut out before parsing makes no difference.
        #[test]
        fn cutting_changes_nothing(statements in proptest::collection::vec(lua(), 0..6)) {
            let source = statements.join("\n");
            let mut whole = Declared::default();
            parse(&source, Defaults::read(&source), &mut whole);
            let cut = read(source.as_bytes());
            prop_assert_eq!(cut, whole, "{}", source);
        }
    }
}
