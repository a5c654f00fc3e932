//! The command line: every file in `tests/cmd/` shows commands and what they print, and is run as it stands.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes down what the commands print now; read the difference.

#[test]
fn commands_print_what_their_examples_show() {
    trycmd::TestCases::new()
        // The width of help texts, on every machine.
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/checks.md")
        .case("docs/upgrade-review.md")
        .case("tests/cmd/*.md")
        .case("tests/cmd/*.toml");
}
