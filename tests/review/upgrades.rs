//! What an admin had to know about the upgrades 0.11 → 0.12 → 13.0, row by row: each is said about a
//! server that it concerns, and not about one that it does not concern.

use serde_json::Value;

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::findings;

/// What there was to know, the upgrade, a server that it concerns, one that it does not concern, and
/// the findings that say it: `code about`.
struct Row(
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [&'static str],
);

const FIRST: &str = "0.11..0.12";
const SECOND: &str = "0.12..13.0";
const HOST: &str = "VirtualHost 'h'\n";
const ROOMS: &str = "VirtualHost 'h'\nComponent 'rooms.h' 'muc'\n";

const ROWS: &[Row] = &[
    Row(
        "auth_cyrus left Prosody",
        FIRST,
        "authentication = 'cyrus'\nVirtualHost 'h'\n",
        Some(HOST),
        &["unbundled auth_cyrus", "upgrade-note auth-cyrus-left"],
    ),
    Row(
        "clients must encrypt",
        FIRST,
        "modules_enabled = { 'tls' }\nVirtualHost 'h'\n",
        Some("modules_enabled = { 'tls' }\nc2s_require_encryption = false\nVirtualHost 'h'\n"),
        &["upgrade-note client-encryption-required"],
    ),
    Row(
        "servers must encrypt",
        FIRST,
        HOST,
        Some("s2s_require_encryption = false\nVirtualHost 'h'\n"),
        &["upgrade-note server-encryption-required"],
    ),
    Row(
        "another authentication by default",
        FIRST,
        HOST,
        Some("authentication = 'internal_hashed'\nVirtualHost 'h'\n"),
        &["upgrade-note authentication-default"],
    ),
    Row(
        "DIGEST-MD5 is gone",
        FIRST,
        "modules_enabled = { 'saslauth' }\ndisable_sasl_mechanisms = {}\nVirtualHost 'h'\n",
        Some(HOST),
        &["upgrade-note digest-md5-gone"],
    ),
    Row(
        "port 5280 is bound to loopback",
        FIRST,
        "modules_enabled = { 'bosh' }\nVirtualHost 'h'\n",
        Some(HOST),
        &["upgrade-note http-port-on-loopback"],
    ),
    Row(
        "the sample configuration has new modules",
        SECOND,
        HOST,
        None,
        &["upgrade-note new-in-sample-configuration"],
    ),
    Row(
        "who may create rooms",
        SECOND,
        "VirtualHost 'h'\nComponent 'rooms.h' 'muc'\nrestrict_room_creation = 'admin'\n",
        Some(ROOMS),
        &["upgrade-note room-creation-by-role"],
    ),
    Row(
        "who makes rooms persistent and public",
        SECOND,
        ROOMS,
        Some(HOST),
        &["upgrade-note persistent-and-public-rooms"],
    ),
    Row(
        "who owns rooms",
        SECOND,
        ROOMS,
        Some(HOST),
        &[
            "upgrade-note admins-own-no-rooms",
            "option-default-changed options/component_admins_as_room_owners/default",
        ],
    ),
    Row(
        "Lua 5.1 is dropped",
        SECOND,
        HOST,
        None,
        &["upgrade-note lua-5-1-dropped"],
    ),
    Row(
        "XEP-0090 left mod_time",
        SECOND,
        "modules_enabled = { 'time' }\nVirtualHost 'h'\n",
        Some(HOST),
        &["upgrade-note legacy-time"],
    ),
    Row(
        "the cache of blocked addresses grew",
        SECOND,
        "modules_enabled = { 'blocklist' }\nVirtualHost 'h'\n",
        Some("modules_enabled = { 'blocklist' }\nblocklist_cache_size = 64\nVirtualHost 'h'\n"),
        &["option-default-changed options/blocklist_cache_size/default"],
    ),
    Row(
        "the firewall keeps marks of users",
        SECOND,
        "modules_enabled = { 'firewall' }\nVirtualHost 'h'\n",
        Some(
            "modules_enabled = { 'firewall' }\nfirewall_experimental_user_marks = false\n\
             VirtualHost 'h'\n",
        ),
        &["option-default-changed options/firewall_experimental_user_marks/default"],
    ),
    Row(
        "feeds are polled, no longer pushed",
        SECOND,
        "VirtualHost 'h'\nComponent 'feeds.h' 'pubsub'\nmodules_enabled = { 'pubsub_feeds' }\n",
        Some(
            "VirtualHost 'h'\nComponent 'feeds.h' 'pubsub'\nmodules_enabled = { 'pubsub_feeds' }\n\
             use_pubsubhubub = true\n",
        ),
        &["option-default-changed options/use_pubsubhubub/default"],
    ),
    Row(
        "who may invite, and where the page of invitations is",
        SECOND,
        "modules_enabled = { 'invites', 'invites_adhoc' }\nVirtualHost 'h'\n\
         allow_user_invites_by_roles = { 'x' }\ninvites_page_module = 'x'\n",
        Some(HOST),
        &["upgrade-note invites-by-role", "upgrade-note invites-page"],
    ),
    Row(
        "\"1m\" is a month",
        SECOND,
        "Component 'rooms.h' 'muc'\nmuc_room_lock_timeout = '1m'\n",
        Some("Component 'rooms.h' 'muc'\nmuc_room_lock_timeout = 60\n"),
        &["option-reads-changed options/muc_room_lock_timeout/reads"],
    ),
];

/// The findings about what a server loads and sets: the code, and the field or the subject.
fn said(releases: &str, config: &str) -> Vec<String> {
    let folder = scratch();
    let config = write(folder.path(), "prosody.cfg.lua", config);
    let arguments = ["diff", "--release", releases, "--config", &config];
    let arguments = [&arguments[..], &["--all", "--format", "json"]].concat();
    let review = run(&mut tool(&arguments)).success().json();
    let changes = findings(&review).into_iter();
    let concerns = changes.filter(|change| !change["selections"].is_null());
    let about = |change: &Value| {
        let field = change["field"].as_str();
        let field = field.filter(|field| *field != "origin");
        field
            .or(change["subject"].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    concerns
        .map(|change| format!("{} {}", change["code"].as_str().unwrap(), about(change)))
        .collect()
}

#[test]
fn what_an_admin_had_to_know_is_said_to_those_whom_it_concerns() {
    let mut wrong = Vec::new();
    for Row(what, releases, concerned, other, findings) in ROWS {
        let found = said(releases, concerned);
        let missed = findings.iter().filter(|f| !found.iter().any(|is| is == *f));
        wrong.extend(missed.map(|finding| format!("{what}: no {finding} in {found:?}")));
        let found = other.map_or_else(Vec::new, |other| said(releases, other));
        let beyond = findings.iter().filter(|f| found.iter().any(|is| is == *f));
        wrong.extend(beyond.map(|finding| format!("{what}: {finding} where it is none")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
