# Options and configuration of services.prosody-stability.
#
# One module of NixOS, as each costs every machine something, even where it is disabled. The other files in this directory are parts
# of it: functions of what they need.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.services.prosody-stability;
  part =
    file:
    import file {
      inherit schedule systemFiles;
      inherit
        cfg
        config
        lib
        options
        pkgs
        ;
      inherit (cfg) computed;
      inventory = import ./inventory.nix;
      prosody = config.services.prosody;
    };

  inherit (cfg.computed) messages;
  package = part ./package.nix;
  schedule = part ./review-schedule.nix;
  systemFiles = part ./system-files.nix;
  checks = part ./checks.nix;
  isScheduled = cfg.reviewSchedule != null;
in
{
  _class = "nixos";

  options.services.prosody-stability = part ./options.nix;
  # Declared in services.prosody, too: these add nothing but a last step.
  options.services.prosody.package = lib.mkOption { apply = package.withModules; };
  options.services.prosody.muc = lib.mkOption { apply = part ./rooms.nix; };

  # Conditions inside, as a `mkIf` around it all is carried down to each single option, also where it is off.
  config = {
    assertions = lib.optionals cfg.enable (messages.assertions ++ checks.assertions);
    warnings = lib.optionals cfg.enable (
      map (finding: finding.text) messages.findings
      ++ package.warnings
      ++ lib.optionals isScheduled schedule.warnings
    );
    services.prosody = lib.optionalAttrs cfg.enable (part ./services-prosody.nix);
    environment.etc = lib.optionalAttrs cfg.enable {
      prosody-stability.source = systemFiles;
    };
    system = lib.optionalAttrs cfg.enable (
      {
        checks = checks.ofBuild;
      }
      // lib.optionalAttrs checks.canCheckSwitch { preSwitchChecks = checks.ofSwitch; }
    );
    systemd = lib.optionalAttrs (cfg.enable && isScheduled) schedule.units;
  };
}
