{
  description = "A NixOS machine with Prosody and its stability flags";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    # Where your copy of prosody-stability is.
    prosody-stability.url = "git+file:///etc/prosody-stability";
    prosody-stability.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, prosody-stability, ... }:
    {
      nixosConfigurations.xmpp = nixpkgs.lib.nixosSystem {
        modules = [
          prosody-stability.nixosModules.default
          ./configuration.nix
        ];
      };
    };
}
