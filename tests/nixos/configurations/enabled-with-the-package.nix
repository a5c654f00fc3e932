# Community modules that the package enables.
#
# loads: +firewall +http_altconnect
# on localhost:
# check: 0
{ pkgs, ... }:
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    package = pkgs.prosody.override {
      withCommunityModules = [
        "firewall"
        "http_altconnect"
      ];
    };
  };
}
