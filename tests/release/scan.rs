//! Scanning trees of plugins, and the two release files that are shipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::{Compression, write::GzEncoder};
use indexmap::IndexMap;
use prosody_stability::release::availability::{Dangling, Missing};
use prosody_stability::release::read::ReadError;
use prosody_stability::release::{
    Depends, Origin, Release, ReleaseModule, SCHEMA_VERSION, SourceKind, Sources, Stage,
};
use prosody_stability::scan::report::{Reason, ScanReport};
use prosody_stability::scan::{ScanError, scan};
use tempfile::TempDir;

use crate::support::folder;

pub type Modules = IndexMap<String, ReleaseModule>;

pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = folder::scratch();
    write(folder.path(), files);
    folder
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        folder::write(root, path, text);
    }
}

pub fn run(prosody: &[&Path], community: &[&Path]) -> (Modules, ScanReport) {
    let owned = |paths: &[&Path]| {
        paths
            .iter()
            .map(|path| path.to_path_buf())
            .collect::<Vec<PathBuf>>()
    };
    scan(&owned(prosody), &owned(community), &|_, _| {}).unwrap()
}

fn names(modules: &Modules) -> Vec<&str> {
    modules.keys().map(String::as_str).collect()
}

fn reasons(report: &ScanReport, root: &Path) -> Vec<(String, Reason)> {
    let relative = |path: &Path| {
        path.strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    };
    report
        .notes
        .iter()
        .map(|note| (relative(&note.path), note.reason.clone()))
        .collect()
}

const ALPHA: &str = "---\nlabels:\n- 'Stage-Alpha'\nsummary: Our own words\n---\n";

#[test]
fn a_source_checkout_and_a_community_checkout() {
    let prosody = tree(&[
        ("plugins/mod_one.lua", "module:depends('folder')"),
        ("plugins/mod_folder/mod_folder.lua", ""),
        ("plugins/bare/mod_bare.lua", ""),
        ("plugins/bare/bare.lib.lua", ""),
        ("core/mod_not_a_plugin.lua", ""),
    ]);
    let community = tree(&[
        (
            "mod_extra/mod_extra.lua",
            "--% requires: feature\nmodule:depends 'one'",
        ),
        ("mod_extra/README.md", ALPHA),
        ("mod_inner/inner/mod_inner.lua", ""),
        (
            "mod_gone/README.markdown",
            "---\nlabels: Stage-Obsolete\n---\n",
        ),
        ("mod_one/mod_one.lua", "--% conflicts: mod_one\n"),
        ("mod_one/README.md", "---\nlabels: Stage-Merged\n---\n"),
        ("mod_folder/README.md", "Moved.\n"),
        ("misc/thing.lua", ""),
        ("mod_empty/notes.txt", ""),
        ("mod_plain/mod_other.lua", ""),
        ("mod_plain/mod_plain.lua", ""),
    ]);
    let (modules, report) = run(&[prosody.path()], &[community.path()]);
    assert_eq!(
        names(&modules),
        ["bare", "extra", "folder", "gone", "inner", "one", "plain"]
    );
    assert_eq!(
        (report.bundled, report.community, report.readme_only),
        (3, 4, 1)
    );
    assert_eq!(modules["one"].origin, Origin::Bundled);
    assert_eq!(modules["one"].depends.always, ["folder"]);
    assert_eq!(
        (&modules["one"].stage, &modules["one"].conflicts),
        (&vec![], &vec![])
    );
    let copy = modules["one"].community_copy.clone().unwrap();
    assert_eq!(
        (copy.readme_only, copy.stage, copy.conflicts),
        (false, vec![Stage::Merged], vec!["mod_one".to_owned()])
    );
    let copy = modules["folder"].community_copy.clone().unwrap();
    assert_eq!((copy.readme_only, copy.stage), (true, vec![]));
    let extra = &modules["extra"];
    assert_eq!(
        (extra.origin, extra.readme_only),
        (Origin::Community, false)
    );
    assert_eq!(extra.summary.as_deref(), Some("Our own words"));
    assert_eq!(
        (&extra.stage, &extra.requires),
        (&vec![Stage::Alpha], &vec!["feature".to_owned()])
    );
    assert_eq!(
        (modules["gone"].readme_only, &modules["gone"].stage),
        (true, &vec![Stage::Obsolete])
    );
    assert_eq!(
        reasons(&report, community.path()),
        [
            ("misc".to_owned(), Reason::NotAModule),
            ("mod_empty".to_owned(), Reason::EmptyFolder),
            (
                "mod_plain/mod_other.lua".to_owned(),
                Reason::MisplacedModule
            ),
        ]
    );
}

#[test]
fn any_of_root_package_or_plugin_folder_may_be_given() {
    let root = tree(&[
        ("usr/lib/prosody/modules/mod_a.lua", ""),
        ("usr/lib/prosody/core/x.lua", ""),
    ]);
    for below in ["", "usr", "usr/lib/prosody", "usr/lib/prosody/modules"] {
        let (modules, report) = run(&[&root.path().join(below)], &[]);
        assert_eq!(
            (names(&modules), report.notes.len()),
            (vec!["a"], 0),
            "{below}"
        );
    }
    for below in ["usr/lib", "usr/lib/prosody/core", "nowhere"] {
        let path = root.path().join(below);
        match (
            scan(std::slice::from_ref(&path), &[], &|_, _| {}).unwrap_err(),
            below,
        ) {
            (ScanError::Unreadable { path: named, .. }, "nowhere")
            | (ScanError::NoModules { path: named }, _) => {
                assert_eq!(named, path);
            }
            (error, _) => panic!("{below}: {error}"),
        }
    }
}

#[test]
fn debians_two_packages_in_one_folder_or_apart() {
    let bundled = [
        ("usr/lib/prosody/modules/mod_core.lua", ""),
        ("usr/lib/prosody/modules/mod_box/mod_box.lua", ""),
    ];
    let extra = [
        ("usr/lib/prosody/modules/mod_extra/mod_extra.lua", ""),
        ("usr/lib/prosody/modules/mod_zipped/mod_zipped.lua", ""),
        ("usr/lib/prosody/modules/shared.lib.lua", ""),
        ("usr/share/doc/prosody-modules/README_mod_extra.md", ALPHA),
        (
            "usr/share/doc/prosody-modules/README_mod_lost.markdown",
            ALPHA,
        ),
        ("usr/share/doc/prosody-modules/copyright", ""),
    ];
    let zip = |root: &Path| {
        let path = root.join("usr/share/doc/prosody-modules/README_mod_zipped.markdown.gz");
        let mut gzip = GzEncoder::new(fs::File::create(path).unwrap(), Compression::best());
        std::io::Write::write_all(&mut gzip, b"---\nlabels: Stage-Beta\n---\n").unwrap();
        gzip.finish().unwrap();
    };
    let together = tree(&bundled);
    write(together.path(), &extra);
    zip(together.path());
    let (first, second) = (tree(&bundled), tree(&extra));
    zip(second.path());
    for (prosody, community) in [
        (vec![together.path()], vec![]),
        (vec![together.path()], vec![together.path()]),
        (vec![first.path()], vec![second.path()]),
    ] {
        let (modules, report) = run(&prosody, &community);
        let origins: Vec<_> = modules
            .iter()
            .map(|(name, module)| (name.as_str(), module.origin))
            .collect();
        let (own, other) = (Origin::Bundled, Origin::Community);
        assert_eq!(
            origins,
            [
                ("box", own),
                ("core", own),
                ("extra", other),
                ("zipped", other)
            ]
        );
        assert_eq!(
            (&modules["extra"].stage[..], &modules["zipped"].stage[..]),
            (&[Stage::Alpha][..], &[Stage::Beta][..])
        );
        let reasons: Vec<_> = report
            .notes
            .iter()
            .map(|note| note.reason.clone())
            .collect();
        assert_eq!(reasons, [Reason::NotAModule, Reason::ReadmeWithoutModule]);
    }
}

#[test]
fn community_modules_that_nixpkgs_copied_among_the_bundled_ones() {
    let store = tree(&[
        ("lib/prosody/modules/mod_core.lua", ""),
        ("lib/prosody/modules/mod_core/mod_core.lua", "-- a copy"),
        ("lib/prosody/modules/mod_box/mod_box.lua", "-- bundled"),
        ("lib/prosody/modules/mod_said/mod_said.lua", ""),
        ("lib/prosody/modules/mod_said/README.md", ALPHA),
        (
            "lib/prosody/modules/mod_silent/mod_silent.lua",
            "module:depends('said')",
        ),
    ]);
    let checkout = tree(&[
        ("mod_silent/mod_silent.lua", "module:depends('said')"),
        ("mod_said/mod_said.lua", "-- another revision"),
        ("mod_said/README.md", "---\nlabels: Stage-Beta\n---\n"),
        ("mod_not_installed/mod_not_installed.lua", ""),
    ]);
    let (modules, report) = run(&[store.path()], &[checkout.path()]);
    let community: Vec<_> = modules
        .iter()
        .filter(|(_, module)| module.origin == Origin::Community)
        .collect();
    let community: Vec<_> = community.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(community, ["not_installed", "said", "silent"]);
    assert!(modules["core"].community_copy.is_some());
    assert_eq!(modules["said"].stage, [Stage::Alpha]);
    // What is installed counts; that the checkout has another one is said.
    let taken = store.path().join("lib/prosody/modules/mod_said");
    assert_eq!(
        reasons(&report, checkout.path()),
        [("mod_said".to_owned(), Reason::Duplicate { taken })]
    );
}

#[test]
fn libraries_bring_their_dependencies() {
    let prosody = tree(&[
        (
            "plugins/mod_user.lua",
            "local lib = module:require 'shared'\nif x then module:require 'mod_other/maybe' end",
        ),
        (
            "plugins/mod_shared/shared.lib.lua",
            "module:depends('a')\nif x then module:depends('b') end\nmodule:require 'shared'",
        ),
        (
            "plugins/mod_other/mod_other.lua",
            "module:require 'own'\nmodule:require 'missing'\nmodule:require '../../escape'",
        ),
        (
            "plugins/mod_other/own.lib.lua",
            "module:require('mod_other/maybe')\nmodule:depends('other')",
        ),
        (
            "plugins/mod_other/maybe.lib.lua",
            "module:depends('c') module:depends('d', true)\nmodule:require 'own'\nmodule:depends(n)",
        ),
        ("plugins/unused.lib.lua", "module:depends('unused')"),
        ("escape.lib.lua", "module:depends('escape')"),
    ]);
    let (modules, report) = run(&[prosody.path()], &[]);
    let list = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    // `other` is pulled in by its own library, but the module is no dependency of itself.
    assert_eq!(
        modules["other"].depends,
        Depends {
            always: list(&["c"]),
            conditional: list(&[]),
            by_default: list(&[]),
            observed: list(&[]),
            soft: list(&["d"]),
            computed: true,
        }
    );
    let user = Depends {
        always: list(&["a"]),
        conditional: list(&["b", "c"]),
        by_default: list(&[]),
        observed: list(&[]),
        soft: list(&["d"]),
        computed: true,
    };
    assert_eq!(modules["user"].depends.always, user.always);
    assert_eq!(modules["user"].depends.soft, user.soft);
    assert!(
        modules["user"]
            .depends
            .conditional
            .starts_with(&user.conditional)
    );
    let missing = |name: &str, line| Reason::LibraryNotFound {
        name: name.to_owned(),
        line,
    };
    let other = "plugins/mod_other/mod_other.lua".to_owned();
    let notes = reasons(&report, prosody.path());
    assert!(
        notes.contains(&(other.clone(), missing("missing", 2))),
        "{notes:?}"
    );
    assert!(
        notes.contains(&(other, missing("../../escape", 3))),
        "{notes:?}"
    );
    let computed = (
        "plugins/mod_other/maybe.lib.lua".to_owned(),
        Reason::DependencyNotLiteral { line: 3 },
    );
    assert_eq!(notes.iter().filter(|note| **note == computed).count(), 1);
}

#[test]
fn a_dependency_stands_under_its_surest_kind() {
    let prosody = tree(&[(
        "mod_x.lua",
        "if a then module:depends('p') end module:depends('q', true) module:depends('p')\nfunction f() module:depends('q') end",
    )]);
    let (modules, _) = run(&[prosody.path()], &[]);
    let depends = &modules["x"].depends;
    assert_eq!(
        (&depends.always[..], &depends.conditional[..]),
        (&["p".to_owned()][..], &["q".to_owned()][..])
    );
    assert!(depends.soft.is_empty());
}

#[cfg(unix)]
#[test]
fn hostile_trees_are_survived_and_accounted_for() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let root = tree(&[
        ("mod_good.lua", "module:depends('x')"),
        ("mod_bad.lua", "module:depends('x'"),
        ("mod_.lua", ""),
        ("mod_a b.lua", ""),
        ("mod_line\nbreak.lua", ""),
        ("mod_\u{fc}.lua", ""),
        ("notes.txt", ""),
        ("real/mod_linked.lua", ""),
    ]);
    let at = |name: &str| root.path().join(name);
    fs::write(
        root.path()
            .join(std::ffi::OsStr::from_bytes(b"mod_\xff.lua")),
        "",
    )
    .unwrap();
    symlink("mod_loop", at("mod_loop")).unwrap();
    symlink(".", at("mod_self")).unwrap();
    symlink("nowhere", at("mod_dangling.lua")).unwrap();
    symlink("real/mod_linked.lua", at("mod_linked.lua")).unwrap();
    fs::create_dir(at("mod_dir.lua")).unwrap();
    fs::create_dir(at("mod_odd")).unwrap();
    symlink("mod_odd.lua", at("mod_odd/mod_odd.lua")).unwrap();
    fs::create_dir_all(at("mod_readme/README.md")).unwrap();
    let big = fs::File::create(at("mod_big.lua")).unwrap();
    big.set_len(1 << 30).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(at("mod_pipe.lua"))
            .status()
            .unwrap()
            .success()
    );
    let (modules, report) = run(&[], &[root.path()]);
    let notes = reasons(&report, root.path());
    assert_eq!(
        names(&modules),
        ["bad", "big", "good", "linked", "odd", "readme"],
        "{notes:?}"
    );
    assert_eq!(modules["good"].depends.always, ["x"]);
    let found = |name: &str| -> &Reason {
        &notes
            .iter()
            .find(|(path, _)| path == name)
            .unwrap_or_else(|| panic!("{name} in {notes:?}"))
            .1
    };
    for odd in [
        "mod_.lua",
        "mod_a b.lua",
        "mod_line\nbreak.lua",
        "mod_\u{fc}.lua",
        "mod_\u{fffd}.lua",
    ] {
        assert_eq!(found(odd), &Reason::InvalidName, "{odd}");
    }
    for name in ["notes.txt", "real", "mod_pipe.lua"] {
        assert_eq!(found(name), &Reason::NotAModule, "{name}");
    }
    for name in [
        "mod_loop",
        "mod_dangling.lua",
        "mod_odd/mod_odd.lua",
        "mod_readme/README.md",
    ] {
        assert!(
            matches!(found(name), Reason::Unreadable { .. }),
            "{name}: {}",
            found(name)
        );
    }
    assert!(matches!(
        found("mod_bad.lua"),
        Reason::DoesNotParse { line: 1, .. }
    ));
    assert_eq!(found("mod_big.lua"), &Reason::TooLarge { bytes: 1 << 30 });
    assert_eq!(found("mod_dir.lua"), &Reason::EmptyFolder);
    assert_eq!(found("mod_self"), &Reason::EmptyFolder);
}

#[test]
fn a_later_tree_of_community_modules_is_laid_over_an_earlier_one() {
    let first = tree(&[
        ("mod_x/mod_x.lua", "module:depends('first')"),
        ("mod_same/mod_same.lua", ""),
    ]);
    let second = tree(&[
        ("mod_x/mod_x.lua", "module:depends('second')"),
        ("mod_same/mod_same.lua", ""),
    ]);
    let (modules, report) = run(&[], &[first.path(), second.path()]);
    assert_eq!(modules["x"].depends.always, ["second"]);
    let taken = second.path().join("mod_x");
    assert_eq!(
        reasons(&report, first.path()),
        [("mod_x".to_owned(), Reason::Duplicate { taken })]
    );
}

#[test]
fn a_hundred_thousand_files() {
    let root = tree(&[("mod_big/mod_big.lua", "module:depends('x')")]);
    for index in 0..100_000 {
        fs::write(root.path().join(format!("mod_big/data{index}")), "").unwrap();
    }
    for index in 0..3_000 {
        fs::write(
            root.path().join(format!("mod_m{index}.lua")),
            "module:depends('big')",
        )
        .unwrap();
    }
    let (calls, last) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let progress = |done, all| {
        calls.fetch_add(1, Ordering::Relaxed);
        last.fetch_max(done, Ordering::Relaxed);
        assert_eq!(all, 3_001);
    };
    let (modules, report) = scan(&[], &[root.path().to_owned()], &progress).unwrap();
    assert_eq!(
        (modules.len(), report.community, report.notes.len()),
        (3_001, 3_001, 0)
    );
    assert_eq!((calls.into_inner(), last.into_inner()), (3_001, 3_001));
}

#[test]
fn the_same_tree_gives_the_same_file() {
    let root = tree(&[
        ("mod_b/mod_b.lua", "module:depends('z') module:depends('y')"),
        ("mod_b/README.md", "---\nlabels: Stage-Frozen\n---\n"),
        ("mod_a.lua", ""),
    ]);
    let json = || {
        let (modules, _) = run(&[], &[root.path()]);
        let release = Release {
            schema_version: SCHEMA_VERSION,
            version: "1".into(),
            sources: Sources::described("r", None),
            end_of_life: None,
            features: None,
            core: None,
            modules,
        };
        release.to_json().unwrap()
    };
    let text = json();
    assert_eq!(text, json());
    let expected = "{\n  \"schemaVersion\": 2,\n  \"version\": \"1\",\n  \"sources\": {\n    \"prosody\": {\n      \"kind\": \"prosody\",\n      \"what\": \"Prosody\",\n      \"revision\": \"r\"\n    }\n  },\n  \"modules\": {\n    \"a\": {\n      \"origin\": \"community\"\n    },\n    \"b\": {\n      \"origin\": \"community\",\n      \"stage\": [\n        \"Stage-Frozen\"\n      ],\n      \"depends\": {\n        \"always\": [\n          \"y\",\n          \"z\"\n        ]\n      }\n    }\n  }\n}\n";
    assert_eq!(text, expected);
    assert_eq!(Release::read(&text).unwrap().to_json().unwrap(), text);
}

#[test]
fn release_files_that_are_not_ours_are_refused() {
    let ours = r#"{"schemaVersion": 2, "version": "1", "sources": {}, "modules": {"b": {"origin": "bundled"}, "a": {"origin": "community"}}}"#;
    assert_eq!(names(&Release::read(ours).unwrap().modules), ["a", "b"]);
    assert!(matches!(
        Release::read(&ours.replace("n\": 2", "n\": 3")),
        Err(ReadError::Version(3))
    ));
    let error =
        Release::read(&ours.replace("community\"", "community\", \"sumary\": \"\"")).unwrap_err();
    assert!(
        error.to_string().contains("modules.a") && error.to_string().contains("sumary"),
        "{error}"
    );
    assert!(Release::read(&ours.replace("community", "elsewhere")).is_err());
    assert!(Release::read(&format!("{ours} x")).is_err());
}

#[test]
fn conditions_are_tried_with_the_defaults_of_options() {
    let bundled: Vec<(String, &str)> = ["on", "off", "tried", "never", "server", "host"]
        .map(|name| (format!("plugins/mod_{name}.lua"), "-- nothing"))
        .into();
    let asking = r#"
        local on = module:get_option_boolean("on", true);
        local off = module:get_option_string(module.name .. "_off");
        local after = module:get_option_period("after", "1w");
        if on then module:depends("on") else module:depends("never") end
        if off then module:depends("never")
        elseif not off and after ~= math.huge then module:depends("off") end
        if unknown then module:depends("never") end
        if prosody.process_type == "prosody" then module:depends("server") end
        function module.add_host(host) host:depends("host") end
        function module.command() module:depends("never") end
        pcall(function () module:depends("tried") module:depends("absent") end)
        module:hook("event", function () module:depends("never") end)
    "#;
    let mut files: Vec<(&str, &str)> = bundled
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    files.push(("plugins/mod_asking.lua", asking));
    let prosody = tree(&files);
    let (modules, _) = run(&[prosody.path()], &[]);
    let depends = &modules["asking"].depends;
    assert!(depends.always.is_empty(), "{depends:?}");
    assert_eq!(depends.by_default, ["host", "off", "on", "server", "tried"]);
    assert_eq!(
        depends.conditional,
        ["absent", "host", "never", "off", "on", "server", "tried"]
    );
}

#[test]
fn what_stands_in_prosodys_source_is_bundled_whatever_the_collection_has() {
    let prosody = tree(&[
        ("plugins/mod_auth_ldap.lua", "-- the same"),
        ("plugins/mod_other.lua", "-- Prosody's"),
    ]);
    let collection = tree(&[
        (".hgtags", ""),
        ("mod_auth_ldap/mod_auth_ldap.lua", "-- the same"),
        (
            "mod_auth_ldap/README.md",
            "---\nlabels: Stage-Merged\n---\n",
        ),
    ]);
    let (modules, report) = run(&[prosody.path()], &[collection.path()]);
    let ldap = &modules["auth_ldap"];
    assert_eq!(ldap.origin, Origin::Bundled);
    assert_eq!(
        ldap.community_copy.as_ref().map(|copy| &copy.stage[..]),
        Some(&[Stage::Merged][..])
    );
    assert_eq!((report.bundled, report.community), (2, 0));
    assert_eq!(report.community_kind, Some(SourceKind::Collection));
}

/// On every current Debian, `/lib` is a link.
#[cfg(unix)]
#[test]
fn debians_lists_tell_the_packages_apart_whichever_way_leads_there() {
    let root = tree(&[
        ("usr/lib/prosody/modules/mod_core.lua", ""),
        ("usr/lib/prosody/modules/mod_flags.lua", "-- bundled"),
        ("usr/lib/prosody/modules/mod_flags/mod_flags.lua", ""),
        ("usr/lib/prosody/modules/mod_silent/mod_silent.lua", ""),
        ("usr/lib/prosody/modules/mod_told/mod_told.lua", ""),
        ("usr/share/doc/prosody-modules/README_mod_told.md", ALPHA),
        (
            "var/lib/dpkg/info/prosody.list",
            "/usr/lib/prosody/modules/mod_core.lua\n/usr/lib/prosody/modules/mod_flags.lua\n",
        ),
        (
            "var/lib/dpkg/info/prosody-modules.list",
            "/usr/lib/prosody/modules/mod_flags\n/usr/lib/prosody/modules/mod_flags/mod_flags.lua\n\
             /usr/lib/prosody/modules/mod_silent\n/usr/lib/prosody/modules/mod_told\n",
        ),
    ]);
    std::os::unix::fs::symlink("usr/lib", root.path().join("lib")).unwrap();
    for below in ["", "lib/prosody", "lib/prosody/modules", "usr"] {
        let path = root.path().join(below);
        let (modules, report) = run(&[&path], &[&path]);
        let community: Vec<_> = modules
            .iter()
            .filter(|(_, module)| module.origin == Origin::Community)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(community, ["silent", "told"], "{below}");
        assert_eq!(modules["told"].stage, [Stage::Alpha], "{below}");
        assert!(modules["flags"].community_copy.is_some(), "{below}");
        assert_eq!(report.community_kind, Some(SourceKind::Package));
        assert_eq!(report.notes, [], "{below}");
    }
}

#[test]
fn a_dependency_on_what_is_not_there_dangles() {
    let prosody = tree(&[
        ("mod_gone_always.lua", "module:depends('stub')"),
        (
            "mod_gone_perhaps.lua",
            "local o = module:get_option('o') if not o then return end module:depends('absent')",
        ),
        ("mod_soft.lua", "module:depends('absent', true)"),
        ("mod_fine.lua", "module:depends('soft')"),
        ("mod_stub/README.md", "Moved.\n"),
    ]);
    let (modules, report) = run(&[], &[prosody.path()]);
    assert_eq!(report.community_kind, None);
    let release = Release {
        schema_version: SCHEMA_VERSION,
        version: "1".into(),
        sources: Sources::described("r", report.community_kind),
        end_of_life: None,
        features: report.features.clone(),
        core: report.core.clone(),
        modules,
    };
    let dangling: Vec<_> = release.dangling().collect();
    let expected = |module, dependency, certain, missing| Dangling {
        module,
        dependency,
        certain,
        missing,
    };
    assert_eq!(
        dangling,
        [
            expected("gone_always", "stub", true, Missing::ReadmeOnly),
            expected("gone_perhaps", "absent", false, Missing::Absent),
        ]
    );
}
