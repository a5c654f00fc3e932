# A script that fails if the files of a package lack an expected module, whichever option enables it. It only checks
# files, and only needs a shell.
{
  cfg,
  computed,
  inventory,
  lib,
  prosody,
}:
let
  inherit (computed)
    byState
    communityModules
    effectiveModules
    plans
    ;
  inherit (import ./sets.nix) without;

  # Modules in the store can be checked. What will be elsewhere is unknown.
  paths = builtins.partition (
    path: builtins.isPath path || lib.hasPrefix builtins.storeDir path
  ) prosody.extraPluginPaths;

  ours = map (name: plans.${name}.real) (byState.load or [ ] ++ byState.component or [ ]);
  wanted = without (ours ++ effectiveModules ++ communityModules) cfg.rehearse.mayFail;
  # A name is whatever somebody wrote; no file of a module has a name like those that are wrong.
  names = builtins.partition (name: builtins.match "[A-Za-z0-9_.-]+" name != null) wanted;

  fileAt =
    place:
    "\"${builtins.replaceStrings [ "{plugin}" "{resource}" ] [ "$name" "mod_$name.lua" ] place}\"";

  replaced = lib.filter (name: inventory.modules.${name} ? upstream.replacedBy) (
    lib.attrNames inventory.modules
  );
  advice =
    name: "${name}) advice='; use ${inventory.modules.${name}.upstream.replacedBy} instead' ;;\n";
  package = lib.escapeShellArg "${prosody.package}";
in
''
  lacking=0
  lacks() {
    printf 'error    %s is not in %s%s\n' "$1" ${package} "$2" >&2
    lacking=1
  }
  for name in ${toString names.right}; do
    advice=
    case $name in
    ${lib.concatMapStrings advice replaced}esac
    # Where Prosody looks for it.
    for file in ${toString (map fileAt inventory.constants.pluginPlaces)}; do
      for folder in ${
        lib.escapeShellArgs (
          [ "${prosody.package}/lib/prosody/modules" ] ++ map (path: "${path}") paths.right
        )
      }; do
        if [ -e "$folder/$file" ]; then
          continue 3
        fi
      done
    done
    lacks "$name" "$advice"
  done
''
+ lib.concatMapStrings (
  name: "lacks ${lib.escapeShellArg (builtins.toJSON name)} \"\"\n"
) names.wrong
+ lib.optionalString (paths.wrong == [ ]) ''
  if [ $lacking = 1 ]; then
    echo "Prosody would start without these modules. Change services.prosody.package or the modules, or set services.prosody-stability.verifyPackage = false." >&2
    exit 1
  fi
''
