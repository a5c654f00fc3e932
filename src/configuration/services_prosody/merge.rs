//! Several definitions of one option, as NixOS merges them.

use super::priority::MIDDLE;
use super::value::{At, Kind, Value};

/// A definition that none outweighs.
pub(super) struct Defined<'a> {
    pub value: &'a Value,
    order: i64,
}

/// What counts of the definitions of an option.
#[derive(Default)]
pub(super) struct Merged<'a> {
    /// Those that none outweighs, in their order.
    pub winners: Vec<Defined<'a>>,
    /// How much they weigh: the lowest counts.
    pub priority: Option<i64>,
    /// What may count besides, or in their place, and why that is not known.
    pub doubts: Vec<(&'a At, &'a str)>,
}

struct Found<'a> {
    value: &'a Value,
    priority: i64,
    order: i64,
    perhaps: Option<&'a str>,
}

/// Merges definitions, each with the priority that what stands around it gives to it.
pub(super) fn merge<'a>(definitions: impl IntoIterator<Item = (&'a Value, i64)>) -> Merged<'a> {
    let mut found = Vec::new();
    for (value, priority) in definitions {
        discharge(value, priority, MIDDLE, None, &mut found);
    }
    let sure = found.iter().filter(|found| found.perhaps.is_none());
    let priority = sure.map(|found| found.priority).min();
    let mut merged = Merged {
        priority,
        ..Merged::default()
    };
    for found in found {
        if priority.is_some_and(|priority| found.priority > priority) {
            continue;
        }
        match (found.perhaps, &found.value.kind) {
            (Some(why), _) => merged.doubts.push((&found.value.at, why)),
            (None, Kind::Unknown(why)) => merged.doubts.push((&found.value.at, why)),
            (None, _) => merged.winners.push(Defined {
                value: found.value,
                order: found.order,
            }),
        }
    }
    merged.winners.sort_by_key(|defined| defined.order);
    merged
}

fn discharge<'a>(
    value: &'a Value,
    priority: i64,
    order: i64,
    perhaps: Option<&'a str>,
    found: &mut Vec<Found<'a>>,
) {
    match &value.kind {
        Kind::Several(values) => {
            for value in values {
                discharge(value, priority, order, perhaps, found);
            }
        }
        Kind::Priority(priority, inner) => discharge(inner, *priority, order, perhaps, found),
        Kind::Order(order, inner) => discharge(inner, priority, *order, perhaps, found),
        Kind::Perhaps(why, inner) => discharge(inner, priority, order, Some(why), found),
        _ => found.push(Found {
            value,
            priority,
            order,
            perhaps,
        }),
    }
}

/// What definitions of a set say of each of its names, whatever stands around them.
pub(super) fn entries<'a>(
    definitions: &[(&'a Value, i64)],
) -> (Vec<Entry<'a>>, Vec<(&'a At, &'a str)>) {
    let (mut all, mut doubts) = (Vec::new(), Vec::new());
    for (value, priority) in definitions {
        let mut found = Vec::new();
        discharge(value, *priority, MIDDLE, None, &mut found);
        for found in found {
            match (&found.value.kind, found.perhaps) {
                (Kind::Set(entries), perhaps) => {
                    all.extend(entries.iter().map(|(name, value)| Entry {
                        name,
                        value,
                        priority: found.priority,
                        perhaps,
                    }));
                }
                (Kind::Unknown(why), _) => doubts.push((&found.value.at, why.as_str())),
                _ => doubts.push((&found.value.at, "not a set")),
            }
        }
    }
    (all, doubts)
}

/// One name of a set that holds options.
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub value: &'a Value,
    pub priority: i64,
    /// Why it is not known whether it counts.
    pub perhaps: Option<&'a str>,
}

impl Defined<'_> {
    pub(super) fn order(&self) -> i64 {
        self.order
    }
}
