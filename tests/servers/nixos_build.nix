# The check of a system that is really built: on the stand-in for nixpkgs, with a Prosody and a command that exist.
{
  # A Prosody laid out as that of nixpkgs, in which `@out@` stands for its place in the store.
  prosody,
  version,
  # The command.
  tool,
  # What the owner of the machine writes.
  settings,
}:
let
  stub = ../nixpkgs-stub;
  lib = import (stub + "/flake-lib.nix") // import (stub + "/lib");
  system = builtins.currentSystem;
  legacyPackages.${system} = import (stub + "/pkgs.nix") { inherit lib nixosSystem system; };
  nixosSystem = import (stub + "/nixos.nix") { inherit lib legacyPackages; };
  inherit (legacyPackages.${system}.stdenv) mkDerivation;
  named = name: path: builtins.path { inherit name path; };

  package = mkDerivation {
    pname = "prosody";
    inherit version;
    buildCommand = ''
      cp -r ${named "prosody-files" prosody} $out
      chmod -R u+w $out
      sed -i "s|@out@|$out|" $out/bin/prosody $out/bin/.prosody-wrapped
    '';
    passthru.communityModules = [ ];
  };
  command = mkDerivation {
    name = "prosody-stability";
    buildCommand = ''
      mkdir -p $out/bin
      cp ${named "tool" tool} $out/bin/prosody-stability
    '';
  };
  machine = nixosSystem {
    inherit system;
    modules = [
      ../../nixos-module
      {
        services.prosody = {
          enable = true;
          xmppComplianceSuite = false;
          httpFileShare.domain = "upload.localhost";
          inherit package;
        };
        services.prosody-stability = {
          enable = true;
          package = command;
        };
      }
      settings
    ];
  };
in
builtins.head machine.config.system.checks
