# What `nix flake check` builds: every check is a derivation. Those below `checks/` have a file each.
{ pkgs, nixosSystem }:
let
  packages = import ./packages.nix { inherit pkgs; };
  inherit (packages) prosody-stability;
  callPackage = pkgs.newScope {
    inherit nixosSystem prosody-stability;
    inherit (packages) options-doc;
  };
in
{
  package = prosody-stability;
  clippy = callPackage ./checks/clippy.nix { };
  format = callPackage ./checks/format.nix { };
  generated = callPackage ./checks/generated.nix { };
  module = callPackage ./checks/module.nix { };
  options-doc = callPackage ./checks/options-doc.nix { };
  snapshot = callPackage ./checks/snapshot.nix { };
  vm-test = pkgs.testers.runNixOSTest ./vm-test.nix;
}
// import ./checks/examples.nix { inherit pkgs nixosSystem; }
