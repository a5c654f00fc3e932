//! Upgrades of Debian's packages, from the installations themselves: what an admin had to know about
//! 0.12.3 → 13.0.1 → 13.0.7 is said of a server that it concerns.

use serde_json::Value;

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{findings, list};
use crate::support::prosody::Installation;

/// The server that each upgrade concerns.
pub const SERVER: &str = "\
modules_enabled = { 'blocklist', 'cloud_notify', 'http_upload', 'invites', 'invites_adhoc', 'time' }
allow_user_invites_by_roles = { 'x' }
invites_page_module = 'x'
VirtualHost 'h'
Component 'rooms.h' 'muc'
muc_room_lock_timeout = '1m'
c2s_max_child_elements = 10
";

/// What has to be said of Debian 12 → 13.
pub const DEBIAN_12_TO_13: &[&str] = &[
    "breaks http_upload",
    "bundled cloud_notify",
    "dependency-starts tokenauth",
    "dependency-starts vcard",
    "option-default-changed options/blocklist_cache_size/default",
    "option-default-changed options/component_admins_as_room_owners/default",
    "option-reads-changed options/muc_room_lock_timeout/reads",
    // Debian's 0.12.3 has it from a later version, 13.0.1 does not, and 13.0.7 does.
    "upgrade-note stanza-limits-by-package",
    "upgrade-note admins-own-no-rooms",
    "upgrade-note persistent-and-public-rooms",
    "upgrade-note invites-by-role",
    "upgrade-note invites-page",
    "upgrade-note legacy-time",
    "upgrade-note lua-5-1-dropped",
    "upgrade-note new-in-sample-configuration",
];

/// Code, subject and, of options, which one; of what concerns the server.
fn said(old: &Installation, new: &Installation) -> Vec<String> {
    let folder = scratch();
    let config = write(folder.path(), "prosody.cfg.lua", SERVER);
    let roots = [old, new].map(|side| side.root().display().to_string());
    let arguments = ["diff", &roots[0], &roots[1], "--config", &config];
    let arguments = [&arguments[..], &["--all", "--format", "json"]].concat();
    let review = run(&mut tool(&arguments)).success().json();
    let versions = list(&review["sides"]).iter();
    let versions: Vec<String> = versions
        .map(|side| side["release"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(versions, [&*old.full_version, &*new.full_version]);
    concerning(&review)
}

/// The same of a review as JSON.
pub fn concerning(review: &Value) -> Vec<String> {
    let changes = findings(review).into_iter();
    let concerns = changes.filter(|change| !change["selections"].is_null());
    concerns
        .map(|change| {
            let text = |field: &str| change[field].as_str().unwrap_or_default().to_owned();
            let field = Some(text("field")).filter(|field| field.starts_with("options/"));
            let note = (text("code") == "upgrade-note").then(|| text("field"));
            let about = field.or(note).unwrap_or_else(|| text("subject"));
            format!("{} {about}", text("code"))
        })
        .collect::<Vec<String>>()
}

fn assert_says(old: &Installation, new: &Installation, expected: &[&str]) {
    assert_names(&said(old, new), expected);
}

/// All that is expected is among what was found.
pub fn assert_names(found: &[String], expected: &[&str]) {
    let is_missing = |finding: &&&str| !found.iter().any(|other| other == **finding);
    let missing: Vec<_> = expected.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:#?} in {found:#?}");
}

#[test]
fn debian_12_to_13() {
    let (Some(old), Some(new)) = (Installation::find("0.12"), Installation::find("13.0")) else {
        return;
    };
    assert_says(&old, &new, DEBIAN_12_TO_13);
}

#[test]
fn debian_13_to_backports() {
    let (Some(old), Some(new)) = (Installation::find("13.0"), Installation::find("sid")) else {
        return;
    };
    assert_says(&old, &new, &["inheritance-changed muc"]);
    // Nothing of the former upgrade is said again.
    let again = |finding: &String| finding.starts_with("upgrade-note");
    assert!(!said(&old, &new).iter().any(again));
}
