//! How fast each form of a large inventory is written and read, in bytes of that form per second.
//!
//!     cargo bench --bench inventory
//!
//! Beside them stand the libraries that do the nearest thing to the same text. `scripts/bench`
//! compares them in one table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod large;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use prosody_stability::emit;
use prosody_stability::guide;
use prosody_stability::inventory::{self, Inventory};
use prosody_stability::release::builtin;
use prosody_stability::resolve::resolve;
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;

/// Seconds pass between a run of the slowest and the next, so that ten of them have to do.
const SAMPLES: usize = 10;

fn large(criterion: &mut Criterion) {
    let inventory = large::inventory();
    let nix = Source::new(
        "large.nix",
        emit::nix(&inventory, &builtin::current()).unwrap(),
    );
    let json = Source::new("large.json", emit::json_source(&inventory).unwrap());
    let guide = Source::new("large.md", large::guide(&inventory));
    let builtin = Inventory::builtin();

    let mut group = criterion.benchmark_group("large");
    group.sample_size(SAMPLES);
    group.warm_up_time(Duration::from_millis(1));
    bench(&mut group, "emit Nix", nix.text().len(), || {
        emit::nix(&inventory, &builtin::current())
    });
    bench(
        &mut group,
        "nixfmt_rs: format the same Nix",
        nix.text().len(),
        || nixfmt_rs::format(nix.text()),
    );
    bench(&mut group, "read Nix", nix.text().len(), || {
        inventory::nix::read(&nix)
    });
    bench(
        &mut group,
        "rnix: parse the same Nix",
        nix.text().len(),
        || rnix::Root::parse(nix.text()),
    );
    bench(&mut group, "read JSON", json.text().len(), || {
        inventory::json::read(&json)
    });
    bench(
        &mut group,
        "serde_json: parse the same JSON",
        json.text().len(),
        || serde_json::from_str::<Inventory>(json.text()),
    );
    bench(&mut group, "import a guide", guide.text().len(), || {
        guide::import(&guide, &builtin)
    });
    group.finish();
}

fn builtin(criterion: &mut Criterion) {
    let builtin = Inventory::builtin();
    let release = builtin::newest();
    let selection = Selection::defaults(&builtin);
    let json = include_str!("../inventory/prosody.json");

    let mut group = criterion.benchmark_group("built-in");
    bench(&mut group, "read", json.len(), Inventory::builtin);
    bench(&mut group, "resolve", json.len(), || {
        resolve(&builtin, release, &selection, false)
    });
    group.finish();
}

fn bench<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    bytes: usize,
    mut run: impl FnMut() -> T,
) {
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let mut taken = Duration::ZERO;
            for _ in 0..times {
                let start = Instant::now();
                let result = black_box(run());
                taken += start.elapsed();
                // Dropped outside the measurement, and before the next run: it is large.
                drop(result);
            }
            taken
        });
    });
}

criterion_group!(benches, large, builtin);
criterion_main!(benches);
