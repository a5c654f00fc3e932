# One host, and all defaults.
#
# on example.org:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    admins = [ "me@example.org" ];
    virtualHosts."example.org" = {
      enabled = true;
      domain = "example.org";
    };
  };
}
