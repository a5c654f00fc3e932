# What NixOS itself declares, as far as configurations of Prosody touch it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  setting =
    type: default:
    mkOption {
      inherit type default;
      description = "As in NixOS.";
    };

  file =
    { config, ... }:
    {
      options = {
        text = setting (types.nullOr types.str) null;
        source = mkOption {
          type = types.raw;
          description = "The file.";
        };
        mode = setting types.str "symlink";
        user = setting types.str "root";
        group = setting types.str "root";
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkDefault (pkgs.writeText "etc-file" config.text)
      );
    };

  failed = builtins.filter (assertion: !assertion.assertion) config.assertions;
  messages = builtins.concatStringsSep "\n" (map (assertion: "- ${assertion.message}") failed);
  warn =
    value:
    builtins.foldl' (
      result: warning: builtins.trace "warning: ${warning}" result
    ) value config.warnings;
in
{
  options = {
    assertions = setting (types.listOf types.unspecified) [ ];
    warnings = setting (types.listOf types.str) [ ];
    boot.isContainer = setting types.bool false;
    environment = {
      etc = setting (types.attrsOf (types.submodule file)) { };
      systemPackages = setting (types.listOf types.unspecified) [ ];
    };
    networking = {
      firewall.allowedTCPPorts = setting (types.listOf types.int) [ ];
      hostName = setting types.str "nixos";
    };
    nixpkgs.hostPlatform = mkOption {
      type = types.str;
      description = "The system it runs on.";
    };
    services.prosody.ssl = {
      cert = setting (types.nullOr types.path) null;
      key = setting (types.nullOr types.path) null;
    };
    system = {
      checks = setting (types.listOf types.package) [ ];
      preSwitchChecks = setting (types.attrsOf types.str) { };
      stateVersion = setting types.str "26.05";
      build = setting (types.attrsOf types.unspecified) { };
    };
    systemd = {
      services = setting (types.attrsOf types.unspecified) { };
      timers = setting (types.attrsOf types.unspecified) { };
    };
  };

  config.system.build.toplevel =
    if failed != [ ] then
      throw "\nFailed assertions:\n${messages}"
    else
      warn (
        pkgs.runCommand "nixos-system-${config.networking.hostName}" {
          etc = map (name: config.environment.etc.${name}.source) (builtins.attrNames config.environment.etc);
          # Evaluated, and not built: the stand-in for Prosody has next to no modules.
          checks = map (check: builtins.unsafeDiscardStringContext check.drvPath) config.system.checks;
          preSwitchChecks = builtins.attrValues config.system.preSwitchChecks;
        } "echo $etc > $out"
      );
}
