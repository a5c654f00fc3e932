# The options for checks of a package, of a switch and of a running server.
{
  cfg,
  inventory,
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
      Whether Prosody logs at startup how many modules of each stability level really load, and warns about modules
      that are expected but not loaded. `prosodyctl shell stability` prints the same at any time.
    '';
  };

  verifyPackage = mkOption {
    type = types.bool;
    default = true;
    example = false;
    description = ''
      Whether building the system fails if the built {option}`services.prosody.package` has no file for an expected
      module. With modules outside the store, in {option}`services.prosody.extraPluginPaths`, it only warns. It only
      needs a shell. `rehearse.enable` checks more.
    '';
  };

  rehearse = {
    enable = enabledBy hasCommand "whether `package` is set" ''
      Whether building the system starts {option}`services.prosody.package` with the configuration of the system,
      inside the build sandbox. The build fails if Prosody does not start, or an expected module does not load. This
      finds what file names do not show: a missing Lua library or option, or a module that does not support the
      release. Other errors and warnings in Prosody's log are only printed.

      The build sandbox contains nothing of the machine: no `/var`, no `/etc`, no secrets, certificates or databases,
      no users and no network. What the configuration reads from there is replaced or empty, and the build log
      lists it. The check only shows whether this package loads these modules with this configuration.

      Without a sandbox, for another platform, or with modules outside the store, the files of the package are
      checked instead, as with `verifyPackage`. It needs `package`.
    '';

    mayFail = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "turn_external" ];
      description = ''
        Modules, by their names in Prosody, that may fail to load in the build sandbox because they need something
        that only the machine has. What happens to them is printed, and does not fail the build.
      '';
    };
  };

  reviewOnSwitch = {
    enable =
      enabledBy (options ? system.preSwitchChecks)
        "`true` where NixOS has `system.preSwitchChecks`, from 24.11 on"
        ''
          Whether to print, before a switch to another system, which modules it adds and removes. With `package`, it
          also prints the review of `prosody-stability diff`.
        '';

    failOn = mkOption {
      type = types.nullOr (types.enum inventory.constants.severities);
      default = null;
      example = lib.head inventory.constants.severities;
      description = ''
        A change of this severity or higher stops the switch. With `null`, changes are only printed. A review that
        fails never stops the switch. It needs `package`.
      '';
    };

    timeout = mkOption {
      type = types.ints.positive;
      default = 60;
      example = 10;
      description = ''
        Maximum seconds for the review. When it times out, the switch continues, with a message.
      '';
    };
  };

  reviewSchedule = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "daily";
    description = ''
      When to compare the running Prosody with the flags and write the result to the journal, as a calendar event
      of systemd. The service `prosody-stability-status` fails if an expected module does not work. It needs
      `package` and the module `admin_shell`.
    '';
  };
}
