# fails: domain
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts."example.org".enabled = true;
  };
}
