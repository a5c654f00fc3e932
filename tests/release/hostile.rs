//! Lua that was written to break the scanner, and trees that were laid out to.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use prosody_stability::scan::declaration::Declarations;
use prosody_stability::scan::plugin;
use prosody_stability::scan::report::{Reason, ScanReport};
use prosody_stability::scan::scan;

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};

/// Runs on the stack that the scanner gives its threads.
fn on_scanner_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new()
        .stack_size(plugin::STACK_SIZE)
        .spawn(work)
        .unwrap()
        .join()
        .expect("no panic")
}

fn read(source: &str) -> Declarations {
    let source = source.to_owned();
    on_scanner_stack(move || plugin::read(source.as_bytes()))
}

#[test]
fn letters_of_any_language_in_a_comment_or_a_string_are_read() {
    for source in [
        "-- größe = module:get_option(\"groesse\")\nmodule:depends('x')",
        "local größe\nmodule:depends('x')",
        "local s = 'größe' --[[ 大 ]] module:depends('x') -- 🦀 = module:get_option(",
        "module:depends('größe')",
    ] {
        let declared = read(source);
        // A variable's name is no place for them: Lua refuses that, too.
        if source.starts_with("local größe") {
            assert!(
                matches!(declared.unclear[..], [Reason::DoesNotParse { line: 1, .. }]),
                "{declared:?}"
            );
        } else {
            assert_eq!(declared.unclear, [], "{source}");
            assert_eq!(declared.depends.len(), 1, "{source}");
        }
    }
}

/// The parser itself panics on some of these.
#[test]
fn a_file_on_which_the_parser_fails_is_one_note_about_that_file() {
    let root = scratch();
    let broken = [
        "#! ~.. \n --[[ ",
        "--[[",
        "x = [[",
        "'",
        "\\",
        "goto",
        "\u{0}",
        "::",
    ];
    for (index, text) in broken.iter().enumerate() {
        write(root.path(), &format!("mod_broken{index}.lua"), text);
    }
    write(root.path(), "mod_good.lua", "module:depends('x')");
    let mut snapshot = tool(&["snapshot", "--version", "1", "--revision", "r", "--prosody"]);
    let output = run(snapshot.arg(root.path())).success();
    let said = output.stderr;
    assert!(!said.contains("panicked"), "{said}");
    for index in 0..broken.len() {
        let about = |line: &&str| line.contains(&format!("mod_broken{index}.lua"));
        assert_eq!(said.lines().filter(about).count(), 1, "{index}: {said}");
    }
    let release = output.stdout;
    assert!(release.contains("\"good\"") && release.contains("\"broken0\""));
}

#[test]
fn nothing_nests_deeply_enough_to_run_out_of_stack() {
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("f(", ")"),
        ("a[", "]"),
        ("- ", ""),
        ("not ", ""),
        ("1^", ""),
        ("1+", ""),
        ("1+2*3^-(", ")"),
        ("f(function() ", "end) "),
        ("if a then ", "end "),
        ("if a then else ", "end "),
        ("while a do ", "end "),
        ("repeat ", "until a "),
        ("return function() ", "end "),
    ] {
        for times in [100, 190, 250, 2_000, 50_000] {
            let (opens, closes) = (open.repeat(times), close.repeat(times));
            let sources = [
                format!("x = {opens}1{closes}"),
                format!("x = {opens}"),
                format!("{opens}{closes}"),
                // A string that ends early or late, or closes what is not open, hides nothing.
                format!("x = 'a\\t\n{opens}'{closes}"),
                format!(
                    "x = {}",
                    format!("{open}\"\\z\n\n)))end end \" ").repeat(times)
                ),
                format!("x = {}", format!("{open}end ").repeat(times)),
                format!("x = {}", format!("{open}] ").repeat(times)),
            ];
            for source in sources {
                // That it comes back is what is tested.
                let declared = read(&source);
                assert!(declared.unclear.len() <= 1, "{open} {times}: {declared:?}");
            }
        }
    }
}

/// Debian's lists of a package's files, READMEs and Lua are all read the same way.
#[test]
fn whatever_stands_in_place_of_a_file_is_read_in_bounds() {
    let lists = "var/lib/dpkg/info";
    let places = [
        "var/lib/dpkg/info/prosody.list",
        "var/lib/dpkg/info/prosody-modules.list",
        "usr/share/doc/prosody-modules/README_mod_a.md",
        "usr/share/doc/prosody-modules/README_mod_a.md.gz",
        "usr/lib/prosody/modules/mod_a/README.md",
        "usr/lib/prosody/modules/mod_a/README.markdown.gz",
        "usr/lib/prosody/modules/mod_a/mod_a.lua",
        "usr/lib/prosody/modules/a.lib.lua",
    ];
    for place in places {
        for kind in ["fifo", "zero", "huge", "folder"] {
            let root = scratch();
            let main = "usr/lib/prosody/modules/mod_a/mod_a.lua";
            if place != main {
                write(root.path(), main, "module:require 'a'");
            }
            fs::create_dir_all(root.path().join(lists)).unwrap();
            let path = root.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match kind {
                "fifo" => {
                    let made = Command::new("mkfifo").arg(&path).status().unwrap();
                    assert!(made.success());
                }
                "zero" => std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
                "huge" => fs::File::create(&path).unwrap().set_len(8 << 30).unwrap(),
                _ => fs::create_dir(&path).unwrap(),
            }
            let (modules, report) = within(Duration::from_secs(20), root.path());
            assert_eq!(modules, ["a"], "{kind} {place}");
            assert_ne!(report.notes.len(), 0, "{kind} {place}");
        }
    }
}

/// The modules and the report of a root, unless scanning it takes too long.
fn within(limit: Duration, root: &Path) -> (Vec<String>, ScanReport) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let root = root.to_owned();
    thread::spawn(move || {
        let (modules, report) = scan(&[root], &[], &|_, _| {}).unwrap();
        let _ = sender.send((modules.into_keys().collect(), report));
    });
    receiver.recv_timeout(limit).expect("in time")
}

/// Each link leads to all the others once more.
#[test]
fn links_in_circles_beside_the_plugins_are_not_followed() {
    let root = scratch();
    write(root.path(), "plugins/mod_a.lua", "");
    let core = root.path().join("core");
    write(&core, "configmanager.lua", "module:get_option('known')");
    for index in 0..12 {
        std::os::unix::fs::symlink(".", core.join(format!("link{index}"))).unwrap();
    }
    let (modules, _) = within(Duration::from_secs(20), root.path());
    assert_eq!(modules, ["a"]);
}
