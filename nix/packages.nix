# What `nix build` offers.
{ pkgs }:
rec {
  default = prosody-stability;
  prosody-stability = pkgs.callPackage ./package.nix { };
  options-doc = pkgs.writeText "options.md" (import ./options-doc.nix { inherit (pkgs) lib; });
}
