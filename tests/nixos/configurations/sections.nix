# A text for the whole server that opens sections of its own.
#
# disabled: offline
# on example.org:
# on gateway.example.org:
# on guests.example.org: muc_mam
# on example.net: bosh
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts."example.org" = {
      domain = "example.org";
      enabled = true;
    };
    extraConfig = ''
      modules_disabled = { "offline" }

      Component "gateway.example.org"
        component_secret = "$GATEWAY_SECRET"

      Component "guests.example.org" "muc"
        modules_enabled = { "muc_mam" }

      VirtualHost "example.net"
        modules_enabled = { "bosh" }
        authentication = "anonymous"
    '';
  };
}
