//! `emit`: the inventory as a Nix attribute set, as JSON, as a guide, as a page, or as a picture.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;

use super::inventory::{InventoryArgs, inventory_of};
use super::safe_writer::SafeWriter;
use super::{CHECK_FAILED, Failure, Outcome, print, print_content, print_done, print_message};
use crate::diagnostic::Diagnostic;
use crate::emit;
use crate::guide;
use crate::output::{self, Content, Written};
use crate::release::builtin;
use crate::source::Source;
use crate::terminal;

/// Print the inventory as a Nix attribute set, as JSON, as a guide in Markdown, as a page, or as a
/// picture.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability emit\n  \
    prosody-stability emit --inventory mine.json --output inventory.nix\n  \
    prosody-stability emit --format markdown --output docs/guide.md --check\n  \
    prosody-stability emit --format markdown --matrix matrix.svg --output guide.md\n  \
    prosody-stability emit --format svg --output matrix.svg\n  \
    prosody-stability emit --format html --output modules.html")]
pub struct Args {
    /// What to print: the Nix attribute set, the same content as JSON, a Module Stability Guide, a
    /// page to explore every module of every release and what flags load, or a picture of which module
    /// each profile loads on each release.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// For --format markdown: the picture to show in the guide, by its address from there.
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    matrix: Option<String>,
    #[command(flatten)]
    inventory: InventoryArgs,
    /// Write to FILE atomically, never over a file that this tool did not generate.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write nothing. Exit with 1 and show the difference if FILE is not up to date.
    #[arg(long, requires = "output")]
    check: bool,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Nix,
    Json,
    Markdown,
    Html,
    Svg,
}

pub fn run(args: &Args) -> Outcome {
    if args.matrix.is_some() && !matches!(args.format, Format::Markdown) {
        let error = Diagnostic::error("`--matrix` is for `--format markdown` only");
        return Err(Box::new(error.help("`--format svg` prints the picture")).into());
    }
    let source = args.inventory.source()?;
    let inventory = inventory_of(source.as_ref())?;
    let releases = builtin::current();
    let content = |out: &mut dyn Write| {
        // A file is printed sooner or later, too.
        let out = &mut SafeWriter::new(out);
        match args.format {
            Format::Nix => emit::write_nix(out, &inventory, &releases),
            Format::Json => emit::write_json(out, &inventory, &releases),
            Format::Markdown => {
                let matrix = args.matrix.as_deref();
                out.write_all(guide::write(&inventory, &releases, matrix).as_bytes())
            }
            Format::Svg => {
                out.write_all(emit::matrix::matrix(&inventory, &builtin::all()).as_bytes())
            }
            // Of releases that are no longer supported, too.
            Format::Html => {
                let page = emit::explorer::explorer(&inventory, &builtin::all());
                out.write_all(page.as_bytes())
            }
        }
    };
    match &args.output {
        None => print_content(&content)?,
        Some(file) if args.check => return check(args, file, &content),
        Some(file) => {
            let is_generated = match args.format {
                Format::Json => emit::is_emitted_json,
                Format::Nix | Format::Markdown | Format::Html | Format::Svg => output::has_marker,
            };
            let mut messages = Vec::new();
            let written = output::write_content(file, &content, is_generated, &mut messages)?;
            messages.iter().for_each(print_message);
            let result = match written {
                Written::Created => "created",
                Written::Replaced => "updated",
                Written::Unchanged => "up to date",
                Written::Through => "written",
            };
            print_done(&format!("{}: {result}", file.display()));
        }
    }
    // The process ends here: giving back 100,000 modules one by one only takes time.
    std::mem::forget(inventory);
    std::mem::forget(source);
    Ok(ExitCode::SUCCESS)
}

fn check(args: &Args, file: &Path, content: &Content<'_>) -> Outcome {
    let mut text = Vec::new();
    content(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    let name = file.display().to_string();
    let old = if file.exists() {
        output::regular(file)?;
        Source::read(file)
            .map_err(Failure::Input)?
            .text()
            .to_owned()
    } else {
        String::new()
    };
    if old == text {
        return Ok(ExitCode::SUCCESS);
    }
    let diff = output::unified_diff(&name, &old, &text);
    print(&terminal::coloured_diff(&diff))?;
    let format = match args.format {
        Format::Nix => "",
        Format::Json => " --format json",
        Format::Markdown => " --format markdown",
        Format::Html => " --format html",
        Format::Svg => " --format svg",
    };
    let matrix = args.matrix.iter().map(|file| format!(" --matrix {file}"));
    let matrix: String = matrix.collect();
    let problem = if file.exists() {
        "is not up to date"
    } else {
        "does not exist"
    };
    print_message(
        &Diagnostic::error(format!("{name} {problem}")).help(format!(
            "run: prosody-stability emit{format}{matrix}{} --output {name}",
            args.inventory.typed()
        )),
    );
    Ok(ExitCode::from(CHECK_FAILED))
}
