# A test server: everything is enabled, including alpha modules.
{
  services.prosody = {
    enable = true;
    admins = [ "admin@example.org" ];
    httpFileShare.domain = "upload.example.org";
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
    profile = "development";
  };
}
