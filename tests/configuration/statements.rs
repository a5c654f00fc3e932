//! How Prosody reads a configuration, one small file per statement.

use std::collections::BTreeMap;

use crate::real::compare;
use crate::support::folder::{scratch, write};

/// Whether 0.12 and 13.0 load it, and the files; the first is the main one.
type Statement = (
    &'static str,
    [bool; 2],
    &'static [(&'static str, &'static str)],
);

const MAIN: &str = "prosody.cfg.lua";

/// A statement with one file.
macro_rules! one {
    ($name:literal, $loads:expr, $text:expr) => {
        ($name, $loads, &[(MAIN, $text)])
    };
}

const YES: [bool; 2] = [true, true];
const NO: [bool; 2] = [false, false];
const ONLY_NEW: [bool; 2] = [false, true];
const ONLY_OLD: [bool; 2] = [true, false];

const STATEMENTS: &[Statement] = &[
    // The data.
    one!(
        "every kind of value",
        YES,
        "a = 'x' b = 1 c = 1.5 d = true e = { 'x'; y = { 2, 3 } } g = 2^53 h = 1e300 i = -0.0 j = false"
    ),
    one!("nil removes an option", YES, "a = 1 a = nil b = 2"),
    one!(
        "nil removes it on this host only",
        YES,
        "a = 1 VirtualHost 'h' a = 2 a = nil"
    ),
    one!(
        "a function is kept",
        YES,
        "f = function () return 1 end function g() end"
    ),
    one!(
        "the list of a host replaces the global one",
        YES,
        "modules_enabled = { 'a' } VirtualHost 'h' modules_enabled = { 'b' }"
    ),
    one!(
        "a table with holes and other keys",
        YES,
        "t = { 1, nil, 3, [10] = 'x', [1.5] = 'y', [true] = 'z' }"
    ),
    one!(
        "escapes in texts",
        YES,
        "a = 'q\\'\\\"\\n\\065\\x41\\u{e9}\\z  \n b' c = [==[\nlong]] ]==]"
    ),
    // Syntax and errors.
    one!("a syntax error", NO, "a = {"),
    one!("a run-time error", NO, "a = nil .. 'x'"),
    one!("an error raised by hand", NO, "error 'no'"),
    one!(
        "an error that is caught",
        YES,
        "ok, why = pcall(function () error('no', 0) end)"
    ),
    one!("an empty file", YES, ""),
    one!("only comments", YES, "-- nothing\n--[[ at\nall ]]"),
    one!("a text after return is no syntax", NO, "return 1 a = 2"),
    one!("return ends the file", YES, "a = 1 do return end a = 2"),
    one!("a line for a shell is no Lua", NO, "#!/usr/bin/lua\na = 1"),
    one!("a binary chunk", NO, "\u{1b}Lua"),
    // Assignments.
    one!("the last of two assignments wins", YES, "a = 1\na = 2"),
    one!("a word can be replaced", YES, "VirtualHost = 3 a = 1"),
    one!(
        "a replaced word is no word any more",
        NO,
        "VirtualHost = 3\nVirtualHost 'h'"
    ),
    one!("several at once", YES, "a, b, c = 1, 2"),
    one!(
        "Lua as a language",
        YES,
        "local t = {} for i = 1, 3 do t[#t + 1] = ('m%d'):format(i) end if #t == 3 then modules_enabled = t else x = 1 end goto out y = 1 ::out:: z = ('AbC'):lower()"
    ),
    one!(
        "loops",
        YES,
        "local n = 0 while n < 5 do n = n + 1 end repeat n = n + 1 until n >= 8 for i = 10, 1, -3 do n = n + i end a = n"
    ),
    one!(
        "and, or, not and comparisons",
        YES,
        "local x x = x or 'd' a = x == 'd' and 'yes' or 'no' b = not x c = x ~= nil d = 1 < 2 and 2 or 3 e = (1 == 1.0)"
    ),
    one!(
        "local functions and closures",
        YES,
        "local function f(n) if n == 0 then return 1 end return n * f(n - 1) end a = f(5) b = (function(...) return select('#', ...) end)(1, nil, 3)"
    ),
    one!("attributes of locals", YES, "local x <const> = 4 a = x"),
    one!(
        "the current host can be assigned",
        YES,
        "__currenthost = 'h' a = 1"
    ),
    one!(
        "the environment is a table",
        YES,
        "_ENV.a = 1 local e = _ENV e.b = 2 rawset(_ENV, 'c', 3)"
    ),
    one!(
        "another environment sets nothing",
        YES,
        "do local _ENV = {} a = 1 end b = 2"
    ),
    one!("varargs of a file are empty", YES, "a = select('#', ...)"),
    // Reading names.
    one!(
        "a word without quotes",
        YES,
        "authentication = internal_hashed"
    ),
    one!("an option read back", YES, "a = 1 b = a"),
    one!(
        "a default that keeps the former value",
        YES,
        "x = 'old' x = x or 'default'"
    ),
    one!("a default where nothing is set", YES, "x = x or 'default'"),
    one!(
        "a global option is nil on a host",
        YES,
        "a = 1 VirtualHost 'h' b = a"
    ),
    one!(
        "an option of the host is read on it",
        YES,
        "a = 1 VirtualHost 'h' a = 2 b = a"
    ),
    one!(
        "an option hides a function of Lua",
        ONLY_OLD,
        "table = 'x' a = table.concat({ 'a' })"
    ),
    one!(
        "functions of Lua",
        YES,
        "a = string.upper('a') b = math.max(1, 2) c = table.concat({ 'a', 'b' }, '-') d = tostring(1) e = type(os.time()) f = utf8.char(233)"
    ),
    one!(
        "the table of Lua",
        ONLY_NEW,
        "a = Lua.string.upper('a') b = Lua.tostring(2)"
    ),
    one!(
        "globals of Lua can be set",
        YES,
        "_G.shared = 'x' a = shared"
    ),
    one!(
        "variables",
        YES,
        "a = ENV_GIVEN b = ENV_MISSING c = os.getenv('GIVEN') d = os.getenv('MISSING')"
    ),
    one!(
        "a variable decides",
        YES,
        "if ENV_GIVEN == 'yes' then a = 1 else a = 2 end if ENV_MISSING then b = 1 end"
    ),
    one!(
        "a number from a variable",
        YES,
        "a = tonumber(ENV_NUMBER) b = tonumber(ENV_MISSING or 3)"
    ),
    one!("indexing a name that is nil", NO, "a = b.c"),
    one!("indexing an option", ONLY_NEW, "s = 'x' a = s:upper()"),
    // Hosts.
    one!(
        "virtual hosts",
        YES,
        "VirtualHost 'One.Example' a = 1 VirtualHost 'two.example' a = 2 Host 'three' host 'four' b = 1"
    ),
    one!("a host without a name", NO, "VirtualHost(nil)"),
    one!(
        "a host by a missing variable",
        NO,
        "VirtualHost(ENV_MISSING)"
    ),
    one!("a host by a variable", YES, "VirtualHost(ENV_GIVEN) a = 1"),
    one!(
        "a host with forbidden characters",
        NO,
        "VirtualHost 'a\u{e000}b'"
    ),
    one!("a host with another blank", YES, "VirtualHost 'a\u{2003}b'"),
    one!(
        "a host of other letters",
        YES,
        "VirtualHost 'B\u{dc}CHER.example' a = 1 VirtualHost 'stra\u{df}e' VirtualHost '\u{130}'"
    ),
    one!("a host that is a number", YES, "VirtualHost(5) a = 1"),
    one!("a host that is a table", NO, "VirtualHost {}"),
    one!(
        "the same host again",
        YES,
        "VirtualHost 'h' a = 1 VirtualHost 'i' a = 2 VirtualHost 'h' b = 3"
    ),
    one!(
        "a host with a table of options",
        YES,
        "VirtualHost 'h' { a = 1, ['b.c'] = { 2 }, 'x' } c = 3"
    ),
    one!("a host takes no module", NO, "VirtualHost 'h' 'muc'"),
    one!("a host takes no number", NO, "VirtualHost 'h' (5)"),
    one!(
        "a following line joins the host",
        YES,
        "VirtualHost 'h'\n{ a = 1 }\nb = 2"
    ),
    one!(
        "a following text joins the host",
        NO,
        "VirtualHost 'h'\n('x'):upper()"
    ),
    one!(
        "a semicolon separates",
        YES,
        "VirtualHost 'h';\n('x'):upper()\na = 1"
    ),
    one!(
        "a component",
        YES,
        "Component 'c.Example' 'muc' a = 1 component 'd' b = 2"
    ),
    one!("a component without a name", NO, "Component(nil)"),
    one!(
        "an external component",
        YES,
        "Component 'c' component_secret = 'x'"
    ),
    one!(
        "a component with a table is external",
        YES,
        "Component 'c' { a = 1 } b = 2"
    ),
    one!(
        "a component with module and table",
        YES,
        "Component 'c' 'muc' { a = 1; name = 'Rooms' } b = 2"
    ),
    one!("a component takes no number", NO, "Component 'c' (5)"),
    one!(
        "a component again with another module",
        YES,
        "Component 'c' 'muc' a = 1 Component 'c' 'pubsub' b = 2"
    ),
    one!(
        "a host and a component clash",
        NO,
        "VirtualHost 'x' Component 'x' 'muc'"
    ),
    one!(
        "a component and a host clash",
        NO,
        "Component 'x' 'muc' VirtualHost 'x'"
    ),
    one!(
        "the module of a component as an option",
        YES,
        "Component 'x' component_module = 'muc'"
    ),
    one!("a disabled host", YES, "VirtualHost 'x' enabled = false"),
    one!(
        "reserved names as options",
        YES,
        "VirtualHost 'x' defined = false load_global_modules = true"
    ),
    // Includes.
    (
        "an include starts globally and returns to the host",
        YES,
        &[
            (MAIN, "VirtualHost 'h' a = 1 Include 'b.lua' c = 3"),
            ("b.lua", "b = 2 VirtualHost 'i' b = 4"),
        ],
    ),
    (
        "an include of an include is relative to it",
        YES,
        &[
            (MAIN, "Include './sub/one.cfg.lua'"),
            ("sub/one.cfg.lua", "a = 1 include 'two.txt'"),
            ("sub/two.txt", "b = 2"),
        ],
    ),
    one!("a missing include", NO, "Include 'missing.cfg.lua'"),
    one!(
        "a missing include that is caught",
        YES,
        "a = pcall(Include, 'missing.cfg.lua')"
    ),
    one!("an include of nil", NO, "Include(nil)"),
    (
        "a wildcard",
        YES,
        &[
            (MAIN, "Include 'conf.d/*.cfg.lua'"),
            ("conf.d/a.cfg.lua", "a = 1"),
            ("conf.d/b.cfg.lua", "VirtualHost 'b' b = 1"),
            ("conf.d/.hidden.cfg.lua", "hidden = 1"),
            ("conf.d/c.cfg.lua~", "backup = 1"),
            ("conf.d/dcfg.lua", "d = 1"),
        ],
    ),
    (
        "a question mark",
        YES,
        &[
            (MAIN, "Include 'conf.d/?.cfg.lua'"),
            ("conf.d/a.cfg.lua", "a = 1"),
            ("conf.d/bb.cfg.lua", "b = 1"),
        ],
    ),
    (
        "a wildcard beside the file",
        YES,
        &[(MAIN, "Include '*.inc'"), ("x.inc", "x = 1")],
    ),
    (
        "no match",
        YES,
        &[
            (MAIN, "a = 1 Include 'conf.d/*.lua'"),
            ("conf.d/a.txt", "b = 1"),
        ],
    ),
    one!(
        "a wildcard in a missing folder",
        NO,
        "Include 'missing/*.lua'"
    ),
    (
        "no wildcards in folders",
        NO,
        &[(MAIN, "Include 'conf.*/a*.lua'"), ("conf.d/a.lua", "a = 1")],
    ),
    (
        "a wildcard that ends in a slash",
        NO,
        &[(MAIN, "Include 'con*/'"), ("conf/a.lua", "a = 1")],
    ),
    (
        "a syntax error in an include",
        NO,
        &[(MAIN, "Include 'a.lua'"), ("a.lua", "a = ")],
    ),
    (
        "a run-time error in an include",
        NO,
        &[(MAIN, "Include 'a.lua'"), ("a.lua", "a = nil + 1")],
    ),
    one!(
        "a file that includes itself",
        NO,
        "Include 'prosody.cfg.lua'"
    ),
    (
        "the same file twice",
        YES,
        &[
            (MAIN, "Include 'a.lua' VirtualHost 'h' Include 'a.lua'"),
            ("a.lua", "a = 1"),
        ],
    ),
    (
        "locals are not shared",
        YES,
        &[(MAIN, "local x = 1 Include 'a.lua'"), ("a.lua", "a = x")],
    ),
    (
        "a folder is no file",
        NO,
        &[(MAIN, "Include 'conf.d'"), ("conf.d/a.lua", "a = 1")],
    ),
    (
        "an append in an include",
        ONLY_NEW,
        &[
            (
                MAIN,
                "modules_enabled = { 'a' } VirtualHost 'h' Include 'b.lua'",
            ),
            ("b.lua", "modules_enabled { 'b' }"),
        ],
    ),
    // Files.
    (
        "contents of files",
        ONLY_NEW,
        &[
            (
                MAIN,
                "a = FileContents 'x.txt' b = FileLine('x.txt') d = Credential 'x.txt' e = 'x' .. FileLine 'x.txt'",
            ),
            ("x.txt", "one\ntwo\n"),
        ],
    ),
    // List handles.
    one!(
        "appending with a call",
        ONLY_NEW,
        "m = { 'a' } m { 'b', 'c' } m { 'd' } { 'e' }"
    ),
    one!(
        "appending by name",
        ONLY_NEW,
        "m = { 'a' } m:append { 'b' }:append({ 'c' })"
    ),
    one!(
        "appending named pairs",
        ONLY_NEW,
        "m = { 'a', x = 1 } m { y = 2, x = 3 }"
    ),
    one!(
        "appending a hole",
        ONLY_NEW,
        "m = { 'a' } m { 'b', nil, 'c' }"
    ),
    one!("appending nothing", ONLY_NEW, "m = { 'a' } m {}"),
    one!("appending a text", NO, "m = { 'a' } m 'b'"),
    one!("appending to a text", NO, "m = 'a' m { 'b' }"),
    one!("appending to nothing", NO, "m { 'b' }"),
    one!(
        "appending to the global list on a host",
        NO,
        "m = { 'a' } VirtualHost 'h' m { 'b' }"
    ),
    one!(
        "appending to the list of the host",
        ONLY_NEW,
        "m = { 'a' } VirtualHost 'h' m = { 'b' } m { 'c' }"
    ),
    one!(
        "appending does not copy",
        ONLY_NEW,
        "local t = { 'a' } m = t n = t m { 'b' }"
    ),
    one!(
        "the value of a list",
        ONLY_NEW,
        "m = { 'a' } n = m:value() n { 'b' }"
    ),
    one!(
        "the values of a list",
        ONLY_NEW,
        "m = { 'a', 'b' } local s = 0 for v in m:values() do s = s + #v end c = s"
    ),
    one!("a number as key of a list", NO, "m = { 'a' } b = m[1]"),
    one!("another key of a list", NO, "m = { 'a' } b = m:remove('a')"),
    one!(
        "an item of a list is lost",
        ONLY_NEW,
        "m = { 'a' } m[2] = 'b' m.x = 1"
    ),
    one!(
        "the length of a list is none",
        ONLY_NEW,
        "m = { 'a' } n = #m"
    ),
    one!(
        "the inner fields of a list",
        ONLY_NEW,
        "m = { 'a' } local n = 0 for k in pairs(m) do n = n + 1 end c = n"
    ),
    one!(
        "inserting into a list is lost",
        ONLY_NEW,
        "m = { 'a' } table.insert(m, 'b')"
    ),
    one!("a list is assigned", YES, "a = { 'x' } b = a"),
    one!("a list in a list", YES, "a = { 'x' } b = { a, 'y' }"),
    one!("a list is added", NO, "m = { 'a' } m = m + { 'b' }"),
    one!(
        "a handle outlives its host",
        ONLY_NEW,
        "m = { 'a' } local h = m VirtualHost 'v' h { 'b' }"
    ),
    one!(
        "the values of a list by ipairs",
        NO,
        "m = { 'a' } for _, v in ipairs(m) do n = v end"
    ),
];

#[test]
fn each_statement_reads_as_in_prosody() {
    let variables: BTreeMap<String, String> = [("GIVEN", "yes"), ("NUMBER", "42")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut folders = Vec::new();
    let mut mains = Vec::new();
    for (_, _, files) in STATEMENTS {
        let folder = scratch();
        for (file, text) in *files {
            write(folder.path(), file, text);
        }
        mains.push(folder.path().join(MAIN));
        folders.push(folder);
    }
    let mut wrong = Vec::new();
    let compared = compare(&mains, &variables);
    for one in &compared {
        let (name, loads, _) = STATEMENTS[one.file];
        assert!(one.undetermined.is_empty(), "{:?}", one.undetermined);
        match &one.result {
            Ok(loaded) if *loaded == loads[usize::from(!one.is_old)] => {}
            Ok(loaded) => wrong.push(format!("{name}: both load it: {loaded}")),
            Err(what) => wrong.push(format!("{name}: {what}")),
        }
    }
    eprintln!("{} compared", compared.len());
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A path that Lua shortens in messages makes Prosody fail where it would warn.
#[test]
fn a_long_path_fails_where_prosody_would_warn() {
    let text = "a = 1\na = 2\nb = os.getenv('HOME')\n";
    for (length, loads) in [(59, true), (60, false)] {
        let folder = scratch();
        let name = "/prosody.cfg.lua";
        let fill = length - folder.path().as_os_str().len() - name.len() - 1;
        let path = write(folder.path(), &format!("{}{name}", "x".repeat(fill)), text);
        assert_eq!(path.len(), length);
        for one in compare(&[path.into()], &BTreeMap::new()) {
            assert_eq!(one.result, Ok(loads), "{length}");
        }
    }
}
