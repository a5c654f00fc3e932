# A script that fails when the files of a package lack a module that is to load, whoever asked for it. It looks and
# starts nothing. `isComplete` in its environment says that no plugin can be elsewhere.
{
  config,
  lib,
}:
let
  inventory = import ./inventory.nix;
  prosody = config.services.prosody;
  cfg = config.services.prosody-stability;
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

  real = name: resolution.${name}.name;
  chosen = lib.filter (name: !(lib.elem (real name) cfg.rehearse.mayFail)) (
    byState.load or [ ] ++ byState.component or [ ]
  );
  ours = map real chosen;
  # A name is whatever somebody wrote: as a JSON string it is one line, just as the file of a release has it.
  others = lib.subtractLists (ours ++ cfg.rehearse.mayFail) (
    lib.unique (effectiveModules ++ communityModules)
  );
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
  environment = {
    isComplete = paths.wrong == [ ];
    inherit (prosody.package) version;
  };
  script = ''
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
  '';
}
