//! What the NixOS module has to know of services.prosody, in the form in which it asks.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::configuration::loopback;
use crate::configuration::services_prosody::enabled::When;
use crate::configuration::services_prosody::generation::Generation;
use crate::configuration::services_prosody::priority::{FIRM, OPTION_DEFAULT, OURS, SECTIONS};

type Names = Vec<&'static str>;
type ByName = BTreeMap<&'static str, &'static str>;

/// What both generations of services.prosody do, and how what we set there weighs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServicesProsody {
    priorities: Priorities,
    old: Enabled,
    new: Enabled,
    loopback: Loopback,
}

/// The interfaces that others cannot reach.
#[derive(Serialize)]
struct Loopback {
    names: &'static [&'static str],
    start: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Priorities {
    ours: i64,
    firm: i64,
    option_default: i64,
    /// The order of the sections that we add.
    sections: i64,
}

/// What a generation enables besides the booleans of `modules`.
#[derive(Serialize)]
struct Enabled {
    /// On every server.
    always: &'static [&'static str],
    /// As components: the options that set them up, by the module that they are made of.
    uploads: ByName,
    rooms: Rooms,
}

/// What it enables on room servers.
#[derive(Default, Serialize)]
struct Rooms {
    always: Names,
    /// By the one of `modules` that has to be on.
    modules: ByName,
    /// By the option of the room server.
    options: ByName,
    /// Where the package enables it.
    packaged: Names,
}

impl ServicesProsody {
    pub(super) fn new() -> Self {
        Self {
            priorities: Priorities {
                ours: OURS,
                firm: FIRM,
                option_default: OPTION_DEFAULT,
                sections: SECTIONS,
            },
            old: Enabled::by(Generation::Old),
            new: Enabled::by(Generation::New),
            loopback: Loopback {
                names: &loopback::NAMES,
                start: loopback::START,
            },
        }
    }
}

impl Enabled {
    fn by(generation: Generation) -> Self {
        let mut rooms = Rooms::default();
        for row in generation.of_rooms() {
            match row.when {
                When::Always => rooms.always.push(row.module),
                When::Module(name) => drop(rooms.modules.insert(name, row.module)),
                When::Option(name, _) => drop(rooms.options.insert(name, row.module)),
                When::Packaged => rooms.packaged.push(row.module),
            }
        }
        let uploads = generation.uploads().iter();
        Self {
            always: generation.always_enables(),
            uploads: uploads
                .map(|upload| (upload.module, upload.option))
                .collect(),
            rooms,
        }
    }
}
