//! How much a definition weighs in NixOS, where the lowest number prevails, and where a text stands among others.

/// A definition as users write it.
pub const USER: i64 = 100;
/// The default of an option.
pub const OPTION_DEFAULT: i64 = 1500;
/// What services.prosody-stability sets: over upstream's defaults, under everybody else.
pub const OURS: i64 = 1100;
/// What it holds against other modules' `mkDefault`, too, but not against the user.
pub const FIRM: i64 = 900;

/// The order of a text as users write it.
pub const MIDDLE: i64 = 1000;
/// What belongs to the global section, above any section.
pub const BEFORE: i64 = 500;
/// The sections that services.prosody-stability adds: below all that belongs to the global section.
pub const SECTIONS: i64 = 2000;

/// How much a definition weighs inside this function of nixpkgs' `lib`.
pub fn priority_in(function: &str) -> Option<i64> {
    match function {
        "mkForce" => Some(50),
        "mkDefault" => Some(1000),
        "mkOptionDefault" => Some(OPTION_DEFAULT),
        _ => None,
    }
}

/// Where a text stands inside this function of nixpkgs' `lib`.
pub fn order_in(function: &str) -> Option<i64> {
    match function {
        "mkBefore" => Some(BEFORE),
        "mkAfter" => Some(1500),
        _ => None,
    }
}
