{
  description = "Review Prosody upgrades and choose modules by stability";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      # NixOS and its checks are Linux; the command reviews it from elsewhere, too.
      everywhere = systems ++ [
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEach = systems: f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = forEach everywhere (pkgs: import ./nix/packages.nix { inherit pkgs; });

      apps = forEach everywhere (pkgs: {
        default = {
          type = "app";
          program = lib.getExe self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        };
      });

      overlays.default = import ./nix/overlay.nix;

      # A set around the path, since older Nix (2.8 is one) takes no plain path for a module when it checks a flake.
      nixosModules = {
        default.imports = [ ./nixos-module ];
        prosody-stability.imports = [ ./nixos-module ];
      };

      checks = forEach systems (
        pkgs:
        import ./nix/checks.nix {
          inherit pkgs;
          inherit (lib) nixosSystem;
        }
      );

      formatter = forEach everywhere (pkgs: pkgs.nixfmt-tree);

      devShells = forEach everywhere (pkgs: {
        default = pkgs.callPackage ./nix/shell.nix { };
      });

      lib = {
        inventory = import ./nixos-module/inventory.nix;
        plans = import ./nix/plans.nix (builtins.attrNames (import ./nixos-module/inventory.nix).flags);
        mkSnapshot =
          pkgs:
          pkgs.callPackage ./nix/snapshot.nix {
            prosody-stability = pkgs.callPackage ./nix/package.nix { };
          };
      };

      templates.default = {
        path = ./templates/default;
        description = "A NixOS machine with Prosody and its stability flags";
      };
    };
}
