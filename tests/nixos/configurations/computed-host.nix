# The address of a host that only an evaluation knows.
#
# check: 2 undecided
{ config, ... }:
{
  networking.domain = "example.org";
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts.${config.networking.domain} = {
      inherit (config.networking) domain;
      enabled = true;
    };
  };
}
