//! The shapes that go with a colour, so that none is used without a shape.

use maud::{Markup, html};

/// Each shape by its name: an octagon with a cross, a triangle, and discs.
const SHAPES: [(&str, &str); 5] = [
    (
        "bad",
        "M5 0h6l5 5v6l-5 5H5l-5-5V5zM4.4 5.6 6.8 8l-2.4 2.4 1.2 1.2L8 9.2l2.4 2.4 1.2-1.2L9.2 8l2.4-2.4-1.2-1.2L8 6.8 5.6 4.4z",
    ),
    (
        "warn",
        "M8 .8 16 15H0zM7.2 6v4.6h1.6V6zM8 11.6a1 1 0 1 0 0 2 1 1 0 0 0 0-2z",
    ),
    (
        "info",
        "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zM7.1 7v5h1.8V7zM8 3.8a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2z",
    ),
    (
        "ok",
        "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zM4.6 7.4 3.3 8.7l3.4 3.4 6-6.2-1.3-1.3-4.7 4.9z",
    ),
    (
        "unknown",
        "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0zM5.2 6.2h1.7c0-.7.4-1.2 1.1-1.2s1.1.4 1.1 1c0 .5-.3.8-.9 1.2-.8.5-1.1 1-1.1 2v.3h1.7v-.2c0-.6.2-.8.9-1.2.8-.5 1.2-1.1 1.2-2.1 0-1.5-1.2-2.5-2.9-2.5S5.2 4.5 5.2 6.2zM8 10.6a1.05 1.05 0 1 0 0 2.1 1.05 1.05 0 0 0 0-2.1z",
    ),
];

/// The shapes, to be used by name.
pub fn icons() -> Markup {
    html! {
        svg.defs aria-hidden="true" width="0" height="0" {
            @for (name, path) in SHAPES {
                symbol id={ "ui-i-" (name) } viewBox="0 0 16 16" { path fill-rule="evenodd" d=(path) {} }
            }
        }
    }
}

/// One shape; a word next to it means the same.
pub fn icon(name: &str) -> Markup {
    html! { svg.i aria-hidden="true" { use href={ "#ui-i-" (name) } {} } }
}
