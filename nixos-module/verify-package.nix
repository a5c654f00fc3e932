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
  # A name is whatever somebody wrote: as a JSON string it is one line, just as the file of a release has it.
  others = lib.subtractLists ours (lib.unique (effectiveModules ++ communityModules));
  # The command tells what is wrong with a module of the inventory, and what replaces it.
  arguments =
    map (flag: "--${flag}=false") (lib.attrNames inventory.flags)
    ++ map (name: "--disable=${name}") (lib.subtractLists chosen (lib.attrNames inventory.modules))
    ++ map (name: "--enable=${name}") chosen;
  package = lib.escapeShellArg "${prosody.package}";
  sources = lib.escapeShellArgs (
    [
      "--prosody"
      "${prosody.package}"
      "--revision"
      "${prosody.package}"
    ]
    ++ lib.concatMap (path: [
      "--community"
      "${path}"
    ]) paths.right
  );
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
          isComplete = paths.wrong == [ ];
          inherit (prosody.package) version;
        }
        ''
          prosody-stability snapshot ${sources} --version "$version" --output release.json 2> notes || {
            cat notes >&2
            exit 1
          }
          result=0
          prosody-stability check --release release.json --color never --fail-on error ${lib.escapeShellArgs arguments} > findings || result=$?
          if [ $result -gt 1 ]; then
            exit $result
          fi
          sed -n '/^error /,/^ /p' findings >&2
          while IFS= read -r name; do
            if [ -n "$name" ] && ! grep -qxF -- "    $name: {" release.json; then
              printf 'error    %s is not in %s\n' "$name" ${package} >&2
              result=1
            fi
          done <<< ${lib.escapeShellArg (lib.concatMapStringsSep "\n" builtins.toJSON others)}
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
