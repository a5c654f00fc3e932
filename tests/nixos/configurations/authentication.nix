# Accounts elsewhere, and guests without any.
#
# on example.org:
# on guests.example.org:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    authentication = "cyrus";
    virtualHosts = {
      main = {
        domain = "example.org";
        enabled = true;
      };
      guests = {
        domain = "guests.example.org";
        enabled = true;
        extraConfig = "authentication = \"anonymous\"";
      };
    };
  };
}
