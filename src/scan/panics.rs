//! Panics while one file is read: they end the reading of that file only.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// What `work` returns, or nothing if it panics. Nothing is printed then.
///
/// The program must therefore not be built with `panic = "abort"`.
pub(super) fn without_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    // One may be called within another.
    let outer = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(outer);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_is_nothing_also_within_another() {
        assert_eq!(without_panic(|| 1), Some(1));
        let outer = without_panic(|| {
            assert_eq!(without_panic(|| -> i32 { panic!("inner") }), None);
            2
        });
        assert_eq!(outer, Some(2));
        assert_eq!(without_panic(|| -> i32 { panic!("alone") }), None);
    }
}
