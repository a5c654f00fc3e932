# A server for a few people who know each other; nothing is open to the web.
{
  services.prosody = {
    enable = true;
    admins = [ "admin@example.org" ];
    # The compliance suite asks for file sharing over HTTP, which this profile leaves out.
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
    profile = "personal";
  };
}
