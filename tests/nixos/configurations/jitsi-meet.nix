# Another module of nixpkgs sets up Prosody as well.
#
# check: 2 undecided
{
  services.jitsi-meet = {
    enable = true;
    hostName = "meet.example.org";
  };
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules.limits = true;
  };
}
