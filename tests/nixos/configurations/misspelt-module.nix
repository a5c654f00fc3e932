# fails: carbon
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules.carbon = true;
  };
}
