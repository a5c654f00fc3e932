//! What holds for the text of a page, without a browser.

use std::collections::BTreeSet;
use std::fs;

use prosody_stability::report::Code;
use prosody_stability::report::html::html;

use crate::made::{change, made_by, of_profiles, of_server};
use crate::support::folder::{read, scratch, write};
use crate::support::root;
use crate::{explorer_page, review_page, said};

/// The pages that are looked at, by name.
fn pages() -> Vec<(&'static str, String)> {
    let read = |file: &crate::File| fs::read_to_string(file.path()).unwrap();
    let all = ["community"];
    let twice = vec![
        change(Code::Breaks, "same", &all),
        change(Code::Breaks, "same", &all),
        change(Code::DependencyAdded, "same", &[]),
        change(Code::OptionUnread, "same", &all),
    ];
    vec![
        ("review", read(&review_page())),
        ("explorer", read(&explorer_page())),
        ("profiles", said("diff 0.12 13.0 --format html").stdout),
        (
            "check",
            said("check --config prosody.cfg.lua --format html").stdout,
        ),
        ("status", status()),
        ("the same name", html(&of_profiles(twice), made_by(""))),
        ("nothing", html(&of_server(vec![]), made_by(""))),
    ]
}

/// The page about a running server.
fn status() -> String {
    let folder = scratch();
    let listing = "Global:\n    s2s\n    by_hand\nlocalhost:\n    roster\n    carbons\n";
    let listing = write(folder.path(), "listing", listing);
    said(&format!(
        "status --profile community --listing {listing} --format html"
    ))
    .stdout
    .replace(&listing, "listing")
}

/// The values of an attribute, in their order.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let start = format!(" {attribute}=\"");
    let parts = page.split(&*start).skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}

#[test]
fn every_address_is_there_once_and_every_link_has_its_target() {
    for (name, page) in pages() {
        let ids = values(&page, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{name}");
        let links = values(&page, "href");
        let inside = links.iter().filter_map(|link| link.strip_prefix('#'));
        let dangling: Vec<&str> = inside.filter(|link| !unique.contains(link)).collect();
        assert_eq!(dangling, [""; 0], "{name}");
    }
}

#[test]
fn nothing_is_fetched_and_nothing_foreign_runs() {
    for (name, page) in pages() {
        assert_eq!(values(&page, "src"), [""; 0], "{name}");
        assert_eq!(values(&page, "style"), [""; 0], "{name}");
        let icon = "<link rel=\"icon\" href=\"data:,\">";
        assert_eq!(page.matches("<link").count(), page.matches(icon).count());
        let style = page.split("<style>").nth(1).unwrap();
        let style = style.split("</style>").next().unwrap();
        for fetches in ["url(", "@import", "@font-face", "image-set"] {
            assert!(!style.contains(fetches), "{name}: {fetches}");
        }
        let policy = values(&page, "content")
            .into_iter()
            .find(|content| content.starts_with("default-src 'none';"))
            .unwrap_or_else(|| panic!("{name} has no policy"));
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        assert!(policy.contains("script-src 'sha256-"), "{name}: {policy}");
        assert!(
            policy.contains("base-uri 'none'; form-action 'none'"),
            "{name}"
        );
    }
}

#[test]
fn a_page_says_nothing_of_this_machine_or_day() {
    let (page, again) = (pages(), pages());
    assert!(page == again, "the same input gives the same bytes");
    let year = std::process::Command::new("date").arg("+%Y-%m-%d").output();
    let today = String::from_utf8(year.unwrap().stdout).unwrap();
    for (name, page) in page {
        assert!(!page.contains(root().to_str().unwrap()), "{name}");
        assert!(!page.contains(today.trim()), "{name}");
    }
}

#[test]
fn where_a_page_is_written_is_no_part_of_it() {
    let folder = scratch();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let names = [file("a.html"), file("b.html")];
    for name in &names {
        said(&format!("check --format html --output {name}")).success();
    }
    let [one, other] = names.map(|name| fs::read_to_string(name).unwrap());
    assert!(one == other);
    assert!(one.contains("<!-- @generated"));
}

#[test]
fn only_a_page_is_written_to_a_file_and_only_over_a_page() {
    let folder = scratch();
    let file = folder.path().join("mine.html");
    let name = file.display();
    for command in ["check", "diff 0.12 13.0", "diff 0.12 13.0 --format patch"] {
        let said = said(&format!("{command} --output {name}"));
        assert_eq!(said.code(), Some(2), "{command}");
        assert!(
            said.stderr
                .contains("`--output` is for `--format html` only"),
            "{said:?}"
        );
        assert!(!file.exists());
    }
    fs::write(&file, "<p>mine</p>").unwrap();
    let said = said(&format!("check --format html --output {name}"));
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("was not generated by this tool"),
        "{said:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "<p>mine</p>");
}

/// How bright a colour is, as WCAG defines it.
fn luminance(colour: &str) -> f64 {
    let digits: String = match colour.len() {
        3 => colour.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => colour.to_owned(),
    };
    let parts = [0, 2, 4].map(|at| {
        let part = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        match part <= 0.03928 {
            true => part / 12.92,
            false => ((part + 0.055) / 1.055).powf(2.4),
        }
    });
    0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_stands_out_from_what_it_stands_on() {
    let style = read(root(), "src/html/colours.css");
    // Light, dark and print: each names all colours once.
    let sets: Vec<&str> = style.split(":root {").skip(1).collect();
    assert_eq!(sets.len(), 3);
    let mut pairs = 0;
    for set in sets {
        let set = set.split('}').next().unwrap();
        let colour = |name: &str| {
            let start = format!("--{name}: #");
            let value = set
                .split(&*start)
                .nth(1)
                .unwrap_or_else(|| panic!("{name}"));
            value.split(';').next().unwrap()
        };
        for text in ["fg", "mut", "acc", "bad", "warn", "info", "ok"] {
            for ground in ["bg", "soft", "bad-s", "warn-s", "ok-s"] {
                let ratio = contrast(colour(text), colour(ground));
                assert!(ratio >= 4.5, "--{text} on --{ground}: {ratio:.2}");
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 105);
}
