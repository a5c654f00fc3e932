//! `man`: the manual pages, rendered when a package is built.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{Failure, Outcome, command, print_plain};
use crate::diagnostic::Diagnostic;
use crate::release::builtin;

/// Print the manual page, or write the pages of all subcommands to a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  prosody-stability man | man -l -\n  \
    prosody-stability man --dir /usr/local/share/man/man1")]
pub struct Args {
    /// Write one page per subcommand to this directory, which is created if missing.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Outcome {
    let mut whole = command().disable_help_subcommand(true);
    whole.build();
    match &args.dir {
        None => print_plain(&page(&whole, &whole)?)?,
        Some(dir) => write_all(&whole, dir).map_err(|error| cannot(dir, &error))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_all(whole: &Command, dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for command in std::iter::once(whole).chain(whole.get_subcommands()) {
        let file = dir.join(format!("{}.1", name(command)));
        fs::write(file, page(command, whole)?)?;
    }
    Ok(())
}

fn cannot(dir: &Path, error: &io::Error) -> Failure {
    Failure::Input(Box::new(
        Diagnostic::error(format!(
            "cannot write manual pages into {}: {error}",
            dir.display()
        ))
        .help("pass a directory that exists or can be created"),
    ))
}

/// `prosody-stability-diff`, as the page is called.
fn name(command: &Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}

/// The manual page of the whole command or of one subcommand.
fn page(command: &Command, whole: &Command) -> io::Result<String> {
    // The day of the newest facts: the same in each build.
    let sources = builtin::newest().sources.0.values();
    let date = sources.filter_map(|source| source.date.clone()).max();
    let man = Man::new(command.clone())
        .title(name(command).to_uppercase())
        .date(date.unwrap_or_default())
        .source(format!(
            "prosody-stability {}",
            whole.get_version().unwrap_or_default()
        ))
        .manual("Prosody");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    let help = Help::of(command);
    exit_status(&mut roff, command, &help, &Help::of(whole));
    environment(&mut roff, command);
    files(&mut roff, command);
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for example in &help.examples {
        roff.text([roman(example.as_str())]);
    }
    roff.control("fi", []);
    for note in &help.others {
        roff.control("PP", []);
        roff.text([roman(note.as_str())]);
    }
    see_also(&mut roff, command, whole);
    roff.to_writer(&mut page)?;
    Ok(tidy(&String::from_utf8_lossy(&page)))
}

/// What a help text says behind the options.
struct Help {
    examples: Vec<String>,
    exit_codes: Option<String>,
    others: Vec<String>,
}

impl Help {
    fn of(command: &Command) -> Self {
        let text = command.get_after_help().map(ToString::to_string);
        let mut help = Self {
            examples: Vec::new(),
            exit_codes: None,
            others: Vec::new(),
        };
        for paragraph in text.unwrap_or_default().split("\n\n") {
            let mut lines = paragraph.lines().map(str::trim_end);
            match paragraph.split_once(": ") {
                Some(("Exit codes", codes)) => {
                    help.exit_codes = Some(codes.replace('\n', " "));
                }
                _ if paragraph.starts_with("Example") => {
                    let examples = lines.skip(1);
                    help.examples.extend(
                        examples.map(|line| line.strip_prefix("  ").unwrap_or(line).to_owned()),
                    );
                }
                _ if paragraph.is_empty() => {}
                _ => help
                    .others
                    .push(lines.by_ref().collect::<Vec<_>>().join(" ")),
            }
        }
        help
    }
}

fn exit_status(roff: &mut Roff, command: &Command, help: &Help, whole: &Help) {
    let can_fail = has(command, "fail_on") || has(command, "check");
    let codes = match (&help.exit_codes, &whole.exit_codes) {
        (Some(codes), _) => codes,
        (None, Some(codes)) if can_fail => codes,
        _ => "0 success, 2 invalid usage or input.",
    };
    roff.control("SH", ["EXIT STATUS"]);
    roff.text([roman(codes)]);
}

fn environment(roff: &mut Roff, command: &Command) {
    roff.control("SH", ["ENVIRONMENT"]);
    entry(
        roff,
        "NO_COLOR",
        "If set, output is not coloured, unless --color is given.",
    );
    if has(command, "from_env") || command.has_subcommands() {
        entry(
            roff,
            "PROSODY_ENABLE_SECURITY, _MODERN, _BETA, _ALPHA, _HTTP, _ADMIN",
            "The flags, if --from-env is given.",
        );
    }
}

fn files(roff: &mut Roff, command: &Command) {
    roff.control("SH", ["FILES"]);
    if has(command, "config") || command.has_subcommands() {
        entry(
            roff,
            "/etc/prosody/prosody.cfg.lua",
            "The usual configuration file. It is only read if an argument names it, and only \
            changed with --write.",
        );
    } else {
        roff.text([roman("Only files named as arguments are read or written.")]);
    }
}

fn see_also(roff: &mut Roff, command: &Command, whole: &Command) {
    let mut pages: Vec<_> = match command.has_subcommands() {
        true => whole.get_subcommands().map(name).collect(),
        false => vec![name(whole)],
    };
    pages.extend(["prosody", "prosodyctl"]);
    roff.control("SH", ["SEE ALSO"]);
    let last = pages.len() - 1;
    for (index, page) in pages.iter().enumerate() {
        let comma = if index < last { "," } else { "" };
        roff.text([bold(*page), roman(format!("(1){comma}"))]);
    }
}

fn entry(roff: &mut Roff, name: &str, text: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(text)]);
}

fn has(command: &Command, argument: &str) -> bool {
    command
        .get_arguments()
        .any(|known| known.get_id() == argument)
}

/// The longest line of a page that `mandoc -Tlint` accepts silently.
const WIDEST: usize = 80;

/// The same page without what `mandoc -Tlint` complains of: long lines, blanks at line ends, and breaks
/// next to blank lines.
fn tidy(page: &str) -> String {
    let lines: Vec<_> = page.lines().map(str::trim_end).collect();
    let mut out = String::new();
    let mut is_filled = true;
    for (index, line) in lines.iter().enumerate() {
        let at = |index: usize| lines.get(index).copied().unwrap_or_default();
        let before = index.checked_sub(1).map(at).unwrap_or_default();
        let follows_break = out.ends_with(".br\n") || out.ends_with(".sp\n");
        let is_break = *line == ".br" && (follows_break || at(index + 1) == ".sp");
        if line.is_empty() || is_break {
            continue;
        }
        is_filled = match *line {
            ".nf" => false,
            ".fi" => true,
            _ => is_filled,
        };
        // A tag is one line, whatever its length.
        if line.starts_with('.') || !is_filled || before == ".TP" {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let words = textwrap::Options::new(WIDEST)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for piece in textwrap::wrap(line, words) {
            // At the start of a line these would be requests.
            if piece.starts_with(['.', '\'']) && !out.ends_with(".TP\n") {
                out.push_str("\\&");
            }
            out.push_str(&piece);
            out.push('\n');
        }
    }
    out
}
