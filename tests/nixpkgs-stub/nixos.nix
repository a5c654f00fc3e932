# Stands in for `lib.nixosSystem`: machines that have `services.prosody`, its neighbours, and of everything else
# just the options that a configuration needs to say where it runs. Building one checks its assertions and prints
# its warnings.
{ lib, legacyPackages }:
{
  modules,
  system ? null,
  specialArgs ? { },
}:
lib.evalModules {
  class = "nixos";
  inherit specialArgs;
  modules = [
    ./machine.nix
    ./services-prosody/new.nix
    ./jitsi-meet.nix
    (
      { config, lib, ... }:
      {
        _module.args.pkgs = legacyPackages.${config.nixpkgs.hostPlatform};
        nixpkgs.hostPlatform = lib.mkIf (system != null) (lib.mkDefault system);
      }
    )
  ]
  ++ modules;
}
