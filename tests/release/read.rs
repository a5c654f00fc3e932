//! What is read from one Lua file and from one README.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use prosody_stability::release::Stage;
use prosody_stability::scan::declaration::{Certainty, Declarations};
use prosody_stability::scan::plugin;
use prosody_stability::scan::readme::{self, Readme};
use prosody_stability::scan::report::Reason;

use crate::support::folder::scratch;

fn read(source: &str) -> Declarations {
    let source = source.to_owned();
    std::thread::Builder::new()
        .stack_size(plugin::STACK_SIZE)
        .spawn(move || plugin::read(source.as_bytes()))
        .unwrap()
        .join()
        .expect("no panic")
}

/// The one dependency of `source`.
fn kind_of(source: &str) -> (String, Certainty) {
    let declared = read(source);
    assert_eq!(declared.unclear, [], "{source}");
    assert_eq!(declared.depends.len(), 1, "{source}: {declared:?}");
    (
        declared.depends[0].name.clone(),
        declared.depends[0].certainty,
    )
}

#[test]
fn what_surely_runs_is_always() {
    for source in [
        r#"module:depends("x")"#,
        r#"module:depends "x""#,
        "module:depends'x';",
        "module:depends[[x]]",
        "module:depends[==[x]==]",
        r#"module:depends(("x"))"#,
        r#"module : depends --[[ a comment ]] ("x")"#,
        r#"local x = module:depends("x")"#,
        r#"local y = module:depends("x").foo"#,
        r#"local y = module:depends "x".foo.bar"#,
        r#"local y = assert(module:depends"x".rooms, "no rooms")"#,
        r#"local y <const> = module:depends("x")"#,
        r#"local t = { a = module:depends("x") }"#,
        r#"do do module:depends("x") end end"#,
        r#"if module:depends("x") then foo() end"#,
        r#"return module:depends("x")"#,
        "function module.add_host(module) module:log('depends') end\nmodule:depends('x')",
        r#"module:depends("x", false)"#,
        r#"module:depends("x", nil)"#,
        r#"local ok = module:depends("x") and other()"#,
        r#"local f = function () return 1 end; module:depends("x")"#,
        "::here:: local n = 7 // 2 ~ 0xA.8p-1 local s = 'a\\z\n  b\\\nc' module:depends('x')",
    ] {
        assert_eq!(
            kind_of(source),
            ("x".to_owned(), Certainty::Always),
            "{source}"
        );
    }
}

#[test]
fn what_prosody_runs_when_it_loads_the_module_happens_by_default() {
    for source in [
        r#"function module.add_host(module) module:depends("x") end"#,
        r#"function module.add_host(host_module) host_module:depends("x") end"#,
        r#"function module.load() module:depends("x") end"#,
        r#"if module:get_option_boolean("o", true) then module:depends("x") end"#,
        r#"if not module:get_option("o") then module:depends("x") end"#,
        r#"module:context(host):depends("x")"#,
        r#"module:depends("x", maybe)"#,
        "if a then return end\nmodule:depends('x')",
        "for i = 1, 2 do if a then goto over end end module:depends('x') ::over::",
    ] {
        assert_eq!(
            kind_of(source),
            ("x".to_owned(), Certainty::ByDefault),
            "{source}"
        );
    }
}

#[test]
fn a_condition_is_tried_with_what_options_are_when_nobody_sets_them() {
    use Certainty::{ByDefault, Conditional};
    let option = |call: &str| format!("local o = module:get_option{call} ");
    let x = "module:depends('x')";
    for (before, condition, expected) in [
        (option("_boolean('o', true)"), "o", ByDefault),
        (option("_boolean('o', false)"), "o", Conditional),
        (option("_boolean('o')"), "not o", ByDefault),
        (option("'o'"), "o == nil", ByDefault),
        (option("_boolean('o', true)"), "o ~= false", ByDefault),
        (option("_boolean('o', true)"), "o == 'true'", Conditional),
        (option("_string('o', 'a')"), "o == 'a'", ByDefault),
        (option("_string('o', 'a')"), "o == 'b'", Conditional),
        (option("_string('o', other)"), "o", Conditional),
        (option("(other('(,'), 'a')"), "o == \"a\"", ByDefault),
        (option("_period('o', '1w')"), "o ~= math.huge", ByDefault),
        (
            option("_period('o', 'never')"),
            "o ~= math.huge",
            Conditional,
        ),
        (option("_number('o', 60 * 60)"), "o > 0", ByDefault),
        (option("_number('o', 0)"), "o >= 1", Conditional),
        (option("_array('o', {})"), "#o == 0", ByDefault),
        (option("_array('o', { nil })"), "#o == 0", ByDefault),
        (option("_array('o', { 'a' })"), "#o == 0", Conditional),
        (option("_set('o', {})"), "#o == 0", Conditional),
        // A name means what it was declared as last.
        (option("('o')") + &option("('o', true)"), "o", ByDefault),
        (
            option("('o', true)") + "do local o = nil end ",
            "o",
            ByDefault,
        ),
        (option("('o', true)") + "o = nil ", "o", Conditional),
        (option("('o')") + "o = o or 'a' ", "o", ByDefault),
        (
            option("('o')") + "if a then o = true end ",
            "not o",
            ByDefault,
        ),
        (
            option("('o')") + "for i in f() do o = i end ",
            "not o",
            Conditional,
        ),
        (
            option("('o', true)") + "local function f(o) end ",
            "o",
            ByDefault,
        ),
        (
            String::new(),
            "prosody.process_type == 'prosody'",
            ByDefault,
        ),
        (String::new(), "prosody.shutdown and unknown", Conditional),
        (String::new(), "unknown", Conditional),
    ] {
        let source = format!("{before}if {condition} then {x} end");
        assert_eq!(kind_of(&source), ("x".to_owned(), expected), "{source}");
        let source = format!("{before}local _ = ({condition}) and {x}");
        assert_eq!(kind_of(&source), ("x".to_owned(), expected), "{source}");
    }
}

#[test]
fn what_follows_a_return_that_happens_by_default_is_conditional() {
    for source in [
        "local o = module:get_option('o')\nif not o then return end\nmodule:depends('x')",
        "local o = module:get_option_array('o', { nil })\nif #o == 0 then return error('none') end\nmodule:depends('x')",
        "function module.load()\n if not module:get_option('o') then return end\n module:depends('x')\nend",
        "do return end\nmodule:depends('x')",
        "pcall(function () if not nil then return end module:depends('x') end)",
    ] {
        assert_eq!(
            kind_of(source),
            ("x".to_owned(), Certainty::Conditional),
            "{source}"
        );
    }
}

#[test]
fn what_a_protected_call_runs_is_tried() {
    for source in [
        r#"local ok = pcall(function () module:depends("x") end)"#,
        r#"local ok = pcall(module.depends, module, "x")"#,
        r#"local ok = xpcall(module.depends, handler, module, "x")"#,
    ] {
        assert_eq!(
            kind_of(source),
            ("x".to_owned(), Certainty::Tried),
            "{source}"
        );
    }
}

#[test]
fn what_may_not_run_is_conditional() {
    for source in [
        r#"function f() module:depends("x") end"#,
        r#"local function f() module:depends("x") end"#,
        r#"module:hook("e", function () module:depends("x") end)"#,
        r#"if a then module:depends("x") end"#,
        r#"if a then elseif b then module:depends("x") end"#,
        r#"if a then elseif module:depends("x") then end"#,
        r#"if a then else module:depends("x") end"#,
        r#"for i = 1, 2 do module:depends("x") end"#,
        r#"for _, v in pairs(t) do module:depends("x") end"#,
        r#"while a do module:depends("x") end"#,
        r#"repeat module:depends("x") until true"#,
        r#"local m = a and module:depends("x")"#,
        r#"local m = a or module:depends("x").y"#,
        r#"local m = a or (b .. tostring(module:depends("x")))"#,
        "goto over module:depends('x') ::over::",
    ] {
        assert_eq!(
            kind_of(source),
            ("x".to_owned(), Certainty::Conditional),
            "{source}"
        );
    }
}

#[test]
fn a_return_inside_a_function_leaves_nothing_else() {
    let source = "local function f(a)\n if a then return end\n return 2\nend\nmodule:depends('x')";
    assert_eq!(kind_of(source).1, Certainty::Always);
}

#[test]
fn the_second_argument_true_is_soft_anywhere() {
    assert_eq!(kind_of(r#"module:depends("x", true)"#).1, Certainty::Soft);
    assert_eq!(
        kind_of(r#"if a then module:depends("x", true) end"#).1,
        Certainty::Soft
    );
    assert_eq!(
        kind_of(r#"pcall(module.depends, module, "x", true)"#).1,
        Certainty::Soft
    );
}

#[test]
fn comments_and_strings_are_no_dependencies() {
    for source in [
        "-- module:depends('x')",
        "--[[ module:depends('x')\n ]] local a = 1",
        "--[==[ ]] module:depends('x') ]==]",
        "---[[\nlocal a = 1 -- ]] module:depends('x')",
        "local other = { depends = { 'x' } } print(other.depends)",
        "local text = 'see depends' print(text)",
        "module:dependsx('x') depends('x')",
    ] {
        let declared = read(source);
        assert_eq!(declared, Declarations::default(), "{source}");
    }
    let declared =
        read("local a\nlocal code = [[\nmodule:depends(\"x\")]]\nlocal b = 'module:depends(y)'");
    assert_eq!(declared.depends, []);
    assert_eq!(
        declared.unclear,
        [
            Reason::DependencyInString { line: 2 },
            Reason::DependencyInString { line: 4 }
        ]
    );
}

#[test]
fn what_is_computed_is_reported_and_not_guessed() {
    let line = |line| Reason::DependencyNotLiteral { line };
    for (source, reason) in [
        ("\nmodule:depends(name)", line(2)),
        ("module:depends('a' .. 'b')", line(1)),
        ("module:depends('\\120')", line(1)),
        ("module:depends()", line(1)),
        ("module:depends{'x'}", line(1)),
        ("function f()\n\n\nend\nlocal d = module.depends", line(5)),
        ("session:depends('x')", Reason::UnknownReceiver { line: 1 }),
        (
            "module:require(name)",
            Reason::LibraryNotLiteral { line: 1 },
        ),
    ] {
        let declared = read(source);
        // Another module's dependency is none of this module.
        let another = matches!(reason, Reason::UnknownReceiver { .. });
        assert_eq!(declared.computed, !another, "{source}");
        assert_eq!(declared.unclear, [reason], "{source}");
        assert_eq!(declared.depends, [], "{source}");
    }
}

#[test]
fn timed_tasks_depend_on_cron() {
    for method in ["cron", "hourly", "daily", "weekly"] {
        assert_eq!(
            kind_of(&format!("module:{method}('tidy up', f)")),
            ("cron".to_owned(), Certainty::Always)
        );
    }
    assert_eq!(read("other:daily('x', f)").depends, []);
}

#[test]
fn lines_survive_what_is_cut_out() {
    let source = "local a = {\n 1,\n 2,\n}\nlocal function f()\n  if x then\n    return [[\n\n]]\n  end\nend\n--[[\n\n]]\nmodule:depends(a)\n";
    assert_eq!(
        read(source).unclear,
        [Reason::DependencyNotLiteral { line: 15 }]
    );
}

#[test]
fn libraries_are_told_by_kind() {
    let declared = read(
        "local a = module:require 'one'.new\nif b then module:require('two') end\nrequire 'three'",
    );
    let libraries: Vec<_> = declared
        .libraries
        .iter()
        .map(|found| (found.name.as_str(), found.certainty))
        .collect();
    assert_eq!(
        libraries,
        [("one", Certainty::Always), ("two", Certainty::Conditional)]
    );
}

#[test]
fn headers_are_read_as_the_module_manager_does() {
    let declared = read(
        "--% conflicts: b, a a\n-- text\n--%requires:first\n--% requires: later,  other \n --% requires: indented\n",
    );
    assert_eq!(declared.headers.conflicts, ["a", "b"]);
    assert_eq!(declared.headers.requires, ["later", "other"]);
    // Without a line break at the end Prosody does not see it, nor after a space before the colon.
    assert_eq!(read("--% conflicts: a").headers.conflicts, [""; 0]);
    assert_eq!(
        read("--% conflicts : a\nx = 1 --% conflicts: b\n")
            .headers
            .conflicts,
        [""; 0]
    );
}

#[test]
fn what_does_not_parse_is_reported() {
    for source in [
        "module:depends('x'",
        "end module:depends('x')",
        "if a then module:depends('x')",
        "module:depends('x') = = 2",
        "local s = 'open\nmodule:depends('x')",
        "module:depends('x') --[[ open",
        "module:depends [[open",
        "module:depends('x') ? 1",
        "function f( module:depends('x') end",
    ] {
        let declared = read(source);
        assert_eq!(declared.depends, [], "{source}");
        assert!(
            matches!(declared.unclear[..], [Reason::DoesNotParse { .. }]),
            "{source}: {declared:?}"
        );
    }
    // A file that declares nothing is parsed like any other.
    assert!(matches!(
        read("end end (").unclear[..],
        [Reason::DoesNotParse { line: 1, .. }]
    ));
    // Other encodings in strings and comments are fine.
    let declared = plugin::read(b"-- caf\xe9\nlocal s = '\xff' module:depends('x')");
    assert_eq!((declared.depends.len(), declared.unclear.len()), (1, 0));
}

#[test]
fn deep_nesting_neither_overflows_nor_hangs() {
    let started = Instant::now();
    let deps = "module:depends('x')";
    for source in [
        format!("{deps} {}", "(".repeat(100_000)),
        format!("local a = {}{deps}", "{".repeat(100_000)),
        format!("{} {deps} {}", "do ".repeat(50_000), "end ".repeat(50_000)),
        format!(
            "{} {deps} {}",
            "if a then ".repeat(50_000),
            "end ".repeat(50_000)
        ),
        format!("{deps} local a = {}1", "not ".repeat(100_000)),
        format!("{deps} local a = {}1", "- ".repeat(100_000)),
        format!("{deps} local a = {}1", "a .. ".repeat(100_000)),
        format!("{deps} local a = {}1", "a'' .. ".repeat(100_000)),
        format!("{deps} local a = {}1", "2^".repeat(100_000)),
        format!("{deps} local a = {}1", "1 + (2 + ".repeat(100_000)),
    ] {
        let declared = read(&source);
        assert!(
            matches!(declared.unclear[..], [Reason::TooDeep { .. }]),
            "{:?}",
            declared.unclear
        );
        assert_eq!(declared.depends, []);
    }
    // Right below the bounds, everything is still read.
    for source in [
        format!("{} {deps} {}", "do ".repeat(190), "end ".repeat(190)),
        format!(
            "local a = {} {deps} {}",
            "function() return ".repeat(150),
            "end ".repeat(150)
        ),
        format!("{deps} local a = {}1", "a .. ".repeat(990)),
        format!("{deps} local a = {}1", "- ".repeat(990)),
        format!("{deps} local a = f{}", "{}''()".repeat(10_000)),
        format!("{deps} if a then {} end", "elseif b then ".repeat(10_000)),
        format!("{deps} local a = {{ {} }}", "{ 1 }, ".repeat(50_000)),
    ] {
        let declared = read(&source);
        assert!(
            !declared
                .unclear
                .iter()
                .any(|reason| matches!(reason, Reason::TooDeep { .. })),
            "{declared:?}"
        );
    }
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "took {:?}",
        started.elapsed()
    );
}

fn stages(text: &str) -> Vec<Stage> {
    let Readme { stage, unclear, .. } = readme::read(text.as_bytes());
    assert_eq!(unclear, None, "{text}");
    stage
}

#[test]
fn labels_however_they_are_written() {
    for (front, expected) in [
        ("labels:\n- 'Stage-Alpha'", vec![Stage::Alpha]),
        (
            "labels:\n  - Stage-alpha\n  - Type-Auth",
            vec![Stage::Alpha],
        ),
        ("labels: Stage-beta", vec![Stage::Beta]),
        ("labels: [\"Stage-Stable\", Other]", vec![Stage::Stable]),
        ("labels: Type-Web, Stage-Merged", vec![Stage::Merged]),
        (
            "labels:\n- Stage-Deprecated\n- Stage-Stable",
            vec![Stage::Deprecated, Stage::Stable],
        ),
        ("labels:\n- Stage-Beta\n- Stage-Beta", vec![Stage::Beta]),
        (
            "labels:\n- Stage-Frozen",
            vec![Stage::Other("Stage-Frozen".to_owned())],
        ),
        (
            "labels:\n- Stage-Obsolete\nsummary: x",
            vec![Stage::Obsolete],
        ),
        (
            "labels:\n- stage-Experimental\n- STAGE-BROKEN",
            vec![Stage::Experimental, Stage::Broken],
        ),
        ("labels:", vec![]),
        ("labels: []", vec![]),
        ("labels:\n-\n- Statistics", vec![]),
        ("summary: only this", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(
            stages(&format!("---\n{front}\n---\n# Text\n")),
            expected,
            "{front}"
        );
        assert_eq!(
            stages(&format!(
                "\u{feff}---\r\n{}\r\n...\r\n",
                front.replace('\n', "\r\n")
            )),
            expected,
            "{front}"
        );
    }
}

#[test]
fn readmes_without_front_matter_say_nothing() {
    for text in [
        "",
        "# Heading\n",
        "Introduction\n============\n\nlabels: Stage-Alpha\n",
        "Text\n---\nlabels: Stage-Beta\n---\n",
    ] {
        assert_eq!(readme::read(text.as_bytes()), Readme::default(), "{text}");
    }
}

#[test]
fn old_wiki_tags_are_read() {
    let readme = readme::read(b"#summary  Something old\n#labels Type-Web,Stage-Beta\n\n= Heading =\n#labels Stage-Alpha\n");
    assert_eq!(readme.stage, [Stage::Beta]);
    assert_eq!(readme.summary.as_deref(), Some("Something old"));
}

#[test]
fn summaries_are_one_line() {
    for (front, expected) in [
        ("summary: Does things", Some("Does things")),
        ("summary: 'Does: things'", Some("Does: things")),
        ("summary: |\n    Does\n    things\n", Some("Does things")),
        ("summary: Does\n  things\n...", Some("Does things")),
        ("summary: 42", Some("42")),
        ("summary: ''", None),
        ("summary:", None),
    ] {
        let readme = readme::read(format!("---\n{front}\n---\n").as_bytes());
        assert_eq!(
            (readme.summary.as_deref(), readme.unclear),
            (expected, None),
            "{front}"
        );
    }
}

#[test]
fn broken_front_matter_is_reported_and_read_as_far_as_is_sure() {
    let readme = readme::read(
        b"---\nsummary: \"Breaks below\"\nlabels:\n- 'Stage-Beta'\nrockspec:\n\t- x\n...\n",
    );
    assert_eq!(
        (readme.stage, readme.summary.as_deref()),
        (vec![Stage::Beta], Some("Breaks below"))
    );
    assert!(matches!(
        readme.unclear,
        Some(Reason::BadFrontMatter { .. })
    ));
    // Nothing is taken whose meaning is not beyond doubt.
    let readme = readme::read(b"---\nsummary: goes\n  on\nlabels: {a: Stage-Beta\nother: [\n...\n");
    assert_eq!((readme.stage, readme.summary), (vec![], None));
    for text in [
        &b"---\nlabels: Stage-Beta\n"[..],
        b"---\nlabels: \xff\n---\n",
        b"---\nlabels: {a: b}\n---\n",
        b"---\nsummary: [a]\n---\n",
        b"---\n- a\n---\n",
    ] {
        assert!(
            matches!(
                readme::read(text).unclear,
                Some(Reason::BadFrontMatter { .. })
            ),
            "{text:?}"
        );
    }
}

#[test]
fn gzipped_readmes_are_read_and_broken_ones_are_errors() {
    let folder = scratch();
    let path = folder.path().join("README.md.gz");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(b"---\nlabels: Stage-Alpha\n---\n").unwrap();
    // Unpacked this is far more than is read.
    gzip.write_all(&vec![b' '; 50_000_000]).unwrap();
    let bytes = gzip.finish().unwrap();
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(readme::read_file(&path).unwrap().stage, [Stage::Alpha]);
    std::fs::write(&path, b"no gzip").unwrap();
    assert!(readme::read_file(&path).is_err());
}

#[test]
fn yaml_bombs_do_not_go_off() {
    let mut bomb = "---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let before = level - 1;
        bomb += &format!(
            "a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"
        );
    }
    bomb += "labels: *a29\n---\n";
    let started = Instant::now();
    let _ = readme::read(bomb.as_bytes());
    let _ = readme::read(format!("---\nlabels: {}\n---\n", "[".repeat(20_000)).as_bytes());
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "took {:?}",
        started.elapsed()
    );
}

proptest! {
    #[test]
    fn any_bytes_as_lua(source in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = plugin::read(&source);
    }

    #[test]
    fn any_tokens_as_lua(tokens in proptest::collection::vec(proptest::sample::select(vec![
        "module:depends", "module.depends", "module:require", "module:context(h):depends", "(", ")", "{", "}", "[", "]",
        "\"x\"", "'", "[[", "]]", "--", "--[[", "\n", "function", "f()", "end", "if", "then", "else", "elseif", "do", "while",
        "repeat", "until", "return", "goto a", "::a::", "and", "or", "not", "pcall(", "true", ",", ";", "=", "local", "..", "...",
        "1e", "0x", "#", "~", "\\", "--% conflicts: a", "é", "\u{0}",
    ]), 0..60)) {
        let _ = read(&tokens.join(" "));
    }

    /// Cutting out what is dull changes nothing: noise around a dependency is no part of the answer.
    #[test]
    fn noise_around_a_dependency(before in noise(), after in noise()) {
        let declared = read(&format!("{before}\nlocal m = module:depends('x')\n{after}"));
        prop_assert_eq!(declared.unclear, []);
        prop_assert_eq!(declared.depends.len(), 1);
        prop_assert_eq!(declared.depends[0].certainty, Certainty::Always);
    }

    #[test]
    fn any_bytes_as_readme(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = readme::read(&text);
        let mut front = b"---\n".to_vec();
        front.extend(text);
        front.extend(b"\n---\n");
        let _ = readme::read(&front);
    }

    #[test]
    fn any_text_as_front_matter(text in "(labels:|summary:|- |Stage-|[\\[\\]{}&*!|>'\"\t \na-c:#%@-]){0,40}") {
        let _ = readme::read(format!("---\n{text}\n---\n").as_bytes());
    }
}

fn noise() -> impl Strategy<Value = String> {
    let statement = proptest::sample::select(vec![
        "local function f(a, ...) if a then return 1 elseif b then return else g() end end",
        "local t = { a = 1, [2] = { 'x' }, function () return {} end }",
        "for i = 1, 10 do if i > 2 then break end end",
        "while x do repeat local y = 1 until y end",
        "local s = [==[ end ]] ]==] .. \"\\\"end\" .. 'do'",
        "-- a comment with end and 'quote",
        "--[[ a long one\n end ]]",
        "f 'x' { y = 1 } :z()",
        "local a <const> = 1 // 2 << 3 ~ 4",
        "a.b.c = function () return function () return 1 end end",
        "if a == b then local x = 1 elseif not c then local y = -1 else local z end",
        "do local q = #t .. 0x1p4 end",
        "g();",
    ]);
    proptest::collection::vec(statement, 0..12).prop_map(|statements| statements.join("\n"))
}
