//! The options of NixOS' own services.prosody, of both generations that are in use: one with
//! Prosody 0.12 (nixpkgs of 2024), one with 13.0 (nixpkgs of 2026).
//!
//! The names, defaults and what becomes of them in a prosody.cfg.lua are those of
//! `nixos/modules/services/networking/prosody.nix` of either nixpkgs, and
//! `tests/nixos/configurations.rs` compares with it.

use super::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD};

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// true or false
    Bool,
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// A list of strings.
    Texts,
    /// A list of whole numbers.
    Numbers,
    /// Lua as it stands.
    Lua,
    /// A string or a boolean.
    Choice,
}

/// An option that becomes one of prosody.cfg.lua.
pub struct Simple {
    /// Its name in Nix.
    pub nix: &'static str,
    /// Its name in Lua.
    pub lua: &'static str,
    /// What it takes.
    pub takes: Type,
    /// Its default, as Lua; nothing is written where it is empty.
    pub default: &'static str,
}

const fn simple(
    nix: &'static str,
    lua: &'static str,
    takes: Type,
    default: &'static str,
) -> Simple {
    Simple {
        nix,
        lua,
        takes,
        default,
    }
}

/// The booleans of `modules`: the name, and the defaults of the old and the new generation.
pub const MODULES: [(&str, bool, bool); 35] = [
    ("admin_adhoc", true, true),
    ("admin_telnet", false, false),
    ("announce", false, false),
    ("blocklist", true, true),
    ("bookmarks", true, true),
    ("bosh", false, false),
    ("carbons", true, true),
    ("cloud_notify", true, true),
    ("csi", true, true),
    ("dialback", true, true),
    ("disco", true, true),
    ("groups", false, false),
    ("http_files", true, false),
    ("legacyauth", false, false),
    ("limits", false, false),
    ("mam", true, true),
    ("motd", false, false),
    ("pep", true, true),
    ("ping", true, true),
    ("private", true, true),
    ("proxy65", true, true),
    ("register", true, true),
    ("roster", true, true),
    ("saslauth", true, true),
    ("server_contact_info", false, false),
    ("smacks", true, true),
    ("time", true, true),
    ("tls", true, true),
    ("uptime", true, true),
    ("vcard", false, false),
    ("vcard_legacy", true, true),
    ("version", true, true),
    ("watchregistrations", false, false),
    ("websocket", false, false),
    ("welcome", false, false),
];

/// Options that become one of the global section, in the order of the file.
pub const GLOBAL: [Simple; 16] = [
    simple("log", "log", Type::Lua, "\"*syslog\""),
    simple("dataDir", "data_path", Type::Text, "\"/var/lib/prosody\""),
    simple("extraPluginPaths", "plugin_paths", Type::Texts, "{ }"),
    simple("admins", "admins", Type::Texts, "{ }"),
    simple(
        "allowRegistration",
        "allow_registration",
        Type::Bool,
        "false",
    ),
    simple(
        "c2sRequireEncryption",
        "c2s_require_encryption",
        Type::Bool,
        "true",
    ),
    simple(
        "s2sRequireEncryption",
        "s2s_require_encryption",
        Type::Bool,
        "true",
    ),
    simple("s2sSecureAuth", "s2s_secure_auth", Type::Bool, "false"),
    simple(
        "s2sInsecureDomains",
        "s2s_insecure_domains",
        Type::Texts,
        "{ }",
    ),
    simple("s2sSecureDomains", "s2s_secure_domains", Type::Texts, "{ }"),
    simple(
        "authentication",
        "authentication",
        Type::Text,
        "\"internal_hashed\"",
    ),
    simple(
        "httpInterfaces",
        "http_interfaces",
        Type::Texts,
        "{ \"*\", \"::\" }",
    ),
    simple(
        "httpsInterfaces",
        "https_interfaces",
        Type::Texts,
        "{ \"*\", \"::\" }",
    ),
    simple("httpPorts", "http_ports", Type::Numbers, "{ 5280 }"),
    simple("httpsPorts", "https_ports", Type::Numbers, "{ 5281 }"),
    // Not written, but one that any program may ask for.
    simple("group", "", Type::Text, ""),
];

/// Options of a room server that become one of its component, in the order of the file.
pub const MUC: [Simple; 15] = [
    simple("name", "name", Type::Text, "\"Prosody Chatrooms\""),
    simple(
        "restrictRoomCreation",
        "restrict_room_creation",
        Type::Choice,
        "false",
    ),
    simple(
        "maxHistoryMessages",
        "max_history_messages",
        Type::Number,
        "20",
    ),
    simple("roomLocking", "muc_room_locking", Type::Bool, "true"),
    simple(
        "roomLockTimeout",
        "muc_room_lock_timeout",
        Type::Number,
        "300",
    ),
    simple("tombstones", "muc_tombstones", Type::Bool, "true"),
    simple(
        "tombstoneExpiry",
        "muc_tombstone_expiry",
        Type::Number,
        "2678400",
    ),
    simple(
        "roomDefaultPublic",
        "muc_room_default_public",
        Type::Bool,
        "true",
    ),
    simple(
        "roomDefaultMembersOnly",
        "muc_room_default_members_only",
        Type::Bool,
        "false",
    ),
    simple(
        "roomDefaultModerated",
        "muc_room_default_moderated",
        Type::Bool,
        "false",
    ),
    simple(
        "roomDefaultPublicJids",
        "muc_room_default_public_jids",
        Type::Bool,
        "false",
    ),
    simple(
        "roomDefaultChangeSubject",
        "muc_room_default_change_subject",
        Type::Bool,
        "false",
    ),
    simple(
        "roomDefaultHistoryLength",
        "muc_room_default_history_length",
        Type::Number,
        "20",
    ),
    simple(
        "roomDefaultLanguage",
        "muc_room_default_language",
        Type::Text,
        "\"en\"",
    ),
    simple("domain", "", Type::Text, ""),
];

/// Options of the former upload service, which only the old generation has.
pub const UPLOAD: [Simple; 5] = [
    simple(
        "uploadFileSizeLimit",
        "http_upload_file_size_limit",
        Type::Lua,
        "50 * 1024 * 1024",
    ),
    simple(
        "uploadExpireAfter",
        "http_upload_expire_after",
        Type::Lua,
        "60 * 60 * 24 * 7",
    ),
    simple("userQuota", "http_upload_quota", Type::Number, ""),
    simple(
        "httpUploadPath",
        "http_upload_path",
        Type::Text,
        "\"/var/lib/prosody\"",
    ),
    simple("domain", "", Type::Text, ""),
];

/// Defaults of the upload service, which the new generation has; any other name goes through.
pub const FILE_SHARE: [(&str, &str); 3] = [
    ("size_limit", "10485760"),
    ("expires_after", "\"1 week\""),
    ("daily_quota", "104857600"),
];

/// Options of the upload service that the new generation writes without the module's name in front.
pub const FILE_SHARE_OWN: [&str; 2] = ["http_host", "http_external_url"];

/// Options that decide nothing here: who runs the server, how it is found, its certificates.
pub const ASIDE: [&str; 5] = ["user", "disco_items", "ssl", "checkConfig", "openFirewall"];

/// All other options.
pub const OTHERS: [&str; 10] = [
    "enable",
    "xmppComplianceSuite",
    "package",
    "modules",
    "extraModules",
    "extraConfig",
    "muc",
    HTTP_UPLOAD.option,
    HTTP_FILE_SHARE.option,
    "virtualHosts",
];
