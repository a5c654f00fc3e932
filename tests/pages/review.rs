//! The page of a report in a real browser.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prosody_stability::report::html::html;
use prosody_stability::report::{Code, Finding, ScopeKind};
use serde_json::Value;

use crate::browser::{self, DESKTOP, Look, PHONE, Page};
use crate::made::{change, made_by, of_server, scope};
use crate::support::command::{run, tool};
use crate::{File, axe, review_page, said};

/// The entries of the same review that are not set aside, from its JSON: severity, and the hosts that it or a fact
/// of it concerns.
fn entries() -> Vec<(String, BTreeSet<String>)> {
    let report = said("diff 0.12 13.0 --config prosody.cfg.lua --format json").json();
    let strings = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let findings = report["findings"].as_array().unwrap().iter();
    let shown = findings.filter(|finding| finding["other"] != true);
    let shown = shown.map(|finding| {
        let facts = finding["facts"].as_array().into_iter().flatten();
        let concerned = facts.chain([finding]).flat_map(|fact| {
            let host = fact["host"].as_str().map(str::to_owned);
            strings(&fact["selections"]).into_iter().chain(host)
        });
        let severity = finding["severity"].as_str().unwrap().to_owned();
        (severity, concerned.collect())
    });
    shown.collect()
}

#[test]
fn filters_by_severity_and_host_work_without_the_script() {
    if !browser::is_here() {
        return;
    }
    let (file, entries) = (review_page(), entries());
    let hosts = ["example.org", "guests.example.org", "rooms.example.org"];
    for runs_scripts in [false, true] {
        let look = Look {
            runs_scripts,
            ..DESKTOP
        };
        let mut page = Page::open(&file.path(), "", look);
        assert_eq!(page.seen(".e"), entries.len());
        for (at, host) in hosts.into_iter().enumerate() {
            page.click(&format!("#ui-h{at}"));
            let expected = entries
                .iter()
                .filter(|(_, concerned)| concerned.contains(host));
            assert_eq!(page.seen(".e"), expected.count(), "{host}, {runs_scripts}");
        }
        page.click("#ui-h");
        page.click("#ui-si");
        let expected = entries.iter().filter(|(severity, _)| severity != "info");
        assert_eq!(page.seen(".e"), expected.count(), "{runs_scripts}");
        assert_eq!(page.seen("[data-js]") > 0, runs_scripts);
    }
}

#[test]
fn the_search_finds_and_counts_and_is_kept_in_the_address() {
    if !browser::is_here() {
        return;
    }
    let file = review_page();
    let mut page = Page::open(&file.path(), "", DESKTOP);
    page.key("/");
    assert_eq!(page.eval("document.activeElement.id"), "ui-q");
    page.type_text("vcard_muc");
    let count = page.seen(".e");
    assert!((1..5).contains(&count), "{count}");
    let said = page.eval("document.getElementById('ui-n').textContent");
    let all = entries().len();
    assert!(
        said.as_str()
            .unwrap()
            .starts_with(&format!("{count} of {all} shown")),
        "{said}"
    );
    assert_eq!(page.eval("location.hash"), "#?q=vcard_muc");
    page.reload();
    assert_eq!(page.seen(".e"), count);
    // An address of an entry shows it, although the search would not.
    page.follow("#mod_http_upload");
    assert_eq!(page.seen("#mod_http_upload .facts"), 1);
    assert_eq!(page.seen(".e"), all);
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn an_address_opens_what_it_names() {
    if !browser::is_here() {
        return;
    }
    let file = review_page();
    let mut page = Page::open(&file.path(), "#ui-rest", DESKTOP);
    assert!(page.seen(".rest li") > 10);
    page.follow("#mod_vcard_muc");
    assert_eq!(page.seen("#mod_vcard_muc .facts"), 1);
    assert_eq!(page.seen(".facts"), 1);
    page.click("#ui-all");
    assert_eq!(page.seen(".e .facts"), entries().len());
    page.call(
        "Emulation.setEmulatedMedia",
        serde_json::json!({ "media": "print" }),
    );
    assert_eq!(page.seen(".filters"), 0);
}

/// How many sheets of A4 a page takes.
fn sheets(page: &mut Page) -> usize {
    let paper = serde_json::json!({ "paperWidth": 8.27, "paperHeight": 11.69 });
    let printed = page.call("Page.printToPDF", paper);
    let text = STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
    let text = String::from_utf8_lossy(&text);
    let pages = text.split("/Type /Page").skip(1);
    pages.filter(|rest| !rest.starts_with('s')).count()
}

#[test]
fn no_sheet_of_paper_is_wasted() {
    if !browser::is_here() {
        return;
    }
    let review = sheets(&mut Page::open(&review_page().path(), "", DESKTOP));
    assert!((2..=4).contains(&review), "{review}");
    let explorer = sheets(&mut Page::open(&crate::explorer_page().path(), "", DESKTOP));
    assert!((10..=18).contains(&explorer), "{explorer}");
}

#[test]
fn facts_of_what_needs_action_are_unfolded_in_print() {
    if !browser::is_here() {
        return;
    }
    let mut page = Page::open(&review_page().path(), "", DESKTOP);
    page.call(
        "Emulation.setEmulatedMedia",
        serde_json::json!({ "media": "print" }),
    );
    let needs_action = entries();
    let needs_action = needs_action
        .iter()
        .filter(|(severity, _)| severity != "info");
    assert_eq!(page.seen(".e .facts"), needs_action.count());
    assert_eq!(page.seen(".e"), entries().len());
    assert_eq!(page.seen(".filters"), 0);
}

/// The review of a server with many hosts, in which each tenth module breaks on one host.
fn of_many_hosts(count: usize) -> File {
    let hosts: Vec<String> = (0..count).map(|at| format!("h{at}.example")).collect();
    let findings = (0..60).map(|at| {
        let on: &[&str] = &[&hosts[at % count]];
        let code = if at % 10 == 0 {
            Code::Breaks
        } else {
            Code::Bundled
        };
        change(code, &format!("module_{at}"), on)
    });
    let mut report = of_server(findings.collect());
    let scopes = hosts.iter().map(|host| scope(host, ScopeKind::VirtualHost));
    report.scopes = scopes.collect();
    report.count();
    File::of(&html(&report, made_by("x")))
}

#[test]
fn many_hosts_are_filtered_without_the_script_and_chosen_from_a_list_with_it() {
    if !browser::is_here() {
        return;
    }
    let file = of_many_hosts(20);
    let mut page = Page::open(&file.path(), "", DESKTOP);
    // Six of 60 modules break, each tenth: on the hosts 0 and 10, which are above the fold.
    let first = "[...document.querySelectorAll('.where')[0].rows].slice(1, 4).map((row) => row.cells[0].textContent)";
    let expected = serde_json::json!(["h0.example", "h10.example", "h1.example"]);
    assert_eq!(page.eval(first), expected);
    for look in [DESKTOP, PHONE] {
        let without = Look {
            runs_scripts: false,
            ..look
        };
        let mut page = Page::open(&file.path(), "", without);
        assert_eq!(page.seen("select"), 0);
        page.click("#ui-h13");
        // 13, 33 and 53 of 60.
        assert_eq!(page.seen(".e"), 3);
        page.click("#ui-h");
        assert_eq!(page.seen(".e"), 60);
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(page.eval(fits), true);
    }
    let mut page = Page::open(&file.path(), "", DESKTOP);
    assert_eq!((page.seen("#ui-hosts"), page.seen("#ui-h13")), (1, 0));
    page.eval(
        "(() => { const s = document.getElementById('ui-hosts'); s.value = '13'; \
         s.dispatchEvent(new Event('change')) })()",
    );
    assert_eq!(page.seen(".e"), 3);
    assert_eq!(page.eval("location.hash"), "#?ui-hosts=13");
    assert_eq!(page.errors(), [""; 0]);
    if let Some(axe) = axe() {
        // axe is a script: it runs on the page without the page's own.
        let text = std::fs::read_to_string(file.path()).unwrap();
        let (start, rest) = text.split_once("<script>").unwrap();
        let (_, end) = rest.split_once("</script>").unwrap();
        let without = File::of(&[start, end].concat());
        let mut page = Page::open(&without.path(), "", DESKTOP);
        assert_eq!(page.seen("#ui-h13"), 1);
        assert_eq!(page.faults(&axe), [""; 0]);
    }
}

#[test]
fn modules_lead_to_the_page_of_all_modules() {
    if !browser::is_here() {
        return;
    }
    let explorer = crate::explorer_page();
    let folder = explorer.path();
    let folder = folder.parent().unwrap();
    let arguments = "diff 0.12 13.0 --config prosody.cfg.lua --format html --explorer page.html";
    let review = said(arguments).success().stdout;
    let file = folder.join("review.html");
    std::fs::write(&file, review).unwrap();
    let mut page = Page::open(&file, "#mod_http_upload", DESKTOP);
    let link = "#mod_http_upload .facts a[href='page.html#mod_http_upload']";
    assert_eq!(page.seen(link), 1);
    // Each address is that of a module.
    let addresses =
        "[...document.querySelectorAll('a[href^=\"page.html#\"]')].map((a) => a.hash.slice(1))";
    let addresses = page.eval(addresses);
    let addresses: BTreeSet<&str> = addresses
        .as_array()
        .unwrap()
        .iter()
        .map(|address| address.as_str().unwrap())
        .collect();
    assert!(addresses.len() > 10, "{addresses:?}");
    let modules = std::fs::read_to_string(explorer.path()).unwrap();
    for address in addresses {
        assert!(
            modules.contains(&format!("<details class=\"m\" id=\"{address}\"")),
            "{address}"
        );
    }
    let mut page = Page::open(&explorer.path(), "#mod_http_upload", DESKTOP);
    assert_eq!(page.seen("#mod_http_upload dl"), 1);
}

#[test]
fn a_page_leads_to_no_other_address_than_one_of_the_web_or_of_a_file() {
    for address in ["javascript:alert(1)", "data:text/html,x", "page.html#x", ""] {
        let arguments = [
            "diff",
            "0.12",
            "13.0",
            "--format",
            "html",
            "--explorer",
            address,
        ];
        let said = run(&mut tool(&arguments));
        assert_eq!(said.code(), Some(2), "{address}");
        assert!(said.stderr.contains("expected an address"), "{said:?}");
    }
    let said = said("diff 0.12 13.0 --explorer page.html");
    assert_eq!(said.code(), Some(2));
    let error = "`--explorer` is for `--format html` only";
    assert!(said.stderr.contains(error), "{said:?}");
}

#[test]
fn the_keyboard_reaches_everything_and_begins_with_the_way_to_the_findings() {
    if !browser::is_here() {
        return;
    }
    let mut page = Page::open(&review_page().path(), "", DESKTOP);
    page.key("Tab");
    let first = "document.activeElement.getAttribute('href') + getComputedStyle(document.activeElement).position";
    assert_eq!(page.eval(first), "#ui-listabsolute");
    let mut reached = BTreeSet::new();
    for _ in 0..60 {
        page.key("Tab");
        let id = page.eval("document.activeElement.id || document.activeElement.tagName");
        reached.insert(id.as_str().unwrap().to_owned());
    }
    for id in ["ui-sb", "ui-h", "ui-q", "ui-all", "SUMMARY", "A"] {
        assert!(reached.contains(id), "{id} is not among {reached:?}");
    }
}

#[test]
fn no_request_leaves_a_page_and_no_error_is_logged() {
    if !browser::is_here() {
        return;
    }
    let check = File::of(&said("check --config prosody.cfg.lua --format html").stdout);
    for file in [review_page(), check, crate::explorer_page()] {
        let mut page = Page::open(&file.path(), "", DESKTOP);
        page.click("summary");
        assert_eq!(page.errors(), [""; 0]);
        let foreign = |url: &String| !url.starts_with("file:///") && !url.starts_with("data:");
        let requests = page.requests();
        assert!(
            requests.len() <= 2 && !requests.iter().any(foreign),
            "{requests:?}"
        );
        // The policy forbids it even to what would get in.
        page.eval("(() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s); })()");
        page.eval("(() => { const i = new Image(); i.src = 'http://127.0.0.1:9/'; document.body.append(i); })()");
        assert!(page.eval("window.pwned").is_null());
        let blocked = page.errors();
        assert_eq!(
            blocked
                .iter()
                .filter(|error| error.contains("Content Security Policy"))
                .count(),
            2,
            "{blocked:?}"
        );
    }
}

#[test]
fn axe_finds_no_serious_fault() {
    let (true, Some(axe)) = (browser::is_here(), axe()) else {
        return;
    };
    let file = review_page();
    for look in [DESKTOP, PHONE] {
        for is_dark in [false, true] {
            let mut page = Page::open(&file.path(), "", Look { is_dark, ..look });
            page.eval(
                "for (const details of document.querySelectorAll('details')) details.open = true",
            );
            assert_eq!(page.faults(&axe), [""; 0], "dark: {is_dark}");
        }
    }
}

#[test]
fn axe_would_find_one() {
    let (true, Some(axe)) = (browser::is_here(), axe()) else {
        return;
    };
    let page = "<!doctype html><html lang=en><title>x</title><p style='color:#aaa'>pale</p><img src='data:,'>";
    let mut page = Page::open(&File::of(page).path(), "", DESKTOP);
    let faults = page.faults(&axe).join(" ");
    assert!(
        faults.contains("image-alt") && faults.contains("color-contrast"),
        "{faults}"
    );
}

#[test]
fn three_thousand_changes_are_there_in_less_than_a_second() {
    if !browser::is_here() {
        return;
    }
    let codes = [Code::Breaks, Code::Bundled, Code::DependencyAdded];
    let findings = (0..3_000).map(|at| {
        let name = format!("module_{at}");
        Finding {
            facts: vec![
                change(Code::Withdrawn, &name, &["a.example"]),
                change(Code::StageLowered, &name, &["a.example"]),
            ],
            ..change(codes[at % 3], &name, &["a.example"])
        }
    });
    let file = File::of(&html(&of_server(findings.collect()), made_by("x")));
    let mut page = Page::open(&file.path(), "", DESKTOP);
    let mut took = Vec::new();
    // Other tests run beside this one: what counts is what the page can do.
    while took.len() < 10 && !took.iter().any(|milliseconds| *milliseconds < 1_000.0) {
        page.reload();
        let loaded = "performance.getEntriesByType('navigation')[0].loadEventEnd";
        took.push(page.eval(loaded).as_f64().unwrap());
    }
    let least = took.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(least > 0.0 && least < 1_000.0, "milliseconds: {took:?}");
    assert_eq!(page.eval("document.querySelectorAll('.e').length"), 3_000);
    let search = "(() => { const start = performance.now(); const q = document.getElementById('ui-q'); q.value = 'module_77'; \
         q.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - start })()";
    let milliseconds = page.eval(search).as_f64().unwrap();
    // 77, and 770 to 779.
    assert_eq!(page.seen(".e"), 11);
    assert!(milliseconds < 1_000.0, "a search takes {milliseconds} ms");
    eprintln!("3,000 changes: {least:.0} ms, a search: {milliseconds:.0} ms");
}

#[test]
fn nothing_is_wider_than_a_telephone() {
    if !browser::is_here() {
        return;
    }
    for file in [review_page(), crate::explorer_page()] {
        let mut page = Page::open(&file.path(), "", PHONE);
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(page.eval(fits), true);
        page.eval(
            "for (const details of document.querySelectorAll('details')) details.open = true",
        );
        assert_eq!(page.eval(fits), true);
    }
}
