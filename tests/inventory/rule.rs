//! The rule against tables taken from the Module Stability Guide by hand: `tests/inventory/rule/groups.txt` says which modules
//! load under which flags, `tests/inventory/rule/combinations.tsv` what the profile line is for each of the 64 combinations.

use std::collections::BTreeSet;

use prosody_stability::configuration::{env_file, environment};
use prosody_stability::inventory::profile_line::ProfileLine;
use prosody_stability::inventory::{Category, Flag, FlagValues, Inventory, Rollout};
use prosody_stability::release::builtin;
use prosody_stability::resolve::{Reason, Resolution, ResolvedModule, State};
use prosody_stability::selection::{Origin, Selection};
use prosody_stability::source::Source;

/// A paragraph of `groups.txt`: the flags that must all be on, and the modules that then load.
type Group = (BTreeSet<&'static str>, Vec<&'static str>);

fn groups() -> Vec<Group> {
    let paragraphs = include_str!("rule/groups.txt").split("\n\n").skip(1);
    let group = |paragraph: &'static str| {
        let (head, modules) = paragraph.split_once('\n').unwrap();
        let (flags, _) = head.split_once(" -> ").unwrap();
        let flags = flags.split('+').filter(|flag| *flag != "always").collect();
        (flags, modules.split_whitespace().collect())
    };
    paragraphs.map(group).collect()
}

fn expected(on: &BTreeSet<&str>) -> BTreeSet<&'static str> {
    let met = groups()
        .into_iter()
        .filter(|(flags, _)| flags.is_subset(on));
    met.flat_map(|(_, modules)| modules).collect()
}

/// A resolution borrows what it is made of: kept until the test program ends.
fn resolve(selection: &Selection) -> Resolution<'static> {
    let inventory = Box::leak(Box::new(Inventory::builtin()));
    let selection = Box::leak(Box::new(selection.clone()));
    prosody_stability::resolve::resolve(inventory, builtin::newest(), selection, false)
}

/// What the flags allow, whether or not the release has it, upstream calls it broken, or it must be set up.
fn loading<'a>(resolution: &Resolution<'a>) -> BTreeSet<&'a str> {
    let is_allowed = |module: &&ResolvedModule| {
        let is_left_out = matches!(
            module.reason,
            Reason::Broken { .. } | Reason::NeedsSetup { .. }
        );
        module.state.is_enabled() || is_left_out
    };
    let modules = resolution.modules.iter().filter(is_allowed);
    modules.map(|module| module.name).collect()
}

/// A selection as on the command line: first an env file, then flags, then single modules.
fn selection(profile: Option<&str>, env: &str, flags: &[(Flag, Rollout)]) -> Selection {
    let inventory = Inventory::builtin();
    let mut selection = Selection::defaults(&inventory);
    if let Some(profile) = profile {
        selection.set_profile(&inventory, profile).unwrap();
    }
    if !env.is_empty() {
        let source = Source::new(".env", env);
        env_file::apply(&mut selection, &inventory, &source, &mut Vec::new()).unwrap();
    }
    for (flag, value) in flags {
        selection
            .set_flag(*flag, value.clone(), Origin::CommandLine)
            .unwrap();
    }
    selection
}

#[test]
fn the_table_has_the_51_modules_of_the_guide_once_each() {
    let names: Vec<_> = groups()
        .into_iter()
        .flat_map(|(_, modules)| modules)
        .collect();
    assert_eq!(names.len(), 51);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 51);
}

#[test]
fn every_combination_of_the_flags_loads_what_the_guide_says() {
    let mut rows = include_str!("rule/combinations.tsv").lines();
    let header: Vec<_> = rows.next().unwrap().split('\t').collect();
    assert_eq!(
        header,
        [
            "security", "modern", "beta", "alpha", "http", "admin", "line"
        ]
    );
    let mut seen = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.split('\t').collect();
        let on: BTreeSet<_> = (0..6)
            .filter(|i| cells[*i] == "on")
            .map(|i| header[i])
            .collect();
        let flags = Flag::ALL.map(|flag| (flag, on.contains(flag.name()).into()));
        let resolution = resolve(&selection(None, "", &flags));
        assert_eq!(loading(&resolution), expected(&on), "{on:?}");
        let line = ProfileLine::of(&Inventory::builtin(), resolution.flags.unwrap());
        assert_eq!(line.to_string(), cells[6], "{on:?}");
        seen.insert(on);
    }
    assert_eq!(seen.len(), 64);
}

#[test]
fn profiles_and_defaults_set_the_flags_that_the_guide_recommends() {
    for (profile, on) in [
        (None, "security modern beta"),
        (Some("personal"), "security modern beta"),
        (Some("community"), "security modern beta http admin"),
        (Some("enterprise"), "security modern http admin"),
        (Some("development"), "security modern beta alpha http admin"),
    ] {
        let on: BTreeSet<_> = on.split(' ').collect();
        let resolution = resolve(&selection(profile, "", &[]));
        assert_eq!(loading(&resolution), expected(&on), "{profile:?}");
    }
}

#[test]
fn uploads_are_components_and_everything_else_loads_on_hosts() {
    // http_upload is still there in 0.12.
    let [_, old, _] = builtin::all();
    let selection = selection(Some("development"), "", &[]);
    let inventory = Inventory::builtin();
    let resolution = prosody_stability::resolve::resolve(&inventory, old, &selection, false);
    let components = resolution
        .modules
        .iter()
        .filter(|m| m.state == State::Component);
    let names: Vec<_> = components.map(|m| m.name).collect();
    assert_eq!(names, ["http_upload", "http_file_share"]);
}

#[test]
fn beta_may_be_rolled_out_one_category_at_a_time() {
    let all = BTreeSet::from(["security", "modern", "beta", "http", "admin"]);
    let none = BTreeSet::from(["security", "modern", "http", "admin"]);
    for (categories, added) in [
        (vec![Category::Security], "mimicking"),
        (vec![Category::Http], "http_upload http_file_share"),
        (vec![Category::Admin], "statistics prometheus"),
        (
            vec![Category::Security, Category::Admin],
            "mimicking statistics prometheus",
        ),
        (vec![Category::Enterprise], ""),
        (vec![], ""),
    ] {
        let beta = (Flag::Beta, Rollout::Only(categories.clone()));
        let resolution = resolve(&selection(Some("community"), "", &[beta]));
        let mut wanted = expected(&none);
        wanted.extend(added.split_whitespace());
        assert_eq!(loading(&resolution), wanted, "{categories:?}");
    }
    let every = Rollout::Only(Category::ALL.to_vec());
    let resolution = resolve(&selection(Some("community"), "", &[(Flag::Beta, every)]));
    assert_eq!(loading(&resolution), expected(&all));
}

#[test]
fn a_rollout_does_not_switch_on_a_category_whose_own_flag_is_off() {
    let beta = (Flag::Beta, Rollout::Only(vec![Category::Http]));
    let resolution = resolve(&selection(Some("personal"), "", &[beta]));
    assert_eq!(
        loading(&resolution),
        expected(&BTreeSet::from(["security", "modern"]))
    );
}

#[test]
fn alpha_may_be_rolled_out_by_category_too() {
    let of = |category| {
        let alpha = (Flag::Alpha, Rollout::Only(vec![category]));
        resolve(&selection(Some("personal"), "", &[alpha]))
    };
    assert!(loading(&of(Category::Enterprise)).contains("audit"));
    assert!(!loading(&of(Category::Modern)).contains("audit"));
}

#[test]
fn modules_switched_by_name_win_over_the_flags() {
    let inventory = Inventory::builtin();
    let mut selection = selection(Some("personal"), "", &[(Flag::Modern, false.into())]);
    selection.set_module(&inventory, "carbons", true).unwrap();
    selection.set_module(&inventory, "mod_bosh", true).unwrap();
    selection
        .set_module(&inventory, "mimicking", false)
        .unwrap();
    selection.set_module(&inventory, "version", false).unwrap();
    let resolution = resolve(&selection);
    let mut wanted = expected(&BTreeSet::from(["security", "beta"]));
    wanted.extend(["carbons", "bosh"]);
    wanted.remove("mimicking");
    wanted.remove("version");
    assert_eq!(loading(&resolution), wanted);
    // Seven security modules, carbons, and invites, which invites_register needs; of ten beta
    // modules mimicking is switched off, push is in no release, and pubsub_serverinfo must be set up.
    let line = "Module stability profile: Core=10, Stable=9, Beta=7, Alpha=0, HTTP=1, Admin=0";
    assert_eq!(resolution.profile_line.to_string(), line);

    let error = selection
        .set_module(&inventory, "carbons", false)
        .unwrap_err();
    assert_eq!(
        error.title(),
        "module `carbons` is both enabled and disabled"
    );
}

#[test]
fn an_env_file_wins_over_the_profile_and_flags_win_over_the_env_file() {
    let env = "PROSODY_ENABLE_HTTP=false\nPROSODY_ENABLE_BETA=off\nPROSODY_ENABLE_ENTERPRISE=yes\n";
    let resolution = resolve(&selection(Some("community"), env, &[]));
    let on = BTreeSet::from(["security", "modern", "alpha", "admin"]);
    assert_eq!(loading(&resolution), expected(&on));

    let flags = [(Flag::Http, true.into()), (Flag::Alpha, false.into())];
    let resolution = resolve(&selection(Some("community"), env, &flags));
    let on = BTreeSet::from(["security", "modern", "http", "admin"]);
    assert_eq!(loading(&resolution), expected(&on));
}

#[test]
fn the_environment_wins_over_the_env_file() {
    let inventory = Inventory::builtin();
    let mut selection = selection(
        None,
        "PROSODY_ENABLE_HTTP=true\nPROSODY_ENABLE_ADMIN=true\n",
        &[],
    );
    let variables = [("PROSODY_ENABLE_HTTP".to_owned(), "no".to_owned())];
    environment::apply(&mut selection, &inventory, variables, &mut Vec::new()).unwrap();
    let on = BTreeSet::from(["security", "modern", "beta", "admin"]);
    assert_eq!(loading(&resolve(&selection)), expected(&on));
}

#[test]
fn the_flags_are_the_six_of_the_guide() {
    let values: FlagValues = Inventory::builtin().flags.defaults();
    let on = Flag::ALL.map(|flag| (flag.name(), values.get(flag) == Rollout::All(true)));
    let guide = [
        ("security", true),
        ("modern", true),
        ("beta", true),
        ("alpha", false),
        ("http", false),
        ("admin", false),
    ];
    assert_eq!(on, guide);
}
