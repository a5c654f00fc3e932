//! The picture of what each profile loads: it says what `resolve` says, and stays a picture.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::browser::{self, DESKTOP, Look, Page};
use crate::said;
use crate::support::PROFILES;
use crate::support::folder::{read, scratch, write};
use crate::support::json::list;
use crate::support::root;

const RELEASES: [&str; 3] = ["0.11", "0.12", "13.0"];

/// By `module, profile, release` the word that stands on a cell.
fn cells(picture: &str) -> BTreeMap<&str, &str> {
    let titles = picture.split("<use ").skip(1);
    let titles = titles.filter_map(|cell| cell.split("</use>").next()?.split("<title>").nth(1));
    let pairs = titles.map(|title| {
        let title = title.strip_suffix("</title>").unwrap();
        title.split_once(": ").unwrap()
    });
    pairs.collect()
}

#[test]
fn each_cell_says_what_resolve_says() {
    let picture = said("emit --format svg").success().stdout;
    let cells = cells(&picture);
    let mut compared = 0;
    for profile in PROFILES {
        for release in RELEASES {
            let arguments =
                format!("resolve --profile {profile} --release {release} --format json");
            let resolution = said(&arguments).success().json();
            for module in list(&resolution["modules"]) {
                let name = module["name"].as_str().unwrap();
                let word = cells[&*format!("{name}, {profile}, {release}")];
                let expected: &[&str] = match module["state"].as_str().unwrap() {
                    "load" => &["loads"],
                    "component" => &["component"],
                    "pulled-in" => &["pulled in"],
                    "unavailable" => &["cannot load"],
                    _ => &["off", "needs setup", "broken", "absent"],
                };
                assert!(
                    expected.contains(&word),
                    "{name}, {profile}, {release}: {word}"
                );
                compared += 1;
            }
        }
    }
    assert_eq!(compared, cells.len());
    assert_eq!(compared, 51 * 4 * 3);
}

#[test]
fn no_colour_stands_alone() {
    let picture = said("emit --format svg").success().stdout;
    let signs = picture.split("<path id=\"sign-").skip(1);
    let shapes: Vec<&str> = signs
        .map(|sign| {
            sign.split(" d=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(shapes.len(), 7);
    assert_eq!(shapes.iter().collect::<BTreeSet<_>>().len(), 7);
    // The numbers of the picture are there for those who do not see it.
    let words = "community 38, 43, 41; enterprise";
    let description = picture.split("<desc id=\"desc\">").nth(1).unwrap();
    assert!(description.split("</desc>").next().unwrap().contains(words));
}

/// What somebody could write into an inventory.
const NAMES: [&str; 6] = [
    "</text><script>window.pwned = 1</script>",
    "<image href=\"https://example.org/x.png\" onerror=\"window.pwned = 1\"/>",
    "]]></style>&nbsp;&amp;",
    "\u{1b}[31m\u{202e}evil\u{fffe}\u{ffff}",
    "\" onload=\"window.pwned = 1",
    "an endless title, an endless title, an endless title, an endless title",
];

#[test]
fn it_is_drawn_in_both_colour_schemes_and_asks_for_nothing() {
    if !browser::is_here() {
        return;
    }
    let folder = scratch();
    let mut inventory: Value =
        serde_json::from_str(&read(root(), "inventory/prosody.json")).unwrap();
    let titles = inventory["categories"].as_object_mut().unwrap();
    for (name, (_, category)) in NAMES.iter().zip(titles.iter_mut()) {
        category["title"] = json!(name);
    }
    let inventory = write(folder.path(), "mine.json", &inventory.to_string());
    let picture = said(&format!("emit --format svg --inventory {inventory}"));
    let file = folder.path().join("matrix.svg");
    fs::write(&file, picture.success().stdout).unwrap();
    let mut grounds = BTreeSet::new();
    for is_dark in [false, true] {
        let mut page = Page::open(&file, "", Look { is_dark, ..DESKTOP });
        // XML that is not well-formed is shown as an error within the picture.
        assert_eq!(page.eval("document.documentElement.tagName"), "svg");
        assert_eq!(page.seen("parsererror"), 0);
        assert_eq!(page.seen("use"), 51 * 4 * 3 + 7);
        assert_eq!(page.eval("window.pwned"), Value::Null);
        let elements = "document.querySelectorAll('script, image, a, foreignObject').length";
        assert_eq!(page.eval(elements), 0);
        let text = page.eval("document.querySelector('.group:nth-of-type(n+6)').ownerDocument.documentElement.textContent");
        assert!(text.as_str().unwrap().contains(NAMES[0]), "{text}");
        // Nothing sticks out, whatever it is called.
        let outside = page.eval(
            "(() => { const whole = document.documentElement.getBoundingClientRect(); \
             return [...document.querySelectorAll('use, text:not(.group)')].map((e) => [e, e.getBoundingClientRect()])\
             .filter(([_, r]) => r.left < whole.left || r.right > whole.right || r.bottom > whole.bottom)\
             .map(([e]) => e.outerHTML) })()",
        );
        assert_eq!(outside, json!([]));
        let fill = page.eval("getComputedStyle(document.querySelector('.paper')).fill");
        grounds.insert(fill.as_str().unwrap().to_owned());
        assert_eq!(page.errors(), [""; 0]);
        let requests = page.requests();
        assert!(
            requests.iter().all(|url| url.starts_with("file://")),
            "{requests:?}"
        );
    }
    assert_eq!(grounds.len(), 2);
}
