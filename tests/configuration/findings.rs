//! What the reader notices, with its line, and what it says about a file that does not load.

use std::collections::BTreeMap;
use std::path::Path;

use prosody_stability::configuration::prosody::{ReadOptions, cannot_read, differences, read};
use prosody_stability::configuration::{Configuration, Dialect, GLOBAL, Value};
use prosody_stability::diagnostic::Result;
use prosody_stability::report::{Code, Finding};
use prosody_stability::source::Source;

use crate::support::folder::{scratch, write};

const OLD: Dialect = Dialect::V0_12;
const NEW: Dialect = Dialect::V13;

/// Reads a text as if it stood in `/etc/prosody`.
fn text(text: &str, dialect: Dialect) -> Result<Configuration> {
    let source = Source::new("/etc/prosody/prosody.cfg.lua", text);
    read(&source, &ReadOptions::new(dialect))
}

fn line(finding: &Finding) -> usize {
    finding.place.as_ref().unwrap().line
}

/// Code, line and subject of everything that is noticed.
fn noticed(configuration: &Configuration) -> Vec<(&'static str, usize, &str)> {
    let findings = configuration.findings.iter();
    findings
        .map(|f| {
            (
                f.code.name(),
                line(f),
                f.subject.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}

type Noticed = (&'static str, usize, &'static str);

#[test]
fn traps_are_findings_with_their_line() {
    let cases: &[(&str, Dialect, &[Noticed])] = &[
        ("a = 1\nb = 'x'", NEW, &[]),
        (
            "\nauthentication = internal_hashed",
            OLD,
            &[("unquoted-word", 2, "internal_hashed")],
        ),
        ("a = 1\nb = a", OLD, &[("unquoted-word", 2, "a")]),
        ("a = 1\nb = a", NEW, &[]),
        (
            "a = 1\nVirtualHost 'h'\nb = a",
            NEW,
            &[("unquoted-word", 3, "a")],
        ),
        ("a = os.time()", OLD, &[]),
        ("a = 1 b = os.clock()", NEW, &[("lua-api", 1, "os")]),
        ("a = Lua.os.clock()", NEW, &[]),
        ("a = {\n'x';\n}\nb = a", NEW, &[("list-handle", 4, "b")]),
        (
            "a = { 'x' }\na[2] = 'y'",
            NEW,
            &[("lost-assignment", 2, "a")],
        ),
        (
            "a = 1\nVirtualHost = 3",
            NEW,
            &[("word-replaced", 2, "VirtualHost")],
        ),
        (
            "a = {\n'x',\n}\na = {\n'y',\n}",
            OLD,
            &[("duplicate-option", 4, "a")],
        ),
        ("a = 1\nVirtualHost 'h'\na = 2", OLD, &[]),
        (
            "\na = ENV_SECRET",
            OLD,
            &[("missing-variable", 2, "SECRET")],
        ),
        (
            "a = Lua.os.getenv('X') or 'y'",
            NEW,
            &[("missing-variable", 1, "X")],
        ),
        ("RunScript 'x.lua'", OLD, &[("not-run", 1, "RunScript")]),
        ("os.execute('x')", OLD, &[("not-run", 1, "os.execute")]),
        (
            "local f = io.open('x')\na = f:read() .. '!'",
            OLD,
            &[("not-run", 1, "io.open"), ("undecided", 2, "a")],
        ),
        (
            "local f = io.open('x')\nif f then\na = 1\nend",
            OLD,
            &[("not-run", 1, "io.open"), ("undecided", 2, "")],
        ),
        (
            "local f = io.open('x')\na = f == nil and 1 or 2",
            OLD,
            &[("not-run", 1, "io.open"), ("undecided", 2, "")],
        ),
        ("a = FileContents 'x'", NEW, &[]),
        ("a = FileLines 'x'", NEW, &[("undecided", 1, "a")]),
        (
            "if FileLine 'x' == 'y' then a = 1 end",
            NEW,
            &[("undecided", 1, "")],
        ),
    ];
    for (given, dialect, expected) in cases {
        let configuration = text(given, *dialect).unwrap_or_else(|e| panic!("{given}\n{e}"));
        assert_eq!(noticed(&configuration), *expected, "{given}");
    }
}

#[test]
fn settings_and_items_have_their_lines() {
    let given = "modules_enabled = {\n  'tls';\n  'pep';\n}\nmodules_enabled {\n  'bosh';\n}\n\
                 Component 'c' 'muc' {\n  name = 'x';\n}\n";
    let configuration = text(given, NEW).unwrap();
    let modules = &configuration.setting(GLOBAL, "modules_enabled").unwrap();
    let line = |item: &str| modules.place_of(item).line;
    assert_eq!(modules.place.line, 1);
    assert_eq!([line("tls"), line("pep"), line("bosh")], [2, 3, 6]);
    let host = configuration.host("c").unwrap();
    assert_eq!(host.place.as_ref().unwrap().line, 8);
    assert_eq!(host.options["name"].place.line, 9);
}

#[test]
fn a_secret_is_no_text() {
    let given = "a = Credential 'x'\nb = 'prefix ' .. FileLine('y'):upper()";
    let configuration = text(given, NEW).unwrap();
    for option in ["a", "b"] {
        let setting = configuration.setting(GLOBAL, option).unwrap();
        assert_eq!(setting.value, Value::Secret, "{option}");
    }
}

#[test]
fn errors_say_where_and_what_to_do() {
    let cases = [
        ("a = {\n'x'\n'y'\n}", NEW, 3, "expected", "correct it"),
        (
            "\na = nil .. 'x'",
            NEW,
            2,
            "attempt to concatenate",
            "correct it",
        ),
        (
            "modules_enabled = { 'a' }\nmodules_enabled = modules_enabled + { 'b' }",
            NEW,
            2,
            "arithmetic",
            "write `modules_enabled { … }`",
        ),
        (
            "a = { 'a' }\na = a + { 'b' }",
            OLD,
            2,
            "arithmetic",
            "write the whole list",
        ),
        ("m = { 'a' }\nm { 'b' }", OLD, 2, "attempt to call", "0.12"),
        (
            "a = FileLine 'x'",
            OLD,
            1,
            "attempt to call",
            "needs Prosody 13.0",
        ),
        (
            "m = { 'a' }\nVirtualHost 'h'\nm { 'b' }",
            NEW,
            3,
            "attempt to call",
            "no list of its own",
        ),
        (
            "m = { 'a' }\nb = m[1]",
            NEW,
            2,
            "Unknown config option operation",
            ":value()",
        ),
        (
            "\nVirtualHost(ENV_DOMAIN)",
            NEW,
            2,
            "has no name",
            "--env DOMAIN=VALUE",
        ),
        (
            "VirtualHost 'x'\nComponent 'x' 'muc'",
            NEW,
            2,
            "is already a VirtualHost",
            "conference.x",
        ),
        (
            "VirtualHost 'h' 'muc'",
            NEW,
            1,
            "takes no module",
            "modules_enabled",
        ),
        (
            "\nInclude 'missing.lua'",
            NEW,
            2,
            "/etc/prosody/missing.lua",
            "--root",
        ),
    ];
    for (given, dialect, line, message, help) in cases {
        let error = text(given, dialect).map(|_| ()).unwrap_err();
        let (_, at) = error.file_and_line().unwrap_or_else(|| panic!("{error}"));
        let said = error.render(false);
        assert_eq!(at, line, "{said}");
        assert!(said.contains(message) && said.contains(help), "{said}");
    }
}

#[test]
fn both_dialects_are_compared() {
    let given = "x = 'old'\nx = x or 'new'\ny = { 'a' }\nz = y\nf = tostring(x)\n";
    let (old, new) = (text(given, OLD).unwrap(), text(given, NEW).unwrap());
    let found: Vec<_> = differences(&old, &new)
        .iter()
        .map(|f| (line(f), f.sentence()))
        .collect();
    let expected = [
        (2, "x differs: 0.12 reads a text, 13.0 reads a text"),
        (5, "f differs: 0.12 reads a text, 13.0 reads a text"),
        (
            4,
            "z differs: 0.12 reads nothing, 13.0 reads the handle of y",
        ),
    ];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));

    let given = "a = { 'x' }\na { 'y' }";
    let newer = text(given, NEW).unwrap();
    let finding = cannot_read(&text(given, OLD).unwrap_err(), &newer);
    assert_eq!((finding.code, line(&finding)), (Code::NeedsNewer, 2));
}

#[test]
fn files_are_looked_for_below_the_root() {
    let folder = scratch();
    let root = folder.path();
    write(root, "outside.lua", "stolen = true");
    let inside = root.join("root");
    let text = "Include 'conf.d/*.lua'";
    let main = write(&inside, "etc/prosody/prosody.cfg.lua", text);
    write(&inside, "etc/prosody/avail/a.lua", "a = 1\nsame = 1");
    write(&inside, "etc/prosody/conf.d/b.lua", "b = 2\nsame = 2");
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, inside.join("etc/prosody").join(name)).unwrap();
    };
    link("/etc/prosody/avail/a.lua", "conf.d/a.lua");
    let mut options = ReadOptions::new(NEW);
    options.root = Some(inside.clone());
    let read_it = |options: &ReadOptions| read(&Source::read(Path::new(&main)).unwrap(), options);
    let configuration = read_it(&options).unwrap();
    assert!(configuration.setting(GLOBAL, "a").is_some());
    let expected = [("include-order", 2, "same")];
    assert_eq!(noticed(&configuration), expected);

    // Neither `..` nor a link leaves it.
    for target in ["../../../../outside.lua", "/outside.lua"] {
        link(target, "conf.d/c.lua");
        let error = read_it(&options).map(|_| ()).unwrap_err();
        assert!(error.title().contains("conf.d/c.lua"), "{error}");
        std::fs::remove_file(inside.join("etc/prosody/conf.d/c.lua")).unwrap();
    }
}

#[test]
fn only_given_variables_are_seen() {
    let source = Source::new("/x.cfg.lua", "a = ENV_HOME b = ENV_GIVEN");
    let mut options = ReadOptions::new(OLD);
    options.variables = BTreeMap::from([("GIVEN".to_owned(), "yes".to_owned())]);
    let configuration = read(&source, &options).unwrap();
    assert_eq!(configuration.setting(GLOBAL, "a"), None);
    let given = configuration.setting(GLOBAL, "b").unwrap();
    assert_eq!(given.value, Value::String("yes".to_owned()));
}

#[test]
fn several_of_one_cause_in_a_file_are_one_finding() {
    let given = "a = ENV_A\nb = ENV_B or ENV_A\nc = table.concat({}) d = os.clock()\n";
    let found = text(given, NEW).unwrap();
    let found: Vec<_> = found
        .findings
        .iter()
        .map(|finding| (line(finding), finding.message.as_str()))
        .collect();
    let expected = [
        (1, "environment variables are not set: A (1, 2), B (2)"),
        (3, "functions of Lua are used directly: table (3), os (3)"),
    ];
    assert_eq!(found, expected);
    // What has no name in common stays apart.
    let given = "a = 1\na = 2\nb = 1\nb = 2\n";
    assert_eq!(text(given, NEW).unwrap().findings.len(), 2);
}
