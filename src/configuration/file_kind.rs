//! What kind of file a text is, by its name and its content.

use crate::source::Source;

/// A kind of file that users hand to this command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `NAME=value` lines.
    EnvFile,
    /// A docker-compose file.
    Compose,
    /// A systemd unit, or a part of one.
    SystemdUnit,
    /// A NixOS configuration.
    NixOs,
    /// The configuration of a Prosody server.
    ProsodyConfig,
    /// The settings that `nix eval --json` prints.
    EvaluatedSettings,
    /// An inventory or a release file.
    Inventory,
    /// Any other JSON.
    Json,
    /// A Module Stability Guide, or another Markdown document.
    Markdown,
    /// A program for a shell.
    ShellScript,
    /// Nothing but blanks and comments.
    Empty,
}

/// What only an evaluated configuration has.
const EVALUATED_KEYS: [&str; 6] = [
    "/services/prosody-stability",
    "/services/prosody/enable",
    "/config/services/prosody-stability",
    "/config/services/prosody/enable",
    "/prosody-stability",
    "/prosody/enable",
];

impl FileKind {
    /// What a file most likely is. The content counts more than the name.
    pub fn of(source: &Source) -> Self {
        let text = source.text();
        let name = source.name().to_lowercase();
        let has = |test: &dyn Fn(&str) -> bool| text.lines().any(|line| test(line.trim()));
        let is_comment = |line: &str| line.is_empty() || line.starts_with(['#', ';']);
        if text.trim_start().starts_with(['{', '['])
            && let Ok(json) = serde_json::from_str::<serde_json::Value>(text)
        {
            return Self::of_json(&json, &name);
        }
        let lua = |line: &str| {
            ["modules_enabled", "VirtualHost", "Component"]
                .iter()
                .any(|word| line.starts_with(word))
                || line.starts_with("-- ")
        };
        if name.ends_with(".nix") {
            Self::NixOs
        } else if name.ends_with(".lua") {
            Self::ProsodyConfig
        } else if name.ends_with(".yml") || name.ends_with(".yaml") {
            Self::Compose
        } else if name.ends_with(".service") || has(&|line| line == "[Service]") {
            Self::SystemdUnit
        } else if has(&|line| line.contains("services.prosody-stability")) {
            Self::NixOs
        } else if has(&|line| line.starts_with("services:") || line.starts_with("environment:")) {
            Self::Compose
        } else if text.starts_with("#!") {
            Self::ShellScript
        } else if !has(&|line| !is_comment(line)) {
            Self::Empty
        } else if has(&lua) {
            Self::ProsodyConfig
        } else if has(&|line| line.starts_with("- ") && line.contains('=')) {
            Self::Compose
        } else if has(&|line| line.starts_with('|') && line.ends_with('|')) {
            Self::Markdown
        } else if has(&|line| line.starts_with('{') || line.ends_with("}:")) {
            Self::NixOs
        } else {
            Self::EnvFile
        }
    }

    fn of_json(json: &serde_json::Value, name: &str) -> Self {
        let has = |key: &str| json.get(key).is_some();
        match json.as_object() {
            // `{ }` is Nix as well.
            Some(object) if object.is_empty() && name.ends_with(".nix") => Self::NixOs,
            _ if has("schemaVersion") => Self::Inventory,
            _ if EVALUATED_KEYS
                .iter()
                .any(|place| json.pointer(place).is_some()) =>
            {
                Self::EvaluatedSettings
            }
            _ if has("virtualHosts") && has("extraModules") => Self::EvaluatedSettings,
            _ if has("services") => Self::Compose,
            _ if has("security") || has("beta") || has("profile") => Self::EvaluatedSettings,
            _ => Self::Json,
        }
    }

    /// What it is, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::EnvFile => "an environment file",
            Self::Compose => "a compose file",
            Self::SystemdUnit => "a systemd unit",
            Self::NixOs => "a NixOS configuration",
            Self::ProsodyConfig => "a prosody.cfg.lua",
            Self::EvaluatedSettings => "evaluated NixOS settings in JSON",
            Self::Inventory => "an inventory or a release file",
            Self::Json => "JSON",
            Self::Markdown => "a Markdown document",
            Self::ShellScript => "a shell script",
            Self::Empty => "an empty file",
        }
    }

    /// The command that reads such a file, or what to do where none does.
    pub fn how_to_read(self, file: &str) -> String {
        match self {
            Self::Compose | Self::SystemdUnit => format!(
                "`prosody-stability migrate {file} > settings.nix` reads it, and `prosody-stability \
                 diff --config settings.nix` reviews the result"
            ),
            Self::NixOs | Self::EvaluatedSettings => {
                format!("`prosody-stability diff --config {file}` reads it")
            }
            Self::ProsodyConfig => format!(
                "`prosody-stability check --config {file}` reads it, and `prosody-stability migrate \
                 {file}` finds the flags that load the same"
            ),
            Self::Inventory => format!(
                "`prosody-stability diff {file}` or `prosody-stability check --inventory {file}` reads it"
            ),
            Self::Markdown => format!("`prosody-stability import {file}` reads a guide"),
            Self::ShellScript => {
                "run it and pass --from-env, or write the variables into a separate file".to_owned()
            }
            Self::EnvFile | Self::Json | Self::Empty => {
                "write lines such as `PROSODY_ENABLE_BETA=false`, or pass the flags as options, \
                such as --profile community"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart() {
        let cases = [
            ("flags", "PROSODY_ENABLE_BETA=1\nX=y\n", FileKind::EnvFile),
            ("flags", "# nothing\n\n", FileKind::Empty),
            ("x.yml", "", FileKind::Compose),
            ("<stdin>", "services:\n  a:\n", FileKind::Compose),
            ("flags", "- PROSODY_ENABLE_HTTP=true\n", FileKind::Compose),
            (
                "a.conf",
                "[Service]\nEnvironment=A=1\n",
                FileKind::SystemdUnit,
            ),
            ("a.service", "", FileKind::SystemdUnit),
            ("a.nix", "{ }", FileKind::NixOs),
            (
                "<stdin>",
                "{ services.prosody-stability.beta = false; }",
                FileKind::NixOs,
            ),
            ("<stdin>", "{ config, ... }:\n{\n}\n", FileKind::NixOs),
            ("p.cfg.lua", "", FileKind::ProsodyConfig),
            (
                "prosody",
                "modules_enabled = {\n \"tls\";\n}\n",
                FileKind::ProsodyConfig,
            ),
            ("s", "{\"beta\": true}", FileKind::EvaluatedSettings),
            ("s", "{\"schemaVersion\": 1}", FileKind::Inventory),
            ("s", "[1]", FileKind::Json),
            (
                "guide.md",
                "| Module | Purpose |\n|---|---|\n",
                FileKind::Markdown,
            ),
            ("run", "#!/bin/sh\nexport A=1\n", FileKind::ShellScript),
        ];
        for (name, text, kind) in cases {
            assert_eq!(
                FileKind::of(&Source::new(name, text)),
                kind,
                "{name} {text}"
            );
        }
    }
}
