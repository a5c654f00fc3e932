# Certificates by ACME, and a reload when they change.
#
# loads: +turn_external
# on example.org:
# on example.net:
# check: 0
{ config, lib, ... }:
let
  directory = "/var/lib/acme/example.org";
  ssl = {
    cert = "${directory}/fullchain.pem";
    key = "${directory}/key.pem";
  };
  host = domain: {
    inherit domain ssl;
    enabled = true;
  };
in
{
  security.acme.certs."example.org" = {
    extraDomainNames = [ "example.net" ];
    group = "prosody";
    reloadServices = [ "prosody.service" ];
  };
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    s2sSecureAuth = true;
    extraModules = [ "turn_external" ];
    virtualHosts = {
      main = host "example.org";
      other = host "example.net";
    };
    extraConfig = ''
      turn_external_host = "turn.example.org"
      turn_external_secret = "$TURN_SECRET"
    '';
  };
}
