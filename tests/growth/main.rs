//! How the time of every reader grows with its input: at most with the input times its logarithm.
//!
//! Measured is the processor time of this process, and the best of several rounds counts, so that
//! other work on the machine changes little. Nothing else may run in this program: it has one test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod table;

use std::thread;
use std::time::Duration;

use prosody_stability::scan::plugin;
use rustix::time::{ClockId, clock_gettime};

use table::{READERS, Reader, Shape};

/// An input is doubled so many times.
const DOUBLINGS: usize = 3;

/// Eight times the input takes 8 times as long, a little more with a logarithm, and 64 times as
/// long if time grows with the square. The bound is between, far from both.
const BOUND: f64 = 24.0;

/// Rounds of measuring until a time that seems too long is believed.
const ROUNDS: usize = 10;

/// What no clock tells apart from nothing.
const SHORTEST: Duration = Duration::from_micros(200);

/// The processor time that this process has taken.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}

/// The shortest times for each size, and how often the first goes into the last.
fn growth(reader: &Reader, shape: &Shape) -> (Vec<Duration>, f64) {
    let sizes = (0..=DOUBLINGS).map(|doubled| reader.size << doubled);
    let texts: Vec<String> = sizes.map(|size| shape.text(size)).collect();
    let mut best = vec![Duration::MAX; texts.len()];
    let mut ratio = f64::INFINITY;
    for _ in 0..ROUNDS {
        // The smallest costs little, and decides most.
        for size in [0, 0, 0, 1, 2, DOUBLINGS] {
            let before = processor_time();
            (reader.read)(&texts[size]);
            best[size] = (processor_time() - before).min(best[size]);
        }
        ratio = best[DOUBLINGS].as_secs_f64() / best[0].max(SHORTEST).as_secs_f64();
        if ratio < BOUND {
            break;
        }
    }
    (best, ratio)
}

fn readers_that_grow_too_fast() -> Vec<String> {
    let mut failed = Vec::new();
    // One reader may be chosen by its name, for a closer look.
    let chosen = std::env::var("READER").ok();
    for reader in READERS {
        if chosen.as_deref().is_some_and(|name| name != reader.name) {
            continue;
        }
        assert!(reader.shapes.len() >= 3, "{}", reader.name);
        for shape in reader.shapes {
            let (times, ratio) = growth(reader, shape);
            let line = format!("{:<14} {shape} {ratio:5.1} times: {times:.1?}", reader.name);
            println!("{line}");
            if ratio >= BOUND {
                failed.push(line);
            }
        }
    }
    failed
}

#[test]
fn time_grows_no_faster_than_the_text_times_its_logarithm() {
    // Readers that descend need the stack that the program gives them.
    let reading = thread::Builder::new()
        .stack_size(plugin::STACK_SIZE)
        .spawn(readers_that_grow_too_fast);
    let failed = reading.unwrap().join().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
