# services.prosody-stability is there, and off.
#
# on localhost:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
  };
  services.prosody-stability = {
    enable = false;
    profile = "development";
  };
}
