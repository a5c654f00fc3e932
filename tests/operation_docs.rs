//! The examples in the documents about operation and migration, run as they stand.
//!
//! Their files are in `tests/operation/docs/`. `TRYCMD=overwrite cargo test --test operation_docs` writes down
//! what the commands print now; read the difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

const DOCUMENTS: [&str; 2] = ["operating.md", "migration.md"];

#[test]
fn commands_print_what_the_documents_show() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for document in DOCUMENTS {
        let copy = folder.path().join(document);
        fs::copy(top.join("docs").join(document), &copy).unwrap();
        // Where trycmd looks for the files of a document.
        let files = copy.with_extension("in");
        fs::create_dir(&files).unwrap();
        for file in fs::read_dir(top.join("tests/operation/docs")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), files.join(file.file_name())).unwrap();
        }
    }
    let cases = trycmd::TestCases::new();
    cases.env("COLUMNS", "100").env("NO_COLOR", "1");
    cases.case(folder.path().join("*.md"));
    cases.run();
    for document in DOCUMENTS {
        let now = fs::read(folder.path().join(document)).unwrap();
        let source = top.join("docs").join(document);
        if now != fs::read(&source).unwrap() {
            fs::write(source, now).unwrap();
        }
    }
}
