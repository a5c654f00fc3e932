# A stand-in for the part of nixpkgs' `lib` that this repository's NixOS module and its tests use, written from
# the documented behaviour. What is not used here is not here.
let
  lib =
    import ./lists.nix
    // import ./properties.nix
    // {
      types = import ./types.nix { inherit lib; };
    }
    // import ./options.nix { inherit lib; }
    // import ./modules.nix { inherit lib; };
in
lib
