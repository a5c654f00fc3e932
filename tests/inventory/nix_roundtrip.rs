//! The emitted attribute set against the real Nix evaluator and against nixfmt.

use std::io::{self, Write};

use proptest::collection::vec;
use proptest::prelude::*;
use prosody_stability::emit;
use prosody_stability::forms::read_source;
use prosody_stability::inventory::{Inventory, Module, json, nix};
use prosody_stability::nix::print as nix_text;
use prosody_stability::release::builtin;
use prosody_stability::source::Source;
use serde_json::json;

use crate::support::nix::{evaluate, evaluate_all, import, is_here};
use crate::support::{folder, inventories};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..ProptestConfig::default()
    }
}

fn read_nix(text: &str) -> Inventory<'static> {
    let source = Source::new("emitted.nix", text);
    let read = nix::read(&source).unwrap_or_else(|e| panic!("{e}\n{text}"));
    read.into_owned()
}

fn is_laid_out_as_nixfmt_does(text: &str) {
    let formatted = nixfmt_rs::format(text).expect("nixfmt reads the text");
    let difference = prosody_stability::output::unified_diff("emitted.nix", text, &formatted);
    assert!(
        difference.is_empty(),
        "nixfmt changes the emitted text:\n{difference}"
    );
}

#[test]
fn the_built_in_inventory_is_laid_out_as_nixfmt_does_and_reads_back() {
    let inventory = Inventory::builtin();
    let text = emit::nix(&inventory, &builtin::all()).unwrap();
    is_laid_out_as_nixfmt_does(&text);
    assert_eq!(read_nix(&text), inventory);
    assert_eq!(emit::nix(&read_nix(&text), &builtin::all()).unwrap(), text);
}

/// It is written in chunks, which must fit together wherever they end.
#[test]
fn a_large_inventory_is_laid_out_as_nixfmt_does_and_reads_back() {
    let mut inventory = Inventory::builtin();
    let modules: Vec<_> = inventory.modules.drain(..).collect();
    for round in 0..50 {
        for (name, module) in &modules {
            inventory
                .modules
                .insert(format!("{name}_{round}").into(), module.clone());
        }
    }
    let text = emit::nix(&inventory, &builtin::all()).unwrap();
    assert!(text.len() > 500_000, "too small to be cut: {}", text.len());
    is_laid_out_as_nixfmt_does(&text);
    assert_eq!(read_nix(&text), inventory);
}

/// The largest text that was written at once.
#[derive(Default)]
struct LargestWrite(usize);

impl Write for LargestWrite {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0 = self.0.max(text.len());
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A list of one attribute set is never on one line, so nothing has to wait for its end.
#[test]
fn what_is_within_a_list_goes_out_in_chunks_too() {
    let names: Vec<String> = (0..10_000).map(|number| format!("mod_{number}")).collect();
    for value in [json!([{ "modules": names }]), json!([[names]])] {
        let mut largest = LargestWrite::default();
        nix_text::to_writer(&mut largest, &value).unwrap();
        assert!(largest.0 < 80_000, "{} bytes at once", largest.0);
    }
}

#[test]
fn nix_evaluates_the_built_in_inventory_to_the_json() {
    let text = emit::nix(&Inventory::builtin(), &builtin::all()).unwrap();
    let Some(values) = evaluate_all(&[text]) else {
        return;
    };
    let json = emit::json(&Inventory::builtin(), &builtin::all()).unwrap();
    assert_eq!(
        values.unwrap(),
        [serde_json::from_str::<serde_json::Value>(&json).unwrap()]
    );
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn any_inventory_reads_back_and_is_laid_out_as_nixfmt_does(
        inventory in inventories::inventory()
    ) {
        let text = emit::nix(&inventory, &[]).unwrap();
        prop_assert_eq!(&read_nix(&text), &inventory);
        let source = Source::new("stdin", text.as_str());
        prop_assert_eq!(&read_source(&source).unwrap().0, &inventory);
        is_laid_out_as_nixfmt_does(&text);
        let written = Source::new("emitted.json", emit::json(&inventory, &[]).unwrap());
        prop_assert_eq!(&json::read(&written).unwrap(), &inventory);
        let edited = Source::new("source.json", emit::json_source(&inventory).unwrap());
        prop_assert_eq!(&json::read(&edited).unwrap(), &inventory);
    }
}

proptest! {
    // 20 times 50 inventories: starting Nix takes longer than evaluating one.
    #![proptest_config(cases(20))]

    #[test]
    fn nix_evaluates_any_inventory_to_the_json(
        inventories in vec(inventories::inventory(), 50)
    ) {
        let texts: Vec<_> = inventories.iter().map(|i| emit::nix(i, &[]).unwrap()).collect();
        let Some(values) = evaluate_all(&texts) else { return Ok(()) };
        let values = values.map_err(TestCaseError::fail)?;
        prop_assert_eq!(values.len(), inventories.len());
        for (inventory, value) in inventories.iter().zip(values) {
            let json = emit::json(inventory, &[]).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
        }
    }
}

/// Names that make Nix print a set as something else; read one by one they are names like any.
#[test]
fn names_that_nix_prints_specially_are_plain_names() {
    let names = ["__functor", "__overrides", "recurseForDerivations", "type"];
    let mut inventory = Inventory::builtin();
    let modules = std::mem::take(&mut inventory.modules);
    for (name, (_, module)) in names.into_iter().zip(&modules) {
        inventory.modules.insert(name.into(), module.clone());
    }
    let text = emit::nix(&inventory, &[]).unwrap();
    is_laid_out_as_nixfmt_does(&text);
    assert_eq!(read_nix(&text), inventory);

    if !is_here() {
        return;
    }
    let folder = folder::scratch();
    let file = folder::write(folder.path(), "inventory.nix", &text);
    let value = evaluate(&format!(
        "let modules = ({}).modules; in \
         {{ names = builtins.attrNames modules; values = builtins.attrValues modules; }}",
        import(&file)
    ));
    let expected: Vec<_> = modules
        .values()
        .take(names.len())
        .map(|m: &Module| serde_json::to_value(m).unwrap())
        .collect();
    assert_eq!(value, json!({ "names": names, "values": expected }));
}
