# Three hosts, one of them switched off, one with more modules.
#
# on example.org:
# on example.net: lastactivity invites
# on example.com:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts = {
      first = {
        enabled = true;
        domain = "example.org";
      };
      second = {
        enabled = true;
        domain = "example.net";
        extraConfig = ''
          modules_enabled = {
            "lastactivity";
            "invites"; -- by link
          }
        '';
      };
      third.domain = "example.com";
    };
  };
}
