# Options under their former names.
{ lib, ... }:
let
  inventory = import ./inventory.nix;
  option = name: [
    "services"
    "prosody-stability"
    name
  ];
in
{
  imports = lib.mapAttrsToList (
    former: now: lib.mkRenamedOptionModule (option former) (option now)
  ) inventory.renamedFlags;
}
