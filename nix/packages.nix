# What `nix build` offers.
{ pkgs }:
rec {
  default = prosody-stability;
  prosody-stability = pkgs.callPackage ./package.nix { };
  options-doc = pkgs.writeText "options.md" (import ./options-doc.nix { inherit (pkgs) lib; });
  options-page = pkgs.writeText "options.html" (import ./options-page.nix { inherit (pkgs) lib; });
  # A directory that a web server can publish as it is.
  explorer = pkgs.runCommand "prosody-modules" { nativeBuildInputs = [ prosody-stability ]; } ''
    mkdir $out
    prosody-stability emit --format html --output $out/index.html
  '';
}
