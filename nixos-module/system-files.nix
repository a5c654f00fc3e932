# What a system loads, as files of the system: two systems can be compared by them before the one replaces the
# other. `prosody-stability diff` looks for these names.
{
  config,
  lib,
  ...
}:
let
  inventory = import ./inventory.nix;
  cfg = config.services.prosody-stability;
  inherit (cfg.computed) effectiveModules overrides release;

  # Booleans, and lists of names that need no more than quotes: in Nix as in JSON, but for the commas.
  value =
    set: if builtins.isBool set then lib.boolToString set else "[ ${toString (map quoted set)} ]";
  quoted = name: "\"${name}\"";
  assign = name: set: "    ${name} = ${value set};\n";
  assignments = sets: lib.concatStrings (lib.mapAttrsToList assign sets);
  flags = builtins.intersectAttrs inventory.flags cfg;
in
{
  config = lib.mkIf cfg.enable {
    environment.etc = {
      "prosody-stability/inventory.nix".source = ./inventory.nix;
      "prosody-stability/release.json".source = ../inventory/releases + "/${release.version}.json";
      "prosody-stability/selection.nix".text = ''
        {
          services.prosody-stability = {
        ${assignments flags}    modules = {
        ${assignments overrides}    };
          };
        }
      '';
      "prosody-stability/modules".text = lib.concatMapStrings (name: "${name}\n") effectiveModules;
    };
  };
}
