# Before a system is built, whether the Prosody that was really built loads every module that is to load: it is started
# with the configuration of the system, and where that cannot be or does not tell, its files are looked at.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.prosody-stability;
  package = config.services.prosody.package;
  look = import ./look-at-package.nix { inherit config lib; };

  # A Prosody for another kind of machine does not start on this one.
  inherit (pkgs.stdenv) buildPlatform hostPlatform;
  rehearses = cfg.rehearse.enable && buildPlatform.canExecute hostPlatform;

  own =
    name:
    lib.showOption [
      "services"
      "prosody-stability"
      "rehearse"
      name
    ];
  # The copy has a short path, as the file has on the machine: Prosody stumbles over one of 60 characters. The
  # directory of credentials is where systemd has it; what is read from there is replaced.
  rehearsal = ''
    cp ${config.environment.etc."prosody/prosody.cfg.lua".source} prosody.cfg.lua
    mkdir certs
    cat >&2 <<'END'
    prosody-stability: starting ${package} with the configuration of this system, in the build sandbox.
    It sees nothing of the machine: no /var, no /etc, no secrets, no certificates, no users and no network.
    END
    result=0
    prosody-stability rehearse --isolation sandbox --config prosody.cfg.lua \
      --prosody ${lib.escapeShellArg "${package}"} --env CREDENTIALS_DIRECTORY=/run/credentials/prosody.service \
      --color never --fail-on-code module-fails,does-not-start \
      ${lib.escapeShellArgs (map (name: "--may-fail=${name}") cfg.rehearse.mayFail)} > report || result=$?
    cat report >&2
    if [ $result = 1 ]; then
      cat >&2 <<'END'
    prosody-stability: with this system, Prosody would run without the modules that do not load, or not at all.
    Change services.prosody.package, the modules, or their options. Where a module only fails because it needs
    something of the machine, add its name to ${own "mayFail"}.
    To build without this check, set ${own "enable"} = false.
    END
      exit 1
    fi
  '';
  lookInDoubt = ''
    if [ $result != 0 ]; then
      echo "prosody-stability: the start does not answer everything, so the files of the package are looked at." >&2
      ${look.script}
    fi
  '';
in
{
  options.services.prosody-stability = {
    verifyPackage = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether building the system fails when {option}`services.prosody.package`, as built, lacks a module that is to
        load. With plugins outside the store, in {option}`services.prosody.extraPluginPaths`, it only warns.
        `rehearse.enable` looks closer.
      '';
    };

    rehearse = {
      enable = mkOption {
        type = types.bool;
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
  };

  config = lib.mkIf (cfg.enable && (cfg.verifyPackage || rehearses)) {
    system.checks = [
      (pkgs.runCommand "prosody-stability-package"
        (
          {
            nativeBuildInputs = [ cfg.package ];
          }
          // look.environment
        )
        (
          if rehearses then
            rehearsal + lib.optionalString cfg.verifyPackage lookInDoubt + "cp report $out\n"
          else
            look.script + "cp release.json $out\n"
        )
      )
    ];
  };
}
