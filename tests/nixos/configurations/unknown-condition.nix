# A module under a condition that only an evaluation decides.
#
# check: 2 undecided
{ config, lib, ... }:
{
  services.nginx.enable = true;
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules.bosh = lib.mkIf config.services.nginx.enable true;
  };
}
