# fails: beta
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
  };
  services.prosody-stability = {
    enable = true;
    beta = [ "secure" ];
  };
}
