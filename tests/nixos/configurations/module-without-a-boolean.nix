# Upstream has no boolean for it.
#
# fails: firewall
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules.firewall = true;
  };
}
