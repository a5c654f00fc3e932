//! The readers, and the shapes of text that each is given.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use prosody_stability::check;
use prosody_stability::configuration::nixos::plans::Plans;
use prosody_stability::configuration::prosody::{self, ReadOptions};
use prosody_stability::configuration::services_prosody::generation::Generation;
use prosody_stability::configuration::services_prosody::{self, Additions, NAME, write};
use prosody_stability::configuration::{Configuration, Dialect, compose, env_file, nixos, systemd};
use prosody_stability::diagnostic::Diagnostic;
use prosody_stability::guide;
use prosody_stability::inventory::{Inventory, json, nix};
use prosody_stability::migrate;
use prosody_stability::rehearse::client;
use prosody_stability::release::distribution::Distribution;
use prosody_stability::release::{Release, builtin};
use prosody_stability::review::allow::Allowed;
use prosody_stability::scan::{plugin, readme};
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;
use prosody_stability::status::listing::Listing;

/// One reader of foreign text.
pub struct Reader {
    pub name: &'static str,
    pub read: fn(&str),
    /// The size of the smallest text, in bytes: large enough for a time that can be measured.
    pub size: usize,
    pub shapes: &'static [Shape],
}

/// A text of any size: what stands before, a part that is repeated with `@` as its number, what
/// stands after. The part may be several, each repeated as often before the next one begins, and
/// what stands between them once is written between two `~`.
pub struct Shape(&'static str, &'static str, &'static str);

impl Shape {
    pub fn text(&self, size: usize) -> String {
        let Self(before, part, after) = self;
        let count = size / part.len();
        let repeated = |part: &str| -> String {
            if part.contains('@') {
                let numbered = (0..count).map(|n| part.replace('@', &n.to_string()));
                numbered.collect()
            } else {
                part.repeat(count)
            }
        };
        let parts = part.split('~').enumerate();
        let parts = parts.map(|(index, part)| match index % 2 {
            0 => repeated(part),
            _ => part.to_owned(),
        });
        format!("{before}{}{after}", parts.collect::<String>())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(before, part, after) = self;
        let before = before
            .get(before.len().saturating_sub(20)..)
            .unwrap_or_default();
        write!(f, "{:<60}", format!("{before:?} {part:?} {after:?}"))
    }
}

const KIB: usize = 1024;

const STREAM: &str = "<s:stream xmlns:s='http://etherx.jabber.org/streams'>";

pub const READERS: &[Reader] = &[
    Reader {
        name: "allow",
        read: |text| drop(Allowed::read(&Source::new("allow.json", text))),
        size: 32 * KIB,
        shapes: &[
            Shape(
                r#"{"schemaVersion":1,"allow":["#,
                r##"{"fingerprint":"f@","reason":"","until":"2027-01-31"},"##,
                r#"{"fingerprint":"","reason":"","until":"never"}]}"#,
            ),
            Shape(
                r#"{"schemaVersion":1,"allow":[{"reason":""#,
                "\\n",
                r#""}]}"#,
            ),
            Shape("", "[", ""),
            Shape("", "\n", "{"),
            Shape("", r#"{"allow":"#, ""),
        ],
    },
    Reader {
        name: "plans",
        read: |text| drop(Plans::read(&Source::new("plans.json", text))),
        size: 32 * KIB,
        shapes: &[
            Shape(
                r#"{"kind":"plans","schemaVersion":1,"machines":{"#,
                r##""m@":{"prosody":null,"assertions":["x"]},"##,
                r#""n":{"failed":"x"}}}"#,
            ),
            Shape(
                r#"{"kind":"plans","schemaVersion":1,"machines":{"#,
                r#""m":{"prosody":null},"#,
                r#""m":{}}}"#,
            ),
            Shape(
                r#"{"kind":"plans","schemaVersion":1,"machines":{"a":{"failed":""#,
                "\\n",
                r#""}}}"#,
            ),
            Shape("", "[", ""),
            Shape("", r#"{"machines":"#, ""),
        ],
    },
    Reader {
        name: "compose",
        read: read_compose,
        size: 16 * KIB,
        shapes: &[
            Shape("services:\n", "  s@:\n    environment: {X: 1}\n", ""),
            Shape("environment:\n", "  - PROSODY_ENABLE_@=${X:-d}\n", ""),
            Shape("environment:\n  PROSODY_ENABLE_X: \"", "${X:-", "\"\n"),
            Shape("environment:\n  PROSODY_ENABLE_X: \"", "${X:-~~}", "\"\n"),
            Shape("environment:\n  PROSODY_ENABLE_X: \"", "${X-}", "\"\n"),
            Shape("environment:\n", "  - &a@ x\n~~  - *a@\n", ""),
            Shape("a: &a {b: c}\n", "b@: *a\n", ""),
            Shape("services: ", "[", ""),
            Shape("services: ", "{a: ", ""),
            Shape("", "- ", ""),
            Shape("x: \"", "\\u00e9", "\"\n"),
            Shape("x: |\n", " a\n", ""),
        ],
    },
    Reader {
        name: "compose .env",
        read: read_dot_env,
        size: 32 * KIB,
        shapes: &[
            Shape("", "A@=1\n~~A@=$NO\n", ""),
            Shape("", "A@=1\n", ""),
            Shape("X=1\n", "A@=${X}$X\n", ""),
            Shape("A=aaaaaaaa\n", "A=$A$A\n", ""),
            Shape("A='", "\n", "'"),
        ],
    },
    Reader {
        name: "env file",
        read: read_env_file,
        size: 32 * KIB,
        shapes: &[
            Shape("", "PROSODY_ENABLE_BETA=true\n", ""),
            Shape("", "PROSODY_ENABLE_ENTERPRISE=true\n", ""),
            Shape("", "PROSODY_ENABLE_BETA=\n", ""),
            Shape("", "PROSODY_ENABLE_NO_SUCH_FLAG_@=1\n", ""),
            Shape("", "no assignment\n", ""),
            Shape("", "A='\nB=\"\n", ""),
            Shape("", "A=\"\\\"\n", ""),
            Shape("", "A=\\\n", ""),
            Shape("A=", "#", ""),
            Shape("", "\n", ""),
            Shape("PROSODY_ENABLE_", "B", "=true"),
        ],
    },
    Reader {
        name: "stream",
        read: |text| drop(client::names_in(text)),
        size: 16 * KIB,
        shapes: &[
            Shape(STREAM, "<a@/>", "</s:stream>"),
            Shape(STREAM, "<a xmlns:b='@'/>", ""),
            Shape(
                STREAM,
                "<a b='&#9;'><c d='e'>f</c>&amp;g<![CDATA[h]]></a>",
                "<",
            ),
            Shape(STREAM, "~<a>~<b/>", "</a>"),
            Shape(STREAM, "~<a>~&lt;b ", "</a>"),
            Shape(STREAM, "<a>", ""),
            Shape("<stream ", "b@='' ", "/>"),
            Shape("<stream ", "xmlns:b@='' ", "/>"),
            Shape("<!DOCTYPE a [", "<!ENTITY b@ ''>", "]>"),
            Shape("<!--", "-", "->"),
            Shape("<", "a", " "),
        ],
    },
    Reader {
        name: "systemd",
        read: |text| drop(systemd::read(&Source::new("a.service", text))),
        size: 32 * KIB,
        shapes: &[
            Shape("[Service]\n", "Environment=A=1\n", ""),
            Shape("[Service]\n", "Environment=A=1\nEnvironment=\n", ""),
            Shape("[Service]\nEnvironment=", "A=1 \\\n", ""),
            Shape("[Service]\n", "# \\\n", ""),
            Shape("", "[Service]\n", ""),
            Shape("[Service]\nEnvironment=", "\"A='\" '", ""),
            Shape("[Service]\n", "\\\n", ""),
        ],
    },
    Reader {
        name: "settings",
        read: read_settings,
        size: 4 * KIB,
        shapes: &[
            Shape(
                "{ x, ... }: {",
                "services.prosody-stability.modules.m@ = x;\n",
                "}",
            ),
            Shape(
                "{ services.prosody-stability.modules = {",
                "inherit m@;\n",
                "}; }",
            ),
            Shape(
                "let x = {",
                "m@ = true; n@.o = true;\n",
                "}; in { services.prosody-stability.modules = x; }",
            ),
            Shape("{", "services.prosody-stability.modules.m@ = true;\n", "}"),
            Shape("[", "{ a@.services.prosody-stability.beta = x; }\n", "]"),
            Shape(
                "{ imports = [",
                "({ services.prosody-stability.modules.a@ = true; } // { services.x = 1; })\n",
                "]; }",
            ),
            // What has a name is looked at wherever the name stands.
            Shape("let s = {", "a@ = 1;~}; in { imports = [~ s", "]; }"),
            Shape("let f = {", "a@, ~... }: { }; in { imports = [~ f", "]; }"),
            Shape(
                "let s = { nixosConfigurations.a = {",
                "a@ = 1;~}; }; in [~ s",
                "]",
            ),
            Shape(
                "let s = { a = 1; ",
                "a@ = 1;",
                " }; in { imports = [ s s s s ]; }",
            ),
            Shape(
                "let f = { ",
                "a@, ",
                "... }: { }; in { imports = [ f f f f ]; }",
            ),
            Shape(
                "let x = (\"",
                "aaaaaaaa~\").a; in { services.prosody-stability.modules = {~ a@ = x;",
                "}; }",
            ),
            Shape("let a0 = 1; ", "a = b; b = a; ", "in a"),
            Shape(
                "{ services.prosody-stability.beta = [",
                " \"security\"",
                "]; }",
            ),
            Shape("{ services.prosody-stability.profile = \"", "${a}", "\"; }"),
            Shape(
                "{ containers = {",
                "c@.config.services.prosody-stability.beta = x;",
                "}; }",
            ),
            Shape("{ services.prosody.extraModules = [", " \"a@\"", "]; }"),
            Shape("{ services.prosody.extraModules = ", "[ x ] ++ ", "[ ]; }"),
            Shape(
                "{ services.prosody = { enable = true; extraConfig = ''\n",
                "a@ = \"${x}\"\n",
                "''; }; }",
            ),
            Shape(
                "{ services.prosody = { enable = true;",
                "virtualHosts.a@ = { domain = \"a@\"; enabled = true; };\n",
                "}; }",
            ),
            Shape(
                "{ services.prosody.muc = [",
                "{ domain = \"a@\"; moderation = x; }\n",
                "]; }",
            ),
            Shape(
                "let x = [ \"",
                "aaaaaaaa~\" ]; in { services.prosody.extraModules =~ x ++",
                " [ ]; }",
            ),
            Shape(
                "{ lib, ... }: { services.prosody = {",
                "a@ = lib.mkIf x true;\n",
                "}; }",
            ),
            Shape("{ outputs = _: { nixosConfigurations.a = ", "(f ", "x"),
            Shape(
                "{ nixosConfigurations.a = [ ",
                "(f (f (f (f modules))))",
                "]; }",
            ),
            Shape("{ imports = ", "[ ", ""),
            Shape("", "{ a = ", ""),
            Shape("", "a: ", ""),
            Shape("{ ", "# x\n", "}"),
            Shape("{ ", "/* ", "}"),
            Shape("{ a = ''", "''${", "''; }"),
        ],
    },
    Reader {
        name: "evaluated",
        read: read_settings,
        size: 16 * KIB,
        shapes: &[
            Shape(
                r#"{"enable":true,"modules":{"#,
                r##""m@":true,"##,
                r#""m":true}}"#,
            ),
            Shape(r#"{"enable":true,"beta":["#, r#""http","#, r#""http"]}"#),
            Shape(r#"{"services":"#, r#"{"services":"#, ""),
            Shape(r#"{"a":["#, "1,", "1]}"),
        ],
    },
    Reader {
        name: "guide",
        read: read_guide,
        size: 16 * KIB,
        shapes: &[
            Shape(
                "# Security (Stable)\n\n| Module | Purpose |\n|---|---|\n",
                "| m@ | x |\n",
                "",
            ),
            Shape(
                "",
                "# Security (Stable)\n\n| Module | Purpose |\n|---|---|\n| m@ | x |\n\n",
                "",
            ),
            Shape("", "```\nPROSODY_ENABLE_BETAA=true\n```\n", ""),
            Shape(
                "",
                "```\nCore=1, Stable=1, Beta=1, Alpha=1, HTTP=1, Admin=1\n```\n",
                "",
            ),
            Shape(
                "# Security (Stable)\n\n| Module | Purpose |",
                "a|~\n|---|---|~-|~\n~| m@ | x |\n",
                "",
            ),
            Shape("", "# Inventory\n", ""),
            Shape("", "[", ""),
            Shape("", "![a](", ""),
            Shape("", "*a_ ", ""),
            Shape("", "`` ` ", ""),
            Shape("", "<a ", ""),
            Shape("", "<!-- ", ""),
            Shape("", "> ", ""),
            Shape("", "- ", ""),
            Shape("", "&", ""),
            Shape("", "[a]: <b>\n", ""),
        ],
    },
    Reader {
        name: "inventory JSON",
        read: |text| drop(json::read(&Source::new("inventory.json", text))),
        size: 16 * KIB,
        shapes: &[
            Shape(
                r#"{"schemaVersion":1,"modules":{"#,
                r##""m@":{"category":"core","stability":"core","purpose":""},"##,
                "",
            ),
            Shape(
                r#"{"schemaVersion":1,"renamedFlags":{"#,
                r##""m@":"beta","##,
                r#""x":"beta"}}"#,
            ),
            Shape(r#"{"$schema":"#, "[", ""),
            Shape(r#"{"$schema":""#, "\\u00e9", r#""}"#),
            Shape("{", "\n", "}"),
        ],
    },
    Reader {
        name: "inventory Nix",
        read: |text| drop(nix::read(&Source::new("inventory.nix", text))),
        size: 16 * KIB,
        shapes: &[
            Shape(
                "{ schemaVersion = 1; modules = {",
                "m@ = { category = \"core\"; stability = \"core\"; purpose = \"\"; };\n",
                "",
            ),
            Shape("{ renamedFlags = {", "m@ = \"beta\";", "}; }"),
            Shape("{ releases = {", "m@ = [ 1 ];", "}; }"),
            Shape("{ releases = ", "[ ", ""),
            Shape("{ releases = \"", "\\\"", "\"; }"),
            Shape("{ releases = \"", "$", "\"; }"),
            Shape("{", "# x\n", "}"),
            Shape("{ ", "a.", "b = 1; }"),
        ],
    },
    Reader {
        name: "listing",
        read: |text| drop(Listing::parse(&Source::new("listing", text))),
        size: 32 * KIB,
        shapes: &[
            Shape("", "h@:\n    m\n~~h@\n", ""),
            Shape("", "h@\n~~h@:\n    m\n", ""),
            Shape("", "h:\n    m@\n", ""),
            Shape("a:\n    m\n", "h (component)\n", ""),
            Shape("a:\n    m (", "(", ")\n"),
            Shape("", "| ", "a:\n"),
        ],
    },
    Reader {
        name: "Lua",
        read: |text| drop(plugin::read(text.as_bytes())),
        size: 8 * KIB,
        shapes: &[
            Shape("", "if a then return end module:depends('x') ", ""),
            Shape("if a then return end ", "module:depends('x') ", ""),
            Shape("", "local a = module:get_option([[(]]) ", ""),
            Shape(
                "",
                "local a = module:get_option('o', a) if a then module:depends('x') end ",
                "",
            ),
            Shape("", "module:get_option_string('o@', 'd') ", ""),
            Shape("", "module:get_option_string('o', 'd') ", ""),
            Shape("", "module:get_option_string('o', '@') ", ""),
            Shape("module:get_option_enum('o'", ", 'v@'", ")"),
            Shape("module:get_option_set('o', {", "'v@', ", "})"),
            Shape("local a = 'o' ", "a = a .. 'x' module:get_option(a) ", ""),
            Shape("local a = '", "aaaaaaaa~'~ module:get_option(a)", ""),
            Shape("local a = '", "aaaaaaaa~'~ module:get_option('o', a)", ""),
            Shape("", "require 'a@' ", ""),
            Shape("", "pcall(require, 'a@') ", ""),
            Shape("local a = [[", "module:depends('x') ", ""),
            Shape("", "a = a or a and a == a ", ""),
            Shape("", "module:require('x') ", ""),
            Shape("", "--% conflicts: a\n", ""),
            Shape("", "--%", ""),
            Shape("--% conflicts: ", "a@ ", "\n"),
            Shape("", "local x ", ""),
            Shape("", "do local x = 1 end ", ""),
            Shape("", "pcall(module.depends, module, 'x') ", ""),
            Shape("", "f'x'", ""),
            Shape("", "f().g:h()", ""),
            Shape("a", ".a", " = 1"),
            Shape("a = a", "[1]", ""),
            Shape("local a = 1", " .. 1", ""),
            Shape("if a then", " elseif a then", " end"),
            Shape("local a", ",a", " = 1"),
            Shape("", "::a@:: goto a@ ", ""),
            Shape("", "--\n", "a = 1"),
            Shape("local a = ", "1", ""),
            Shape("", "function module.add_host(h) h:depends('x') end ", ""),
            Shape("local t = {", "{}, ", ""),
            Shape("x = [", "=", "["),
            Shape("x = ", "[=[", ""),
            Shape("", "--[[ ]]", ""),
            // What does not parse.
            Shape("", "x ", ""),
            Shape("", "= ", ""),
            Shape("", "1 'a' , ", ""),
            Shape("", "local local ", ""),
            Shape("", "\u{0}", ""),
            Shape("", "é", ""),
            Shape("x = 'a", "\\", ""),
        ],
    },
    Reader {
        name: "migrate",
        read: |text| {
            let source = Source::new("c.nix", text);
            drop(migrate::nixos::rewrite(&Inventory::builtin(), &source));
        },
        size: 8 * KIB,
        shapes: &[
            Shape(
                "[",
                "{ a@.services.prosody-stability.enterprise = true; }\n",
                "]",
            ),
            Shape(
                "[",
                "{ a@.services.prosody-stability = { inherit enterprise; }; }\n",
                "]",
            ),
            Shape(
                "{ services.prosody-stability = {",
                "enterprise = true;",
                "}; }",
            ),
            // As deep as it may be, and many settings there.
            Shape("{ ", "a.~~services.prosody-stability.a@ = true; ", "}"),
            Shape("", "{ a = ", ""),
            Shape(
                "{ a = ",
                "config.services.prosody-stability.enterprise or ",
                "x; }",
            ),
            Shape("{ a", ".a", " = 1; }"),
            Shape("a", " a", ""),
            Shape("[ ", "1.1", " ]"),
            Shape("[ ", "<", " ]"),
            Shape("{ \"", "a", "\" = 1; }"),
        ],
    },
    Reader {
        name: "prosody.cfg.lua",
        read: read_server,
        size: 2 * KIB,
        shapes: SERVERS,
    },
    Reader {
        name: "migrate --to",
        read: migrate_server,
        size: 2 * KIB,
        shapes: SERVERS,
    },
    Reader {
        name: "check --config",
        read: check_server,
        size: 16 * KIB,
        shapes: &[
            Shape("modules_enabled = {", "'m@', ", "}\nVirtualHost 'a'\n"),
            Shape(
                "modules_enabled = { 'mam' }\n",
                "VirtualHost 'h@'\nmodules_enabled = { 'm@' }\n",
                "",
            ),
            Shape("VirtualHost 'a'\n", "option_@ = 1\n", ""),
        ],
    },
    Reader {
        name: "README",
        read: |text| drop(readme::read(text.as_bytes())),
        // No more than 64 KiB of one is ever read.
        size: 8 * KIB,
        shapes: &[
            Shape("---\nlabels:\n", "- Stage-Beta\n", "...\n"),
            Shape("---\nlabels:\n", "- Stage-@\n", "...\n"),
            Shape("---\nsummary: \"", "a ", "\"\n---\n"),
            Shape("---\n", "labels: a\n- x\n", "\t: x\n---\n"),
            Shape("---\na: ", "[", "\n---\n"),
            Shape("---\n", "a@: &a@ x\n~~b@: *a@\n", "---\n"),
            Shape("", "#labels Stage-A@\n", ""),
            Shape("---", "\n", ""),
        ],
    },
    Reader {
        name: "distribution",
        read: |text| drop(Distribution::read(&Source::new("", text))),
        size: 32 * KIB,
        shapes: &[
            Shape(
                r#"{"schemaVersion":1,"name":"","title":"","version":"1","sources":{},"modules":["#,
                r##""m@","##,
                r#""m"]}"#,
            ),
            Shape(
                r#"{"schemaVersion":1,"name":"","title":"","version":"1","sources":{"#,
                r##""s@":{"kind":"package","what":"x"},"##,
                r#""s":{"kind":"package","what":"x"}},"modules":[]}"#,
            ),
            Shape(
                r#"{"schemaVersion":1,"name":""#,
                "\\u001b@",
                r#"","title":"","version":"1","sources":{},"modules":[]}"#,
            ),
        ],
    },
    Reader {
        name: "release",
        read: |text| drop(Release::read(text)),
        size: 32 * KIB,
        shapes: &[
            Shape(
                r#"{"schemaVersion":2,"version":"1","sources":{},"modules":{"#,
                r##""m@":{"origin":"community","stage":["Stage-X"]},"##,
                r#""m":{"origin":"bundled"}}}"#,
            ),
            Shape(
                r#"{"schemaVersion":2,"version":"1","sources":{},"modules":{"a":{"depends":{"soft":["#,
                r##""m@","##,
                r#""m"]}}}}"#,
            ),
            Shape(
                r#"{"schemaVersion":2,"version":"1","sources":{},"modules":{},"core":{"named":{"#,
                r##""o@":{"type":"boolean"},"##,
                r#""o":{"type":"boolean"}}}}"#,
            ),
            Shape(
                r#"{"schemaVersion":2,"version":"1","sources":{},"modules":{},"core":{"named":{"o":{"type":"enum","values":["#,
                r##""v@","##,
                r#""v"]}}}}"#,
            ),
            Shape(
                r#"{"modules":{"#,
                r#""m":{"origin":"bundled"},"#,
                r#""m":1}}"#,
            ),
            Shape("", r#"{"modules":"#, ""),
            Shape(r#"{"version":""#, "\\u00e9", r#""}"#),
        ],
    },
];

/// Configurations of a server.
const SERVERS: &[Shape] = &[
    Shape("modules_enabled = {", "'m@', ", "}\nVirtualHost 'a'\n"),
    Shape(
        "modules_enabled = {",
        "'vcard_muc', ",
        "}\nVirtualHost 'a'\n",
    ),
    Shape("", "VirtualHost 'h@'\nmodules_enabled = { 'mam' }\n", ""),
    Shape("VirtualHost 'a'\n", "Component 'c@' 'muc'\n", ""),
    Shape("", "o@ = 1\n", ""),
    Shape("", "o = 1\n", ""),
    Shape("a = { 'x' }\n", "b@ = a\n", ""),
    Shape("a = { 'x' }\n", "b = a ", "\n"),
    Shape("", "a@ = { 'x' }\n~~b@ = a@\n", ""),
    Shape("", "o@ = word@\n", ""),
    Shape("", "o@ = io.open('x')\n", ""),
    Shape("local x = io.open('x')\n", "if x then o@ = 1 end\n", ""),
    Shape("local x = io.open('x')\n", "if x then ", ""),
    Shape("o = {", "a@ = { 'x' }, ", "}"),
    Shape("o = ", "{ ", ""),
    Shape("local a = ", "1 + ", "1"),
    Shape("", "-- x\n", ""),
    Shape("o = 'a", "\\x61", "'"),
    Shape("o = ''", " .. 'a'", ""),
    Shape("", "Include 'no/*.cfg.lua'\n", ""),
    Shape("", "RunScript 'x'\n", ""),
    Shape("a = { 'x' }\n", "a { 'y@' }\n", ""),
    Shape("a = { 'x' }\n", "a[@] = 'y'\n", ""),
    Shape("a = {", "\n~}~ + {}", ""),
    Shape("o = ", "f{}", "\n"),
    Shape("", "o@ = 1\n~~o@ = nil\n", ""),
    Shape("", "local x@ = 1\n", ""),
    Shape("", "x", ""),
    Shape("", "= ", ""),
];

fn server(text: &str, dialect: Dialect) -> Option<Configuration> {
    let source = Source::new("/nowhere/prosody.cfg.lua", text);
    let mut options = ReadOptions::new(dialect);
    // How long it takes is measured here, and a busy machine must not end it.
    options.limits.time = Duration::from_secs(600);
    prosody::read(&source, &options).ok()
}

fn read_server(text: &str) {
    let [old, new] = [Dialect::V0_12, Dialect::V13].map(|dialect| server(text, dialect));
    if let (Some(old), Some(new)) = (old, new) {
        drop(prosody::differences(&old, &new));
    }
}

/// Read once: what is measured is the configuration.
static RELEASE: LazyLock<Release> = LazyLock::new(|| builtin::newest().clone());

fn check_server(text: &str) {
    let configuration = server(text, Dialect::V13).unwrap();
    let inventory = Inventory::builtin();
    let report = check::check_server(
        &inventory,
        "",
        &RELEASE,
        &configuration,
        None,
        None,
        Vec::new(),
    );
    assert!(!report.findings.is_empty());
    drop(migrate::server::of_configuration(
        &inventory,
        &RELEASE,
        &configuration,
    ));
}

fn migrate_server(text: &str) {
    let source = Source::new("/nowhere/prosody.cfg.lua", text);
    drop(migrate::prosody::rewrite(
        &Inventory::builtin(),
        &RELEASE,
        &source,
        |source| prosody::read(source, &ReadOptions::new(Dialect::V13)),
    ));
}

fn read_compose(text: &str) {
    let source = Arc::new(Source::new("compose.yml", text));
    drop(compose::read(
        &source,
        Path::new("/nowhere/stack.yml"),
        None,
    ));
}

fn read_dot_env(text: &str) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(".env"), text).unwrap();
    let source = "environment:\n  - PROSODY_ENABLE_BETA=${A0:-true}\n";
    let source = Arc::new(Source::new("compose.yml", source));
    drop(compose::read(
        &source,
        &directory.path().join("stack.yml"),
        None,
    ));
}

fn read_env_file(text: &str) {
    let inventory = Inventory::builtin();
    let mut selection = Selection::defaults(&inventory);
    let source = Source::new("flags.env", text);
    let mut messages = Vec::new();
    drop(env_file::apply(
        &mut selection,
        &inventory,
        &source,
        &mut messages,
    ));
    assert!(messages.len() <= 101);
}

fn read_settings(text: &str) {
    let inventory = Inventory::builtin();
    if let Ok(settings) = nixos::read_source(Source::new("settings", text)) {
        assert!(settings.messages.len() <= 101);
        drop(settings.selection(&inventory, &inventory));
        if let Ok(Some(service)) = settings.service() {
            assert!(service.doubts.len() <= 101);
            let written = write(&service, Generation::New, &Additions::default());
            // What it reads as has the places of the file.
            let read = |_: &Source| Err(Box::new(Diagnostic::error("not read")));
            drop(services_prosody::configuration(
                &written,
                NAME,
                &service.sources,
                &service.doubts,
                read,
            ));
        }
    }
}

fn read_guide(text: &str) {
    let base = Inventory::builtin();
    drop(guide::import(&Source::new("guide.md", text), &base));
}
