//! Which packages bring the Lua libraries that modules need.
//!
//! Source: the package lists of Debian 12 and 13, and the Lua packages of nixpkgs.

/// A Lua library with the packages that bring it.
struct Packages {
    /// What is passed to `require`, up to the first dot.
    library: &'static str,
    debian: Option<&'static str>,
    /// Below `luaPackages`.
    nixpkgs: Option<&'static str>,
}

const fn packages(
    library: &'static str,
    debian: Option<&'static str>,
    nixpkgs: Option<&'static str>,
) -> Packages {
    Packages {
        library,
        debian,
        nixpkgs,
    }
}

const PACKAGES: [Packages; 11] = [
    packages("DBI", Some("lua-dbi-common"), Some("luadbi")),
    packages("cjson", Some("lua-cjson"), Some("lua-cjson")),
    packages("curses", Some("lua-curses"), None),
    packages("cyrussasl", Some("lua-cyrussasl"), Some("cyrussasl")),
    packages("geoip", Some("lua-geoip"), None),
    packages("inotify", Some("lua-inotify"), None),
    packages("lpty", Some("lua-lpty"), None),
    packages("lualdap", Some("lua-ldap"), Some("lualdap")),
    packages("openssl", Some("lua-luaossl"), Some("luaossl")),
    packages("posix", Some("lua-posix"), Some("luaposix")),
    packages("zlib", Some("lua-zlib"), Some("lua-zlib")),
];

/// The package below nixpkgs' `luaPackages` that brings a Lua library, if one does.
pub fn in_nixpkgs(library: &str) -> Option<&'static str> {
    packages_of(library)?.nixpkgs
}

fn packages_of(library: &str) -> Option<&'static Packages> {
    let name = library.split('.').next().unwrap_or(library);
    PACKAGES.iter().find(|packages| packages.library == name)
}

/// How to get a Lua library: `install lua-ldap (Debian) or luaPackages.lualdap (nixpkgs)`.
pub fn how_to_install(library: &str) -> String {
    let packages = packages_of(library);
    let debian = packages.and_then(|packages| packages.debian);
    let nixpkgs = packages.and_then(|packages| packages.nixpkgs);
    match (debian, nixpkgs) {
        (Some(debian), Some(nixpkgs)) => {
            format!("install {debian} (Debian) or luaPackages.{nixpkgs} (nixpkgs)")
        }
        (Some(debian), None) => format!("install {debian} (Debian)"),
        (None, Some(nixpkgs)) => format!("install luaPackages.{nixpkgs} (nixpkgs)"),
        (None, None) => format!("install the Lua library {library}, for example with luarocks"),
    }
}
