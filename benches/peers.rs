//! One table: this program against its peers on the same large inventory, in the same run.
//!
//!     scripts/bench
//!
//! The runs of all contestants are interleaved, so that whatever else the machine does meets them
//! alike, and medians are compared. Exit code 1 when a requirement is not met.
//!
//! With `PROSODY_MODULES` naming a checkout of prosody-modules, scanning it is compared with what
//! `grep -r depends` takes on it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod large;
mod server;

use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use prosody_stability::emit;
use prosody_stability::inventory::{self, Inventory};
use prosody_stability::release::builtin;
use prosody_stability::source::Source;

/// How often the large inventory goes through everything.
const ROUNDS: usize = 7;
/// How often in each round the short command runs.
const SHORT_RUNS: usize = 10;

fn main() -> ExitCode {
    // `cargo test --benches` calls without it, and has nothing to learn here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let tree = std::env::var_os("PROSODY_MODULES").map(PathBuf::from);
    let made = large::inventory();
    let json = emit::json_source(&made).unwrap();
    let nix = Source::new("large.nix", emit::nix(&made, &builtin::current()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.json");
    std::fs::write(&file, &json).unwrap();
    let configured = folder.path().join("prosody.cfg.lua");
    let text = server::configuration();
    assert_eq!(text.lines().count(), server::LINES);
    std::fs::write(&configured, text).unwrap();

    // Everyone does the whole work, or there is nothing to compare. It warms up as well.
    assert_eq!(
        nixfmt_rs::format(nix.text()).unwrap(),
        nix.text(),
        "not as nixfmt_rs lays it out"
    );
    assert_eq!(
        inventory::nix::read(&nix).unwrap(),
        made,
        "read back as something else"
    );
    assert_eq!(rnix::Root::parse(nix.text()).errors(), [], "not Nix");
    let is_emitted = emitted(&file) == nix.text().as_bytes();
    assert!(is_emitted, "the program emits something else");

    let mut runs = Runs::default();
    for _ in 0..ROUNDS {
        time(&mut runs.emit, || emit::nix(&made, &builtin::current()));
        time(&mut runs.nixfmt, || nixfmt_rs::format(nix.text()));
        time(&mut runs.read, || inventory::nix::read(&nix));
        time(&mut runs.rnix, || rnix::Root::parse(nix.text()));
        time(&mut runs.emit_process, || {
            run(emit_command(&file).stdout(Stdio::null()))
        });
        time(&mut runs.serde_json, || {
            serde_json::from_str::<Inventory>(&json)
        });
        time(&mut runs.serde_json_owned, || {
            serde_json::from_str::<Inventory>(&json).map(Inventory::into_owned)
        });
        for _ in 0..SHORT_RUNS {
            if let Some(tree) = &tree {
                time(&mut runs.scan_process, || run(&mut scan_command(tree)));
                time(&mut runs.grep_process, || run(&mut grep_command(tree)));
            }
            time(&mut runs.version_process, || {
                run(program("--version").stdout(Stdio::null()))
            });
            time(&mut runs.resolve_process, || {
                run(program("resolve").stdout(Stdio::null()))
            });
            time(&mut runs.check_process, || {
                let mut check = program("check");
                run(check.arg("--config").arg(&configured).stdout(Stdio::null()))
            });
        }
    }

    println!(
        "{} modules: {:.1} MB of JSON, {:.1} MB of Nix. Medians of {ROUNDS} interleaved runs \
         ({} of resolve).\n",
        made.modules.len(),
        megabytes(&json),
        megabytes(nix.text()),
        ROUNDS * SHORT_RUNS,
    );
    let mut lines = compare(&mut runs);
    lines.extend(memory(&file, json.len()));
    print(&lines);
    println!(
        "\nprocess: from its start to its end, reading the file and writing to /dev/null included."
    );
    println!("in memory: text at hand, one call of the library, its result dropped afterwards.");
    println!("peak memory: most that was resident (VmHWM), as the kernel says while it writes.");
    if lines.iter().all(|line| line.met) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// How long each run of each contestant took.
#[derive(Default)]
struct Runs {
    emit: Vec<Duration>,
    nixfmt: Vec<Duration>,
    read: Vec<Duration>,
    rnix: Vec<Duration>,
    emit_process: Vec<Duration>,
    serde_json: Vec<Duration>,
    /// The same with a copy of each text, as in types without borrowed ones.
    serde_json_owned: Vec<Duration>,
    resolve_process: Vec<Duration>,
    version_process: Vec<Duration>,
    check_process: Vec<Duration>,
    /// Empty without a tree to scan.
    scan_process: Vec<Duration>,
    grep_process: Vec<Duration>,
}

fn time<T>(runs: &mut Vec<Duration>, run: impl FnOnce() -> T) {
    let start = Instant::now();
    let result = black_box(run());
    runs.push(start.elapsed());
    drop(result);
}

fn program(argument: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_prosody-stability"));
    program.arg(argument).stdin(Stdio::null());
    program
}

fn emit_command(file: &Path) -> Command {
    let mut command = program("emit");
    command.arg("--inventory").arg(file);
    command
}

fn scan_command(tree: &Path) -> Command {
    let mut command = program("snapshot");
    command.arg("--prosody").arg(tree);
    command.args(["--version", "0", "--revision", "bench"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn grep_command(tree: &Path) -> Command {
    let mut command = Command::new("grep");
    command.args(["-r", "depends"]).arg(tree);
    command.stdout(Stdio::null());
    command
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?} failed");
}

/// How much memory the program had at most, in bytes; `None` where the kernel does not tell.
///
/// Asked for between its writes: it waits for us to read, so it cannot end before the last answer,
/// and behind its last write nothing is left to do.
fn peak_memory(command: &mut Command) -> Option<f64> {
    let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", program.id());
    let mut output = program.stdout.take().unwrap();
    let mut peak = None;
    let mut buffer = [0; 64 * 1024];
    while output.read(&mut buffer).unwrap() > 0 {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = kilobytes.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = kilobytes.map(|kilobytes: f64| kilobytes * 1024.0).or(peak);
    }
    assert!(program.wait().unwrap().success(), "{command:?} failed");
    peak
}

fn emitted(file: &Path) -> Vec<u8> {
    emit_command(file).output().unwrap().stdout
}

/// One line of the table.
struct Line {
    ours: &'static str,
    /// In milliseconds, or for memory in MB.
    took: f64,
    peer: &'static str,
    peer_took: f64,
    ratio: String,
    required: &'static str,
    met: bool,
}

fn compare(runs: &mut Runs) -> Vec<Line> {
    let (emit, nixfmt) = (median(&mut runs.emit), median(&mut runs.nixfmt));
    let process = median(&mut runs.emit_process);
    let serde_json = median(&mut runs.serde_json);
    let serde_json_owned = median(&mut runs.serde_json_owned);
    let (read, rnix) = (median(&mut runs.read), median(&mut runs.rnix));
    let resolve = median(&mut runs.resolve_process);
    let version = median(&mut runs.version_process);
    let check = median(&mut runs.check_process);
    let mut lines = vec![
        Line {
            ours: "emit Nix, in memory",
            took: emit,
            peer: "nixfmt_rs formats that text, in memory",
            peer_took: nixfmt,
            ratio: format!("{:.0} times as fast", nixfmt / emit),
            required: "at least 60",
            met: nixfmt / emit >= 60.0,
        },
        Line {
            ours: "emit --inventory large.json, process",
            took: process,
            peer: "serde_json parses it to the same types, in memory",
            peer_took: serde_json,
            ratio: format!("{:.2} of its time", process / serde_json),
            required: "at most 2",
            met: process / serde_json <= 2.0,
        },
        Line {
            ours: "emit --inventory large.json, process",
            took: process,
            peer: "serde_json, same types, each text copied",
            peer_took: serde_json_owned,
            ratio: format!("{:.2} of its time", process / serde_json_owned),
            required: "at most 2",
            met: process / serde_json_owned <= 2.0,
        },
        Line {
            ours: "read Nix back, in memory",
            took: read,
            peer: "rnix parses that text, in memory",
            peer_took: rnix,
            ratio: format!("{:.2} of its time", read / rnix),
            required: "at most 0.4",
            met: read / rnix <= 0.4,
        },
        Line {
            ours: "resolve, built-in inventory, process",
            took: resolve,
            peer: "prosody-stability --version, process",
            peer_took: version,
            ratio: format!("{:.2} times", resolve / version),
            required: "at most 10 ms",
            met: resolve <= 10.0,
        },
        Line {
            ours: "check --config, 300 lines, process",
            took: check,
            peer: "prosody-stability --version, process",
            peer_took: version,
            ratio: format!("{:.2} times", check / version),
            required: "at most 8",
            met: check / version <= 8.0,
        },
    ];
    if !runs.scan_process.is_empty() {
        let (scan, grep) = (
            median(&mut runs.scan_process),
            median(&mut runs.grep_process),
        );
        lines.push(Line {
            ours: "snapshot of prosody-modules, process",
            took: scan,
            peer: "grep -r depends on the same tree, process",
            peer_took: grep,
            ratio: format!("{:.2} of its time", scan / grep),
            required: "at most 6",
            met: scan / grep <= 6.0,
        });
    }
    lines
}

/// The memory that the program takes beside the size of its input.
fn memory(file: &Path, input: usize) -> Option<Line> {
    let peak = peak_memory(&mut emit_command(file))?;
    let ratio = peak / input as f64;
    Some(Line {
        ours: "emit --inventory …, peak memory",
        took: peak / 1e6,
        peer: "the input",
        peer_took: input as f64 / 1e6,
        ratio: format!("{ratio:.2} times"),
        required: "at most 2.5",
        met: ratio <= 2.5,
    })
}

fn print(lines: &[Line]) {
    row([
        "prosody-stability",
        "ms, MB",
        "peer",
        "ms, MB",
        "ratio",
        "required",
        "",
    ]);
    row(["---", "---:", "---", "---:", "---", "---", "---"]);
    for line in lines {
        let took = format!("{:.1}", line.took);
        let peer_took = format!("{:.1}", line.peer_took);
        let met = if line.met { "met" } else { "NOT MET" };
        row([
            line.ours,
            &took,
            line.peer,
            &peer_took,
            &line.ratio,
            line.required,
            met,
        ]);
    }
}

fn row([ours, took, peer, peer_took, ratio, required, met]: [&str; 7]) {
    println!(
        "| {ours:<36} | {took:>6} | {peer:<49} | {peer_took:>7} | {ratio:<17} | {required:<13} | {met:<7} |"
    );
}

/// In milliseconds.
fn median(runs: &mut [Duration]) -> f64 {
    runs.sort_unstable();
    runs[runs.len() / 2].as_secs_f64() * 1e3
}

fn megabytes(text: &str) -> f64 {
    text.len() as f64 / 1e6
}
