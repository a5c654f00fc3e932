# A server for many users, with nothing below stable.
{
  services.prosody = {
    enable = true;
    admins = [ "admin@example.org" ];
    # The compliance suite requires file sharing over HTTP, which is a beta module.
    xmppComplianceSuite = false;
    ssl = {
      cert = "/var/lib/acme/example.org/fullchain.pem";
      key = "/var/lib/acme/example.org/key.pem";
    };
    virtualHosts."example.org" = {
      enabled = true;
      domain = "example.org";
    };
    muc = [ { domain = "conference.example.org"; } ];
  };

  services.prosody-stability = {
    enable = true;
    profile = "enterprise";
  };
}
