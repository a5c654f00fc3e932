//! `resolve`: what loads under a selection, and why.

use std::process::ExitCode;

use super::configuration::ConfigurationArgs;
use super::inventory::InventoryArgs;
use super::packaged::PackagedArgs;
use super::release::ReleaseArgs;
use super::selection::SelectionArgs;
use super::{Outcome, print, print_json, print_message, print_plain};
use crate::check;
use crate::configuration::{Configuration, Dialect, Server};
use crate::diagnostic::Diagnostic;
use crate::fragment::{self, additive};
use crate::inventory::Inventory;
use crate::release::Release;
use crate::release::distribution::Distribution;
use crate::report::{Code, text};
use crate::resolve::{Request, Resolution, ServerResolution, resolve, table};
use crate::schema::JsonForm;
use crate::selection::{nixos_module, value};
use crate::terminal;

/// Show which modules load on your server, or with a profile and flags, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    prosody-stability resolve\n  \
    prosody-stability resolve --config /etc/prosody/prosody.cfg.lua\n  \
    prosody-stability resolve --config prosody.cfg.lua --beta false --format lua\n  \
    prosody-stability resolve --profile enterprise --enable carbons\n  \
    prosody-stability resolve --env-file .env --format json\n  \
    prosody-stability resolve --profile personal --format lua --plugins /usr/local/lib/prosody")]
pub struct Args {
    /// How to show it: a human-readable table, or JSON for machines (see `schema resolution`).
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// In the table: give each module a row of its own, and say what depends on each dependency.
    #[arg(long)]
    all: bool,
    /// Keep out optional dependencies whose flags are off, using `modules_disabled`. On for
    /// --format lua, off for tables. NixOS has its own option.
    #[arg(long, value_name = "BOOL", value_parser = value::switch,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enforce: Option<bool>,
    /// For --format lua: the directory on the server with mod_stability_profile.lua and community
    /// modules, which becomes `plugin_paths`.
    #[arg(long, value_name = "DIRECTORY")]
    plugins: Option<String>,
    #[command(flatten)]
    inventory: InventoryArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    packaged: PackagedArgs,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    /// A fragment of prosody.cfg.lua.
    Lua,
    /// Settings of the NixOS module.
    Nix,
}

pub fn run(args: &Args) -> Outcome {
    let inventory = args.inventory.load()?;
    let distribution = args.packaged.load()?;
    let distribution = distribution.as_ref();
    let release = args
        .release
        .load_packaged(distribution, args.configuration.config.as_deref())?;
    let selection = match args.configuration.server()? {
        Some(Server::Prosody(main)) => {
            let reading = &args.configuration.reading;
            let dialect = Dialect::of(&release.version);
            let configuration = reading.read(&main, dialect, args.selection.env_file())?;
            return of_server(args, &inventory, &release, &configuration, distribution);
        }
        Some(Server::NixOs(settings)) => {
            settings.messages.iter().for_each(print_message);
            if let Format::Table | Format::Json = args.format {
                let reading = &args.configuration.reading;
                let machine = reading.machine(&settings, &inventory, &release, None)?;
                if let Some(machine) = machine {
                    let configuration = &machine.configuration;
                    return of_server(args, &inventory, &release, configuration, distribution);
                }
            }
            if let Some(first) = settings.undecided().next() {
                return Err(undetermined(&first).into());
            }
            settings.selection(&inventory, &inventory)?
        }
        None => args.selection.load(&inventory, &release)?,
    };
    if let Format::Nix = args.format {
        print_plain(&nixos_module::write(&inventory, &selection, args.enforce)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let enforce = args.enforce.unwrap_or(matches!(args.format, Format::Lua));
    let mut resolution = resolve(&inventory, &release, &selection, enforce);
    set_not_packaged(distribution, &mut resolution);
    for host in &mut resolution.hosts {
        set_not_packaged(distribution, host);
    }
    let mut findings = check::selection::findings(&inventory, &resolution);
    findings.extend(check::packaged::findings(distribution, &resolution));
    match args.format {
        Format::Table => {
            let view = view(args);
            let mut out = table::render(&inventory, &resolution, &findings, view);
            for host in &resolution.hosts {
                let mut findings =
                    check::selection::findings_of_host(&inventory, &resolution, host);
                findings.extend(check::packaged::findings(distribution, host));
                out.push('\n');
                out.push_str(&table::render(&inventory, host, &findings, view));
            }
            out.push_str(&table::hint(view));
            print(&out)?;
        }
        Format::Json => return print_json(JsonForm::Resolution, &resolution),
        Format::Lua if !resolution.hosts.is_empty() => {
            let error = Diagnostic::error("a fragment covers the whole server");
            let help = "for settings of single hosts, use the NixOS module";
            return Err(Box::new(error.help(help)).into());
        }
        Format::Lua => {
            let plugins = args.plugins.as_deref();
            let request = fragment::Request {
                plugins,
                findings: &findings,
            };
            print_plain(&fragment::lua(&inventory, &release, &resolution, request))?;
        }
        Format::Nix => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn view(args: &Args) -> table::View {
    table::View {
        width: terminal::width(),
        all: args.all,
    }
}

/// Names what a distribution does not package.
fn set_not_packaged(distribution: Option<&Distribution>, resolution: &mut Resolution) {
    let missing = distribution.map(|distribution| distribution.not_packaged(&resolution.community));
    resolution.not_packaged = missing;
}

/// What loads on each host of a server, as it is configured.
fn of_server(
    args: &Args,
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
    distribution: Option<&Distribution>,
) -> Outcome {
    if let Format::Lua = args.format {
        return additive_fragment(args, inventory, release, configuration);
    }
    if !args.selection.without_env_file().is_empty() {
        let error = Diagnostic::error("--config says what loads, and so do the selection options")
            .help(
                "omit one of the two, or use `check --config` to compare with flags as a \
                policy",
            );
        return Err(Box::new(error).into());
    }
    let requests = configuration
        .active()
        .filter_map(|(host, _)| Request::of_host(inventory, release, configuration, host));
    let resolutions: Vec<Resolution> = requests
        .map(|request| {
            let mut resolution = request.resolve(inventory, release);
            set_not_packaged(distribution, &mut resolution);
            resolution
        })
        .collect();
    match args.format {
        Format::Json => {
            let hosts = resolutions;
            return print_json(JsonForm::ServerResolution, &ServerResolution { hosts });
        }
        Format::Lua | Format::Nix => {
            let error = Diagnostic::error("this format needs a selection, not a configuration")
                .help("`prosody-stability migrate prosody.cfg.lua` finds the selection that loads the same");
            return Err(Box::new(error).into());
        }
        Format::Table => {}
    }
    if resolutions.is_empty() {
        let error = Diagnostic::error(format!("{} defines no active host", configuration.name));
        return Err(Box::new(error.help("define a `VirtualHost`")).into());
    }
    let view = view(args);
    let undecided = configuration.findings.iter();
    let undecided = undecided.filter(|finding| finding.code == Code::Undecided);
    let mut out: String = undecided
        .map(|finding| text::notice(finding, view.width))
        .collect();
    for resolution in &resolutions {
        let mut findings = check::selection::findings(inventory, resolution);
        findings.extend(check::packaged::findings(distribution, resolution));
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&table::render(inventory, resolution, &findings, view));
    }
    out.push_str(&table::hint(view));
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// A fragment that keeps what a server loads, and changes what the flags change.
fn additive_fragment(
    args: &Args,
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
) -> Outcome {
    configuration.determined()?;
    let Some(selection) = args.selection.policy(inventory, release)? else {
        let error =
            Diagnostic::error("--format lua with --config needs flags that say what to change");
        return Err(
            Box::new(error.help("pass a profile or flags, such as --profile community")).into(),
        );
    };
    if args.plugins.is_some() || args.enforce.is_some() {
        let error = Diagnostic::error(
            "--plugins and --enforce cannot be used with --config, which keeps your own lists",
        );
        return Err(Box::new(error.help("add the directory to plugin_paths in your file")).into());
    }
    print_plain(&additive::lua(
        inventory,
        release,
        configuration,
        &selection,
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn undetermined(setting: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(format!("cannot determine {setting}"))
            .help("pass the output of `nix eval --json` for services.prosody-stability"),
    )
}
