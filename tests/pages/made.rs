//! Reports made by hand.

use prosody_stability::report::html::Presentation;
use prosody_stability::report::{Code, Finding, Place, Report, Scope, ScopeKind, Side};

/// A whole page that this made.
pub fn made_by(command: &str) -> Presentation<'_> {
    Presentation {
        command,
        ..Presentation::default()
    }
}

/// One side on a release, with the configuration of a server or without.
pub fn side(release: &str, configuration: Option<&str>) -> Side {
    Side {
        inventory: "built-in".to_owned(),
        release: release.to_owned(),
        sources: format!("prosody {release} 0123456789ab"),
        configuration: configuration.map(str::to_owned),
    }
}

/// Something that findings are about.
pub fn scope(name: &str, kind: ScopeKind) -> Scope {
    Scope {
        name: name.to_owned(),
        kind,
        counts: Default::default(),
        modules_before: Some(12),
        modules: 11,
        files: Default::default(),
    }
}

/// A change that touches some of them.
pub fn change(code: Code, subject: &str, scopes: &[&str]) -> Finding {
    Finding {
        fingerprint: Some(format!("{:016x}", subject.len())),
        selections: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        other: scopes.is_empty(),
        place: Some(Place {
            file: "prosody.cfg.lua".to_owned(),
            line: 4,
        }),
        ..Finding::new(code, format!("{subject} does what {code} says")).about(subject)
    }
}

/// The review of a server with two hosts.
pub fn of_server(findings: Vec<Finding>) -> Report {
    let sides = ["0.12", "13.0"].map(|release| side(release, Some("prosody.cfg.lua")));
    let scopes = vec![
        scope("a.example", ScopeKind::VirtualHost),
        scope("rooms.a.example", ScopeKind::Component),
    ];
    Report::new(sides.to_vec(), scopes, findings)
}

/// The review of four profiles.
pub fn of_profiles(findings: Vec<Finding>) -> Report {
    let sides = ["0.12", "13.0"].map(|release| side(release, None));
    let names = ["personal", "community", "enterprise", "development"];
    let scopes = names.map(|name| scope(name, ScopeKind::Selection));
    Report::new(sides.to_vec(), scopes.to_vec(), findings)
}

/// The check of a server.
pub fn of_check(findings: Vec<Finding>) -> Report {
    let mut host = scope("a.example", ScopeKind::VirtualHost);
    host.modules_before = None;
    Report::of_side(side("13.0", Some("prosody.cfg.lua")), vec![host], findings)
}
