# Before a system is built, whether the Prosody that was really built loads every module that is to load: it is started
# with the configuration of the system, and where that cannot be or does not tell, its files are looked at.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.prosody-stability;
  look = import ./look-at-package.nix { inherit config lib; };
  start = import ./start-package.nix { inherit config lib; };
  # A Prosody for another kind of machine does not start on this one.
  starts = cfg.rehearse.enable && pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
  inDoubt = ''
    if [ $result != 0 ]; then
      echo "prosody-stability: the start does not answer everything, so the files of the package are looked at." >&2
      ${look.script}
    fi
  '';
in
{
  options.services.prosody-stability = {
    verifyPackage = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Whether building the system fails when {option}`services.prosody.package`, as built, lacks a module that is to
        load. With plugins outside the store, in {option}`services.prosody.extraPluginPaths`, it only warns.
        `rehearse.enable` looks closer.
      '';
    };

    rehearse = {
      enable = lib.mkOption {
        type = lib.types.bool;
        default = cfg.verifyPackage;
        defaultText = lib.literalMD "the value of `verifyPackage`";
        description = ''
          Whether building the system starts {option}`services.prosody.package` with the configuration of the system,
          inside the build sandbox, and fails when Prosody does not start or a module that is to load does not. It
          finds what file names do not show: a Lua library or an option that is missing, a module that does not fit
          the release. Other errors and warnings in Prosody's log are only printed.

          The build sandbox has nothing of the machine: no `/var`, no `/etc`, no secrets, certificates or databases,
          no users and no network. What the configuration takes from there is replaced or empty, and the build log
          lists it. The check says whether this package loads these modules with this text, and no more.

          Without a sandbox, for another kind of machine, or with plugins outside the store, the files of the package
          are looked at instead, as `verifyPackage` says.
        '';
      };
      mayFail = lib.mkOption {
        type = lib.types.listOf lib.types.str;
        default = [ ];
        example = [ "turn_external" ];
        description = ''
          Modules, by their names in Prosody, that may fail to load in the build sandbox, as they need something that
          only the machine has. What happens to them is printed, and does not fail the build.
        '';
      };
    };
  };

  config = lib.mkIf (cfg.enable && (cfg.verifyPackage || starts)) {
    system.checks = [
      (pkgs.runCommand "prosody-stability-package"
        ({ nativeBuildInputs = [ cfg.package ]; } // look.environment)
        (
          if starts then
            start + lib.optionalString cfg.verifyPackage inDoubt + "cp report $out\n"
          else
            look.script + "cp release.json $out\n"
        )
      )
    ];
  };
}
