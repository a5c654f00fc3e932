//! What is different between 0.12.3 and 13.0.1: what breaks, and nothing else.

use serde_json::Value;

use crate::room::{As, PLACE, Room};
use crate::support::json::{list, text};
use crate::support::prosody::Installation;

/// Code, subject and reason of everything that is more than information.
type Told = (String, String, String);

fn compared(name: &str) -> Option<(Option<i32>, Vec<Told>)> {
    let [old, new] = ["0.12", "13.0"].map(Installation::find);
    let (old, new) = (old?.prosody(), new?.prosody());
    let room = Room::new()?;
    let config = format!("{PLACE}/{name}.cfg.lua");
    let happened = room.tool(
        As::Root,
        &[
            "rehearse",
            "--config",
            &config,
            "--format",
            "json",
            "--deadline",
            "5",
            "--prosody",
            old.to_str().unwrap(),
            "--against",
            new.to_str().unwrap(),
        ],
    );
    happened.left_nothing();
    let report = happened.said.json();
    let worse = list(&report["findings"])
        .iter()
        .filter(|it| it["severity"] != "info");
    let field = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let told = worse.map(|it| {
        (
            text(&it["code"]).to_owned(),
            field(it, "subject"),
            field(it, "reason"),
        )
    });
    Some((happened.said.code(), told.collect()))
}

fn expect(name: &str, code: i32, expected: &[(&str, &str, &str)]) {
    let Some((status, told)) = compared(name) else {
        return;
    };
    let told: Vec<_> = told
        .iter()
        .map(|(code, subject, reason)| (code.as_str(), subject.as_str(), reason.as_str()))
        .collect();
    assert_eq!(told, expected);
    assert_eq!(status, Some(code));
}

#[test]
fn nothing() {
    expect("nothing-wrong", 0, &[]);
    // What is wrong on both is not the upgrade's doing.
    expect("raises", 0, &[]);
}

/// The module is in Debian's package for 0.12 and not in the one for 13.0; nothing else of this configuration uses HTTP.
#[test]
fn uploads_are_lost() {
    expect(
        "uploads-lost",
        1,
        &[
            ("breaks", "http_upload", "no file of that name"),
            ("breaks", "vcard_muc", "no file of that name"),
            ("ability-lost", "file upload", ""),
            ("port-closes", "http:5280", ""),
            ("port-closes", "https:5281", ""),
        ],
    );
}

#[test]
fn nobody_can_log_in() {
    let Some((status, told)) = compared("no-login-on-13") else {
        return;
    };
    let codes: Vec<_> = told.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(codes[0], "login-breaks", "{told:?}");
    assert!(told[0].2.contains("timed out"), "{told:?}");
    let logged = told
        .iter()
        .any(|it| it.0 == "log-added" && it.2.contains("mod_no_login_on_13.lua"));
    assert!(logged, "{told:?}");
    assert_eq!(status, Some(1));
}
