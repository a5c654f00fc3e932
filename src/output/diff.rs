//! What a write would change, as users read it and as `patch` applies it.

use std::fmt::Write;
use std::ops::Range;

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};

use crate::terminal::printable;

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// The changes that would turn `old` into `new` as a unified diff; empty when they are equal.
pub fn unified_diff(name: &str, old: &str, new: &str) -> String {
    diff(name, old, new, "as generated")
}

/// The same for a file that users wrote.
pub fn rewrite_diff(name: &str, old: &str, new: &str) -> String {
    diff(name, old, new, "rewritten")
}

fn diff(name: &str, old: &str, new: &str, how: &str) -> String {
    let name = printable(name);
    let names = [format!("{name} (current)"), format!("{name} ({how})")];
    unified([&names[0], &names[1]], [old, new])
}

/// Two texts by their names as a unified diff; empty when they are equal.
///
/// It selects one algorithm: `similar::TextDiff` brings all of them, which is more than
/// half a megabyte of program.
pub fn unified(names: [&str; 2], texts: [&str; 2]) -> String {
    let [old, new] = texts.map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let mut changes = Compact::new(Replace::new(Capture::new()), &*old, &*new);
    let Ok(()) = myers::diff(&mut changes, &*old, 0..old.len(), &*new, 0..new.len());
    let changes = changes.into_inner().into_inner();
    let mut out = String::new();
    for hunk in changes.into_grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        if out.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(out, "--- {}\n+++ {}\n", names[0], names[1]);
        }
        let olds = first.old_range().start..last.old_range().end;
        let news = first.new_range().start..last.new_range().end;
        let _ = writeln!(out, "@@ -{} +{} @@", range(olds), range(news));
        for change in hunk {
            if let DiffOp::Equal { .. } = change {
                lines(&mut out, ' ', &old[change.old_range()]);
            } else {
                lines(&mut out, '-', &old[change.old_range()]);
                lines(&mut out, '+', &new[change.new_range()]);
            }
        }
    }
    out
}

/// Lines from 1 on: the first one and how many there are; of none the one before.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn lines(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use similar::TextDiff;

    use super::unified;

    /// Numbers that are as good as random, and the same in each run.
    fn numbers(mut seed: u64) -> impl Iterator<Item = usize> {
        std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 40).unwrap_or_default()
        })
    }

    #[test]
    fn it_is_the_diff_that_others_print() {
        let mut different = 0;
        for seed in 0..2_000 {
            let mut numbers = numbers(seed);
            let mut next = |below: usize| numbers.next().unwrap_or_default() % below;
            let (length, kinds) = (next(60), 1 + next(30));
            let old: Vec<String> = (0..length)
                .map(|_| format!("line {}", next(kinds)))
                .collect();
            let mut new = old.clone();
            for _ in 0..next(8) {
                let at = next(new.len() + 1);
                match next(3) {
                    0 => new.insert(at, format!("new {}", next(kinds))),
                    1 if at < new.len() => drop(new.remove(at)),
                    _ if at < new.len() => new[at] = format!("other {}", next(kinds)),
                    _ => {}
                }
            }
            let mut text = |lines: &[String]| lines.join("\n") + ["\n", ""][next(4) / 3];
            let (old, new) = (text(&old), text(&new));
            let theirs = TextDiff::from_lines(&old, &new)
                .unified_diff()
                .header("a", "b")
                .to_string();
            assert_eq!(unified(["a", "b"], [&old, &new]), theirs, "{old:?} {new:?}");
            different += usize::from(old != new);
        }
        assert!(different > 1_000, "{different}");
    }
}
