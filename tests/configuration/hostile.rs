//! Hostile configurations: none gets anything, and none takes long or much.
//!
//! Each is read by a process of its own, this same program, so that its memory can be measured.

use std::env;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use prosody_stability::configuration::Dialect;

use crate::real;
use crate::support::command::run;
use crate::support::folder::{scratch, write};

const MOST_TIME: Duration = Duration::from_secs(3);
const MOST_MEMORY: u64 = 256 * 1024;
const CANARY: &str = "canary-7f3a";

/// What must come of it.
enum End {
    /// An error with these words.
    Error(&'static str),
    /// An error about a limit.
    Stopped,
    /// It is read, and does not hold what it looked for.
    Harmless,
    /// Either of them: only what it takes and gets counts.
    Any,
}
use End::{Any, Error, Harmless};

/// It is ended by whichever limit it meets first: on a busy machine that can be the time.
const STOPPED: End = End::Stopped;

/// A name, the text, and what must come of it. `DIR` is the folder of the file, which has a file `secret`.
const CASES: &[(&str, &str, End)] = &[
    // What does not end.
    ("an endless loop", "while true do end", STOPPED),
    (
        "an endless loop in pcall",
        "pcall(function() while true do end end) a = 1",
        STOPPED,
    ),
    (
        "pcall in an endless loop",
        "while true do pcall(function() while true do end end) end",
        STOPPED,
    ),
    (
        "an error handler that does not end",
        "xpcall(function() while true do end end, function() while true do end end) a = 1",
        STOPPED,
    ),
    ("an endless goto", "::a:: goto a", STOPPED),
    (
        "an endless metamethod",
        "local t = setmetatable({}, { __index = function(t, k) return t[k .. 'x'] end }) a = t.x",
        Any,
    ),
    (
        "an endless finaliser",
        "setmetatable({}, { __gc = function() while true do end end }) for i = 1, 1e5 do local t = {} end",
        Error("finalisers"),
    ),
    (
        "a closing variable that does not end",
        "do local x <close> = setmetatable({}, { __close = function() while true do end end }) end",
        STOPPED,
    ),
    (
        "an endless sort",
        "table.sort({ 3, 1, 2, 5, 4 }, function() while true do end end)",
        STOPPED,
    ),
    (
        "an endless iterator",
        "for x in function() return 1 end do end",
        STOPPED,
    ),
    (
        "a refused iterator",
        "for line in io.lines('/etc/passwd') do a = line end",
        Harmless,
    ),
    (
        "a refused condition",
        "while io.read() do end repeat until io.read()",
        Harmless,
    ),
    (
        "a costly pattern",
        "a = ('a'):rep(40):find(('a*'):rep(30) .. 'b')",
        STOPPED,
    ),
    (
        "a costly pattern in pcall",
        "pcall(string.find, ('a'):rep(40), ('a*'):rep(30) .. 'b') a = 1",
        STOPPED,
    ),
    (
        "a costly replacement",
        "a = ('x'):rep(1e6):gsub('', ('y'):rep(100))",
        Any,
    ),
    (
        "deep recursion",
        "local function f() return 1 + f() end a = f()",
        Any,
    ),
    (
        "deep recursion in pcall",
        "local function f() return 1 + f() end pcall(f) a = 1",
        Any,
    ),
    (
        "deep recursion of pcall",
        "local function f() return pcall(f) end f() a = 1",
        Any,
    ),
    (
        "an endless tail call",
        "local function f() return f() end f()",
        STOPPED,
    ),
    (
        "a coroutine",
        "coroutine.wrap(function() while true do end end)() a = 1",
        Harmless,
    ),
    (
        "coroutines without end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        STOPPED,
    ),
    // What grows.
    ("a long text", "a = ('x'):rep(1e9)", STOPPED),
    (
        "a long text in pcall",
        "pcall(function() a = ('x'):rep(1e9) end) b = 1",
        STOPPED,
    ),
    (
        "a text that doubles",
        "local s = 'x' while true do s = s .. s end",
        STOPPED,
    ),
    (
        "a text that doubles in pcall",
        "local s = 'x' while pcall(function() s = s .. s end) do end a = 1",
        STOPPED,
    ),
    (
        "a huge table",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        Any,
    ),
    (
        "huge tables",
        "local t = {} while true do t = { t, ('x'):rep(1000) } end",
        Any,
    ),
    ("a huge text in a value", "a = ('x'):rep(5e7)", STOPPED),
    (
        "huge texts in values",
        "for i = 1, 100 do _ENV['a' .. i] = ('x'):rep(3e5) end",
        STOPPED,
    ),
    (
        "many values",
        "local t = {} for i = 1, 300000 do t[i] = true end a = t",
        STOPPED,
    ),
    (
        "many options",
        "for i = 1, 1e6 do _ENV['o' .. i] = i end",
        Any,
    ),
    (
        "many hosts",
        "for i = 1, 1e6 do VirtualHost('h' .. i) end",
        Any,
    ),
    (
        "many modules on many hosts",
        "local t = {} for i = 1, 2000 do t[i] = 'm' .. i end modules_enabled = t for i = 1, 2000 do VirtualHost('h' .. i) end",
        Error("more than 500000 modules in total"),
    ),
    (
        "a deep table",
        "local t = {} for i = 1, 1e5 do t = { t } end a = t",
        Harmless,
    ),
    (
        "a table in itself",
        "local t = {} t.t = t t[1] = t a = t",
        Harmless,
    ),
    (
        "a table of shared tables",
        "local t = {} for i = 1, 40 do t = { t, t } end a = t",
        STOPPED,
    ),
    (
        "many findings",
        "for i = 1, 1e6 do local x = _ENV['x' .. i] end",
        Any,
    ),
    (
        "many variables",
        "for i = 1, 1e6 do os.getenv('X' .. i) end",
        Any,
    ),
    (
        "unpacking a huge table",
        "local t = {} for i = 1, 1e6 do t[i] = i end a = { table.unpack(t) }",
        Any,
    ),
    (
        "a long format",
        "a = ('%99999999s'):format('x')",
        Error("invalid"),
    ),
    (
        "names without end",
        "local x = io for i = 1, 1e7 do x = x.a end a = x",
        Any,
    ),
    (
        "nested brackets",
        "a = (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1",
        Error("cannot read"),
    ),
    // Files.
    (
        "an include of itself",
        "Include 'prosody.cfg.lua'",
        Error("nest more than 100"),
    ),
    (
        "an include of itself in pcall",
        "pcall(Include, 'prosody.cfg.lua') a = 1",
        Error("nest more than 100"),
    ),
    (
        "10,000 includes",
        "for i = 1, 10000 do Include 'empty.lua' end",
        Error("1000 files"),
    ),
    (
        "10,000 includes in pcall",
        "for i = 1, 10000 do pcall(Include, 'empty.lua') end",
        Error("1000 files"),
    ),
    (
        "an include of a device",
        "Include '/dev/zero'",
        Error("not a regular file"),
    ),
    (
        "an include of a pipe",
        "Include 'DIR/pipe'",
        Error("not a regular file"),
    ),
    (
        "an include of a process's memory",
        "Include '/proc/self/mem'",
        Any,
    ),
    ("a binary chunk", "\u{1b}Lua\u{54}", Error("cannot read")),
    (
        "loading a binary chunk",
        "a = load(string.dump(function() return 'canary' end))",
        Harmless,
    ),
    // What must not be had.
    (
        "reading a file",
        "a = io.open('DIR/secret'):read('*a')",
        Harmless,
    ),
    (
        "reading a file otherwise",
        "for line in io.lines('DIR/secret') do a = line end b = FileLines 'DIR/secret' c = FileContents 'DIR/secret' d = FileLine 'DIR/secret' .. 'x'",
        Harmless,
    ),
    (
        "reading a file as Lua",
        "pcall(dofile, 'DIR/secret') pcall(RunScript, 'DIR/secret') pcall(loadfile, 'DIR/secret') a = 1",
        Harmless,
    ),
    (
        "reading /etc/shadow",
        "a = io.open('/etc/shadow'):read('*a')",
        Harmless,
    ),
    (
        "the bytes of a secret",
        "local s = FileContents 'DIR/secret' a = s:byte(1) b = { s:byte(1, -1) } c = s:sub(1, 3) d = #s e = s == 'x' f = s:upper() g = ('%s'):format(s) h = s:gsub('.', '%0')",
        Harmless,
    ),
    (
        "writing a file",
        "io.open('DIR/written', 'w'):write('x') io.output('DIR/written') os.rename('DIR/secret', 'DIR/written') os.remove('DIR/secret')",
        Harmless,
    ),
    (
        "running a command",
        "os.execute('touch DIR/written') io.popen('touch DIR/written') a = 1",
        Harmless,
    ),
    ("ending the process", "os.exit(0)", Harmless),
    (
        "loading a module",
        "a = require 'io' b = package.loadlib('DIR/x.so', '*') c = debug.getregistry() d = require('os').execute('touch DIR/written')",
        Harmless,
    ),
    (
        "the environment of the process",
        "a = os.getenv('CANARY') b = ENV_CANARY",
        Harmless,
    ),
    // What must not break.
    (
        "the metatable of texts",
        "getmetatable('').__index = function() error('x') end getmetatable('').__concat = function() return 'y' end a = 1 .. 'x' VirtualHost 'h' b = 'x' .. 2",
        Harmless,
    ),
    (
        "the metatable of the environment",
        "setmetatable(_ENV, nil) a = 1",
        Harmless,
    ),
    (
        "another metatable of the environment",
        "setmetatable(_ENV, { __index = function() while true do end end }) a = x",
        STOPPED,
    ),
    (
        "the metamethods of the environment",
        "getmetatable(_ENV).__index({}, {}) a = 1",
        Any,
    ),
    (
        "the metamethods with the wrong arguments",
        "pcall(getmetatable(_ENV).__newindex) pcall(getmetatable(_ENV).__index) a = 1",
        Harmless,
    ),
    (
        "the functions of the sandbox",
        "local g = _G for k in pairs(g) do g[k] = nil end VirtualHost 'h' a = 1",
        Harmless,
    ),
    (
        "other functions of the sandbox",
        "_G.pcall = nil _G.type = error string.format = nil a = ('x'):upper()",
        Harmless,
    ),
    (
        "the metatable of an unknown value",
        "a = getmetatable(io.open('x')) b = getmetatable(io)",
        Harmless,
    ),
    (
        "a handle with other fields",
        "m = { 'a' } local h = m h.host = {} h.option_name = 5 pcall(function() h { 'b' } end) rawset(h, 'host', nil) pcall(function() h:append { 'c' } end)",
        Harmless,
    ),
    (
        "the metatable of a handle",
        "m = { 'a' } getmetatable(m).__call = nil getmetatable(m).__index = nil n = m pcall(function() m { 'b' } end)",
        Any,
    ),
    (
        "an odd current host",
        "__currenthost = {} a = 1 __currenthost = io b = 2 __currenthost = 0/0 c = 3",
        Harmless,
    ),
    (
        "odd keys",
        "t = { [{}] = 1, [print] = 2, [io] = 3, [1e300] = 4, [-1] = 5, [true] = 6 }",
        Harmless,
    ),
    ("odd errors", "error({})", Error("cannot read")),
    (
        "an error that is refused",
        "error(io.open('x'))",
        Error("cannot read"),
    ),
    ("an error without anything", "error()", Error("cannot read")),
    (
        "a text that is not UTF-8",
        "a = '\\255\\254' _ENV['\\200'] = 1 VirtualHost '\\255'",
        Any,
    ),
    (
        "control characters",
        "VirtualHost '\\27[31mx' a = '\\27]0;x\\7'",
        Any,
    ),
    (
        "tables that answer",
        "VirtualHost(setmetatable({}, { __tostring = function() return 'h' end }))",
        Error("not a string"),
    ),
];

/// The child: reads the file that `HOSTILE` names, and prints what came of it.
#[test]
fn read_one() {
    let Some(file) = env::var_os("HOSTILE") else {
        return;
    };
    let start = Instant::now();
    let result = real::ours(file.as_ref(), Dialect::V13, &Default::default());
    let took = start.elapsed();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("peak {}", peak.unwrap().trim());
    println!("took {}", took.as_millis());
    match result {
        Ok(configuration) => println!("read {configuration:?}"),
        Err(error) => println!("failed {}", error.render(false)),
    }
}

#[test]
fn none_gets_anything_and_none_takes_long_or_much() {
    let mut wrong = Vec::new();
    let (mut longest, mut largest) = ((Duration::ZERO, ""), (0, ""));
    for (name, text, end) in CASES {
        let folder = scratch();
        let place = folder.path().to_str().unwrap();
        write(folder.path(), "secret", CANARY);
        write(folder.path(), "empty.lua", "");
        run(Command::new("mkfifo").arg(folder.path().join("pipe"))).success();
        let file = write(
            folder.path(),
            "prosody.cfg.lua",
            &text.replace("DIR", place),
        );
        let said = run(Command::new(env::current_exe().unwrap())
            .args(["hostile::read_one", "--exact", "--nocapture"])
            .env("HOSTILE", &file)
            .env("CANARY", CANARY));
        let find = |start: &str| {
            let at = said.stdout.find(start)? + start.len();
            said.stdout[at..]
                .split([' ', '\n'])
                .next()?
                .parse::<u64>()
                .ok()
        };
        let (Some(peak), Some(took)) = (find("\npeak "), find("\ntook ")) else {
            wrong.push(format!("{name}: it died: {said:?}"));
            continue;
        };
        let took = Duration::from_millis(took);
        longest = longest.max((took, name));
        largest = largest.max((peak, name));
        if took > MOST_TIME || peak > MOST_MEMORY {
            wrong.push(format!("{name}: {took:?}, {peak} KiB"));
        }
        let failed = said.stdout.split_once("\nfailed ").map(|(_, error)| error);
        let is_right = match end {
            Error(words) => failed.is_some_and(|error| error.contains(words)),
            End::Stopped => failed.is_some_and(|error| {
                let limits = [
                    "instructions",
                    "memory",
                    "timed out after",
                    "values",
                    "text",
                ];
                limits.iter().any(|limit| error.contains(limit))
            }),
            Harmless => failed.is_none(),
            Any => true,
        };
        if !is_right {
            let said: String = said.stdout.chars().take(1500).collect();
            wrong.push(format!("{name}: {said}"));
        }
        if said.stdout.contains(CANARY)
            || said.stderr.contains(CANARY)
            || said.stdout.contains("root:")
        {
            wrong.push(format!("{name}: it got a secret"));
        }
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        if left != ["empty.lua", "pipe", "prosody.cfg.lua", "secret"] {
            wrong.push(format!("{name}: it left {left:?}"));
        }
    }
    eprintln!(
        "{} cases, at most {longest:?} and {largest:?} KiB",
        CASES.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
