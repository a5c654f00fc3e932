# A package that is not written out.
#
# check: 2 undecided
{ pkgs, ... }:
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    package = builtins.head [ (pkgs.prosody.override { withCommunityModules = [ "firewall" ]; }) ];
  };
}
