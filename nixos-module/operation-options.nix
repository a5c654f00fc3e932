# The options about what looks at a package, a switch and a running server.
{
  cfg,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkOption types;
  hasCommand = cfg.package != null;
  enabledBy =
    default: text: description:
    mkOption {
      type = types.bool;
      inherit default description;
      example = true;
      defaultText = lib.literalMD text;
    };
in
{
  startupLog = mkOption {
    type = types.bool;
    default = true;
    example = false;
    description = ''
      Whether Prosody logs at its start how many modules of each stability really load, and warns of those that
      should and do not. `prosodyctl shell stability` prints the same at any time.
    '';
  };

  verifyPackage = mkOption {
    type = types.bool;
    default = true;
    example = false;
    description = ''
      Whether building the system fails when {option}`services.prosody.package`, as built, has no file for a module
      that is to load. With plugins outside the store, in {option}`services.prosody.extraPluginPaths`, it only warns.
      It needs a shell and no more; `rehearse.enable` looks closer.
    '';
  };

  rehearse = {
    enable = enabledBy hasCommand "whether `package` is set" ''
      Whether building the system starts {option}`services.prosody.package` with the configuration of the system,
      inside the build sandbox, and fails when Prosody does not start or a module that is to load does not. It
      finds what file names do not show: a Lua library or an option that is missing, a module that does not fit
      the release. Other errors and warnings in Prosody's log are only printed.

      The build sandbox has nothing of the machine: no `/var`, no `/etc`, no secrets, certificates or databases,
      no users and no network. What the configuration takes from there is replaced or empty, and the build log
      lists it. The check says whether this package loads these modules with this text, and no more.

      Without a sandbox, for another kind of machine, or with plugins outside the store, the files of the package
      are looked at instead, as `verifyPackage` says. It needs `package`.
    '';

    mayFail = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "turn_external" ];
      description = ''
        Modules, by their names in Prosody, that may fail to load in the build sandbox, as they need something that
        only the machine has. What happens to them is printed, and does not fail the build.
      '';
    };
  };

  reviewOnSwitch = {
    enable =
      enabledBy (options ? system.preSwitchChecks)
        "`true` where NixOS has `system.preSwitchChecks`, from 24.11 on"
        ''
          Whether to print, before a switch to another system, which modules it adds and removes, and with `package`
          what `prosody-stability diff` finds about the two.
        '';

    failOn = mkOption {
      type = types.nullOr (
        types.enum [
          "breaking"
          "warning"
          "info"
        ]
      );
      default = null;
      example = "breaking";
      description = ''
        A change of this severity or higher stops the switch; `null` only prints. A review that cannot be made never
        stops it. It needs `package`.
      '';
    };

    timeout = mkOption {
      type = types.ints.positive;
      default = 60;
      example = 10;
      description = ''
        After how many seconds the review is ended. The switch goes on then, with a message.
      '';
    };
  };

  reviewSchedule = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "daily";
    description = ''
      When to compare the running Prosody with the flags and write the result to the journal, as a calendar event
      of systemd. The service prosody-stability-status fails when a module that should work does not. It needs
      `package` and the module `admin_shell`.
    '';
  };
}
