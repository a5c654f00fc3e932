//! How fast two inventories of 100,000 modules are compared, in bytes of both inputs per second.
//!
//! `scripts/bench-review` measures the whole process against its peers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group};
use prosody_stability::inventory::{Inventory, Module};
use prosody_stability::release::builtin;
use prosody_stability::review::side::Side;
use prosody_stability::review::{Subject, review};
use serde::Deserialize;

const MODULES: usize = 100_000;

/// Modules with realistic texts; in a changed one of a hundred, something else.
fn inventory(changed: bool) -> Inventory<'static> {
    let mut inventory = Inventory::builtin();
    let builtin: Vec<Module<'static>> = inventory.modules.values().cloned().collect();
    inventory.modules.clear();
    for number in 0..MODULES {
        let mut module = builtin[number % builtin.len()].clone();
        module.purpose = format!("{} (number {number})", module.purpose).into();
        let is_changed = changed && number % 100 == 7;
        match number % 400 / 100 {
            _ if !is_changed => {}
            0 => continue,
            1 => module.purpose = format!("{}, changed", module.purpose).into(),
            2 => {
                let source = serde_json::json!({
                    "category": "security", "stability": "alpha", "purpose": module.purpose,
                });
                module = Module::deserialize(&source).unwrap().into_owned();
            }
            _ => {
                inventory
                    .modules
                    .insert(format!("added_{number}").into(), module);
                continue;
            }
        }
        inventory
            .modules
            .insert(format!("module_{number}").into(), module);
    }
    inventory
}

fn compare(criterion: &mut Criterion) {
    let side = |changed| Side {
        name: "bench".to_owned(),
        inventory: inventory(changed),
        release: builtin::newest().clone(),
        server: None,
    };
    let (old, new) = (side(false), side(true));
    let bytes = [&old, &new].map(|side| serde_json::to_string(&side.inventory).unwrap().len());
    let subjects = Subject::profiles(&old.inventory, &new.inventory).unwrap();
    let mut group = criterion.benchmark_group("review");
    group.sample_size(20);
    group.throughput(Throughput::Bytes((bytes[0] + bytes[1]) as u64));
    group.bench_function("compare 100,000 modules, 1 % changed", |bencher| {
        bencher.iter(|| review(black_box(&old), black_box(&new), &subjects));
    });
    group.finish();
}

/// With `BENCH_INPUTS` set writes the inputs of `scripts/bench-review` into that folder; with
/// `BENCH_PARSE` parses both and says how long that took.
fn main_or_inputs() -> bool {
    if let Some(folder) = std::env::var_os("BENCH_INPUTS") {
        let folder = std::path::PathBuf::from(folder);
        for (name, changed) in [("old", false), ("new", true)] {
            let inventory = inventory(changed);
            let json = prosody_stability::emit::json_source(&inventory).unwrap();
            std::fs::write(folder.join(format!("{name}.json")), json).unwrap();
        }
        return true;
    }
    if let Some(folder) = std::env::var_os("BENCH_PARSE") {
        let folder = std::path::PathBuf::from(folder);
        for name in ["old.json", "new.json"] {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            let inventory: Inventory = serde_json::from_str(&text).unwrap();
            assert!(!black_box(inventory).modules.is_empty());
        }
        return true;
    }
    false
}

criterion_group!(benches, compare);

fn main() {
    if !main_or_inputs() {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
