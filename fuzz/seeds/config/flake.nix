{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = [ ./hardware.nix ({ lib, ... }: {
        services.prosody-stability = {
          enable = true;
          profile = lib.mkForce "community";
          beta = [ "security" "http" ] ++ [ "modern" ];
          modules.carbons = lib.mkIf (true && !false) true;
        };
      }) ];
    };
  };
}
