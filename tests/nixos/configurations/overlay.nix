# An overlay that enables a community module.
#
# check: 2 undecided
{
  nixpkgs.overlays = [
    (final: previous: {
      prosody = previous.prosody.override { withCommunityModules = [ "firewall" ]; };
    })
  ];
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
  };
}
