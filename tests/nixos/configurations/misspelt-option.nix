# fails: extraModule
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModule = [ "firewall" ];
  };
}
