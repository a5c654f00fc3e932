# A stand-in for nixpkgs: what this repository's flake takes from it, and no more, written for these tests. It
# makes `nix flake check` work without a network:
#
#   nix flake check --override-input nixpkgs path:tests/nixpkgs-stub --no-write-lock-file
{
  description = "A stand-in for nixpkgs, for tests without a network";

  outputs =
    { self }:
    let
      lib = import ./flake-lib.nix // import ./lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      legacyPackages = lib.genAttrs systems (
        system: import ./pkgs.nix { inherit lib nixosSystem system; }
      );
      nixosSystem = import ./nixos.nix { inherit lib legacyPackages; };
    in
    {
      inherit legacyPackages;
      lib = lib // {
        inherit nixosSystem;
      };
    };
}
