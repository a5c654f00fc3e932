//! What the NixOS module has to know besides the inventory and the releases, in the form in which it asks.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::configuration::loopback;
use crate::configuration::services_prosody::enabled::When;
use crate::configuration::services_prosody::generation::Generation;
use crate::configuration::services_prosody::priority::{FIRM, OPTION_DEFAULT, OURS, SECTIONS};
use crate::inventory::profile_line;
use crate::report::Severity;
use crate::scan::PLACES;

type Names = Vec<&'static str>;
type ByName = BTreeMap<&'static str, &'static str>;

/// Rules and words that are the same for every inventory.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Constants {
    /// How the line with the counts of modules starts.
    profile_line: &'static str,
    /// The severities of what `diff` finds.
    severities: Names,
    /// Where Prosody looks for a file of a module.
    plugin_places: Names,
    loopback: Loopback,
    priorities: Priorities,
    services_prosody: ServicesProsody,
}

/// The interfaces that others cannot reach.
#[derive(Serialize)]
struct Loopback {
    names: Names,
    start: &'static str,
}

/// How what we set in services.prosody weighs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Priorities {
    ours: i64,
    firm: i64,
    option_default: i64,
    /// The order of the sections that we add.
    sections: i64,
}

/// What both generations of services.prosody do.
#[derive(Serialize)]
struct ServicesProsody {
    old: Enabled,
    new: Enabled,
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

impl Constants {
    pub(super) fn new() -> Self {
        let severities = Severity::ALL.into_iter();
        let of_reviews = severities.filter(|severity| severity.is_always_counted(true));
        Self {
            profile_line: profile_line::START,
            severities: of_reviews.map(Severity::name).collect(),
            plugin_places: PLACES.to_vec(),
            loopback: Loopback {
                names: loopback::NAMES.to_vec(),
                start: loopback::START,
            },
            priorities: Priorities {
                ours: OURS,
                firm: FIRM,
                option_default: OPTION_DEFAULT,
                sections: SECTIONS,
            },
            services_prosody: ServicesProsody {
                old: Enabled::by(Generation::Old),
                new: Enabled::by(Generation::New),
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
