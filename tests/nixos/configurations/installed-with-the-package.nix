# Community modules that are installed, and enabled in a list.
#
# loads: +http_altconnect +firewall
# on localhost:
# check: 0
{ pkgs, ... }:
let
  community = [
    "http_altconnect"
    "firewall"
  ];
in
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    package = pkgs.prosody.override {
      withOnlyInstalledCommunityModules = community;
    };
    extraModules = community;
  };
}
