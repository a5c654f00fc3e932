# Without rooms and uploads NixOS refuses to build it.
#
# on localhost:
# fails: MUC
# check: 1 nixos-refuses
{
  services.prosody.enable = true;
}
