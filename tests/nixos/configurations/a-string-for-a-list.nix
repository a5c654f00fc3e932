# fails: extraModules
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModules = "firewall";
  };
}
