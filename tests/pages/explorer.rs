//! The page of modules: its data is what the resolver says, and it works in a real browser.

use std::collections::HashMap;
use std::fs;

use prosody_stability::inventory::{Flag, FlagValues, Inventory};
use prosody_stability::release::builtin;
use prosody_stability::resolve::{State, resolve};
use prosody_stability::selection::{Origin, Selection};
use serde_json::{Value, json};

use crate::browser::{self, DESKTOP, Look, PHONE, Page};
use crate::support::PROFILES;
use crate::{axe, explorer_page, said};

/// The data of the page.
fn data(page: &str) -> Value {
    let start = "<script type=\"application/json\" id=\"ui-data\">";
    let text = page.split(start).nth(1).unwrap();
    serde_json::from_str(text.split("</script>").next().unwrap()).unwrap()
}

/// The numbers of the states of each module, one for each release.
fn numbers(page: &str) -> HashMap<&str, Vec<usize>> {
    let rows = page.split(" id=\"mod_").skip(1);
    let rows = rows.map(|row| {
        let (name, row) = row.split_once("\" data-s=\"").unwrap();
        let numbers = row.split('"').next().unwrap().split(' ');
        (
            name,
            numbers.map(|number| number.parse().unwrap()).collect(),
        )
    });
    rows.collect()
}

#[test]
fn what_each_combination_of_flags_loads_is_what_the_resolver_says() {
    let page = fs::read_to_string(explorer_page().path()).unwrap();
    let (data, numbers) = (data(&page), numbers(&page));
    let inventory = Inventory::builtin();
    let mut compared = 0;
    for (at, release) in builtin::all().into_iter().enumerate() {
        assert_eq!(data["releases"][at], release.version.as_str());
        for bits in 0..64_u8 {
            let mut selection = Selection::defaults(&inventory);
            let flags = FlagValues::from_bits(bits);
            for flag in Flag::ALL {
                selection
                    .set_flag(flag, flags.get(flag), Origin::Default)
                    .unwrap();
            }
            let resolution = resolve(&inventory, release, &selection, false);
            let counts: Vec<u64> = data["counts"][at][usize::from(bits)]
                .as_array()
                .unwrap()
                .iter()
                .map(|count| count.as_u64().unwrap())
                .collect();
            let loaded = u64::try_from(resolution.loaded().count()).unwrap();
            assert_eq!(counts[0] + counts[1], loaded, "{} {bits}", release.version);
            for resolved in &resolution.modules {
                let numbers = &numbers[resolved.real_name()];
                let states = data["states"][numbers[at]].as_str().unwrap();
                let state = states.as_bytes()[usize::from(bits)];
                let expected: &[u8] = match resolved.state {
                    State::Load => b"l",
                    State::Component => b"c",
                    State::PulledIn => b"p",
                    State::Unavailable => b"u",
                    State::Off => b"oebx",
                };
                assert!(
                    expected.contains(&state),
                    "{} {bits}: {states}",
                    resolved.name
                );
                compared += 1;
            }
            for dependency in &resolution.dependencies {
                let states = data["states"][numbers[dependency.name][at]]
                    .as_str()
                    .unwrap();
                assert_eq!(
                    states.as_bytes()[usize::from(bits)],
                    b'a',
                    "{}",
                    dependency.name
                );
            }
        }
    }
    assert_eq!(compared, 3 * 64 * 51);
}

#[test]
fn every_module_of_every_release_has_an_address() {
    let page = fs::read_to_string(explorer_page().path()).unwrap();
    for release in builtin::all() {
        for module in release.modules.keys() {
            assert!(page.contains(&format!("id=\"mod_{module}\"")), "{module}");
        }
    }
}

#[test]
fn the_profiles_load_as_many_modules_as_resolve_prints() {
    if !browser::is_here() {
        return;
    }
    let mut page = Page::open(&explorer_page().path(), "", DESKTOP);
    for (at, release) in ["0.11", "0.12", "13.0"].into_iter().enumerate() {
        page.click(&format!("#ui-r-{at}"));
        for profile in PROFILES {
            page.click(&format!("#ui-p-{profile}"));
            let line = format!(
                "resolve --profile {profile} --release {release} --enforce=false --format json"
            );
            let resolved = said(&line).success().json();
            let modules = resolved["modules"].as_array().unwrap().iter();
            let loads = |module: &&Value| {
                ["load", "component", "pulled-in"].contains(&module["state"].as_str().unwrap())
            };
            let listed = modules.filter(loads).count();
            let along = resolved["dependencies"].as_array().unwrap().len();
            let sentence = page.eval("document.getElementById('ui-sum').textContent");
            let flags = resolved["flags"].as_object().unwrap().iter();
            let on = flags.filter(|(_, value)| **value == true);
            let on: Vec<&str> = on.map(|(flag, _)| flag.as_str()).collect();
            let expected = format!(
                "{} modules load on {release} with {}: {listed} of the inventory and {along} dependencies.",
                listed + along,
                on.join(", ")
            );
            assert!(
                sentence.as_str().unwrap().starts_with(&expected),
                "{profile}: {sentence} for {expected}"
            );
            page.click("#ui-s-lcpas");
            let always = page.seen(".m .st.s").min(20);
            let rows = page.seen(".m");
            assert!(
                rows >= listed + along && rows <= listed + along + 20,
                "{profile} {release}: {rows}, {always}"
            );
            page.click("#ui-s");
        }
    }
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn search_flags_and_addresses_work() {
    if !browser::is_here() {
        return;
    }
    let file = explorer_page();
    let mut page = Page::open(&file.path(), "", DESKTOP);
    let all = page.eval("document.querySelectorAll('.m').length");
    page.key("/");
    page.type_text("XEP-0363");
    let count = page.seen(".m");
    assert!((1..10).contains(&count), "{count}");
    assert_eq!(page.eval("location.hash"), "#?q=XEP-0363");
    page.follow("#mod_muc");
    assert_eq!(page.seen("#mod_muc dl"), 1);
    assert_eq!(
        page.eval("document.querySelectorAll('.m:not([hidden])').length"),
        all
    );
    // One more flag: what the state of a module of the http services is follows at once.
    let state = "document.querySelector('#mod_http_file_share summary .st').textContent";
    assert_eq!(page.eval(state), "off");
    page.click("#ui-f-http");
    assert_eq!(page.eval(state), "component");
    assert_eq!(page.eval("document.getElementById('ui-p').checked"), true);
    page.click("#ui-reset");
    assert_eq!(page.eval(state), "off");
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn texts_have_room_in_windows_of_every_width() {
    if !browser::is_here() {
        return;
    }
    let mut page = Page::open(&explorer_page().path(), "", DESKTOP);
    let mut wrapped = 0;
    for width in [360, 1000, 1240, 1280] {
        let metrics =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        page.call("Emulation.setDeviceMetricsOverride", metrics);
        // A name is broken between its words only.
        let broken = page.eval(
            "[...document.querySelectorAll('.nm')].filter((name) => [...name.childNodes].some((part) => { \
             const range = document.createRange(); range.selectNodeContents(part); \
             return part.nodeType === Node.TEXT_NODE && range.getClientRects().length > 1 }))\
             .map((name) => name.textContent)",
        );
        assert_eq!(broken, json!([]), "{width}");
        let higher = "[...document.querySelectorAll('.nm')].filter((name) => name.getBoundingClientRect().height > 30).length";
        wrapped += page.eval(higher).as_u64().unwrap();
        let narrowest = "Math.min(...[...document.querySelectorAll('.pu')].map((purpose) => purpose.getBoundingClientRect().width))";
        let narrowest = page.eval(narrowest).as_f64().unwrap();
        assert!(narrowest > 120.0, "{narrowest} of {width}");
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(page.eval(fits), true, "{width}");
    }
    // Some names have to be broken, or this says nothing.
    assert!(wrapped > 0);
}

#[test]
fn without_the_script_the_defaults_are_shown() {
    if !browser::is_here() {
        return;
    }
    let look = Look {
        runs_scripts: false,
        ..DESKTOP
    };
    let mut page = Page::open(&explorer_page().path(), "", look);
    assert_eq!(page.seen("aside"), 0);
    assert_eq!(
        page.eval("document.getElementById('ui-st').textContent"),
        "By default"
    );
    let resolved = said("resolve --enforce=false --format json")
        .success()
        .json();
    let modules = resolved["modules"].as_array().unwrap();
    let loading = modules
        .iter()
        .filter(|module| module["state"] == "load")
        .count();
    assert_eq!(
        page.eval("document.querySelectorAll('summary .st.l').length"),
        loading
    );
    page.click("#mod_muc summary");
    assert_eq!(page.seen("#mod_muc dl"), 1);
}

#[test]
fn axe_finds_no_serious_fault() {
    let (true, Some(axe)) = (browser::is_here(), axe()) else {
        return;
    };
    let file = explorer_page();
    for (look, is_dark) in [
        (DESKTOP, false),
        (DESKTOP, true),
        (PHONE, false),
        (PHONE, true),
    ] {
        let mut page = Page::open(&file.path(), "", Look { is_dark, ..look });
        // What a row unfolds to is the same in each: enough of them to have everything once.
        page.eval("for (const name of ['muc', 'http_upload', 'cloud_notify', 'firewall', 'storage_sql']) document.getElementById(`mod_${name}`).open = true");
        page.eval("[...document.querySelectorAll('.m:not([open])')].slice(60).forEach((row) => row.remove())");
        assert_eq!(page.faults(&axe), [""; 0], "dark: {is_dark}");
    }
}
