# What checks a system before it is built, and before a switch to it.
{
  cfg,
  computed,
  config,
  inventory,
  lib,
  options,
  pkgs,
  prosody,
  schedule,
  ...
}:
let
  hasCommand = cfg.package != null;
  look = import ./look-at-package.nix {
    inherit
      cfg
      computed
      inventory
      lib
      prosody
      ;
  };
  start = import ./start-package.nix { inherit cfg config lib; };
  # A Prosody for another kind of machine does not start on this one, and neither does the command.
  starts =
    cfg.rehearse.enable && hasCommand && pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
  inDoubt = ''
    if [ $result != 0 ]; then
      echo "prosody-stability: the rehearsal leaves something undetermined, so the files of the package are checked." >&2
      ${look}
    fi
  '';
in
{
  ofBuild = lib.optional (cfg.verifyPackage || starts) (
    pkgs.runCommandLocal "prosody-stability-package"
      { nativeBuildInputs = lib.optional starts cfg.package; }
      (
        if starts then
          start + lib.optionalString cfg.verifyPackage inDoubt + "cp report $out\n"
        else
          look + "touch $out\n"
      )
  );

  canCheckSwitch = options ? system.preSwitchChecks;
  ofSwitch = lib.optionalAttrs cfg.reviewOnSwitch.enable {
    prosody-stability = import ./review-on-switch.nix { inherit cfg lib pkgs; };
  };

  assertions =
    map
      (needing: {
        assertion = hasCommand;
        message = "services.prosody-stability.${needing} needs the command prosody-stability: set services.prosody-stability.package.";
      })
      (
        lib.optional cfg.rehearse.enable "rehearse.enable"
        ++ lib.optional (cfg.reviewOnSwitch.failOn != null) "reviewOnSwitch.failOn"
        ++ lib.optional (cfg.reviewSchedule != null) "reviewSchedule"
      )
    ++ lib.optional (cfg.reviewSchedule != null && !schedule.isCalendarEvent cfg.reviewSchedule) {
      assertion = false;
      message = "services.prosody-stability.reviewSchedule: ${builtins.toJSON cfg.reviewSchedule} is not a calendar event of systemd, such as \"daily\" or \"Mon..Fri 06:00\".";
    }
    ++ lib.optional (cfg.reviewOnSwitch.enable && !(options ? system.preSwitchChecks)) {
      assertion = false;
      message = "services.prosody-stability.reviewOnSwitch.enable needs system.preSwitchChecks, which this NixOS release does not have: set it to false.";
    };
}
