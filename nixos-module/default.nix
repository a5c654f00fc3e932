# The NixOS module: services.prosody-stability, a layer over services.prosody. It is a file of its own, so that
# it is there once however often and in whatever way it is imported.
{
  _class = "nixos";
  imports = [ ./module.nix ];
}
