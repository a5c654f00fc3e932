# The NixOS module: services.prosody-stability, a layer over services.prosody.
{
  _class = "nixos";

  imports = [
    ./options.nix
    ./renames.nix
    ./config.nix
    ./package.nix
    ./startup-log.nix
    ./system-files.nix
    ./review-on-switch.nix
    ./verify-package.nix
    ./review-schedule.nix
  ];
}
