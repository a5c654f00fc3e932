//! The profile, flags and single modules under which given modules load, with the fewest single
//! modules.

use std::collections::BTreeSet;

use crate::diagnostic::Result;
use crate::inventory::{Category, Flag, FlagValues, Inventory, Placement, Rollout};
use crate::release::Release;
use crate::resolve::{Request, Resolution, State};
use crate::selection::{Origin, Selection};

/// How often single modules are looked at again: one may load another.
const ROUNDS: usize = 4;

/// The modules of the inventory that should load, by their names there.
pub(super) struct Target<'a> {
    /// On every virtual host.
    pub loading: BTreeSet<&'a str>,
    /// Those of them that others load.
    pub pulled_in: BTreeSet<&'a str>,
    /// As components.
    pub components: BTreeSet<&'a str>,
}

impl Target<'_> {
    fn has(&self, name: &str) -> bool {
        self.loading.contains(name) || self.components.contains(name)
    }
}

/// The selection: of all flags those that need the fewest single modules, and of those the nearest
/// to a profile.
pub(super) fn selection(
    inventory: &Inventory,
    release: &Release,
    target: &Target,
) -> Result<Selection> {
    let mut best: Option<(usize, usize, Selection)> = None;
    for flags in candidates(inventory, target) {
        let (profile, settings) = profile(inventory, &flags);
        let mut selection = Selection::defaults(inventory);
        if let Some(name) = profile {
            selection.set_profile(inventory, name)?;
        }
        for flag in Flag::ALL {
            selection.set_flag(flag, flags.get(flag), Origin::CommandLine)?;
        }
        let overrides = missing(inventory, release, &selection, target, true).len();
        let is_better = best
            .as_ref()
            .is_none_or(|(least, fewest, _)| (overrides, settings) < (*least, *fewest));
        if is_better {
            best = Some((overrides, settings, selection));
        }
    }
    let mut selection = match best {
        Some((_, _, selection)) => selection,
        None => Selection::defaults(inventory),
    };
    for round in 0..ROUNDS {
        let modules = missing(inventory, release, &selection, target, round == 0);
        for (name, on) in modules {
            if selection.module(&name).is_none() {
                selection.set_module(inventory, &name, on)?;
            }
        }
    }
    Ok(selection)
}

/// The modules that must be enabled or disabled explicitly; `skip_dependencies` omits what others load.
fn missing(
    inventory: &Inventory,
    release: &Release,
    selection: &Selection,
    target: &Target,
    skip_dependencies: bool,
) -> Vec<(String, bool)> {
    let placements = [Placement::Host, Placement::Component];
    let resolutions =
        placements.map(|placement| of_placement(inventory, release, selection, placement, false));
    let modules = resolutions
        .iter()
        .flat_map(|resolution| &resolution.modules);
    let modules = modules.filter_map(|module| {
        let should_load = target.has(module.name);
        let loads_as_dependency = skip_dependencies && target.pulled_in.contains(module.name);
        match module.state {
            State::Load | State::Component if !should_load => Some((module.name.to_owned(), false)),
            state if should_load && !state.loads() && !loads_as_dependency => {
                Some((module.name.to_owned(), true))
            }
            _ => None,
        }
    });
    modules.collect()
}

/// What a selection loads on virtual hosts, or as components. What only components load with them
/// does not load on virtual hosts.
pub(super) fn of_placement<'a>(
    inventory: &'a Inventory,
    release: &'a Release,
    selection: &'a Selection,
    placement: Placement,
    enforce: bool,
) -> Resolution<'a> {
    let mut request = Request::of_selection(inventory, selection, enforce);
    request
        .modules
        .retain(|module| module.placement == placement);
    request.resolve(inventory, release)
}

/// All values of the flags to try: every switch, and for beta and alpha everything,
/// nothing, and the categories of which more modules should load than not.
fn candidates(inventory: &Inventory, target: &Target) -> Vec<FlagValues> {
    let mut candidates = Vec::new();
    for bits in 0..64 {
        let plain = FlagValues::from_bits(bits);
        let rollouts = |flag: Flag| {
            let all = plain.get(flag);
            // The categories once, in addition to the switch that is on.
            let some = all
                .is_on()
                .then(|| rollout_by_category(inventory, target, &plain, flag));
            let some = some.filter(|some| some.is_on() && !covers_all(some));
            [Some(all), some].into_iter().flatten().collect::<Vec<_>>()
        };
        for beta in rollouts(Flag::Beta) {
            for alpha in rollouts(Flag::Alpha) {
                let mut flags = plain.clone();
                let set = [(Flag::Beta, beta.clone()), (Flag::Alpha, alpha)];
                let are_valid = set
                    .into_iter()
                    .all(|(flag, value)| flags.set(flag, value).is_some());
                if are_valid {
                    candidates.push(flags);
                }
            }
        }
    }
    candidates
}

fn rollout_by_category(
    inventory: &Inventory,
    target: &Target,
    plain: &FlagValues,
    flag: Flag,
) -> Rollout {
    let categories = Category::ALL.into_iter().filter(|category| {
        let modules = inventory.modules.iter();
        let modules = modules.filter(|(_, module)| {
            module.category() == *category
                && module.flags().contains(&flag)
                && plain.ask_for(module)
        });
        let (wanted, others): (Vec<_>, Vec<_>) = modules.partition(|(name, _)| target.has(name));
        wanted.len() > others.len()
    });
    Rollout::Only(categories.collect())
}

fn covers_all(rollout: &Rollout) -> bool {
    Category::ALL
        .into_iter()
        .all(|category| rollout.covers(category))
}

/// The profile with the most of these values, and how many flags differ from it; all six
/// without a profile.
fn profile<'a>(inventory: &'a Inventory, flags: &FlagValues) -> (Option<&'a str>, usize) {
    let differing = |of_profile: &FlagValues| {
        let flags = Flag::ALL
            .into_iter()
            .filter(|flag| of_profile.get(*flag) != flags.get(*flag));
        flags.count()
    };
    let profiles = inventory.profiles.iter();
    let profiles = profiles.map(|(name, profile)| (Some(name.as_str()), differing(&profile.flags)));
    let nearest = profiles.min_by_key(|(_, differing)| *differing);
    nearest.unwrap_or((None, Flag::ALL.len()))
}
