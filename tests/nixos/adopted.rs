//! `migrate` of machines with services.prosody, whatever is on and off in them: nothing changes.

use prosody_stability::configuration::nixos;
use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::services_prosody::options::MODULES;
use prosody_stability::inventory::Inventory;
use prosody_stability::migrate::machine::adopt;
use prosody_stability::release::{Release, builtin};
use prosody_stability::source::Source;

use crate::support::random::Random;

/// How many machines are tried on each release; the seed of one is its number.
const MACHINES: u64 = 60;

/// Modules outside the inventory.
const OTHERS: [&str; 5] = [
    "turn_external",
    "external_services",
    "s2s_bidi",
    "mine",
    "groups",
];

fn some(random: &mut Random, names: &[&str], of: usize) -> String {
    let chosen = names.iter().filter(|_| random.below(of) == 0);
    let quoted: Vec<String> = chosen.map(|name| format!("{name:?}")).collect();
    quoted.join(" ")
}

/// A machine with two hosts, one of them with a list of its own.
fn machine(random: &mut Random, inventory: &Inventory) -> String {
    let mut modules = String::new();
    for (name, ..) in MODULES {
        if random.below(3) == 0 {
            modules.push_str(&format!("{name} = {}; ", random.coin()));
        }
    }
    let names: Vec<&str> = inventory.modules.keys().map(|name| name.as_str()).collect();
    let listed = some(random, &names, 5);
    let others = some(random, &OTHERS, 2);
    let own = some(random, &names, 10).replace(' ', ", ");
    format!(
        "{{ services.prosody = {{ enable = true; xmppComplianceSuite = false; \
         modules = {{ {modules} }}; extraModules = [ {listed} {others} ]; \
         muc = [ {{ domain = \"rooms.example\"; }} ]; httpFileShare.domain = \"up.example\"; \
         virtualHosts.a = {{ domain = \"a.example\"; enabled = true; }}; \
         virtualHosts.b = {{ domain = \"b.example\"; enabled = true; \
         extraConfig = ''modules_enabled = {{ {own} }}''; }}; }}; }}"
    )
}

#[test]
fn nothing_changes_until_a_flag_is_turned() {
    let inventory = Inventory::builtin();
    let mut wrong: Vec<String> = Vec::new();
    for release in builtin::current() {
        for seed in 0..MACHINES {
            let text = machine(&mut Random(seed), &inventory);
            wrong.extend(
                changes(&inventory, release, &text)
                    .map(|changes| format!("{} {seed}: {changes:?} in {text}", release.version)),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn changes(inventory: &Inventory, release: &Release, text: &str) -> Option<Vec<String>> {
    let settings = nixos::read_source(Source::new("configuration.nix", text)).unwrap();
    let service = settings.service().unwrap().unwrap();
    let read = |text: &Source, dialect| read(text, &ReadOptions::new(dialect));
    let adopted = adopt(inventory, release, &service, read).unwrap();
    (!adopted.changes_nothing()).then(|| adopted.sentences())
}
