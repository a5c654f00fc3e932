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
  assignments =
    indent: sets:
    lib.concatStrings (lib.mapAttrsToList (name: set: "${indent}${key name} = ${value set};\n") sets);
  # A name of a module or of a host, whatever it is.
  key = name: builtins.replaceStrings [ "$" ] [ "\\$" ] (builtins.toJSON name);
  # What holds on single hosts instead.
  hosts =
    option: all:
    lib.concatStrings (
      lib.mapAttrsToList (_: host: ''
        ${option}.${key host.domain} = {
                ${assignments "      " (lib.filterAttrs isSet (builtins.intersectAttrs inventory.flags host.settings))}${
                  lib.optionalString (
                    host.settings.profile != null
                  ) "      profile = ${builtins.toJSON host.settings.profile};\n"
                }      modules = {
                ${assignments "        " (lib.filterAttrs isSet host.settings.modules)}      };
                    };
      '') all
    );
  isSet = _: value: value != null;
  flags = builtins.intersectAttrs inventory.flags cfg;
in
pkgs.runCommandLocal "prosody-stability"
  {
    modules = lib.concatMapStrings (name: "${name}\n") effectiveModules;
    selection = ''
      {
        services.prosody-stability = {
      ${assignments "    " flags}    modules = {
      ${assignments "      " overrides}    };
      ${hosts "virtualHosts" computed.hosts.virtualHosts}${hosts "components" computed.hosts.components}  };
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
