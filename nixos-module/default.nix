# The NixOS module: services.prosody-stability, a layer over services.prosody.
{
  _class = "nixos";

  imports = [
    ./options.nix
    ./renames.nix
    ./config.nix
  ];
}
