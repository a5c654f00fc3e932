//! What services.prosody enables besides the booleans of `modules`, in each generation.
//!
//! `emit` writes these tables for the NixOS module. `tests/nixos/configurations.rs` compares them with what the real
//! services.prosody writes.

use super::generation::Generation;

/// A module that services.prosody enables on its room servers.
pub struct OfRooms {
    /// Its name.
    pub module: &'static str,
    /// The generation that does so.
    pub generation: Generation,
    /// When.
    pub when: When,
}

/// What makes services.prosody enable a module on a room server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing: it always does.
    Always,
    /// This one of `modules` is on.
    Module(&'static str),
    /// This option of the room server is on, which has a default.
    Option(&'static str, bool),
    /// The package enables it.
    Packaged,
}

/// The module that a room server is made of.
pub const ROOM_SERVER: &str = "muc";

/// A service for uploads, a component with an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The module that it is made of.
    pub module: &'static str,
    /// The option that sets it up.
    pub option: &'static str,
}

/// The former upload service, which only the old generation has.
pub const HTTP_UPLOAD: Upload = Upload {
    module: "http_upload",
    option: "uploadHttp",
};

/// The upload service.
pub const HTTP_FILE_SHARE: Upload = Upload {
    module: "http_file_share",
    option: "httpFileShare",
};

/// The community module that the new generation enables on room servers, and nowhere else.
pub const NOTIFICATIONS: &str = "muc_notifications";

/// What both generations enable on room servers, in the order of the file.
pub const OF_ROOMS: [OfRooms; 6] = [
    of_rooms("muc_mam", Generation::Old, When::Always),
    of_rooms("muc_mam", Generation::New, When::Module("mam")),
    of_rooms(
        "vcard_muc",
        Generation::Old,
        When::Option("vcard_muc", true),
    ),
    of_rooms(
        "muc_allowners",
        Generation::New,
        When::Option("allowners_muc", false),
    ),
    of_rooms(
        "muc_moderation",
        Generation::New,
        When::Option("moderation", false),
    ),
    of_rooms(NOTIFICATIONS, Generation::New, When::Packaged),
];

const fn of_rooms(module: &'static str, generation: Generation, when: When) -> OfRooms {
    OfRooms {
        module,
        generation,
        when,
    }
}

impl Generation {
    /// What it enables on every server.
    pub fn always_enables(self) -> &'static [&'static str] {
        match self {
            Self::Old => &[],
            Self::New => &["admin_shell"],
        }
    }

    /// What it enables on room servers.
    pub fn of_rooms(self) -> impl Iterator<Item = &'static OfRooms> {
        OF_ROOMS.iter().filter(move |row| row.generation == self)
    }

    /// Its services for uploads.
    pub fn uploads(self) -> &'static [Upload] {
        match self {
            Self::Old => &[HTTP_FILE_SHARE, HTTP_UPLOAD],
            Self::New => &[HTTP_FILE_SHARE],
        }
    }
}

/// The options of room servers that enable a module, each with the generation that has it.
pub fn room_options() -> impl Iterator<Item = (&'static str, Generation)> {
    OF_ROOMS.iter().filter_map(|row| match row.when {
        When::Option(option, _) => Some((option, row.generation)),
        _ => None,
    })
}
