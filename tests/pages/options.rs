//! The page of the NixOS module's options, in a real browser.

use serde_json::json;

use crate::browser::{self, DESKTOP, PHONE, Page};
use crate::support::json::text;
use crate::support::nix;
use crate::{File, axe};

#[test]
fn the_options_of_the_nixos_module_can_be_searched() {
    if !nix::is_here() || !browser::is_here() {
        return;
    }
    let page =
        nix::evaluate("import ./nix/options-page.nix { lib = import ./tests/nixpkgs-stub/lib; }");
    let file = File::of(text(&page));
    let mut page = Page::open(&file.path(), "", DESKTOP);
    let all = page.seen("article");
    assert!(all > 80, "{all}");
    page.key("/");
    page.type_text("reviewonswitch timeout");
    assert_eq!(page.seen("article"), 1);
    assert_eq!(
        page.seen("[id='services.prosody-stability.reviewOnSwitch.timeout']"),
        1
    );
    let count = page.eval("document.querySelector('output').textContent");
    assert_eq!(count, json!(format!("1 of {all} options")));
    // A link to an option shows it.
    page.follow("#services.prosody-stability.beta");
    assert_eq!(page.seen("article"), all);
    assert_eq!(page.errors(), [""; 0]);
    let itself = format!("file://{}", file.path().display());
    assert_eq!(page.requests(), [itself]);

    let plain = browser::Look {
        runs_scripts: false,
        ..PHONE
    };
    assert_eq!(Page::open(&file.path(), "", plain).seen("article"), all);
    if let Some(axe) = axe() {
        for look in [DESKTOP, PHONE] {
            for is_dark in [false, true] {
                let look = browser::Look { is_dark, ..look };
                let mut page = Page::open(&file.path(), "", look);
                assert_eq!(page.faults(&axe), [""; 0]);
            }
        }
    }
}
