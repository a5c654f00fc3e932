//! The examples in the documents about operation, migration and fleets, run as they stand.
//!
//! Their files are in `tests/cli/docs/`, and one is that of an example. `TRYCMD=overwrite cargo test --test cli` writes down
//! what the commands print now; read the difference.

use std::fs;

use crate::support::folder::scratch;
use crate::support::root;

/// A server on NixOS, which `tests/cmd/nixos-server.md` shows as well.
const SERVER: &str = "tests/cmd/nixos-server.in/server.nix";

const DOCUMENTS: [&str; 3] = ["operating.md", "migration.md", "fleets.md"];

#[test]
fn commands_print_what_the_documents_show() {
    let top = root();
    let folder = scratch();
    for document in DOCUMENTS {
        let copy = folder.path().join(document);
        fs::copy(top.join("docs").join(document), &copy).unwrap();
        // Where trycmd looks for the files of a document.
        let files = copy.with_extension("in");
        fs::create_dir(&files).unwrap();
        for file in fs::read_dir(top.join("tests/cli/docs")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), files.join(file.file_name())).unwrap();
        }
        fs::copy(top.join(SERVER), files.join("server.nix")).unwrap();
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
