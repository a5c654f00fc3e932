//! Several definitions of one option, as NixOS merges them.

use super::priority::MIDDLE;
use super::value::{At, Value, ValueKind};

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

struct Discharged<'a> {
    value: &'a Value,
    priority: i64,
    order: i64,
    condition: Option<&'a str>,
}

/// Merges definitions, each with the priority that what stands around it gives to it.
pub(super) fn merge<'a>(definitions: impl IntoIterator<Item = (&'a Value, i64)>) -> Merged<'a> {
    let mut discharged = Vec::new();
    for (value, priority) in definitions {
        discharge(value, priority, MIDDLE, None, &mut discharged);
    }
    let sure = discharged
        .iter()
        .filter(|definition| definition.condition.is_none());
    let priority = sure.map(|definition| definition.priority).min();
    let mut merged = Merged {
        priority,
        ..Merged::default()
    };
    for definition in discharged {
        if priority.is_some_and(|priority| definition.priority > priority) {
            continue;
        }
        match (definition.condition, &definition.value.kind) {
            (Some(why), _) => merged.doubts.push((&definition.value.at, why)),
            (None, ValueKind::Unknown(why)) => merged.doubts.push((&definition.value.at, why)),
            (None, _) => merged.winners.push(Defined {
                value: definition.value,
                order: definition.order,
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
    condition: Option<&'a str>,
    discharged: &mut Vec<Discharged<'a>>,
) {
    match &value.kind {
        ValueKind::Several(values) => {
            for value in values {
                discharge(value, priority, order, condition, discharged);
            }
        }
        ValueKind::Priority(priority, inner) => {
            discharge(inner, *priority, order, condition, discharged)
        }
        ValueKind::Order(order, inner) => discharge(inner, priority, *order, condition, discharged),
        ValueKind::Conditional(why, inner) => {
            discharge(inner, priority, order, Some(why), discharged)
        }
        _ => discharged.push(Discharged {
            value,
            priority,
            order,
            condition,
        }),
    }
}

/// What definitions of a set say of each of its names, whatever stands around them.
pub(super) fn entries<'a>(
    definitions: &[(&'a Value, i64)],
) -> (Vec<Entry<'a>>, Vec<(&'a At, &'a str)>) {
    let (mut all, mut doubts) = (Vec::new(), Vec::new());
    for (value, priority) in definitions {
        let mut discharged = Vec::new();
        discharge(value, *priority, MIDDLE, None, &mut discharged);
        for definition in discharged {
            match (&definition.value.kind, definition.condition) {
                (ValueKind::Set(entries), condition) => {
                    all.extend(entries.iter().map(|(name, value)| Entry {
                        name,
                        value,
                        priority: definition.priority,
                        condition,
                    }));
                }
                (ValueKind::Unknown(why), _) => doubts.push((&definition.value.at, why.as_str())),
                _ => doubts.push((&definition.value.at, "not a set")),
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
    pub condition: Option<&'a str>,
}

impl Defined<'_> {
    pub(super) fn order(&self) -> i64 {
        self.order
    }
}
