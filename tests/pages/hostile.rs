//! Names and texts of others stay text.

use prosody_stability::report::html::html;
use prosody_stability::report::{Code, Finding, Place, Report, ScopeKind};

use crate::File;
use crate::browser::{self, PHONE, Page};
use crate::made::{change, made_by, scope, side};

/// What somebody could call a module, a host or a file.
const NAMES: [&str; 12] = [
    "</script><script>window.pwned = 1</script>",
    "\"><img src=x onerror=\"window.pwned = 1\">",
    "' onmouseover='window.pwned = 1",
    "</style><style>* { display: none }",
    "<!-- ",
    "]]>&lt;b&gt;",
    "`code` ``",
    "javascript:window.pwned=1",
    "\u{202e}evil\u{2066}",
    "\u{1b}[31m\u{9b}x\u{7}\u{0}",
    "##[error] ::error::x",
    "data-h=\"0\"] , * {",
];

fn hostile() -> Report {
    let long = "x".repeat(300);
    let names: Vec<&str> = NAMES.into_iter().chain([&*long]).collect();
    let findings = names.iter().enumerate().map(|(at, name)| Finding {
        place: Some(Place {
            file: (*name).to_owned(),
            line: 1,
        }),
        message: match at % 2 {
            0 => format!("{name} will not load"),
            _ => format!("{name} <b>and</b> {name}"),
        },
        reason: Some(format!("because of {name}")),
        help: Some(format!("use `{name}` or {name}")),
        link: Some(format!("https://example.org/{name}")),
        accepted: (at % 5 == 4).then(|| (*name).to_owned()),
        fingerprint: Some((*name).to_owned()),
        facts: vec![change(Code::Withdrawn, name, &[name])],
        ..change(Code::Breaks, name, if at % 4 == 3 { &[] } else { &names })
    });
    let findings = findings.collect();
    let scopes = names.iter().map(|name| scope(name, ScopeKind::VirtualHost));
    let sides = vec![
        side(NAMES[0], Some(NAMES[1])),
        side(NAMES[2], Some(NAMES[3])),
    ];
    Report::new(sides, scopes.collect(), findings)
}

#[test]
fn no_name_becomes_a_part_of_the_page() {
    if !browser::is_here() {
        return;
    }
    let text = html(&hostile(), made_by(NAMES[0]));
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    assert!(!text.contains(['\u{202e}', '\u{2066}']));
    assert!(!text.contains("##["));
    let file = File::of(&text);
    let mut page = Page::open(&file.path(), "", PHONE);
    assert!(page.eval("window.pwned").is_null());
    for (selector, count) in [("script", 1), ("style", 1), ("img", 0), ("article b", 0)] {
        let expression = format!("document.querySelectorAll('{selector}').length");
        assert_eq!(page.eval(&expression), count, "{selector}");
    }
    let foreign = "[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes])\
         .filter((a) => a.name.startsWith('on') || /^javascript:/.test(a.value) && a.name === 'href').length";
    assert_eq!(page.eval(foreign), 0);
    // Each name is read as it was written, but for what would control something.
    let shown = page.eval("document.body.textContent");
    let shown = shown.as_str().unwrap();
    for name in &NAMES[..8] {
        assert!(shown.contains(name), "{name} is not read");
    }
    assert!(shown.contains("\u{fffd}evil\u{fffd}"));
    assert!(shown.contains(&"x".repeat(300)));
    // A long name makes no page wider than the telephone.
    let fits = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(page.eval(fits), true);
    assert_eq!(page.errors(), [""; 0]);
    // The filters do not look at names.
    page.eval("document.getElementById('ui-sets').open = true");
    page.eval("const s = document.getElementById('ui-hosts'); s.value = '1'; s.dispatchEvent(new Event('change'))");
    assert!(page.seen(".e") > 0);
    assert!(page.eval("window.pwned").is_null());
}
