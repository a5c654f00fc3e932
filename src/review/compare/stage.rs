//! What changed about the labels that upstream gives a module.

use crate::release::Stage;
use crate::report::Code;

/// The labels in words; nothing for none.
pub(super) fn words(stages: &[Stage]) -> Option<String> {
    let names: Vec<_> = stages.iter().map(Stage::name).collect();
    (!names.is_empty()).then(|| names.join(" and "))
}

/// Whether upstream trusts a module more or less: of several labels the worst counts.
pub(super) fn code(old: &[Stage], new: &[Stage]) -> Code {
    match (trust(old), trust(new)) {
        // No label says nothing about a module, but labels such as obsolete do.
        (None, Some(is)) if is > 3 => Code::StageRelabelled,
        (Some(was), None) if was > 3 => Code::StageRelabelled,
        (was, is) => match is.unwrap_or(4).cmp(&was.unwrap_or(4)) {
            std::cmp::Ordering::Less => Code::StageLowered,
            std::cmp::Ordering::Greater => Code::StageRaised,
            std::cmp::Ordering::Equal => Code::StageRelabelled,
        },
    }
}

/// From broken up to stable; nothing for no label, and for labels that are not known.
fn trust(stages: &[Stage]) -> Option<u8> {
    let trust = |stage: &Stage| match stage {
        Stage::Broken => Some(0),
        Stage::Obsolete => Some(1),
        Stage::Deprecated => Some(2),
        Stage::Merged => Some(3),
        Stage::Experimental => Some(5),
        Stage::Alpha => Some(6),
        Stage::Beta => Some(7),
        Stage::Stable => Some(8),
        Stage::Other(_) => None,
    };
    stages.iter().filter_map(trust).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_raised_lowered_or_changed_by_what_upstream_trusts() {
        let none: &[Stage] = &[];
        let rows: [(&[Stage], &[Stage], Code); 8] = [
            (&[Stage::Beta], &[Stage::Alpha], Code::StageLowered),
            (&[Stage::Alpha], &[Stage::Stable], Code::StageRaised),
            (&[Stage::Deprecated], &[Stage::Obsolete], Code::StageLowered),
            // Of several labels the worst counts.
            (
                &[Stage::Beta],
                &[Stage::Beta, Stage::Broken],
                Code::StageLowered,
            ),
            // A first or a last good label says nothing, a bad one does.
            (none, &[Stage::Experimental], Code::StageRelabelled),
            (&[Stage::Experimental], none, Code::StageRelabelled),
            (none, &[Stage::Merged], Code::StageLowered),
            (&[Stage::Merged], none, Code::StageRaised),
        ];
        for (old, new, expected) in rows {
            assert_eq!(code(old, new), expected, "{old:?} to {new:?}");
        }
    }
}
