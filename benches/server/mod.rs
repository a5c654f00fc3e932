//! The configuration of a server as they are in use: 300 lines of options, comments and hosts.

use std::fmt::Write;

/// How many lines it has.
pub const LINES: usize = 300;

/// What a server asks for globally.
const MODULES: [&str; 32] = [
    "roster",
    "saslauth",
    "tls",
    "dialback",
    "disco",
    "carbons",
    "pep",
    "private",
    "blocklist",
    "vcard4",
    "vcard_legacy",
    "bookmarks",
    "version",
    "uptime",
    "time",
    "ping",
    "register",
    "mam",
    "csi_simple",
    "smacks",
    "cloud_notify",
    "admin_adhoc",
    "admin_shell",
    "bosh",
    "websocket",
    "http_openmetrics",
    "limits",
    "server_contact_info",
    "watchregistrations",
    "announce",
    "turn_external",
    "lastactivity",
];

/// A `prosody.cfg.lua` of `LINES` lines.
pub fn configuration() -> String {
    let mut text = String::from(
        "-- Written for measuring.\nadmins = { \"admin@example.org\" }\n\
         local domain = ENV_DOMAIN or \"example.org\"\nmodules_enabled = {\n",
    );
    for name in MODULES {
        let _ = writeln!(text, "\t\"{name}\"; -- for some reason");
    }
    text.push_str(
        "}\nmodules_disabled = {\n\t-- \"offline\";\n}\n\
         limits = { c2s = { rate = \"10kb/s\" }, s2sin = { rate = \"30kb/s\" } }\n\
         storage = { archive = \"sql\" }\nsql = { driver = \"SQLite3\", database = \"prosody.sqlite\" }\n\
         archive_expires_after = \"1w\"\nturn_external_secret = \"secret\"\n",
    );
    let mut number = 0;
    while text.lines().count() + 12 <= LINES {
        number += 1;
        let _ = write!(
            text,
            "\n-- One of the hosts.\nVirtualHost(\"host{number}.\" .. domain)\n\
             \tenabled = true\n\tallow_registration = false\n\tauthentication = \"internal_hashed\"\n\
             \tmodules_enabled = {{ \"invites\", \"invites_register\" }}\n\
             Component(\"rooms.host{number}.\" .. domain) \"muc\"\n\
             \tmodules_enabled = {{ \"muc_mam\" }}\n\trestrict_room_creation = \"local\"\n\
             \tmuc_log_expires_after = 7 * 24 * 60 * 60\n\tname = \"Rooms\"\n"
        );
    }
    while text.lines().count() < LINES {
        text.push_str("-- The end.\n");
    }
    text
}
