# The type of `modules`: booleans by the names of modules. What it says of single names is for documentation only, as
# an option for each module would cost every evaluation. Whether the names exist is asserted.
{ inventory, lib }:
let
  type = lib.types.nullOr lib.types.bool;
  flagsOf =
    module:
    if module.flags == [ ] then "always on" else "needs ${lib.concatStringsSep " and " module.flags}";
  option = prefix: name: module: {
    _type = "option";
    inherit type;
    default = null;
    example = true;
    description = ''
      ${module.purpose}. Category ${module.category}, stability ${module.stability}, ${flagsOf module}.
    '';
    loc = prefix ++ [ name ];
    declarations = [ (toString ./overrides.nix) ];
  };
in
lib.types.attrsOf type
// {
  getSubOptions = prefix: lib.mapAttrs (option prefix) inventory.modules;
}
