//! Random configurations, the same ones in every run.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::real::compare;
use crate::support::folder::{scratch, write};

const COUNT: u64 = 100;

/// Numbers that look random, by the method of Marsaglia.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        let at = self.below(among.len() as u64);
        among[usize::try_from(at).unwrap()]
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

const NAMES: [&str; 6] = ["alpha", "modules_enabled", "log", "ssl", "storage", "zeta"];
const HOSTS: [&str; 3] = ["One.example", "two.example", "bücher.example"];
const COMPONENTS: [&str; 3] = ["muc.example", "Upload.example", "ext.example"];
const VARIABLES: [&str; 3] = ["GIVEN", "NUMBER", "MISSING"];

/// A configuration under construction: files by name, and the lists that can be appended to.
struct Writer {
    random: Random,
    files: Vec<(String, String)>,
    with_appends: bool,
}

impl Writer {
    fn literal(&mut self, depth: u64) -> String {
        let number = self.random.below(1000);
        match self.random.below(if depth == 0 { 7 } else { 10 }) {
            0 => number.to_string(),
            1 => format!("{number}.5"),
            2 => "true".to_owned(),
            3 => "false".to_owned(),
            4 => format!("\"text {number} é \\n \\\"\""),
            5 => format!("[[long {number}\n]]"),
            6 => format!("-{number} * 60"),
            7 => "{}".to_owned(),
            8 => {
                let items: Vec<_> = (0..self.random.below(4))
                    .map(|_| self.literal(depth - 1))
                    .collect();
                format!("{{ {} }}", items.join(self.random.pick(&[", ", ";\n\t"])))
            }
            _ => {
                let (a, b) = (self.literal(depth - 1), self.literal(depth - 1));
                format!("{{ key = {a}; [\"other key\"] = {b}, \"item\"; }}")
            }
        }
    }

    fn expression(&mut self) -> String {
        let variable = self.random.pick(&VARIABLES);
        match self.random.below(9) {
            0 => format!("ENV_{variable}"),
            1 => format!("ENV_{variable} or {}", self.literal(1)),
            2 => format!("os.getenv(\"{variable}\")"),
            3 => format!("tonumber(ENV_{variable}) or 7"),
            4 => format!(
                "(\"%s-%d\"):format({:?}, {})",
                variable,
                self.random.below(9)
            ),
            5 => format!(
                "ENV_{variable} == \"yes\" and {} or {}",
                self.literal(1),
                self.literal(0)
            ),
            6 => format!(
                "\"a\" .. {} .. tostring(ENV_{variable})",
                self.random.below(9)
            ),
            7 => self.random.pick(&NAMES).to_owned(),
            _ => self.literal(2),
        }
    }

    fn statement(&mut self, depth: u64, prefix: &str) -> String {
        let plain = self.random.pick(&NAMES);
        let name = format!("{prefix}{plain}");
        match self.random.below(16) {
            0 => {
                let value = self.expression();
                format!("local l = {value}\n{name} = l\n")
            }
            1 => {
                let (yes, no) = (self.block(depth, prefix), self.block(depth, prefix));
                let variable = self.random.pick(&VARIABLES);
                format!("if ENV_{variable} then\n{yes}else\n{no}end\n")
            }
            2 => format!(
                "do\n\tlocal t = {{}}\n\tfor i = 1, {} do t[#t + 1] = \"m\" .. i end\n\t{name} = t\nend\n",
                self.random.below(5)
            ),
            3 => format!(
                "for _, item in ipairs {{ \"x\", \"y\" }} do {prefix}{plain}_item = item .. {} end\n",
                self.random.below(9)
            ),
            4 => format!("{name} = nil\n"),
            5 if self.with_appends => {
                let (a, b) = (self.literal(0), self.literal(0));
                let form = self.random.pick(&["", ":append"]);
                format!("{name} = {{ \"first\" }}\n{name}{form} {{ {a}, {b} }}\n")
            }
            6 if self.with_appends => format!(
                "{name} = {{ a = 1 }}\n{name} {{ b = {} }} {{ \"x\" }}\n",
                self.literal(1)
            ),
            7 if self.with_appends => {
                format!("{name} = {{ 1, 2 }}\n{prefix}copy = {name}:value()\n{name}[3] = 3\n")
            }
            _ => format!("{name} = {}\n", self.expression()),
        }
    }

    fn block(&mut self, depth: u64, prefix: &str) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(2) {
            let inner = if depth == 0 {
                String::new()
            } else {
                self.statement(depth - 1, prefix)
            };
            text.push_str(&inner);
        }
        text
    }

    fn section(&mut self, prefix: &str) -> String {
        let host = format!("{prefix}{}", self.random.pick(&HOSTS));
        let component = format!("{prefix}{}", self.random.pick(&COMPONENTS));
        let value = self.literal(2);
        match self.random.below(5) {
            0 => format!("VirtualHost {host:?}\n"),
            1 => format!("VirtualHost {host:?} {{\n\tinner = {value};\n}}\n"),
            2 => format!("Component {component:?}\n"),
            3 => format!("Component {component:?} \"muc\"\n"),
            _ => format!("Component {component:?} \"http_file_share\" {{ inner = {value} }}\n"),
        }
    }

    fn file(&mut self, name: &str, depth: u64, prefix: &str) {
        let mut text = String::new();
        for _ in 0..3 + self.random.below(8) {
            if self.random.one_in(4) {
                text.push_str(&self.section(prefix));
            }
            text.push_str(&self.statement(2, prefix));
            if depth > 0 && self.random.one_in(4) {
                let number = self.files.len();
                if self.random.one_in(2) {
                    let inner = format!("inc/{number}.lua");
                    writeln!(text, "Include {:?}", relative(name, &inner)).unwrap();
                    self.file(&inner, depth - 1, prefix);
                } else {
                    // Their order must not matter: each has options and hosts of its own.
                    let pattern = format!("inc/w{number}*.cfg.lua");
                    writeln!(text, "Include {:?}", relative(name, &pattern)).unwrap();
                    for part in ["a", "b"] {
                        self.file(
                            &format!("inc/w{number}{part}.cfg.lua"),
                            0,
                            &format!("{part}{number}_"),
                        );
                    }
                }
            }
        }
        self.files.push((name.to_owned(), text));
    }
}

/// The path of a file as one beside it or above it writes it.
fn relative(from: &str, to: &str) -> String {
    let to = if from.starts_with("inc/") {
        &to["inc/".len()..]
    } else {
        to
    };
    to.to_owned()
}

#[test]
fn random_configurations_read_as_in_prosody() {
    let variables: BTreeMap<String, String> = [("GIVEN", "yes"), ("NUMBER", "42")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut folders = Vec::new();
    let mut files = Vec::new();
    for seed in 1..=COUNT {
        let folder = scratch();
        let mut writer = Writer {
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            files: Vec::new(),
            with_appends: seed % 2 == 0,
        };
        // Includes of includes take longest, so not all have them.
        let depth = if seed % 4 == 0 { 2 } else { 1 };
        writer.file("prosody.cfg.lua", depth, "");
        for (name, text) in &writer.files {
            write(folder.path(), name, text);
        }
        files.push(folder.path().join("prosody.cfg.lua"));
        folders.push(folder);
    }
    let mut wrong = Vec::new();
    let mut loaded = [0; 2];
    let compared = compare(&files, &variables);
    for one in &compared {
        assert!(one.undetermined.is_empty(), "{:?}", one.undetermined);
        match &one.result {
            Ok(true) => loaded[usize::from(!one.is_old)] += 1,
            Ok(false) => {}
            Err(what) => wrong.push(format!("number {}: {what}", one.file + 1)),
        }
    }
    eprintln!("{} compared, {loaded:?} load", compared.len());
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // A generator whose files never load would prove nothing.
    if !compared.is_empty() {
        assert!(loaded[0] > 30 && loaded[1] > 100, "{loaded:?}");
    }
}
