# Before a system is built, whether the Prosody that was really built has every module that is to load.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inventory = import ./inventory.nix;
  cfg = config.services.prosody-stability;
  prosody = config.services.prosody;
  inherit (cfg.computed)
    byState
    communityModules
    effectiveModules
    resolution
    ;

  # Plugins in the store can be looked at; elsewhere nobody knows what will be there.
  paths = builtins.partition (
    path: builtins.isPath path || lib.hasPrefix builtins.storeDir path
  ) prosody.extraPluginPaths;

  chosen = byState.load or [ ] ++ byState.component or [ ];
  ours = map (name: resolution.${name}.name) chosen;
  others = lib.subtractLists ours (lib.unique (effectiveModules ++ communityModules));
  # The command tells what is wrong with a module of the inventory, and what replaces it.
  arguments =
    map (flag: "--${flag}=false") (lib.attrNames inventory.flags)
    ++ map (name: "--disable=${name}") (lib.subtractLists chosen (lib.attrNames inventory.modules))
    ++ map (name: "--enable=${name}") chosen;
in
{
  options.services.prosody-stability.verifyPackage = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = ''
      Whether building the system fails when {option}`services.prosody.package`, as built, lacks a module that is to
      load. With plugins outside the store, in {option}`services.prosody.extraPluginPaths`, it only warns.
    '';
  };

  config = lib.mkIf (cfg.enable && cfg.verifyPackage) {
    system.checks = [
      (pkgs.runCommand "prosody-stability-package"
        {
          nativeBuildInputs = [ cfg.package ];
          inherit others;
          isComplete = paths.wrong == [ ];
          inherit (prosody.package) version;
        }
        ''
          prosody-stability snapshot --prosody ${prosody.package} ${
            lib.concatMapStringsSep " " (path: "--community ${path}") paths.right
          } --version "$version" --revision ${prosody.package} --output release.json 2> notes || {
            cat notes >&2
            exit 1
          }
          result=0
          prosody-stability check --release release.json --color never --fail-on error ${toString arguments} > findings || result=$?
          if [ $result -gt 1 ]; then
            exit $result
          fi
          sed -n '/^error /,/^ /p' findings >&2
          for name in $others; do
            if ! grep -q "^    \"$name\": {" release.json; then
              echo "error    $name is not in ${prosody.package}" >&2
              result=1
            fi
          done
          if [ $result = 1 ] && [ -n "$isComplete" ]; then
            echo "Prosody would start without what is named above. Change services.prosody.package or the modules, or set services.prosody-stability.verifyPackage = false." >&2
            exit 1
          fi
          cp release.json $out
        ''
      )
    ];
  };
}
