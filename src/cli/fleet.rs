//! `diff --flake OLD NEW`, and `diff` of two files of plans: a review of machines.

use std::path::PathBuf;
use std::time::Duration;

use super::progress::with_progress;
use super::{Failure, print_message};
use crate::configuration::nixos::plans::Plans;
use crate::diagnostic::Diagnostic;
use crate::inventory::Inventory;
use crate::review::fleet::flake::{Evaluation, check_known, limit};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "NixOS machines")]
pub struct FleetArgs {
    /// Review all machines of two revisions of a flake, such as `git+file:.?rev=REVISION` and `.`.
    /// Nix evaluates them and builds nothing.
    #[arg(long, value_names = ["OLD", "NEW"], num_args = 2, conflicts_with_all = ["old", "new"])]
    pub flake: Vec<String>,
    /// The attribute of the flake with the machines [default: nixosConfigurations].
    #[arg(long, value_name = "PATH")]
    attribute: Option<String>,
    /// Review only this machine, with its containers (may be repeated).
    #[arg(long = "machine", value_name = "NAME")]
    pub machines: Vec<String>,
    /// Maximum time for Nix to evaluate a batch of machines [default: 900].
    #[arg(long, value_name = "SECONDS", value_parser = super::status::seconds)]
    timeout: Option<Duration>,
}

/// Where flakes have their machines.
const ATTRIBUTE: &str = "nixosConfigurations";
/// Nix evaluates a machine in seconds, and fetches what it lacks first.
const TIMEOUT: Duration = Duration::from_secs(900);

impl FleetArgs {
    /// The plans of the flakes that are named; none where there are no flakes.
    pub fn plans(&self) -> Result<Option<[Plans; 2]>, Failure> {
        let [old, new] = self.flake.as_slice() else {
            let flake_options = [
                ("--attribute", self.attribute.is_some()),
                ("--timeout", self.timeout.is_some()),
            ];
            if let Some((name, _)) = flake_options.iter().find(|(_, is_given)| *is_given) {
                let error = Diagnostic::error(format!("{name} needs --flake"));
                let help = "pass two revisions of a flake, or omit it";
                return Err(Failure::Input(Box::new(error.help(help))));
            }
            return Ok(None);
        };
        let evaluation = Evaluation {
            attribute: self.attribute.as_deref().unwrap_or(ATTRIBUTE),
            machines: &self.machines,
            timeout: self.timeout.unwrap_or(TIMEOUT),
        };
        let names = [evaluation.names(old)?, evaluation.names(new)?];
        let all: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
        // Of a container nothing is known yet but its machine.
        let is_container = |name: &&str| {
            let below = |machine| {
                name.strip_prefix(machine)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            all.iter().any(|machine| below(*machine))
        };
        let requested = self.machines.iter().map(String::as_str);
        check_known(requested.filter(|name| !is_container(name)), &all)?;
        let [of_old, of_new] = names;
        let old = with_progress("machines of OLD", |progress| {
            evaluation.plans(old, of_old, progress)
        })?;
        let new = with_progress("machines of NEW", |progress| {
            evaluation.plans(new, of_new, progress)
        })?;
        Ok(Some([old, new]))
    }

    /// Leaves the chosen machines in the plans.
    pub fn limit(&self, plans: &mut [Plans; 2]) -> Result<(), Failure> {
        Ok(limit(plans, &self.machines)?)
    }
}

/// An error when machines are reviewed together with what describes another server.
pub fn refuse_other_input(others: &[(&str, bool)]) -> Result<(), Failure> {
    let Some((name, _)) = others.iter().find(|(_, is_given)| *is_given) else {
        return Ok(());
    };
    let error = Diagnostic::error(format!("{name} cannot be used in a review of machines"));
    let help = "omit it: the plan of each machine says what it runs";
    Err(Failure::Input(Box::new(error.help(help))))
}

/// The inventory in a file, or the built-in one.
pub fn inventory(file: Option<&PathBuf>) -> Result<Inventory<'static>, Failure> {
    let Some(path) = file else {
        return Ok(Inventory::builtin());
    };
    let (inventory, messages) = crate::forms::read(path)?;
    messages.iter().for_each(print_message);
    Ok(inventory)
}
