# What a system loads, as files of the system: two systems can be compared by them before the one replaces the
# other. `prosody-stability diff` looks for these names.
{
  cfg,
  computed,
  inventory,
  lib,
  pkgs,
  ...
}:
let
  inherit (computed) effectiveModules overrides release;

  # Booleans, and lists of names that need no more than quotes: in Nix as in JSON, but for the commas.
  value =
    set: if builtins.isBool set then lib.boolToString set else "[ ${toString (map quoted set)} ]";
  quoted = name: "\"${name}\"";
  assign = name: set: "    ${name} = ${value set};\n";
  assignments = sets: lib.concatStrings (lib.mapAttrsToList assign sets);
  flags = builtins.intersectAttrs inventory.flags cfg;
in
pkgs.runCommandLocal "prosody-stability"
  {
    modules = lib.concatMapStrings (name: "${name}\n") effectiveModules;
    selection = ''
      {
        services.prosody-stability = {
      ${assignments flags}    modules = {
      ${assignments overrides}    };
        };
      }
    '';
  }
  ''
    mkdir $out
    ln -s ${./inventory.nix} $out/inventory.nix
    ln -s ${../inventory/releases + "/${release.version}.json"} $out/release.json
    printf %s "$modules" > $out/modules
    printf %s "$selection" > $out/selection.nix
  ''
